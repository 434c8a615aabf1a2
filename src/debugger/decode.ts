/**
 * Machine code to text, by iced-x86. Three things that no manual has are recognised first: the
 * hypervisor's native instruction `0F 3F ib`, Xen's forced-emulation prefix, and bytes that are no code.
 */
export interface Decoded {
	/** Offset of its first byte in the bytes given. */
	offset: number;
	length: number;
	text: string;
	/** Where a direct branch or call goes, or -1. */
	target: number;
	/** A CALL, INT or repeated string instruction: what "step over" steps over. */
	steps: boolean;
}

export type Iced = typeof import('iced-x86');

/** The package: CommonJS in Node, a module in the page. */
export async function loadIced(): Promise<Iced> {
	const loaded = (await import('iced-x86')) as Iced & { default?: Iced };
	return loaded.default ?? loaded;
}

/** `ud2a; .ascii "xen"` (xen/include/public/arch-x86/xen.h: XEN_EMULATE_PREFIX). */
const XEN_PREFIX = [0x0f, 0x0b, 0x78, 0x65, 0x6e];

const startsWith = (bytes: Uint8Array, at: number, wanted: readonly number[]): boolean =>
	wanted.every((byte, index) => bytes[at + index] === byte);

const byteText = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

/** What no manual has: our native instruction, and Xen's prefix; null for anything else. */
export function special(bytes: Uint8Array, offset: number): Decoded | null {
	const plain = (length: number, text: string): Decoded => ({ offset, length, text, target: -1, steps: false });
	if (bytes[offset] === 0x0f && bytes[offset + 1] === 0x3f && offset + 2 < bytes.length)
		return plain(3, `native ${byteText(bytes[offset + 2])}`);
	return startsWith(bytes, offset, XEN_PREFIX) ? plain(5, "ud2; 'xen'") : null;
}

/** Machine code as text, by iced-x86 in Intel syntax. */
export class Decoder {
	private constructor(private readonly iced: Iced) {}

	/** Loads the decoder; several hundred kilobytes, so only when code is to be shown. */
	static async load(): Promise<Decoder> {
		return new Decoder(await loadIced());
	}

	/**
	 * Decodes up to `count` instructions from `bytes`, which lie at linear address `address`.
	 * An instruction that the bytes end in the middle of is left out.
	 */
	decode(bytes: Uint8Array, address: number, count: number, bits: 16 | 32 = 32): Decoded[] {
		const lines: Decoded[] = [];
		let offset = 0;
		while (lines.length < count && offset < bytes.length) {
			const line = special(bytes, offset) ?? this.ordinary(bytes, address, offset, bits);
			if (!line) break;
			lines.push(line);
			offset += line.length;
		}
		return lines;
	}

	private ordinary(bytes: Uint8Array, address: number, offset: number, bits: number): Decoded | null {
		const { Decoder: IcedDecoder, DecoderOptions, Formatter, FormatterSyntax, Code, DecoderError } = this.iced;
		const decoder = new IcedDecoder(bits, bytes.subarray(offset, offset + 16), DecoderOptions.None);
		decoder.ip = BigInt((address + offset) >>> 0);
		const instruction = decoder.decode();
		const formatter = new Formatter(FormatterSyntax.Intel);
		try {
			if (instruction.code === Code.INVALID) {
				if (decoder.lastError === DecoderError.NoMoreBytes) return null;
				return { offset, length: 1, text: `db ${byteText(bytes[offset])}`, target: -1, steps: false };
			}
			formatter.hexPrefix = '0x';
			formatter.hexSuffix = '';
			formatter.uppercaseHex = false;
			formatter.spaceAfterOperandSeparator = true;
			formatter.branchLeadingZeros = false;
			return { offset, length: instruction.length, text: formatter.format(instruction), ...this.flow(instruction) };
		} finally {
			formatter.free();
			instruction.free();
			decoder.free();
		}
	}

	private flow(instruction: InstanceType<Iced['Instruction']>): { target: number; steps: boolean } {
		const { FlowControl, OpKind } = this.iced;
		const near =
			instruction.opCount > 0 &&
			(instruction.op0Kind === OpKind.NearBranch32 || instruction.op0Kind === OpKind.NearBranch16);
		const flow = instruction.flowControl;
		const calls = flow === FlowControl.Call || flow === FlowControl.IndirectCall || flow === FlowControl.Interrupt;
		return {
			target: near ? Number(instruction.nearBranchTarget) >>> 0 : -1,
			steps: calls || instruction.hasRepPrefix || instruction.hasRepnePrefix
		};
	}
}
