/**
 * A structure laid over bytes, as marks: a row a field, nested ones stepped in, long arrays folded to what is not zero.
 * The layouts are the tables by which the hypervisor itself reads guests' memory (src/abi/structs).
 */
import type { Field, FieldType, Scalar, Struct } from '../../abi/layout';
import { sizeOf } from '../../abi/layout';
import { address, count } from '../../words/numbers';
import { markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { ABOUT } from './about';
import { MEANING } from './meaning';
import { ringRows } from './rings';

const said = words.views.structures;

export interface StructureMarks {
	/** `shared_info, 2,444 bytes (xen/include/public/xen.h)`. */
	detail: string;
	rows: RowMark[];
	/** What a row's field is for, by row. */
	about: ReadonlyMap<string, string>;
	/** Says that the bytes end before the structure does. */
	problem: string;
}

export const COLUMNS = said.columns;

/** Elements of an array shown before the rest is folded, and bytes of text. */
const MOST_ELEMENTS = 64;
const MOST_TEXT = 64;

/** What the field of a structure is for; '' where nothing is said of it. */
const aboutOf = (structure: string, field: string): string => ABOUT[`${structure}.${field}`] ?? '';

const bytesOf = (n: number): string => counted(said.bytes, n, { count: count(n) });

interface Place {
	/** `vcpu_info[0].time.` */
	path: string;
	/** Bytes from the start of what is shown. */
	at: number;
	indent: number;
}

interface Reading {
	view: DataView;
	rows: RowMark[];
	about: Map<string, string>;
}

const isArray = (type: FieldType): type is readonly [Scalar | Struct, number] => Array.isArray(type);

const offsetText = (at: number): string => `+${at.toString(16).padStart(3, '0')}`;

/** The two words of a scalar at `at`. */
function scalar(view: DataView, type: Scalar, at: number): readonly [low: number, high: number] {
	const size = sizeOf(type);
	if (size === 8) return [view.getUint32(at, true), view.getUint32(at + 4, true)];
	return [size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at), 0];
}

/** A number as its type is usually read: addresses in two groups, signed ones with their sign, small ones in decimal too. */
function numberText(type: Scalar, low: number, high: number): string {
	if (type === 'ptr') return address(low);
	if (type === 'u64' || type === 's64') return high ? `${high.toString(16)}_${address(low)}` : address(low);
	if (type.startsWith('s')) {
		const bits = sizeOf(type) * 8;
		return String((low << (32 - bits)) >> (32 - bits));
	}
	return low < 10 ? String(low) : `0x${low.toString(16)}`;
}

function put(
	reading: Reading,
	place: Place,
	name: string,
	cells: readonly [value: string, meaning: string],
	about: string
): void {
	const id = `${place.path}${name}`;
	reading.rows.push({
		id,
		cells: [offsetText(place.at), name, ...cells],
		indent: place.indent,
		faint: cells[0] === '0' || cells[0] === '0000_0000'
	});
	if (about) reading.about.set(id, about);
}

function scalarRow(
	reading: Reading,
	place: Place,
	owner: string,
	name: string,
	field: string,
	type: Scalar,
	index: number
): void {
	const [low, high] = scalar(reading.view, type, place.at);
	const key = `${owner}.${field}`;
	put(
		reading,
		place,
		name,
		[numberText(type, low, high), MEANING[key]?.(low, high, index) ?? ''],
		aboutOf(owner, field)
	);
}

/** Bytes as text where they look like it, else as hexadecimal. */
function bytesText(bytes: Uint8Array): string {
	const end = bytes.indexOf(0);
	const text = bytes.subarray(0, end < 0 ? bytes.length : end);
	const shown = text.subarray(0, MOST_TEXT);
	const readable = [...shown].every(
		(byte) => (byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13 || byte === 9
	);
	const more = text.length > MOST_TEXT ? '…' : '';
	if (text.length === 0) return bytes.every((byte) => byte === 0) ? said.allZero : said.emptyText;
	if (readable) return `'${JSON.stringify(new TextDecoder('latin1').decode(shown)).slice(1, -1)}'${more}`;
	return `${[...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}…`;
}

const isZero = (view: DataView, at: number, size: number): boolean => {
	for (let byte = 0; byte < size; byte++) if (view.getUint8(at + byte) !== 0) return false;
	return true;
};

/** Elements that are not zero, each a row or a structure of its own; the rest in one row. */
function arrayRows(
	reading: Reading,
	place: Place,
	owner: string,
	field: Field,
	element: Scalar | Struct,
	length: number
): void {
	const size = sizeOf(element);
	const about = aboutOf(owner, field.name);
	if (element === 'u8' || element === 's8') {
		const bytes = new Uint8Array(reading.view.buffer, reading.view.byteOffset + place.at, length);
		return put(reading, place, field.name, [bytesText(bytes), bytesOf(length)], about);
	}
	const runs = alikeRuns(reading.view, place.at, size, length);
	const shown = runs.slice(0, MOST_ELEMENTS);
	put(
		reading,
		place,
		field.name,
		[runs.length ? count(length) : fill(said.countZero, { count: count(length) }), ''],
		about
	);
	for (const { first, last } of shown) {
		const name = `${field.name}[${first}]`;
		const inner = { path: place.path, at: place.at + first * size, indent: place.indent + 1 };
		if (typeof element === 'string') scalarRow(reading, inner, owner, name, field.name, element, first);
		else structRows(reading, { ...inner, path: `${place.path}${name}.` }, element, name);
		if (last > first)
			put(
				reading,
				{ ...inner, at: inner.at + size },
				last === first + 1 ? `${field.name}[${last}]` : `${field.name}[${first + 1}–${last}]`,
				[said.same, ''],
				''
			);
	}
	const more = runs.length - shown.length;
	if (more > 0) put(reading, place, `${field.name} …`, [counted(said.moreSet, more, { count: count(more) }), ''], '');
}

/** Neighbours that hold the same, as one; elements of zeros are left out. */
function alikeRuns(view: DataView, at: number, size: number, length: number): { first: number; last: number }[] {
	const runs: { first: number; last: number }[] = [];
	const alike = (a: number, b: number): boolean => {
		for (let byte = 0; byte < size; byte++)
			if (view.getUint8(at + a * size + byte) !== view.getUint8(at + b * size + byte)) return false;
		return true;
	};
	for (let index = 0; index < length; index++) {
		if (isZero(view, at + index * size, size)) continue;
		const last = runs.at(-1);
		if (last && last.last === index - 1 && alike(last.first, index)) last.last = index;
		else runs.push({ first: index, last: index });
	}
	return runs;
}

/** The rows of one structure. @param heading named above them, or null at the top */
function structRows(reading: Reading, place: Place, layout: Struct, heading: string | null): void {
	if (heading !== null)
		put(reading, { ...place, path: place.path.slice(0, -1 - heading.length) }, heading, [layout.name, ''], '');
	const indent = heading === null ? place.indent : place.indent + 1;
	for (const field of layout.fields) {
		if (/^(pad|rsvd)\d*$/.test(field.name)) continue;
		const inner = { path: place.path, at: place.at + field.offset, indent };
		if (isArray(field.type)) arrayRows(reading, inner, layout.name, field, field.type[0], field.type[1]);
		else if (typeof field.type === 'string')
			scalarRow(reading, inner, layout.name, field.name, field.name, field.type, 0);
		else {
			put(reading, inner, field.name, [field.type.name, ''], aboutOf(layout.name, field.name));
			structRows(reading, { path: `${place.path}${field.name}.`, at: inner.at, indent: indent + 1 }, field.type, null);
		}
	}
	reading.rows.push(
		...ringRows(layout.name, reading.view, place.at).map((row) => ({ ...row, id: `${place.path}${row.id}`, indent }))
	);
}

/** One line an element, for structures of one or few fields that stand in tables. */
function tableRows(reading: Reading, layout: Struct, many: number): void {
	for (let index = 0; index < many; index++) {
		const at = index * layout.size;
		if (isZero(reading.view, at, layout.size)) continue;
		const fields = layout.fields.filter((field) => typeof field.type === 'string' && !/^pad/.test(field.name));
		const read = fields.map((field) => {
			const [low, high] = scalar(reading.view, field.type as Scalar, at + field.offset);
			const key = `${layout.name}.${field.name}`;
			const value = numberText(field.type as Scalar, low, high);
			return {
				value: fields.length > 1 ? `${field.name} ${value}` : value,
				meaning: MEANING[key]?.(low, high, index) ?? ''
			};
		});
		reading.rows.push({
			id: `[${index}]`,
			cells: [
				offsetText(at),
				`[${index.toString(16).padStart(3, '0')}]`,
				read.map((one) => one.value).join(', '),
				read
					.map((one) => one.meaning)
					.filter(Boolean)
					.join('; ')
			]
		});
		reading.about.set(
			`[${index}]`,
			fields
				.map((field) => aboutOf(layout.name, field.name))
				.filter(Boolean)
				.join('; ')
		);
	}
}

function read(layout: Struct, bytes: Uint8Array, many: number): Reading {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const reading: Reading = { view, rows: [], about: new Map() };
	if (many > 1) tableRows(reading, layout, Math.min(many, Math.floor(bytes.length / layout.size)));
	else if (bytes.length >= layout.size) structRows(reading, { path: '', at: 0, indent: 0 }, layout, null);
	return reading;
}

/** Why there is nothing to be seen, or not all. */
function problemOf(length: number, wanted: number, rows: readonly RowMark[]): string {
	if (length >= wanted) return rows.length === 0 ? said.zero : '';
	if (length === 0) return said.unmapped;
	return counted(said.cut, length, { count: count(length), wanted: count(wanted) });
}

/**
 * @param bytes from the structure's first byte on
 * @param before the same bytes a moment ago, or null
 * @param many how many stand one after another; elements that are zero are left out
 */
export function layout(structure: Struct, bytes: Uint8Array, before: Uint8Array | null, many = 1): StructureMarks {
	const { rows, about } = read(structure, bytes, many);
	const old = before && before.length === bytes.length ? read(structure, before, many).rows : null;
	const wanted = structure.size * many;
	const size =
		many > 1
			? counted(said.each, structure.size, { many: count(many), count: count(structure.size) })
			: bytesOf(structure.size);
	return {
		detail: fill(said.detail, { name: structure.name, size, header: structure.header }),
		rows: markChanged(rows, old),
		about,
		problem: problemOf(bytes.length, wanted, rows)
	};
}

function rowText(marks: StructureMarks, mark: RowMark): string {
	const row = rowSentence({ ...mark, cells: [mark.cells[0], mark.id, mark.cells[2], mark.cells[3]] }, []);
	const about = marks.about.get(mark.id);
	return about ? fill(said.rowAbout, { row, about }) : fill(said.row, { row });
}

export const twin = (marks: StructureMarks): TwinLine[] => [
	{
		id: 'detail',
		text: fill(said.twin, { detail: marks.detail, problem: marks.problem }),
		choosable: false
	},
	...marks.rows.map((row) => ({ id: row.id, text: rowText(marks, row) }))
];
