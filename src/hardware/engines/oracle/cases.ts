/** Random cases made from the opcode table: each row is encoded with random prefixes, operands and registers. */
import { MAPS, ROWS, type Format, type Row } from '../../../x86/isa';
import { CODE_BYTES, DATA, type Case } from './oracle';
import { nextRandom } from './subject';

/** A small deterministic source of random numbers. */
export class Random {
	private state: number;
	constructor(seed: number) {
		this.state = seed | 0 || 1;
	}
	/** 32 random bits, unsigned. */
	bits(): number {
		this.state = nextRandom(this.state);
		// The generator alone is linear in its bits; the product mixes them.
		return Math.imul(this.state, 0x9e37_79b1) >>> 0;
	}
	/** A whole number below `n`. */
	below(n: number): number {
		return Math.floor((this.bits() / 0x1_0000_0000) * n);
	}
	chance(percent: number): boolean {
		return this.below(100) < percent;
	}
	pick<T>(list: readonly T[]): T {
		return list[this.below(list.length)];
	}
}

/**
 * Rows that the host cannot be asked about: they reach its operating system, its descriptor tables, or show what it is.
 */
const UNASKABLE =
	/^(INT imm8|SYSENTER|SYSEXIT|CPUID|RDTSC|RDPMC|NATIVE|ESC|FWAIT|SLDT|STR |SGDT|SIDT|SMSW|LAR|LSL|VERR|VERW|MOV Sreg|POP [DEFGS]S|L[DEFGS]S|IRET|RETF|LMSW|HLT|INT1|POPF|MOV r32, [CD]R|MOV [CD]R)|16:/;
/**
 * Left out of sequences: control transfers, which might never end; what always faults; and ENTER, which on the host leaves
 * some of its words behind when it faults.
 */
const TRANSFERS =
	/^(J|CALL|RET|LOOP|INT|UD|POPF|IN |OUT |INS|OUTS|CLI|STI|ENTER|RDMSR|WRMSR|INVD|WBINVD|CLTS|INVLPG|L[GIL]DT|LTR)/;

export const askable = (row: Row): boolean => !UNASKABLE.test(row.text);
export const sequential = (row: Row): boolean => askable(row) && !TRANSFERS.test(row.text);

const SINGLE = ROWS.filter(askable);
const SEQUENCE = ROWS.filter(sequential);

/** Values at which arithmetic turns. */
const EDGES = [
	0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff
];

const word = (random: Random): number => (random.chance(40) ? random.pick(EDGES) : random.bits() >>> random.below(32));
/** An address in the data area, away from its ends but now and then. */
const pointer = (random: Random): number =>
	DATA + (random.chance(90) ? 0x800 + random.below(0x1000) : random.below(0x2000)) - (random.chance(80) ? 0 : 3);

const bytes = (value: number, count: number): number[] =>
	Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 0xff);

/** Registers: about half are pointers; ESP and EBP always. */
function registers(random: Random): number[] {
	return Array.from({ length: 8 }, (_, r) =>
		r === 4 || r === 5 || random.chance(45) ? pointer(random) : word(random)
	);
}

/** The compiled format of a row. */
function formatOf(row: Row): Format {
	for (const map of MAPS) {
		for (const entry of map) {
			for (const format of Array.isArray(entry) ? entry : [entry]) if (format?.row === row) return format;
		}
	}
	throw new Error(`no format for ${row.opcode} ${row.text}`);
}
const FORMATS = new Map(
	ROWS.filter((row) => askable(row)).flatMap((row) => (isShadowed(row) ? [] : [[row, formatOf(row)]]))
);
function isShadowed(row: Row): boolean {
	try {
		formatOf(row);
		return false;
	} catch {
		return true;
	}
}

/** The reg field names a segment, control or debug register. */
const isSpecial = ({ operands }: Format): boolean => operands.some(({ from }) => from === 'special');

/** Encodes a row with random operands. */
export function encode(random: Random, row: Row): number[] {
	const format = FORMATS.get(row) as Format;
	const out: number[] = [];
	const size16 = !format.noPrefix && random.chance(25);
	const address16 = random.chance(5);
	if (size16) out.push(0x66);
	if (address16) out.push(0x67);
	if (random.chance(8)) out.push(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64]));
	if (format.row.traits.repeats === true && random.chance(50)) out.push(random.pick([0xf2, 0xf3]));
	if (random.chance(3)) out.push(0xf0);
	const tokens = row.opcode.replace('NP ', '').split(' ');
	for (const token of tokens) {
		if (token.endsWith('+r')) out.push(parseInt(token, 16) + random.below(8));
		else if (/^[0-9A-F]{2}$/.test(token)) out.push(parseInt(token, 16));
		else if (token.startsWith('/')) out.push(...modRm(random, format, token, address16));
		else out.push(...part(random, token, size16, address16));
	}
	return out;
}

function part(random: Random, token: string, size16: boolean, address16: boolean): number[] {
	if (token === 'ib' || token === 'cb') return [random.chance(50) ? random.below(256) : random.below(40)];
	if (token === 'iw') return bytes(random.below(64), 2);
	if (token === 'mo') return address16 ? bytes(random.bits(), 2) : bytes(pointer(random), 4);
	return bytes(word(random), size16 ? 2 : 4);
}

function modRm(random: Random, format: Format, token: string, address16: boolean): number[] {
	const field = token === '/r' ? random.below(isSpecial(format) ? 6 : 8) : Number(token[1]);
	if (!format.memoryOnly && random.chance(55)) return [0xc0 | (field << 3) | random.below(8)];
	const mod = random.below(3);
	const rm = random.below(8);
	const out = [(mod << 6) | (field << 3) | rm];
	if (address16) {
		const wide = mod === 2 || (mod === 0 && rm === 6);
		return [...out, ...bytes(random.bits(), wide ? 2 : mod === 1 ? 1 : 0)];
	}
	let absolute = mod === 0 && rm === 5;
	if (rm === 4) {
		const sib = random.below(256);
		out.push(sib);
		absolute = mod === 0 && (sib & 7) === 5;
	}
	if (absolute) return [...out, ...bytes(pointer(random), 4)];
	if (mod === 1) return [...out, random.below(256)];
	return mod === 2 ? [...out, ...bytes(random.below(0x200) - 0x100, 4)] : out;
}

/** EFLAGS with random status bits and direction; TF as asked. */
const flags = (random: Random, step: boolean): number =>
	(random.bits() & 0x8d5) | 0x202 | (step ? 0x100 : 0) | (random.chance(20) ? 0x400 : 0);

const hexBytes = (code: readonly number[]): string => code.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** One instruction of a random row, to be single-stepped. */
export function singleCase(random: Random): Case {
	const row = random.pick(SINGLE.filter((candidate) => FORMATS.has(candidate)));
	const code = encode(random, row);
	const text = `${row.text} [${hexBytes(code)}]`;
	return { regs: registers(random), eflags: flags(random, true), seed: random.bits() | 1, code, text };
}

/** Several instructions that run at full speed to an INT3: what blocks and removed flags must get right. */
export function sequenceCase(random: Random): Case {
	const code: number[] = [];
	const texts: string[] = [];
	for (let i = 2 + random.below(10); i > 0; i--) {
		const row = random.pick(SEQUENCE.filter((candidate) => FORMATS.has(candidate)));
		const next = encode(random, row);
		if (code.length + next.length > CODE_BYTES - 1) break;
		code.push(...next);
		texts.push(`${row.text} [${hexBytes(next)}]`);
	}
	return {
		regs: registers(random),
		eflags: flags(random, false),
		seed: random.bits() | 1,
		code,
		text: texts.join('; ')
	};
}
