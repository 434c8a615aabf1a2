/**
 * Line programs (DWARF 4, 6.2): a byte-coded machine whose registers are a row of the table, and which emits a
 * row now and then. A sequence is a run of rows with ascending addresses; its last row ends it and stands for no
 * instruction. Rows say where an instruction begins that belongs to a line; `is_stmt` marks those where a debugger stops.
 */
import { Reader, type DwarfError } from './reader';

/** Standard opcodes (DWARF 4, 7.21). */
const DW_LNS = {
	copy: 1,
	advance_pc: 2,
	advance_line: 3,
	set_file: 4,
	set_column: 5,
	negate_stmt: 6,
	set_basic_block: 7,
	const_add_pc: 8,
	fixed_advance_pc: 9,
	set_prologue_end: 10,
	set_epilogue_begin: 11,
	set_isa: 12
} as const;
const DW_LNE = { end_sequence: 1, set_address: 2, define_file: 3, set_discriminator: 4 } as const;

/** One row of the table. */
export interface LineRow {
	readonly address: number;
	/** Index into the table's files. */
	readonly file: number;
	/** From 1; 0 where the instruction belongs to no line. */
	readonly line: number;
	/** From 1; 0 where it is not known. */
	readonly column: number;
	readonly isStmt: boolean;
	readonly discriminator: number;
	/** The row ends its sequence: `address` is the first behind it. */
	readonly end: boolean;
}

/** Rows by unit, in the order of the program. */
export interface LineUnit {
	/** Offset of the unit in .debug_line: what a compile unit's DW_AT_stmt_list names. */
	readonly offset: number;
	readonly version: number;
	/** The files by their number in the unit, 0 unused; directory and name joined. */
	readonly files: readonly string[];
	/** Rows, sequence by sequence; `file` is the number in this unit. */
	readonly rows: readonly LineRow[];
}

/** What the section holds, and what in it could not be read. */
export interface LineUnits {
	readonly units: readonly LineUnit[];
	readonly problems: readonly string[];
}

/** No image that a page can hold has more rows; a damaged one may seem to. */
const MOST_ROWS = 8_000_000;

/** `directory/name`, without the steps that lead nowhere; an absolute name stands alone. */
export function joinPath(directory: string, name: string): string {
	const path = name.startsWith('/') || directory === '' ? name : `${directory}/${name}`;
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
		else if (part !== '.' && part !== '') parts.push(part);
	}
	return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

interface Header {
	version: number;
	minInstruction: number;
	isStmt: boolean;
	lineBase: number;
	lineRange: number;
	opcodeBase: number;
	/** Number of LEB128 arguments of each standard opcode. */
	argumentCounts: number[];
	files: string[];
}

/**
 * Reads all line programs.
 * @param directoryOf the compilation directory of the unit whose lines start at an offset, '' where it is not known
 */
export function readLines(section: Uint8Array, directoryOf: (offset: number) => string = () => ''): LineUnits {
	const units: LineUnit[] = [];
	const problems: string[] = [];
	const all = new Reader(section, '.debug_line');
	let rows = 0;
	while (all.more && rows < MOST_ROWS) {
		const offset = all.at;
		let unit: Reader;
		try {
			unit = all.unit();
		} catch (error) {
			// Without the length nothing says where the next unit begins.
			problems.push((error as DwarfError).message);
			break;
		}
		const program = new LineProgram(unit, MOST_ROWS - rows);
		try {
			program.run(directoryOf(offset));
		} catch (error) {
			problems.push((error as DwarfError).message);
		}
		if (program.header) {
			const { version, files } = program.header;
			units.push({ offset, version, files, rows: program.complete() });
			rows += program.complete().length;
		}
	}
	return { units, problems };
}

/** One line program: reads its header, then carries it out. */
class LineProgram {
	header: Header | null = null;
	private readonly rows: LineRow[] = [];
	/** Rows of sequences that have ended. */
	private ended = 0;
	private address = 0;
	private file = 1;
	private line = 1;
	private column = 0;
	private isStmt = true;
	private discriminator = 0;

	constructor(
		private readonly unit: Reader,
		private readonly most: number
	) {}

	/** Rows of complete sequences; a sequence that was cut off says nothing certain. */
	complete(): LineRow[] {
		return this.rows.slice(0, this.ended);
	}

	/** @throws DwarfError where the program cannot be read on; what came before stays */
	run(directory: string): void {
		const { unit } = this;
		this.header = this.readHeader(directory);
		this.reset();
		while (unit.more) {
			const opcode = unit.u8();
			if (opcode >= this.header.opcodeBase) this.special(this.header, opcode);
			else if (opcode === 0) this.extended();
			else this.standard(this.header, opcode);
		}
		if (this.ended < this.rows.length) throw unit.error('the last sequence does not end');
	}

	private readHeader(directory: string): Header {
		const { unit } = this;
		const from = unit.at;
		const version = unit.u16();
		if (version < 2 || version > 4)
			throw unit.error(`line table of DWARF ${version}; 2 to 4 can be read (compile with -gdwarf-4)`, from);
		const length = unit.u32();
		const program = unit.at + length;
		if (program > unit.end) throw unit.error(`a header of ${length} bytes is longer than its unit`, from);
		const minInstruction = unit.u8();
		if (version >= 4) unit.u8();
		const isStmt = unit.u8() !== 0;
		const lineBase = unit.s8();
		const lineRange = unit.u8();
		const opcodeBase = unit.u8();
		if (lineRange === 0) throw unit.error('line_range is 0', from);
		if (opcodeBase === 0) throw unit.error('opcode_base is 0', from);
		const argumentCounts = [0, ...Array.from({ length: opcodeBase - 1 }, () => unit.u8())];
		const files = this.readFiles(directory);
		unit.at = program;
		return { version, minInstruction, isStmt, lineBase, lineRange, opcodeBase, argumentCounts, files };
	}

	private readFiles(directory: string): string[] {
		const { unit } = this;
		const directories = [directory];
		for (let name = unit.string(); name !== ''; name = unit.string()) directories.push(joinPath(directory, name));
		this.directories = directories;
		const files = [''];
		for (let name = unit.string(); name !== ''; name = unit.string()) files.push(this.readFile(name));
		return files;
	}
	private directories: string[] = [];

	/** The rest of a file's entry: directory, time, length. */
	private readFile(name: string): string {
		const directory = this.directories[this.unit.uleb()] ?? '';
		this.unit.uleb();
		this.unit.uleb();
		return joinPath(directory, name);
	}

	private reset(): void {
		this.address = 0;
		this.file = 1;
		this.line = 1;
		this.column = 0;
		this.isStmt = this.header!.isStmt;
		this.discriminator = 0;
	}

	private emit(end = false): void {
		if (this.rows.length >= this.most) throw this.unit.error(`more than ${MOST_ROWS} rows`);
		const { address, file, line, column, isStmt, discriminator } = this;
		this.rows.push({ address: address >>> 0, file, line, column, isStmt, discriminator, end });
		this.discriminator = 0;
	}

	/** A row with new address and line in one byte (DWARF 4, 6.2.5.1). */
	private special(header: Header, opcode: number): void {
		const adjusted = opcode - header.opcodeBase;
		this.address += Math.trunc(adjusted / header.lineRange) * header.minInstruction;
		this.line += header.lineBase + (adjusted % header.lineRange);
		this.emit();
	}

	private standard(header: Header, opcode: number): void {
		const { unit } = this;
		switch (opcode) {
			case DW_LNS.copy:
				return this.emit();
			case DW_LNS.advance_pc:
				this.address += unit.uleb() * header.minInstruction;
				return;
			case DW_LNS.advance_line:
				this.line += unit.sleb();
				return;
			case DW_LNS.set_file:
				this.file = unit.uleb();
				return;
			case DW_LNS.set_column:
				this.column = unit.uleb();
				return;
			case DW_LNS.negate_stmt:
				this.isStmt = !this.isStmt;
				return;
			case DW_LNS.const_add_pc:
				this.address += Math.trunc((255 - header.opcodeBase) / header.lineRange) * header.minInstruction;
				return;
			case DW_LNS.fixed_advance_pc:
				this.address += unit.u16();
				return;
			default:
				// Marks that change no row here, and opcodes of later versions: the header says how many arguments to skip.
				for (let count = header.argumentCounts[opcode]; count > 0; count--) unit.uleb();
		}
	}

	private extended(): void {
		const from = this.unit.at - 1;
		const length = this.unit.uleb();
		if (length === 0) throw this.unit.error('an extended opcode of no bytes', from);
		const part = this.unit.part(length);
		switch (part.u8()) {
			case DW_LNE.end_sequence:
				this.emit(true);
				this.ended = this.rows.length;
				return this.reset();
			case DW_LNE.set_address:
				this.address = part.unsigned(length - 1);
				return;
			case DW_LNE.set_discriminator:
				this.discriminator = part.uleb();
				return;
			case DW_LNE.define_file: {
				const name = part.string();
				const directory = this.directories[part.uleb()] ?? '';
				this.header!.files.push(joinPath(directory, name));
			}
		}
	}
}
