/**
 * An assembler for one instruction at a time, over iced's encoder: a statement is read, every encoding of its mnemonic whose operands fit is
 * tried, and the shortest is taken. What cannot be encoded is told with its place in the text.
 *
 * Not read: EVEX decorations ({k1}, {1to16}, {rn-sae}), and branches of 16 bits.
 */
import { said } from '../../words/assembler';
import { fill } from '../../words/template';
import { loadIced, type Iced } from '../decode';
import { Forms, type Form } from './forms';
import { fit, isPointed, put, spread } from './operands';
import { AssemblyError, type Piece, type Problem } from './problem';
import { Reader, SIZES, type OperandText, type Statement } from './statement';

export type { Problem } from './problem';

/** Bytes, or what is wrong: plain data, so that it can come out of a worker. */
export type Assembled = { readonly bytes: Uint8Array } | { readonly problem: Problem };

/** Encodings that are named in a message. */
const MOST_FORMS = 4;

const PREFIX_FITS: Readonly<Record<string, (form: Form) => boolean>> = {
	lock: ({ lock }) => lock,
	rep: ({ rep }) => rep,
	repe: ({ rep, repne }) => rep || repne,
	repz: ({ rep, repne }) => rep || repne,
	repne: ({ repne }) => repne,
	repnz: ({ repne }) => repne
};

export class Assembler {
	private readonly forms: Forms;

	private constructor(private readonly iced: Iced) {
		this.forms = new Forms(iced);
	}

	/** Loads iced: several hundred kilobytes, so only when something is to be assembled. */
	static async load(): Promise<Assembler> {
		return new Assembler(await loadIced());
	}

	/** The bytes of one instruction that is to lie at linear address `address`. */
	assemble(text: string, address: number): Assembled {
		try {
			const { registers, mnemonics } = this.forms;
			return { bytes: this.encode(new Reader(text, { registers: withStack(registers), mnemonics }).read(), address) };
		} catch (error) {
			if (!(error instanceof AssemblyError)) throw error;
			const { at, length, says } = error;
			return { problem: { at, length, says } };
		}
	}

	private encode(written: Statement, address: number): Uint8Array {
		const mnemonic = written.mnemonic.text.toLowerCase();
		const all = this.forms.of(mnemonic);
		const operands = written.operands.map(plainRegister);
		const statement = { ...written, operands: asEncoded(mnemonic, all, operands) };
		const fitting = this.fitting(statement, all);
		const tried = fitting.map((form) => ({ form, made: this.tryForm(form, statement, address) }));
		const best = shortest(tried.filter(({ form }) => form.operandSize !== 16)) ?? shortest(tried);
		if (best) return best;
		const why = tried.map(({ made }) => made).find((made) => typeof made === 'string') ?? '';
		const branch = statement.operands.find(({ kind }) => kind === 'number');
		if (branch && fitting.every(({ operands }) => operands.some((kind) => kind === 'br32_1')))
			throw new AssemblyError(fill(said.tooFar, { what: branch.text, mnemonic }), branch);
		throw new AssemblyError(fill(said.notEncodable, { why }), statement.operands[0] ?? statement.mnemonic);
	}

	// --- which encodings --------------------------------------------------------------------------------------------

	/** Those whose operands fit. @throws AssemblyError that says why none does */
	private fitting({ mnemonic, prefixes, operands, end }: Statement, all: readonly Form[]): readonly Form[] {
		const name = mnemonic.text.toLowerCase();
		const counted = all.filter((form) => spread(form.operands, operands) !== null);
		if (counted.length === 0) {
			const problem = fill(said.operandCount, { mnemonic: name, forms: formsText(all) });
			throw new AssemblyError(problem, operands.length > 0 ? end : mnemonic);
		}
		const matching = counted.filter((form) => matches(form, operands));
		if (matching.length === 0) throw noMatch(name, operands, counted, end);
		const sized = this.ofSize(matching, operands);
		for (const prefix of prefixes) {
			if (sized.some(PREFIX_FITS[prefix.text.toLowerCase()])) continue;
			throw new AssemblyError(fill(said.notForPrefix, { what: prefix.text, mnemonic: name }), prefix);
		}
		return sized;
	}

	/** Where the size of memory is not said, and could be one or another, nothing is guessed. */
	private ofSize(forms: readonly Form[], operands: readonly OperandText[]): readonly Form[] {
		const memory = operands.find((operand) => operand.kind === 'memory');
		if (!memory) return forms;
		const near = forms.filter(({ far }) => !far);
		const wanted = memory.far ? forms.filter(({ far }) => far) : near.length > 0 ? near : forms;
		if (memory.size > 0 || memory.far) return wanted;
		const sizes = [...new Set(wanted.map((form) => form.memory))].sort((a, b) => a - b);
		const names = sizes.flatMap((size) => Object.keys(SIZES).find((name) => SIZES[name] === size) ?? []);
		const pointed = wanted.every((form) => form.operands.some(isPointed));
		if (names.length < 2 || pointed) return wanted;
		const list = names.reduceRight((two, one) => fill(said.or, { one, other: two }));
		throw new AssemblyError(fill(said.whichSize, { sizes: list }), memory);
	}

	// --- the bytes ----------------------------------------------------------------------------------------------------

	/** The bytes, or iced's reason why there are none. */
	private tryForm(form: Form, { prefixes, segment, operands }: Statement, address: number): Uint8Array | string {
		const { Instruction, Encoder, Register } = this.iced;
		const instruction = new Instruction();
		const encoder = new Encoder(32);
		try {
			instruction.code = form.code;
			const written = spread(form.operands, operands)!;
			form.operands.forEach((kind, place) =>
				put(this.iced, this.forms.registers, instruction, place, kind, written[place])
			);
			const named = segment || (operands.find((operand) => operand.kind === 'memory')?.segment ?? '');
			const implied = form.operands.includes('es_rDI') && named === 'es';
			if (named && !implied) instruction.segmentPrefix = this.forms.registers.get(named) ?? Register.None;
			for (const { text } of prefixes) setPrefix(instruction, text.toLowerCase(), form);
			encoder.encode(instruction, BigInt(address >>> 0));
			return encoder.takeBuffer();
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		} finally {
			instruction.free();
			encoder.free();
		}
	}
}

function setPrefix(instruction: InstanceType<Iced['Instruction']>, prefix: string, { rep }: Form): void {
	if (prefix === 'lock') instruction.hasLockPrefix = true;
	else if (prefix === 'rep' || ((prefix === 'repe' || prefix === 'repz') && rep)) instruction.hasRepPrefix = true;
	else if (prefix === 'repe' || prefix === 'repz') instruction.hasRepePrefix = true;
	else instruction.hasRepnePrefix = true;
}

/** `st` and `st(3)` are ways to write registers of the FPU. */
const stack = (name: string): string => (name === 'st' ? 'st0' : name.replace(/^st\((\d)\)$/, 'st$1'));
const withStack = (registers: ReadonlyMap<string, number>): ReadonlyMap<string, number> => ({
	...registers,
	has: (name) => registers.has(stack(name)),
	get: (name) => registers.get(stack(name)),
	keys: () => registers.keys()
});
const plainRegister = (operand: OperandText): OperandText =>
	operand.kind === 'register' ? { ...operand, name: stack(operand.name) } : operand;

/** Whose operands mean the same in either order, of which there is one encoding. */
const EITHER_ORDER = ['xchg', 'test'];

/** Operands as the encodings have them: in their order, and without the XMM0 that some instructions always use. */
function asEncoded(mnemonic: string, forms: readonly Form[], operands: readonly OperandText[]): readonly OperandText[] {
	const last = operands.at(-1);
	if (last?.kind === 'register' && last.name === 'xmm0' && forms.every(({ text }) => text.endsWith('<XMM0>')))
		return operands.slice(0, -1);
	const fits = (order: readonly OperandText[]): boolean =>
		forms.some((form) => spread(form.operands, order) !== null && matches(form, order));
	const turned = operands.toReversed();
	return EITHER_ORDER.includes(mnemonic) && !fits(operands) && fits(turned) ? turned : operands;
}

/** The shortest; the first of equals, which is the one that other assemblers take. */
const shortest = (tried: readonly { made: Uint8Array | string }[]): Uint8Array | null =>
	tried.reduce<Uint8Array | null>(
		(best, { made }) => (typeof made === 'string' || (best && best.length <= made.length) ? best : made),
		null
	);

const matches = (form: Form, operands: readonly OperandText[]): boolean =>
	spread(form.operands, operands)!.every(
		(operand, place) => operand === null || (fit(form.operands[place], operand).fits && sizeFits(form, operand))
	);

function sizeFits({ memory, operandSize, operands }: Form, operand: OperandText): boolean {
	if (operand.kind === 'memory') return operand.size === 0 || memory === 0 || operand.size === memory;
	if (operand.kind !== 'number' || operand.size === 0) return true;
	return operandSize > 0 ? operand.size * 8 === operandSize : operands.includes('imm8') && operand.size === 1;
}

// --- what is wrong ------------------------------------------------------------------------------------------------------

const formsText = (forms: readonly Form[]): string => {
	const texts = [...new Set(forms.map(({ text }) => text.toLowerCase()))];
	return `${texts.slice(0, MOST_FORMS).join('; ')}${texts.length > MOST_FORMS ? '; …' : ''}`;
};

/** The kind that the operand written at `place` stands for. */
const kindOf = ({ operands }: Form, written: readonly OperandText[], place: number): string =>
	operands[spread(operands, written)!.indexOf(written[place])];

/** The first operand that fits nowhere; where each fits somewhere, they do not go together. */
function noMatch(
	mnemonic: string,
	operands: readonly OperandText[],
	forms: readonly Form[],
	end: Piece
): AssemblyError {
	let left = forms;
	for (const [place, operand] of operands.entries()) {
		const fits = left.map((form) => fit(kindOf(form, operands, place), operand));
		const next = left.filter((_, index) => fits[index].fits);
		if (next.length > 0) {
			left = next;
			continue;
		}
		const bits = Math.max(0, ...fits.map((one) => (one.fits ? 0 : (one.bits ?? 0))));
		if (bits > 0) return new AssemblyError(fill(said.doesNotFit, { what: operand.text, mnemonic, bits }), operand);
		return new AssemblyError(fill(said.operandKind, { mnemonic, what: operand.text, forms: formsText(left) }), operand);
	}
	return new AssemblyError(fill(said.together, { mnemonic, forms: formsText(left) }), end);
}
