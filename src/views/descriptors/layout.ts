/**
 * Descriptor tables, as marks: what each entry says and which segment register came from it; and the processor's IDT
 * beside the table that the guest believes to be its IDT. Entries alike in all but their number are one row.
 */
import type { DescriptorPicture, DescriptorTable, RawDescriptor } from '../../moments';
import { vectorName } from '../../trace/values';
import { bitMarks, type BitMark } from '../shared/bits';
import { address } from '../../words/numbers';
import { domainVcpu, toneOfRing } from '../shared/rings';
import { markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { decode } from './decode';
import { isLocal, isNull, tableOffset, GATE_FIELDS, SEGMENT_FIELDS, SELECTOR_RPL } from '../../x86/descriptors';

const said = words.views.descriptors;

export interface TableMarks {
	id: 'gdt' | 'ldt' | 'idt' | 'tss';
	title: string;
	/** Where it lies; or, with no rows, why there is nothing. */
	detail: string;
	columns: readonly string[];
	rows: RowMark[];
}

export interface DescriptorMarks {
	tables: TableMarks[];
}

const { columns } = said;

const selectorText = (selector: number): string => selector.toString(16).padStart(4, '0');
const far = (selector: number, offset: number): string => `${selectorText(selector)}:${address(offset)}`;

/** Registers whose selector names entry `index` of the GDT (`local` false) or the LDT. */
const usersOf = (picture: DescriptorPicture, index: number, local: boolean): string =>
	picture.uses
		.filter(({ selector }) => tableOffset(selector) === index * 8 && isLocal(selector) === local && !isNull(selector))
		.map(({ register }) => register)
		.join(' ');

function segmentRow(picture: DescriptorPicture, entry: RawDescriptor, local: boolean): RowMark {
	const says = decode(entry);
	const users = usersOf(picture, entry.index, local);
	const reserved = !local && entry.index >= picture.firstReserved;
	return {
		id: `${local ? 'ldt' : 'gdt'}/${entry.index}`,
		cells: [
			selectorText(entry.index * 8 + (local ? 4 : 0) + says.dpl),
			says.present ? says.words : fill(said.absent, { what: says.words }),
			says.gate ? far(says.selector, says.offset) : address(says.base),
			says.gate ? '' : address(says.base + says.limit),
			String(says.dpl),
			users
		],
		tone: reserved && says.dpl === 0 ? 'xen' : toneOfRing(says.dpl),
		faint: users === ''
	};
}

/** Rows of a GDT or LDT. */
const segmentRows = (picture: DescriptorPicture, table: DescriptorTable, local: boolean): RowMark[] =>
	table.entries.map((entry) => segmentRow(picture, entry, local));

/** One row a vector; runs of vectors that differ in nothing but their number are one. */
function idtRows(picture: DescriptorPicture): RowMark[] {
	const traps = new Map((picture.traps ?? []).map((trap) => [trap.vector, trap]));
	const rows: RowMark[] = [];
	let run: { first: number; last: number; sample: RowMark; step: number; offset: number } | null = null;
	const flush = (): void => {
		if (!run) return;
		const { first, last, sample } = run;
		rows.push(
			first === last
				? sample
				: {
						...sample,
						cells: [
							`${hexByte(first)}–${hexByte(last)}`,
							fill(said.andOn, { gate: sample.cells[1] }),
							...sample.cells.slice(2)
						]
					}
		);
		run = null;
	};
	for (const entry of picture.idt.entries) {
		const gate = decode(entry);
		const trap = traps.get(entry.index);
		const row: RowMark = {
			id: `idt/${entry.index}`,
			cells: [
				`${hexByte(entry.index)} ${vectorName(entry.index)}`.replace(/ int 0x.*/, ''),
				`${far(gate.selector, gate.offset)} ${said.gates[gate.kind]}`,
				String(gate.dpl),
				trap ? far(trap.cs, trap.eip) : '',
				trap ? String(trap.dpl) : '',
				trap ? (trap.masks ? said.upcalls.masked : said.upcalls.unchanged) : ''
			],
			tone: toneOfRing(gate.selector & SELECTOR_RPL),
			faint: !trap
		};
		const named = entry.index < 32 || trap !== undefined;
		const next = run;
		const joins =
			next !== null &&
			!named &&
			next.last === entry.index - 1 &&
			next.sample.cells[2] === row.cells[2] &&
			gate.offset - next.offset === (entry.index - next.last) * 4;
		if (joins) {
			next.last = entry.index;
			next.offset = gate.offset;
			continue;
		}
		flush();
		run = { first: entry.index, last: entry.index, sample: row, step: 4, offset: gate.offset };
		if (named) flush();
	}
	flush();
	return rows;
}

const hexByte = (value: number): string => value.toString(16).padStart(2, '0');

const tssRows = ({ tss }: DescriptorPicture): RowMark[] => [
	{
		id: 'tss/esp0',
		cells: ['SS0:ESP0', far(tss.ss0, tss.esp0), said.tss.esp0],
		tone: 'xen'
	},
	{
		id: 'tss/esp1',
		cells: ['SS1:ESP1', far(tss.ss1, tss.esp1), said.tss.esp1],
		tone: 'kernel'
	},
	{
		id: 'tss/io',
		cells: [
			said.tss.ioBitmap,
			`+${tss.ioBitmap.toString(16)}`,
			tss.ioBitmap > tss.limit ? said.tss.deniesAll : said.tss.opens
		],
		tone: 'hw'
	}
];

const at = (table: DescriptorTable): string => counted(said.at, table.limit + 1, { address: address(table.base) });

function idtDetail({ idt, traps }: DescriptorPicture): string {
	if (!traps) return fill(said.idt.noGuest, { at: at(idt) });
	if (traps.length === 0) return fill(said.idt.noHandler, { at: at(idt) });
	return fill(said.idt.registered, { at: at(idt), handlers: counted(said.handlers, traps.length) });
}

/** @param before the same a moment ago, or null */
export function layout(picture: DescriptorPicture, before: DescriptorPicture | null = null): DescriptorMarks {
	// Another vcpu's tables are no change of these.
	const old =
		before && before.owner?.dom === picture.owner?.dom && before.owner?.vcpu === picture.owner?.vcpu ? before : null;
	const who = picture.owner ? domainVcpu(picture.owner.dom, picture.owner.vcpu) : said.idle;
	return {
		tables: [
			{
				id: 'gdt',
				title: said.titles.gdt,
				detail: fill(said.ofWhom, { at: at(picture.gdt), who }),
				columns: columns.segments,
				rows: markChanged(segmentRows(picture, picture.gdt, false), old && segmentRows(old, old.gdt, false))
			},
			{
				id: 'ldt',
				title: said.titles.ldt,
				detail: picture.ldt
					? fill(said.withSelector, { at: at(picture.ldt), selector: selectorText(picture.ldt.selector) })
					: fill(said.noLdt, { who }),
				columns: columns.segments,
				rows: picture.ldt
					? markChanged(
							segmentRows(picture, picture.ldt, true),
							old && (old.ldt ? segmentRows(old, old.ldt, true) : [])
						)
					: []
			},
			{
				id: 'idt',
				title: said.titles.idt,
				detail: idtDetail(picture),
				columns: columns.idt,
				rows: markChanged(idtRows(picture), old && idtRows(old))
			},
			{
				id: 'tss',
				title: said.titles.tss,
				detail: fill(said.tss.at, {
					selector: selectorText(picture.tss.selector),
					address: address(picture.tss.base)
				}),
				columns: columns.tss,
				rows: markChanged(tssRows(picture), old && tssRows(old))
			}
		]
	};
}

const entryOf = (picture: DescriptorPicture, id: string): RawDescriptor | undefined => {
	const [table, index] = id.split('/');
	const from = table === 'gdt' ? picture.gdt : table === 'ldt' ? picture.ldt : table === 'idt' ? picture.idt : null;
	return from?.entries.find((entry) => entry.index === Number(index));
};

/** The bit fields of a chosen row; empty where the row is no descriptor. */
export function fieldsOf(picture: DescriptorPicture, before: DescriptorPicture | null, id: string): BitMark[] {
	const entry = entryOf(picture, id);
	if (!entry) return [];
	const old = before && entryOf(before, id);
	return bitMarks(
		decode(entry).gate ? GATE_FIELDS : SEGMENT_FIELDS,
		[entry.low, entry.high],
		old ? [old.low, old.high] : null
	);
}

/** The two words of a chosen row, as they lie in memory. */
export const wordsOf = (picture: DescriptorPicture, id: string): string => {
	const entry = entryOf(picture, id);
	return entry ? `${address(entry.high)} ${address(entry.low)}` : '';
};

export const twin = (marks: DescriptorMarks): TwinLine[] =>
	marks.tables.flatMap((table) => [
		{ id: table.id, text: fill(said.twin, { title: table.title, detail: table.detail }), choosable: false },
		...table.rows.map((row) => ({ id: row.id, text: `${rowSentence(row, table.columns)}.` }))
	]);
