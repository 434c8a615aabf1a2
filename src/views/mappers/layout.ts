/** Who maps a frame, as marks: every page-table entry that names it, and why its counts are what they are. */
import type { MapperEntry, MapperPicture } from '../../moments';
import { FRAME_TYPES } from '../../trace/events';
import { entryText } from '../page-table-walk/layout';
import { address, count, frame } from '../../words/numbers';
import { domainName, DOMID_INVALID, DOMID_XEN } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.mappers;

export interface MapperMarks {
	/** Owner, type and counts, in one or two sentences. */
	summary: string;
	rows: RowMark[];
	others: string[];
}

export const COLUMNS = said.columns;

/** Addresses told in one row before the rest is only counted. */
const SHOWN = 2;

function addresses(entry: MapperEntry): string {
	const linears = [...new Set(entry.seen.map((seen) => seen.linear))];
	if (linears.length === 0) return said.nowhere;
	const more = linears.length - SHOWN;
	const spaces = new Set(entry.seen.map((seen) => seen.root)).size;
	const shown = linears.slice(0, SHOWN).map(address).join(', ');
	const told = more > 0 ? fill(said.more, { addresses: shown, more }) : shown;
	return spaces > 1 ? fill(said.spaces, { addresses: told, spaces }) : told;
}

function rightsOf(entry: MapperEntry): string {
	const rights = entry.writable ? said.writable : said.readOnly;
	return entry.user ? fill(said.user, { rights }) : rights;
}

const row = (entry: MapperEntry): RowMark => ({
	id: `${entry.tableMfn}/${entry.index}`,
	cells: [
		addresses(entry),
		`[${entry.index.toString(16).padStart(3, '0')}]`,
		fill(said.table, { level: entry.level, frame: frame(entry.tableMfn) }),
		entryText(entry.entryLow, entry.entryHigh),
		rightsOf(entry),
		domainName(entry.owner)
	],
	tone: entry.owner === DOMID_XEN ? 'xen' : entry.user ? 'user' : 'kernel'
});

function usesText({ type, typeCount }: MapperPicture): string {
	const name = (FRAME_TYPES[type] ?? 'none').replaceAll('_', ' ');
	if (typeCount > 0) return counted(said.uses, typeCount, { count: count(typeCount), type: name });
	return type === 0 ? said.noType : fill(said.lastType, { type: name });
}

function summary(picture: MapperPicture): string {
	if (!picture.exists) return fill(said.noRam, { frame: frame(picture.mfn) });
	if (picture.owner === DOMID_INVALID) return said.free;
	const { refCount, pfn } = picture;
	const owner = fill(pfn >= 0 ? said.ownerPage : said.owner, {
		dom: domainName(picture.owner),
		pfn: pfn >= 0 ? frame(pfn) : ''
	});
	const references = counted(said.references, refCount, { count: count(refCount), uses: usesText(picture) });
	return `${owner} ${picture.pinned ? fill(said.pinned, { references }) : references}.`;
}

/** @param before the same frame a moment ago, or null */
export function layout(picture: MapperPicture, before: MapperPicture | null = null): MapperMarks {
	const old = before && before.mfn === picture.mfn ? before.entries.map(row) : null;
	const rows = picture.entries.map(row);
	const gone = goneRows(rows, old).map((lost) => ({
		...lost,
		cells: [lost.cells[0], lost.cells[1], lost.cells[2], said.gone, '', lost.cells[5]],
		changed: true
	}));
	return { summary: summary(picture), rows: [...markChanged(rows, old), ...gone], others: picture.others };
}

export const twin = (picture: MapperPicture, marks: MapperMarks): TwinLine[] => [
	{ id: 'summary', text: fill(said.frame, { frame: frame(picture.mfn), summary: marks.summary }), choosable: false },
	...(marks.rows.length
		? marks.rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }))
		: [{ id: 'none', text: said.unnamed, choosable: false }]),
	...marks.others.map((text, place) => ({
		id: `other ${place}`,
		text: fill(said.beside, { other: text }),
		choosable: false
	}))
];
