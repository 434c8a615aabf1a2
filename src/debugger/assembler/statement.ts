/**
 * One instruction as it is written, in Intel's syntax:
 *
 *     statement = { prefix } mnemonic [ operand { "," operand } ] [ ";" comment ]
 *     prefix    = lock | rep | repe | repz | repne | repnz | segment
 *     operand   = register | [ size ] number | [ size ] memory | "far" number (":" | ",") number | [ "far" ] [ size ] memory
 *     memory    = [ segment ":" ] "[" [ segment ":" ] term { ("+" | "-") term } "]"
 *     term      = register [ "*" number ] | number [ "*" register ]
 *     size      = ( byte | word | dword | fword | qword | tbyte | tword | oword | yword | zword ) [ "ptr" ]
 *     number    = [ "-" | "+" ] ( 42 | 0x2a | 2ah | 0b101 | 'c' ), with _ between digits
 *
 * Registers and mnemonics are looked up by whoever reads the statement; here is only which word stands where.
 */
import { nearest } from '../../base/nearest';
import { said } from '../../words/assembler';
import { fill } from '../../words/template';
import { AssemblyError, type Piece } from './problem';

/** Bytes of each size by name. */
export const SIZES: Readonly<Record<string, number>> = {
	byte: 1,
	word: 2,
	dword: 4,
	fword: 6,
	qword: 8,
	tbyte: 10,
	tword: 10,
	oword: 16,
	xmmword: 16,
	yword: 32,
	ymmword: 32,
	zword: 64,
	zmmword: 64
};
export const SEGMENTS: readonly string[] = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
const PREFIXES: readonly string[] = ['lock', 'rep', 'repe', 'repz', 'repne', 'repnz'];
const SCALES = [1, 2, 4, 8];

export interface RegisterTerm extends Piece {
	/** 1 where none is written. */
	readonly scale: number;
}

export interface MemoryText extends Piece {
	readonly kind: 'memory';
	/** Bytes, or 0 where nothing is said. */
	readonly size: number;
	readonly far: boolean;
	/** Name of the segment, or ''. */
	readonly segment: string;
	readonly base: RegisterTerm | null;
	readonly index: RegisterTerm | null;
	/** A word, signed or not. */
	readonly displacement: number;
}
export interface NumberText extends Piece {
	readonly kind: 'number';
	readonly size: number;
	readonly value: number;
}
export interface FarText extends Piece {
	readonly kind: 'far';
	readonly selector: number;
	readonly offset: number;
}
export interface RegisterText extends Piece {
	readonly kind: 'register';
	readonly name: string;
}
export type OperandText = MemoryText | NumberText | FarText | RegisterText;

export interface Statement {
	readonly prefixes: readonly Piece[];
	/** Name of a segment that stands before the mnemonic, or ''. */
	readonly segment: string;
	readonly mnemonic: Piece;
	readonly operands: readonly OperandText[];
	/** What follows the mnemonic. */
	readonly end: Piece;
}

/** What names there are: for the words that are neither. */
export interface Vocabulary {
	readonly registers: ReadonlyMap<string, number>;
	readonly mnemonics: ReadonlyMap<string, unknown>;
}

const TOKEN = /\s*(?:(;.*)|('[^']')|([A-Za-z_$@.?][\w$@.?]*(?:\(\d\))?)|(\d\w*)|([[\],:+\-*]))/y;

function tokensOf(text: string): Piece[] {
	const tokens: Piece[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const from = TOKEN.lastIndex;
		const found = TOKEN.exec(text);
		if (!found) {
			const at = from + /^\s*/.exec(text.slice(from))![0].length;
			if (at >= text.length) break;
			throw new AssemblyError(fill(said.unexpected, { what: text[at] }), { at, text: text[at] });
		}
		if (found[1] !== undefined) break;
		const word = found[0].trim();
		tokens.push({ at: TOKEN.lastIndex - word.length, text: word });
	}
	return tokens;
}

const DIGITS: readonly (readonly [RegExp, number])[] = [
	[/^0x([0-9a-f]+)$/, 16],
	[/^(\d[0-9a-f]*)h$/, 16],
	[/^0b([01]+)$/, 2],
	[/^(\d+)$/, 10]
];

/** The number that a word means, or null. */
function numberOf(text: string): number | null {
	if (text.startsWith("'")) return text.charCodeAt(1);
	const plain = text.toLowerCase().replaceAll('_', '');
	for (const [form, base] of DIGITS) {
		const digits = form.exec(plain)?.[1];
		if (digits !== undefined) return parseInt(digits, base);
	}
	return null;
}

/** `fc00_0000`, as pages write addresses. */
const looksHex = (text: string): boolean => /^[0-9a-f_]+$/i.test(text) && /\d/.test(text);

const suggested = (problem: string, what: string | null): string =>
	what === null ? problem : fill(said.suggestion, { problem, what });

/** Reads the words of one statement in order. */
export class Reader {
	private next = 0;
	private readonly tokens: readonly Piece[];

	/** @throws AssemblyError for a letter that no word begins with */
	constructor(
		private readonly text: string,
		private readonly known: Vocabulary
	) {
		this.tokens = tokensOf(text);
	}

	/** @throws AssemblyError with what is wrong, and where */
	read(): Statement {
		if (this.tokens.length === 0) throw new AssemblyError(said.empty, { at: 0, text: this.text });
		const prefixes: Piece[] = [];
		let segment = '';
		while (PREFIXES.includes(this.word) || SEGMENTS.includes(this.word)) {
			if (SEGMENTS.includes(this.word)) segment = this.take().text.toLowerCase();
			else prefixes.push(this.take());
			if (this.done) throw new AssemblyError(fill(said.prefixAlone, { what: this.last.text }), this.last);
		}
		const mnemonic = this.mnemonic();
		const from = this.next;
		const operands = this.done ? [] : this.operands();
		if (!this.done) throw new AssemblyError(fill(said.afterEnd, { what: this.here.text }), this.here);
		return { prefixes, segment, mnemonic, operands, end: this.span(from) };
	}

	private get done(): boolean {
		return this.next >= this.tokens.length;
	}
	private get here(): Piece {
		return this.tokens[this.next] ?? { at: this.text.trimEnd().length, text: '' };
	}
	private get last(): Piece {
		return this.tokens[this.next - 1];
	}
	private get word(): string {
		return this.here.text.toLowerCase();
	}
	private take(): Piece {
		return this.tokens[this.next++];
	}
	private accept(text: string): boolean {
		if (this.word !== text) return false;
		this.next++;
		return true;
	}
	/** The text from token `from` up to here. */
	private span(from: number): Piece {
		const first = this.tokens[from];
		if (!first) return { at: this.text.trimEnd().length, text: '' };
		const last = this.tokens[Math.max(from, this.next - 1)];
		return { at: first.at, text: this.text.slice(first.at, last.at + last.text.length) };
	}

	private mnemonic(): Piece {
		const { here, word } = this;
		if (!/^[a-z]/.test(word)) throw new AssemblyError(said.noMnemonic, here);
		if (!this.known.mnemonics.has(word)) {
			const problem = fill(said.unknownMnemonic, { what: here.text });
			throw new AssemblyError(suggested(problem, nearest(word, this.known.mnemonics.keys())), here);
		}
		return this.take();
	}

	private operands(): OperandText[] {
		const operands: OperandText[] = [];
		do {
			if (this.done || this.word === ',') throw new AssemblyError(said.operandMissing, this.here);
			operands.push(this.operand());
		} while (this.accept(','));
		return operands;
	}

	private operand(): OperandText {
		const from = this.next;
		const before = this.distance();
		const size = this.size();
		const far = this.distance() || before;
		if (far || size > 0) this.mustGoOn();
		if (this.word === '[') return this.memory(from, size, far, '');
		if (SEGMENTS.includes(this.word) && this.tokens[this.next + 1]?.text === ':') {
			const segment = this.take().text.toLowerCase();
			this.take();
			if (this.word !== '[') throw new AssemblyError(fill(said.unexpected, { what: this.here.text }), this.here);
			return this.memory(from, size, far, segment);
		}
		if (this.known.registers.has(this.word)) {
			if (size > 0) throw new AssemblyError(fill(said.unexpected, { what: this.tokens[from].text }), this.tokens[from]);
			const name = this.take();
			return { kind: 'register', name: name.text.toLowerCase(), ...name };
		}
		const value = this.number();
		// `jmp far 0x1234,0x8` and `jmp 0x8:0x1234`: the disassembler's way, and that of most assemblers.
		if (this.accept(':')) return { kind: 'far', selector: value, offset: this.number(), ...this.span(from) };
		if (far && this.accept(',')) return { kind: 'far', offset: value, selector: this.number(), ...this.span(from) };
		return { kind: 'number', size, value, ...this.span(from) };
	}

	/** `far` before an operand; `short` and `near` say what is chosen anyway. */
	private distance(): boolean {
		if (this.accept('short') || this.accept('near')) {
			this.mustGoOn();
			return false;
		}
		return this.accept('far');
	}

	private size(): number {
		const size = Object.hasOwn(SIZES, this.word) ? SIZES[this.take().text.toLowerCase()] : 0;
		if (size > 0) this.accept('ptr');
		return size;
	}

	private mustGoOn(): void {
		if (this.done) throw new AssemblyError(said.operandMissing, this.here);
	}

	private number(): number {
		const minus = this.accept('-');
		if (!minus) this.accept('+');
		this.mustGoOn();
		const value = this.plainNumber();
		return minus ? -value : value;
	}

	private plainNumber(): number {
		const { here } = this;
		const value = numberOf(here.text);
		if (value === null) throw this.notANumber(here);
		if (value > 0xffff_ffff) throw new AssemblyError(fill(said.tooLarge, { what: here.text }), here);
		this.next++;
		return value;
	}

	private notANumber(here: Piece): AssemblyError {
		const { text } = here;
		if (looksHex(text)) {
			const problem = /^\d/.test(text) ? fill(said.badNumber, { what: text }) : fill(said.unknownName, { what: text });
			return new AssemblyError(suggested(`${problem} ${said.hexDigits}`, `0x${text}`), here);
		}
		if (/^\d/.test(text)) return new AssemblyError(fill(said.badNumber, { what: text }), here);
		if (!/^\w/.test(text)) return new AssemblyError(fill(said.unexpected, { what: text }), here);
		const names = [...this.known.registers.keys(), ...Object.keys(SIZES)];
		return new AssemblyError(
			suggested(fill(said.unknownName, { what: text }), nearest(text.toLowerCase(), names)),
			here
		);
	}

	// --- memory --------------------------------------------------------------------------------------------------

	private memory(from: number, size: number, far: boolean, outside: string): MemoryText {
		const open = this.take();
		const segment = this.segmentInside(outside);
		const registers: RegisterTerm[] = [];
		let displacement = 0;
		let sign = this.accept('-') ? -1 : 1;
		for (;;) {
			if (this.done) throw new AssemblyError(said.unclosed, { at: open.at, text: '[' });
			const number = this.term(registers, sign);
			displacement += sign * number;
			if (this.accept(']')) break;
			if (this.accept('+')) sign = 1;
			else if (this.accept('-')) sign = -1;
			else if (this.done) throw new AssemblyError(said.unclosed, { at: open.at, text: '[' });
			else throw new AssemblyError(fill(said.unexpected, { what: this.here.text }), this.here);
		}
		const whole = this.span(from);
		if (displacement > 0xffff_ffff || displacement < -0x8000_0000)
			throw new AssemblyError(fill(said.tooLarge, { what: whole.text }), whole);
		return { kind: 'memory', size, far, segment, ...placed(registers), displacement, ...whole };
	}

	private segmentInside(outside: string): string {
		if (!SEGMENTS.includes(this.word) || this.tokens[this.next + 1]?.text !== ':') return outside;
		if (outside) throw new AssemblyError(said.segmentTwice, this.here);
		const segment = this.take().text.toLowerCase();
		this.take();
		return segment;
	}

	/** A register goes into `registers`; of a number its value is given back. */
	private term(registers: RegisterTerm[], sign: number): number {
		const { here } = this;
		if (this.known.registers.has(this.word)) {
			if (sign < 0) throw new AssemblyError(said.negativeRegister, here);
			this.next++;
			registers.push({ ...here, text: here.text.toLowerCase(), scale: this.accept('*') ? this.scale() : 1 });
			return 0;
		}
		const value = this.plainNumber();
		if (!this.accept('*')) return value;
		const register = this.here;
		if (!this.known.registers.has(this.word)) throw this.notANumber(register);
		if (sign < 0) throw new AssemblyError(said.negativeRegister, register);
		this.next++;
		registers.push({ ...register, text: register.text.toLowerCase(), scale: goodScale(value, here) });
		return 0;
	}

	private scale(): number {
		const { here } = this;
		return goodScale(this.plainNumber(), here);
	}
}

function goodScale(value: number, at: Piece): number {
	if (!SCALES.includes(value)) throw new AssemblyError(fill(said.scale, { what: at.text }), at);
	return value;
}

/** Which register is base and which is index: what is taken several times is the index. */
function placed(registers: readonly RegisterTerm[]): Pick<MemoryText, 'base' | 'index'> {
	if (registers.length > 2)
		throw new AssemblyError(fill(said.tooManyRegisters, { what: registers[2].text }), registers[2]);
	const [first = null, second = null] = registers;
	if (first === null) return { base: null, index: null };
	if (second === null) return first.scale > 1 ? { base: null, index: first } : { base: first, index: null };
	if (first.scale > 1 && second.scale > 1)
		throw new AssemblyError(fill(said.tooManyRegisters, { what: second.text }), second);
	// ESP can be no index, and a vector register no base.
	const turn = first.scale > 1 || second.text === 'esp' || (/^[xyz]mm/.test(first.text) && second.scale === 1);
	return turn ? { base: second, index: first } : { base: first, index: second };
}
