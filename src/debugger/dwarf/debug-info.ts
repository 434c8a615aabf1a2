/**
 * What an image says of its source: lines, functions, call frames. Each part stands alone: an image may have all,
 * some or none, and what is damaged is told in `problems` and left out.
 */
import { readFrames, type FrameEntry, type FrameRow } from './frames';
import { readInfo, type FunctionInfo } from './info';
import { readLines } from './lines';
import { LineTable, upperBound, type SourceLine } from './line-table';
import { DwarfError } from './reader';

export type { FrameRow, Rule } from './frames';
export type { FunctionInfo, Range } from './info';
export type { SourceLine } from './line-table';

/** Sections by name, with their dot; `debugSections` (src/workbench/symbols.ts) gives them. */
export type Sections = ReadonlyMap<string, Uint8Array>;

/** How often something that is wrong in the same way is told. */
const MOST_PROBLEMS = 8;

/** Lines, functions and call frames of one image. */
export class DebugInfo {
	private readonly rows = new Map<FrameEntry, readonly FrameRow[]>();

	private constructor(
		readonly lines: LineTable,
		/** By address; what is inlined comes after what it is inlined in. */
		readonly functions: readonly FunctionInfo[],
		private readonly frames: readonly FrameEntry[],
		/** What could not be read, each with its section and offset. */
		readonly problems: string[],
		/** Files of each unit's line table, by its offset. */
		private readonly fileNames: ReadonlyMap<number, readonly string[]>
	) {}

	/** Reads what there is. Never throws, never takes longer than the sections are long. */
	static of(sections: Sections): DebugInfo {
		const part = (name: string) => sections.get(name) ?? new Uint8Array(0);
		const info = readInfo({
			info: part('.debug_info'),
			abbrev: part('.debug_abbrev'),
			str: sections.get('.debug_str'),
			ranges: sections.get('.debug_ranges')
		});
		const directories = new Map(info.units.map((unit) => [unit.lines, unit.directory]));
		const lines = readLines(part('.debug_line'), (offset) => directories.get(offset) ?? '');
		const frames = readFrames(part('.debug_frame'));
		const problems = [...info.problems, ...lines.problems, ...frames.problems];
		if (problems.length > MOST_PROBLEMS) {
			const rest = problems.length - MOST_PROBLEMS;
			problems.splice(MOST_PROBLEMS, rest, `and ${rest} more`);
		}
		return new DebugInfo(
			new LineTable(lines.units),
			info.functions,
			frames.entries,
			problems,
			new Map(lines.units.map((unit) => [unit.offset, unit.files]))
		);
	}

	/** Nothing is known: no image, or one without debug information. */
	static readonly none = DebugInfo.of(new Map());

	get hasLines(): boolean {
		return this.lines.files.length > 0;
	}
	get hasFrames(): boolean {
		return this.frames.length > 0;
	}

	/** How to find the caller from the instruction at `address`; null where nothing tells. */
	frameAt(address: number): FrameRow | null {
		const entry = this.frames[upperBound(this.frames, address, (each) => each.from) - 1];
		if (!entry || address >= entry.to) return null;
		return this.rowsOf(entry).find((row) => address >= row.from && address < row.to) ?? null;
	}

	/** The extent of the function that call frame information describes around an address. */
	frameExtent(address: number): { from: number; to: number } | null {
		const entry = this.frames[upperBound(this.frames, address, (each) => each.from) - 1];
		return entry && address < entry.to ? { from: entry.from, to: entry.to } : null;
	}

	private rowsOf(entry: FrameEntry): readonly FrameRow[] {
		const known = this.rows.get(entry);
		if (known) return known;
		let rows: readonly FrameRow[] = [];
		try {
			rows = entry.rows();
		} catch (error) {
			if (!(error instanceof DwarfError)) throw error;
			this.problems.push(error.message);
		}
		this.rows.set(entry, rows);
		return rows;
	}

	/** The function at an address and all that is inlined there, outermost first; none where nothing is known. */
	functionsAt(address: number): FunctionInfo[] {
		const found: FunctionInfo[] = [];
		const last = upperBound(this.functions, address, (each) => each.from);
		for (let at = last - 1; at >= 0 && last - at < LOOK_BACK; at--) {
			const each = this.functions[at];
			if (address < each.to) found.unshift(each);
			if (address < each.to && each.depth === 0) break;
		}
		return found.sort((a, b) => a.depth - b.depth || b.to - b.from - (a.to - a.from));
	}

	/** The line of `address` as one sees it from `depth` inlined levels: for what lies deeper, the line that calls it. */
	lineAt(address: number, depth = Infinity): SourceLine | null {
		const line = this.lines.at(address);
		if (!line || depth === Infinity) return line;
		const inner = this.functionsAt(address).filter((each) => each.callLine > 0)[depth];
		const file = inner && this.fileNames.get(inner.lines)?.[inner.callFile];
		return file ? { ...line, file, line: inner.callLine, column: 0 } : line;
	}

	/**
	 * Where to stop for a line: the first address in each function that has code of it. A line without code gives those
	 * of the next line that has some. @returns the line that was taken, or null when the file has no code at or after it
	 */
	placesOf(file: string, line: number): { line: number; addresses: number[] } | null {
		const taken = this.lines.linesOf(file).find((each) => each >= line);
		if (taken === undefined) return null;
		const first = new Map<string, number>();
		for (const address of this.lines.addressesOf(file, taken)) {
			const inner = this.functionsAt(address).at(-1);
			const key = inner ? `${inner.name} ${inner.from} ${inner.depth}` : '';
			if (!first.has(key)) first.set(key, address);
		}
		return { line: taken, addresses: [...first.values()] };
	}
}

/** Functions of one address lie close together in order; more are not looked at. */
const LOOK_BACK = 400;
