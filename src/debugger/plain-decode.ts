/**
 * Machine code to text by the table that the emulated processor itself is made of. It knows the instructions that the machine knows and no
 * more, and needs nothing of the browser: it stands in where the disassembler, which is WebAssembly, cannot be had.
 */
import { decode, type Instruction, type MemoryOperand, type Operand, type Undecoded } from '../x86/decode';
import { mnemonicOf, operandsOf } from '../x86/isa';
import { DS, GENERAL_REGISTERS, GPR, SEGMENT_NAMES, SS } from '../x86/registers';
import { special, type Decoded } from './decode';

const BYTE_REGISTERS = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'] as const;
const POINTERS = { 8: 'byte', 16: 'word', 32: 'dword' } as const;
/** What "step over" steps over beside repeated string instructions. */
const CALLS = /^(CALL|CALLF|INT|INT1|INT3|INTO)$/;

/** Ports and vectors are bytes without a sign. */
const UNSIGNED = /^(INT|IN|OUT)$/;

const hex = (value: number): string => (value >= 0 && value < 10 ? `${value}` : `0x${(value >>> 0).toString(16)}`);
const signed = (value: number): string => (value < 0 ? `-${hex(-value)}` : `+${hex(value)}`);

const registerName = (register: number, size: 8 | 16 | 32): string =>
	size === 8 ? BYTE_REGISTERS[register] : GENERAL_REGISTERS[register].slice(size === 16 ? 1 : 0);

/** The segment that an address uses where no prefix says another. */
const usual = ({ base, index, scale }: MemoryOperand): number =>
	base === GPR.ESP || base === GPR.EBP ? SS : scale === 0 && index === GPR.EBP && base < 0 ? SS : DS;

function memoryText(operand: MemoryOperand, addressSize: 16 | 32, sized: boolean): string {
	const { base, index, scale, displacement, segment, size } = operand;
	const parts = [
		...(base >= 0 ? [registerName(base, addressSize)] : []),
		...(index >= 0 ? [registerName(index, addressSize) + (scale > 0 ? `*${1 << scale}` : '')] : [])
	].join('+');
	const where = parts === '' ? hex(displacement) : parts + (displacement === 0 ? '' : signed(displacement));
	const prefix = segment === usual(operand) ? '' : `${SEGMENT_NAMES[segment]}:`;
	return `${sized ? `${POINTERS[size]} ptr ` : ''}${prefix}[${where}]`;
}

/** Whether no register beside it says how much memory is meant. */
const needsSize = ({ size }: MemoryOperand, operands: readonly Operand[]): boolean =>
	!operands.some((other) => other.kind === 'register' && other.size === size);

/** An immediate as wide as what it is used with. */
function immediateText(value: number, { row, size }: Instruction): string {
	const bits = UNSIGNED.test(mnemonicOf(row)) ? 8 : size;
	return hex(bits === 32 ? value : value & ((1 << bits) - 1));
}

function operandText(operand: Operand, next: number, of: Instruction): string {
	switch (operand.kind) {
		case 'register':
			return registerName(operand.register, operand.size);
		case 'memory':
			return memoryText(operand, of.addressSize, needsSize(operand, of.operands));
		case 'immediate':
			return immediateText(operand.value, of);
		case 'relative':
			return hex(next + operand.distance);
		case 'far':
			return `${hex(operand.selector)}:${hex(operand.offset)}`;
		case 'segment':
			return SEGMENT_NAMES[operand.register];
		case 'control':
			return `cr${operand.register}`;
		case 'debug':
			return `dr${operand.register}`;
	}
}

const isDecoded = (found: Instruction | Undecoded): found is Instruction => 'row' in found;

function line(found: Instruction, offset: number, address: number): Decoded {
	const mnemonic = mnemonicOf(found.row);
	const next = address + offset + found.length;
	// What the manual writes in angle brackets is said by the mnemonic.
	const written = found.operands.filter((_, at) => !operandsOf(found.row)[at]?.startsWith('<'));
	const text = [
		found.lock ? 'lock' : '',
		found.repeat === 0 ? '' : found.repeat === 0xf2 ? 'repne' : 'rep',
		mnemonic.toLowerCase(),
		written.map((operand) => operandText(operand, next, found)).join(', ')
	];
	const near = found.operands[0]?.kind === 'relative' ? found.operands[0] : null;
	return {
		offset,
		length: found.length,
		text: text.filter(Boolean).join(' '),
		target: near ? (next + near.distance) >>> 0 : -1,
		steps: CALLS.test(mnemonic) || found.repeat !== 0
	};
}

/** As `Decoder.decode`. */
export function plainDecode(bytes: Uint8Array, address: number, count: number, bits: 16 | 32 = 32): Decoded[] {
	const lines: Decoded[] = [];
	for (let offset = 0; lines.length < count && offset < bytes.length;) {
		const known = special(bytes, offset);
		const found = known ?? decode(bytes, offset, bytes.length, bits === 32);
		if ('why' in found && found.why === 'cut off') break;
		const next =
			'text' in found
				? found
				: isDecoded(found)
					? line(found, offset, address)
					: {
							offset,
							length: 1,
							text: `db 0x${bytes[offset].toString(16).padStart(2, '0')}`,
							target: -1,
							steps: false
						};
		lines.push(next);
		offset += next.length;
	}
	return lines;
}
