/** Who maps a frame, as marks: every page-table entry that names it, and why its counts are what they are. */
import type { MapperEntry, MapperPicture } from '../../moments';
import { FRAME_TYPES } from '../../trace/events';
import { entryText } from '../page-table-walk/layout';
import { address, count, frame } from '../../words/numbers';
import { domainName, DOMID_INVALID, DOMID_XEN } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

export interface MapperMarks {
	/** Owner, type and counts, in one or two sentences. */
	summary: string;
	rows: RowMark[];
	others: string[];
}

export const COLUMNS = ['linear address', 'entry', 'of table', 'says', 'rights', 'whose'] as const;

/** Addresses told in one row before the rest is only counted. */
const SHOWN = 2;

function addresses(entry: MapperEntry): string {
	const linears = [...new Set(entry.seen.map((seen) => seen.linear))];
	if (linears.length === 0) return 'in no address space';
	const more = linears.length - SHOWN;
	const spaces = new Set(entry.seen.map((seen) => seen.root)).size;
	return (
		linears.slice(0, SHOWN).map(address).join(', ') +
		(more > 0 ? ` and ${more} more` : '') +
		(spaces > 1 ? ` in ${spaces} spaces` : '')
	);
}

const row = (entry: MapperEntry): RowMark => ({
	id: `${entry.tableMfn}/${entry.index}`,
	cells: [
		addresses(entry),
		`[${entry.index.toString(16).padStart(3, '0')}]`,
		`L${entry.level} in ${frame(entry.tableMfn)}`,
		entryText(entry.entryLow, entry.entryHigh),
		`${entry.writable ? 'writable' : 'read-only'}${entry.user ? ', user' : ''}`,
		domainName(entry.owner)
	],
	tone: entry.owner === DOMID_XEN ? 'xen' : entry.user ? 'user' : 'kernel'
});

function summary(picture: MapperPicture): string {
	if (!picture.exists) return `There is no RAM with the frame number ${frame(picture.mfn)}.`;
	if (picture.owner === DOMID_INVALID) return 'Nobody owns it: it is free.';
	const type = (FRAME_TYPES[picture.type] ?? 'none').replaceAll('_', ' ');
	const uses =
		picture.typeCount > 0
			? `${count(picture.typeCount)} ${picture.typeCount === 1 ? 'use' : 'uses'} as ${type} keep its type`
			: picture.type === 0
				? 'it has no type'
				: `it was ${type} last and may become anything`;
	return (
		`${domainName(picture.owner)} owns it${picture.pfn >= 0 ? `, as its page ${frame(picture.pfn)}` : ''}. ` +
		`${count(picture.refCount)} ${picture.refCount === 1 ? 'reference' : 'references'}; ${uses}${picture.pinned ? '; pinned' : ''}.`
	);
}

/** @param before the same frame a moment ago, or null */
export function layout(picture: MapperPicture, before: MapperPicture | null = null): MapperMarks {
	const old = before && before.mfn === picture.mfn ? before.entries.map(row) : null;
	const rows = picture.entries.map(row);
	const gone = goneRows(rows, old).map((lost) => ({
		...lost,
		cells: [lost.cells[0], lost.cells[1], lost.cells[2], 'no longer names it', '', lost.cells[5]],
		changed: true
	}));
	return { summary: summary(picture), rows: [...markChanged(rows, old), ...gone], others: picture.others };
}

export const twin = (picture: MapperPicture, marks: MapperMarks): TwinLine[] => [
	{ id: 'summary', text: `Frame ${frame(picture.mfn)}. ${marks.summary}`, choosable: false },
	...(marks.rows.length
		? marks.rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }))
		: [{ id: 'none', text: 'No page-table entry names it.', choosable: false }]),
	...marks.others.map((text, place) => ({ id: `other ${place}`, text: `Beside that: ${text}.`, choosable: false }))
];
