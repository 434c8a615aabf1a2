/**
 * Call frame information (DWARF 4, 6.4): for each address of a function, how to find its caller. The canonical
 * frame address (CFA) is what the stack pointer was before the call; a table of rules, one row an address, says how
 * to compute it and where the caller's registers were saved.
 *
 * Registers are numbered as the i386 ABI has them: eax ecx edx ebx esp ebp esi edi, 8 is the return address.
 */
import { Reader, type DwarfError } from './reader';

/** Where a register of the caller is. */
export type Rule =
	/** Saved at the CFA and this many bytes. */
	| { readonly kind: 'offset'; readonly offset: number }
	/** Its value is the CFA and this many bytes. */
	| { readonly kind: 'value'; readonly offset: number }
	/** In another register. */
	| { readonly kind: 'register'; readonly register: number }
	/** It was not kept. */
	| { readonly kind: 'undefined' }
	/** An expression, which is not evaluated here. */
	| { readonly kind: 'expression' };

/** How to find the caller from one address. */
export interface FrameRow {
	/** The row holds from here to before `to`. */
	readonly from: number;
	readonly to: number;
	/** CFA = register + offset; null where it is an expression. */
	readonly cfa: { readonly register: number; readonly offset: number } | null;
	/** Rules by register; those not named keep their value. */
	readonly rules: ReadonlyMap<number, Rule>;
	readonly returnAddress: number;
	/** DWARF's augmentation 'S': the frame of a signal handler, whose return address is the instruction itself. */
	readonly signal: boolean;
}

/** What describes one function (an FDE). */
export interface FrameEntry {
	readonly offset: number;
	readonly from: number;
	readonly to: number;
	/** The rows of the function, ascending. */
	rows(): FrameRow[];
}

export interface FrameEntries {
	/** In order of address. */
	readonly entries: readonly FrameEntry[];
	readonly problems: readonly string[];
}

interface Common {
	codeAlign: number;
	dataAlign: number;
	returnAddress: number;
	signal: boolean;
	instructions: Reader;
}

interface RowState {
	cfa: FrameRow['cfa'];
	rules: Map<number, Rule>;
}

const CIE_ID = 0xffff_ffff;
/** A row for each byte of a function would be the most that makes sense. */
const MOST_ROWS = 100_000;
const MOST_REMEMBERED = 64;

/** Reads .debug_frame. */
export function readFrames(section: Uint8Array): FrameEntries {
	const entries: FrameEntry[] = [];
	const problems: string[] = [];
	const commons = new Map<number, Common | null>();
	const all = new Reader(section, '.debug_frame');
	const common = (offset: number): Common | null => {
		const known = commons.get(offset);
		if (known !== undefined) return known;
		commons.set(offset, null);
		const read = readCommon(new Reader(section, '.debug_frame', offset).unit(), offset);
		commons.set(offset, read);
		return read;
	};
	while (all.more) {
		const offset = all.at;
		try {
			const unit = all.unit();
			try {
				const id = unit.u32();
				if (id === CIE_ID) continue;
				const of = common(id);
				if (!of) throw unit.error(`the common part at 0x${id.toString(16)} could not be read`, offset);
				const [from, length] = [unit.u32(), unit.u32()];
				entries.push({ offset, from, to: from + length, rows: () => rowsOf(of, unit, from, from + length) });
			} catch (error) {
				problems.push((error as DwarfError).message);
			}
		} catch (error) {
			problems.push((error as DwarfError).message);
			break;
		}
	}
	entries.sort((a, b) => a.from - b.from);
	return { entries, problems };
}

function readCommon(unit: Reader, offset: number): Common {
	if (unit.u32() !== CIE_ID) throw unit.error('no common part (CIE) here', offset);
	const version = unit.u8();
	if (![1, 3, 4].includes(version)) throw unit.error(`call frame information of version ${version}`, offset);
	const augmentation = unit.string();
	if (!/^S?$/.test(augmentation)) throw unit.error(`unknown augmentation '${augmentation}'`, offset);
	if (version >= 4) {
		const [size, segment] = [unit.u8(), unit.u8()];
		if (size !== 4 || segment !== 0) throw unit.error(`addresses of ${size} bytes with segments of ${segment}`, offset);
	}
	return {
		codeAlign: unit.uleb(),
		dataAlign: unit.sleb(),
		returnAddress: version === 1 ? unit.u8() : unit.uleb(),
		signal: augmentation === 'S',
		instructions: new Reader(unit.bytes, unit.section, unit.at, unit.end)
	};
}

/** Carries out the instructions of the common part and of the function. @throws DwarfError where they make no sense */
function rowsOf(common: Common, unit: Reader, from: number, to: number): FrameRow[] {
	const instructions = new Reader(unit.bytes, unit.section, unit.at, unit.end);
	const machine = new FrameProgram(common, from, to);
	machine.run(new Reader(common.instructions.bytes, unit.section, common.instructions.at, common.instructions.end));
	machine.begin();
	machine.run(instructions);
	return machine.finish();
}

/** An instruction of call frame programs: how it changes the state. Low numbers only; three have their operand in the opcode. */
type Instruction = (program: FrameProgram, reader: Reader) => void;

/** DW_CFA_* by opcode (DWARF 4, 7.23). */
const INSTRUCTIONS: Readonly<Record<number, Instruction>> = {
	0x00: () => {},
	0x01: (program, reader) => program.moveTo(reader.u32()),
	0x02: (program, reader) => program.advance(reader.u8()),
	0x03: (program, reader) => program.advance(reader.u16()),
	0x04: (program, reader) => program.advance(reader.u32()),
	0x05: (program, reader) => program.saved(reader.uleb(), reader.uleb()),
	0x06: (program, reader) => program.restore(reader.uleb()),
	0x07: (program, reader) => program.rule(reader.uleb(), { kind: 'undefined' }),
	0x08: (program, reader) => program.same(reader.uleb()),
	0x09: (program, reader) => program.rule(reader.uleb(), { kind: 'register', register: reader.uleb() }),
	0x0a: (program, reader) => program.remember(reader),
	0x0b: (program, reader) => program.recall(reader),
	0x0c: (program, reader) => program.cfa(reader.uleb(), reader.uleb()),
	0x0d: (program, reader) => program.cfaRegister(reader.uleb(), reader),
	0x0e: (program, reader) => program.cfaOffset(reader.uleb(), reader),
	0x0f: (program, reader) => {
		reader.skip(reader.uleb());
		program.noCfa();
	},
	0x10: (program, reader) => program.expression(reader.uleb(), reader),
	0x11: (program, reader) => program.saved(reader.uleb(), reader.sleb()),
	0x12: (program, reader) => program.cfa(reader.uleb(), reader.sleb() * program.dataAlign),
	0x13: (program, reader) => program.cfaOffset(reader.sleb() * program.dataAlign, reader),
	0x14: (program, reader) => program.rule(reader.uleb(), { kind: 'value', offset: reader.uleb() * program.dataAlign }),
	0x15: (program, reader) => program.rule(reader.uleb(), { kind: 'value', offset: reader.sleb() * program.dataAlign }),
	0x16: (program, reader) => program.expression(reader.uleb(), reader),
	// DW_CFA_GNU_args_size: the callee's arguments, which the CFA already counts.
	0x2e: (_program, reader) => void reader.uleb()
};

class FrameProgram {
	private readonly rows: FrameRow[] = [];
	private state: RowState = { cfa: null, rules: new Map() };
	private initial: RowState = { cfa: null, rules: new Map() };
	private readonly remembered: RowState[] = [];
	private at: number;

	constructor(
		private readonly common: Common,
		from: number,
		private readonly to: number
	) {
		this.at = from;
	}

	get dataAlign(): number {
		return this.common.dataAlign;
	}

	run(reader: Reader): void {
		while (reader.more) {
			const from = reader.at;
			const opcode = reader.u8();
			const low = opcode & 0x3f;
			if (opcode >>> 6 === 1) this.advance(low);
			else if (opcode >>> 6 === 2) this.saved(low, reader.uleb());
			else if (opcode >>> 6 === 3) this.restore(low);
			else {
				const instruction = INSTRUCTIONS[opcode];
				if (!instruction) throw reader.error(`unknown call frame instruction 0x${opcode.toString(16)}`, from);
				instruction(this, reader);
			}
		}
	}

	/** The common part is done: what `restore` goes back to. */
	begin(): void {
		this.initial = copy(this.state);
	}
	finish(): FrameRow[] {
		this.emit(this.to);
		return this.rows;
	}

	private emit(to: number): void {
		if (to <= this.at || this.rows.length >= MOST_ROWS) return;
		const { cfa, rules } = copy(this.state);
		const { returnAddress, signal } = this.common;
		this.rows.push({ from: this.at, to, cfa, rules, returnAddress, signal });
	}
	advance(delta: number): void {
		this.moveTo(this.at + delta * this.common.codeAlign);
	}
	moveTo(address: number): void {
		const next = Math.min(address, this.to);
		this.emit(next);
		this.at = Math.max(this.at, next);
	}
	rule(register: number, rule: Rule): void {
		this.state.rules.set(register, rule);
	}
	saved(register: number, factored: number): void {
		this.rule(register, { kind: 'offset', offset: factored * this.dataAlign });
	}
	same(register: number): void {
		this.state.rules.delete(register);
	}
	restore(register: number): void {
		const rule = this.initial.rules.get(register);
		if (rule) this.state.rules.set(register, rule);
		else this.state.rules.delete(register);
	}
	expression(register: number, reader: Reader): void {
		reader.skip(reader.uleb());
		this.rule(register, { kind: 'expression' });
	}
	remember(reader: Reader): void {
		if (this.remembered.length >= MOST_REMEMBERED) throw reader.error('too many remembered states');
		this.remembered.push(copy(this.state));
	}
	recall(reader: Reader): void {
		const state = this.remembered.pop();
		if (!state) throw reader.error('no state was remembered');
		this.state = state;
	}
	cfa(register: number, offset: number): void {
		this.state.cfa = { register, offset };
	}
	noCfa(): void {
		this.state.cfa = null;
	}
	cfaRegister(register: number, reader: Reader): void {
		if (!this.state.cfa) throw reader.error('the CFA has no register to replace');
		this.state.cfa = { register, offset: this.state.cfa.offset };
	}
	cfaOffset(offset: number, reader: Reader): void {
		if (!this.state.cfa) throw reader.error('the CFA has no register to which an offset belongs');
		this.state.cfa = { register: this.state.cfa.register, offset };
	}
}

const copy = ({ cfa, rules }: RowState): RowState => ({ cfa, rules: new Map(rules) });
