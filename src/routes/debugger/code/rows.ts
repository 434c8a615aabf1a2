/** Source and instructions as rows of the same kind, linked by the line information. */
import { hex8 } from '../../../base';
import type { DebugInfo, Range } from '../../../debugger/dwarf/debug-info';
import type { CodeLine } from '../../../moments';

export interface CodeRow {
	/** An address, or the number of a line. */
	readonly key: number;
	/** What stands above it: a label, or the source lines that it begins. */
	readonly above: readonly { readonly kind: 'label' | 'source'; readonly text: string }[];
	/** Address or line number, as shown. */
	readonly margin: string;
	/** Bytes of an instruction; '' for source. */
	readonly bytes: string;
	readonly text: string;
	/** What it belongs to on the other side: the line that begins at an instruction. */
	readonly note: string;
	/** A breakpoint can be set here. */
	readonly stops: boolean;
}

const bytesOf = (bytes: Uint8Array): string =>
	Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/**
 * Instructions, each with the line that begins at it.
 * @param textOf the text of a line, to stand above its instructions; without, its number stands beside the first
 */
export function instructionRows(
	code: readonly CodeLine[],
	debug: DebugInfo,
	textOf?: (file: string, line: number) => string | null
): CodeRow[] {
	let last = '';
	return code.map(({ address, bytes, text, label }) => {
		const line = debug.lines.at(address);
		const name = line ? `${line.file.slice(line.file.lastIndexOf('/') + 1)}:${line.line}` : '';
		const begins = line !== null && name !== last;
		last = name;
		const source = begins && textOf ? textOf(line.file, line.line) : null;
		const above: CodeRow['above'][number][] = label ? [{ kind: 'label', text: `${label}:` }] : [];
		if (source !== null) above.push({ kind: 'source', text: `${line!.line}  ${source.trim()}` });
		const note = begins && source === null ? name : '';
		return { key: address, above, margin: hex8(address), bytes: bytesOf(bytes), text, note, stops: true };
	});
}

/** Lines of a file; those that have code can bear a breakpoint. */
export function sourceRows(text: readonly string[], file: string, debug: DebugInfo): CodeRow[] {
	const withCode = new Set(debug.lines.linesOf(file));
	return text.map((line, index) => ({
		key: index + 1,
		above: [],
		margin: String(index + 1),
		bytes: '',
		text: line,
		note: '',
		stops: withCode.has(index + 1)
	}));
}

/** Addresses of the rows that lie in some ranges. */
export const rowsWithin = (rows: readonly CodeRow[], ranges: readonly Range[]): Set<number> =>
	new Set(rows.filter(({ key }) => ranges.some(({ from, to }) => key >= from && key < to)).map(({ key }) => key));

/** Why there is no source to show, as one plain sentence. */
export function whyNoSource(of: {
	debug: DebugInfo;
	ring: number;
	/** The file that the line information names, if any. */
	file: string;
}): string {
	if (of.ring === 0) return 'The hypervisor runs here, which is no code of a guest; Decisions shows what it asks.';
	if (!of.debug.hasLines)
		return 'This image has no line information, so there is no source to show: its symbols and the disassembly are all there is.';
	if (of.file) return `The text of ${of.file} is not here: this image was compiled somewhere else.`;
	return 'No source line belongs to this instruction.';
}
