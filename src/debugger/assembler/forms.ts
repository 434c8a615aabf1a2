/** Instructions by their mnemonics, as iced's opcode table has them for 32-bit code. */
import type { Iced } from '../decode';

/** One encoding of an instruction. */
export interface Form {
	/** A number of iced's `Code`. */
	readonly code: number;
	/** Names of its operands' kinds. */
	readonly operands: readonly string[];
	/** Bytes of its memory operand, or 0 where it has none or no size. */
	readonly memory: number;
	/** Whether that is a far pointer. */
	readonly far: boolean;
	/** 16, 32, or 0 where it does not matter. */
	readonly operandSize: number;
	/** `MOV r32, r/m32` */
	readonly text: string;
	readonly lock: boolean;
	readonly rep: boolean;
	readonly repne: boolean;
}

/** Where a name in use is not iced's; in 32-bit code those without a size have the usual one. */
const ALSO: Readonly<Record<string, string>> = {
	iret: 'iretd',
	iretw: 'iret',
	pushf: 'pushfd',
	pushfw: 'pushf',
	popf: 'popfd',
	popfw: 'popf',
	pusha: 'pushad',
	pushaw: 'pusha',
	popa: 'popad',
	popaw: 'popa',
	retn: 'ret',
	xlat: 'xlatb',
	fwait: 'wait',
	jz: 'je',
	jnz: 'jne',
	jc: 'jb',
	jnae: 'jb',
	jnc: 'jae',
	jnb: 'jae',
	jna: 'jbe',
	jnbe: 'ja',
	jpe: 'jp',
	jpo: 'jnp',
	jnge: 'jl',
	jnl: 'jge',
	jng: 'jle',
	jnle: 'jg',
	setz: 'sete',
	setnz: 'setne',
	setc: 'setb',
	setnc: 'setae',
	cmovz: 'cmove',
	cmovnz: 'cmovne',
	cmovc: 'cmovb',
	cmovnc: 'cmovae',
	loopz: 'loope',
	loopnz: 'loopne',
	repz: 'repe',
	sal: 'shl',
	icebp: 'int1',
	ud2a: 'ud2'
};

/** Every instruction that 32-bit code can have. */
export class Forms {
	/** Mnemonic, in small letters -> numbers of `Code`. */
	readonly mnemonics: ReadonlyMap<string, readonly number[]>;
	/** Register, in small letters -> iced's number. */
	readonly registers: ReadonlyMap<string, number>;
	private readonly read = new Map<string, readonly Form[]>();
	private readonly kinds: readonly string[];

	constructor(private readonly iced: Iced) {
		this.mnemonics = mnemonicsOf(iced);
		this.registers = registersOf(iced);
		this.kinds = namesOf(iced.OpCodeOperandKind);
	}

	/** The encodings of a mnemonic that is known. */
	of(mnemonic: string): readonly Form[] {
		const known = this.read.get(mnemonic);
		if (known) return known;
		const forms = (this.mnemonics.get(mnemonic) ?? []).flatMap((code) => this.form(code) ?? []);
		this.read.set(mnemonic, forms);
		return forms;
	}

	/** Null for what 32-bit code, or a processor without special settings, does not have. */
	private form(code: number): Form | null {
		const { CodeExt, MemorySize, MemorySizeExt, DecoderOptions } = this.iced;
		const op = CodeExt.opCode(code);
		try {
			const usable = op.isInstruction && op.isAvailableInMode(32) && op.decoderOption === DecoderOptions.None;
			if (!usable || op.fwait) return null;
			const operands = Array.from({ length: op.opCount }, (_, place) => this.kinds[op.opKind(place)]);
			return {
				code,
				operands,
				memory: MemorySizeExt.size(op.memorySize),
				far: op.memorySize === MemorySize.SegPtr16 || op.memorySize === MemorySize.SegPtr32,
				operandSize: op.operandSize,
				text: op.instructionString,
				lock: op.canUseLockPrefix,
				rep: op.canUseRepPrefix,
				repne: op.canUseRepnePrefix
			};
		} finally {
			op.free();
		}
	}
}

const namesOf = (table: Readonly<Record<string, number | string>>): string[] => {
	const names: string[] = [];
	for (const [name, number] of Object.entries(table)) if (typeof number === 'number') names[number] = name;
	return names;
};

function mnemonicsOf({ Code, CodeExt, Mnemonic }: Iced): Map<string, number[]> {
	const names = namesOf(Mnemonic as unknown as Record<string, number>).map((name) => name.toLowerCase());
	const codes = new Map<string, number[]>();
	for (const code of Object.values(Code)) {
		if (typeof code !== 'number') continue;
		const op = CodeExt.opCode(code);
		const name = names[op.mnemonic];
		op.free();
		if (name === 'invalid') continue;
		const of = codes.get(name) ?? [];
		of.push(code);
		codes.set(name, of);
	}
	const own = new Map(codes);
	for (const [name, stands] of Object.entries(ALSO)) {
		const of = own.get(stands);
		if (of) codes.set(name, of);
	}
	return codes;
}

/** Those of 64-bit code are left out. */
const REGISTER = /^(?:[abcd][lh]|e?[abcd]x|e?[sb]p|e?[sd]i|[c-gs]s|(?:cr|dr|tr|st|mm|xmm|ymm|zmm|k)[0-7]|bnd[0-3])$/;

function registersOf({ Register }: Iced): Map<string, number> {
	const registers = new Map<string, number>();
	for (const [name, number] of Object.entries(Register)) {
		const small = name.toLowerCase();
		if (typeof number === 'number' && REGISTER.test(small)) registers.set(small, number);
	}
	return registers;
}
