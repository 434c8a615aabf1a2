/** All rows of an image's line programs, looked up by address and by line. */
import type { Range } from './info';
import type { LineRow, LineUnit } from './lines';

/** The line that an address belongs to. */
export interface SourceLine extends Range {
	/** As the compiler was given it, joined to its directory: `src/guests/pocket/kernel/mm.c`. */
	readonly file: string;
	/** From 1. */
	readonly line: number;
	/** From 1; 0 where it is not known. */
	readonly column: number;
	/** A debugger may stop where it begins, `from`. */
	readonly isStmt: boolean;
	readonly discriminator: number;
}

/** What stops at the same address share: rows that stand for no instruction, before the one that does. */
interface Entry extends SourceLine {
	/** Index of its file. */
	readonly fileIndex: number;
}

/** First index in ascending `items` whose key is beyond `key`. */
export function upperBound<T>(items: readonly T[], key: number, keyOf: (item: T) => number): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (keyOf(items[middle]) <= key) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Where code of each line is, and which line each address belongs to. */
export class LineTable {
	/** Distinct names, in the order of their first use. */
	readonly files: readonly string[];
	/** By address; of rows at one address the last that stands for an instruction. */
	private readonly entries: readonly Entry[];
	/** Per file: line -> addresses where a debugger may stop, ascending. */
	private readonly stops: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;

	constructor(units: readonly LineUnit[]) {
		const files = new Map<string, number>();
		const entries: Entry[] = [];
		const stops = new Map<string, Map<number, number[]>>();
		for (const unit of units)
			for (const sequence of sequences(unit.rows)) {
				for (let at = 0; at + 1 < sequence.length; at++) {
					const row = sequence[at];
					const file = unit.files[row.file] ?? '';
					if (file === '' || row.line === 0) continue;
					if (row.isStmt) note(stops, file, row.line, row.address);
					const entry = entryOf(sequence, at, file, files);
					if (entry) entries.push(entry);
				}
			}
		entries.sort((a, b) => a.from - b.from);
		for (const lines of stops.values()) for (const addresses of lines.values()) addresses.sort((a, b) => a - b);
		this.entries = entries;
		this.stops = stops;
		this.files = [...stops.keys()];
	}

	/** The line of the instruction at or around `address`, or null. */
	at(address: number): SourceLine | null {
		const entry = this.entries[upperBound(this.entries, address, (each) => each.from) - 1];
		return entry && address < entry.to ? entry : null;
	}

	/** Lines whose code begins in a range, where a debugger may stop, ascending by address. */
	startsIn({ from, to }: Range): SourceLine[] {
		const found: SourceLine[] = [];
		for (let at = upperBound(this.entries, from - 1, (each) => each.from); at < this.entries.length; at++) {
			const entry = this.entries[at];
			if (entry.from >= to) break;
			if (entry.isStmt) found.push(entry);
		}
		return found;
	}

	/** The addresses that belong to a line, as ranges that do not touch. */
	rangesOf(file: string, line: number): Range[] {
		const found: { from: number; to: number }[] = [];
		for (const entry of this.entries) {
			if (entry.line !== line || entry.file !== file) continue;
			const last = found.at(-1);
			if (last && last.to === entry.from) last.to = entry.to;
			else found.push({ from: entry.from, to: entry.to });
		}
		return found;
	}

	/** The range around `address` in which every instruction belongs to the same line; null without a line. */
	spanAt(address: number): Range | null {
		const at = upperBound(this.entries, address, (each) => each.from) - 1;
		const here = this.entries[at];
		if (!here || address >= here.to) return null;
		const same = (entry: Entry | undefined): boolean =>
			entry !== undefined && entry.line === here.line && entry.fileIndex === here.fileIndex;
		let [first, last] = [at, at];
		while (same(this.entries[first - 1]) && this.entries[first - 1].to === this.entries[first].from) first--;
		while (same(this.entries[last + 1]) && this.entries[last + 1].from === this.entries[last].to) last++;
		return { from: this.entries[first].from, to: this.entries[last].to };
	}

	/** Where a debugger may stop on a line, ascending; none for a line without code. */
	addressesOf(file: string, line: number): readonly number[] {
		return this.stops.get(file)?.get(line) ?? [];
	}

	/** Lines of a file that have code, ascending. */
	linesOf(file: string): number[] {
		return [...(this.stops.get(file)?.keys() ?? [])].sort((a, b) => a - b);
	}

	/** Files whose path is `name` or ends in `/name`. */
	filesLike(name: string): string[] {
		return this.files.filter((file) => file === name || file.endsWith(`/${name}`));
	}
}

/** Splits rows into their sequences, each with its closing row. Only ascending ones make sense. */
function* sequences(rows: readonly LineRow[]): Generator<readonly LineRow[]> {
	let from = 0;
	for (let at = 0; at < rows.length; at++) {
		if (!rows[at].end) continue;
		const sequence = rows.slice(from, at + 1);
		if (sequence.every((row, index) => index === 0 || row.address >= sequence[index - 1].address)) yield sequence;
		from = at + 1;
	}
}

/** The row at `at` as a range; null unless it is the one that its address is known by. */
function entryOf(sequence: readonly LineRow[], at: number, file: string, files: Map<string, number>): Entry | null {
	const row = sequence[at];
	let after = at + 1;
	for (; after < sequence.length && sequence[after].address === row.address; after++) {
		// Of rows at one address the last counts, but one where a debugger may stop before one where it may not.
		const rival = sequence[after];
		if (!rival.end && (rival.isStmt || !row.isStmt)) return null;
	}
	for (let before = at - 1; !row.isStmt && sequence[before]?.address === row.address; before--)
		if (sequence[before].isStmt) return null;
	const next = sequence[after];
	if (!next) return null;
	let fileIndex = files.get(file);
	if (fileIndex === undefined) files.set(file, (fileIndex = files.size));
	const { address: from, line, column, isStmt, discriminator } = row;
	return { from, to: next.address, file, fileIndex, line, column, isStmt, discriminator };
}

function note(stops: Map<string, Map<number, number[]>>, file: string, line: number, address: number): void {
	let lines = stops.get(file);
	if (!lines) stops.set(file, (lines = new Map()));
	const addresses = lines.get(line);
	if (!addresses) lines.set(line, [address]);
	else if (!addresses.includes(address)) addresses.push(address);
}
