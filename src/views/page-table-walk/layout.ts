/**
 * A page walk, as marks. A 32-bit address under PAE names four things (SDM vol. 3, 4.4.2):
 *
 *      31 30 29        21 20        12 11         0
 *     +-----+------------+------------+------------+
 *     | L3  |     L2     |     L1     |   offset   |
 *     +-----+------------+------------+------------+
 *
 * Each of the first three picks an entry of a table; the entry names the next table's frame.
 */
import type { Walk, WalkStep } from '../../moments';
import { FRAME_TYPES } from '../../trace/events';
import { domainName } from '../shared/rings';
import { address, frame } from '../../words/numbers';
import type { TwinLine } from '../shared/twin';
import { hex } from '../../base';
import { words } from '../../words';
import { fill } from '../../words/template';
import { frameOf, PTE_A, PTE_D, PTE_P, PTE_RW, PTE_US } from '../../x86/paging';

const said = words.views.walk;

/** An entry that was written, or that a guest asked for, from the trace. */
export interface EntryChange {
	mfn: number;
	index: number;
	outcome: 'written' | 'asked' | 'refused';
	/** What stood there; of an entry that was only asked for, 0. */
	oldLow: number;
	newLow: number;
	newHigh: number;
}

export interface Box {
	id: string;
	x: number;
	y: number;
	width: number;
	height: number;
	title: string;
	/** The entry that the walk used: its text and where it lies in the box. */
	entry: { y: number; text: string; ok: boolean; lines: readonly string[] } | null;
	/** What will stand there instead. */
	change: string | null;
	changeLines: readonly string[];
	/** The frame that it stands for, or -1. */
	mfn: number;
	/** Dashed: its owner may read it and not write it. */
	readOnly: boolean;
	kind: 'table' | 'page' | 'hole';
	lines: string[];
	note: string;
}

export interface WalkMarks {
	/** The address, cut into its fields. */
	fields: { x: number; width: number; bits: string; value: string; level: number }[];
	boxes: Box[];
	arrows: { path: string; ok: boolean }[];
	height: number;
	/** Of an entry's row: higher where its text takes two lines. */
	row: number;
	vertical: boolean;
}

const ROW = 20;
const TWO_LINES = 34;
/** Width of a letter of an entry's text, and what a row has around it; pixels. */
const LETTER = 7.3;
const AROUND = 10;

/** P RW U A D as letters; a dot where a bit is clear. */
function flagLetters(low: number): string {
	const letters: [number, string][] = [
		[PTE_P, 'P'],
		[PTE_RW, 'RW'],
		[PTE_US, 'U'],
		[PTE_A, 'A'],
		[PTE_D, 'D']
	];
	return (
		letters
			.filter(([bit]) => low & bit)
			.map(([, letter]) => letter)
			.join(' ') || '0'
	);
}

export const entryText = (low: number, high: number): string =>
	low & PTE_P ? `${frame(frameOf(low, high))} ${flagLetters(low)}` : said.notPresent;

const indexText = (index: number): string => `[${index.toString(16).padStart(3, '0')}]`;

const changeText = ({ outcome, oldLow, newLow, newHigh }: EntryChange): string =>
	outcome === 'written'
		? `${entryText(oldLow, 0)} → ${entryText(newLow, newHigh)}`
		: `${outcome === 'asked' ? '?' : '✗'} ${entryText(newLow, newHigh)}`;

/** A text in two lines where it does not fit into one: cut at the arrow of a change, else before its flags. */
function inLines(text: string, wrapped: boolean): readonly string[] {
	if (!wrapped) return [text];
	const arrow = text.indexOf(' → ');
	const flags = text.search(/ (P|0)( |$)/);
	const cut = arrow >= 0 ? arrow : flags;
	return cut < 0 ? [text] : [text.slice(0, cut), text.slice(cut + 1)];
}

function tableBox(
	step: WalkStep,
	change: EntryChange | null
): Omit<Box, 'x' | 'y' | 'width' | 'height'> & { share: number } {
	const changed = change && change.mfn === step.tableMfn && change.index === step.index ? change : null;
	return {
		id: `L${step.level}`,
		title: fill(said.table, { level: step.level, frame: frame(step.tableMfn) }),
		mfn: step.tableMfn,
		entry: {
			y: 0,
			text: `${indexText(step.index)} ${entryText(step.entryLow, step.entryHigh)}`,
			ok: step.ok,
			lines: []
		},
		change: changed ? changeText(changed) : null,
		changeLines: [],
		readOnly: true,
		kind: 'table',
		lines: [],
		note: step.note,
		share: step.index / (step.level === 3 ? 3 : 511)
	};
}

function goalBox(walk: Walk): Omit<Box, 'x' | 'y' | 'width' | 'height'> {
	const common = { entry: null, change: null, changeLines: [], readOnly: false };
	if (walk.physical < 0) {
		const failed = walk.steps.at(-1);
		return {
			...common,
			id: 'goal',
			kind: 'hole',
			title: said.noPage,
			mfn: -1,
			lines: [said.ends],
			note: failed?.note ?? said.nothing
		};
	}
	const type = FRAME_TYPES[walk.type] ?? 'none';
	return {
		...common,
		id: 'goal',
		kind: 'page',
		title: fill(said.page, { frame: frame(Math.floor(walk.physical / 4096)) }),
		mfn: Math.floor(walk.physical / 4096),
		lines: [
			fill(said.owner, { dom: domainName(walk.owner) }),
			type.replaceAll('_', ' '),
			fill(said.counts, { references: walk.refCount, uses: walk.typeCount }),
			...(walk.pfn >= 0 ? [fill(said.pfn, { pfn: frame(walk.pfn) })] : [])
		],
		note: fill(said.physical, { address: `0x${walk.physical.toString(16)}` })
	};
}

const curve = (x0: number, y0: number, x1: number, y1: number): string =>
	`M${x0} ${y0}C${x0 + (x1 - x0) / 2} ${y0} ${x0 + (x1 - x0) / 2} ${y1} ${x1} ${y1}`;
const drop = (x0: number, y0: number, x1: number, y1: number): string =>
	`M${x0} ${y0}C${x0} ${y0 + (y1 - y0) / 2} ${x1} ${y0 + (y1 - y0) / 2} ${x1} ${y1}`;

/** What stands over a field of the address, by the room that there is for it. */
export function fieldText({ level, bits, width }: WalkMarks['fields'][number]): string {
	const { fields } = said;
	const room = width >= 106;
	return level
		? fill(room ? fields.level : fields.levelShort, { level, bits })
		: fill(room ? fields.offset : fields.offsetShort, { bits });
}

interface Field {
	bits: string;
	value: string;
	/** Level of the table in which they picked an entry; 0 for the byte in the page. */
	level: number;
}

/** Which bits of the address picked what. */
function fieldsOf(walk: Walk): Field[] {
	const fields = walk.steps.map((step): Field => ({
		bits: `${step.bits[0]}–${step.bits[1]}`,
		value: step.index.toString(16),
		level: step.level
	}));
	const low = walk.steps.length ? walk.steps[walk.steps.length - 1].bits[1] : 32;
	if (low > 0) fields.push({ bits: `${low - 1}–0`, value: (walk.address % 2 ** low).toString(16), level: 0 });
	return fields;
}

export function layout(state: { walk: Walk; change?: EntryChange | null }, room: { width: number }): WalkMarks {
	// Before it is measured a picture has no width at all.
	const size = { width: Math.max(160, room.width) };
	const { walk, change = null } = state;
	const vertical = size.width < 480;
	const parts = [...walk.steps.map((step) => tableBox(step, change)), { ...goalBox(walk), share: 0 }];
	const fields = fieldsOf(walk);
	const fieldWidth = size.width / Math.max(1, fields.length);
	const top = 46;
	const boxes: Box[] = [];
	const gap = vertical ? 26 : 30;
	const width = vertical ? Math.min(size.width - 8, 320) : (size.width - 4 - gap * (parts.length - 1)) / parts.length;
	const texts = parts.flatMap((part) => [part.entry?.text ?? '', part.change ?? '']);
	const wrapped = !vertical && texts.some((text) => text.length * LETTER + AROUND > width);
	const row = wrapped ? TWO_LINES : ROW;
	const height = vertical ? 54 : wrapped && parts.some((part) => part.change) ? 112 : 92;
	for (const [place, part] of parts.entries()) {
		const x = vertical ? 4 : 2 + place * (width + gap);
		const y = vertical ? top + 16 + place * (height + gap) : top + 18;
		const entryY = vertical
			? y + (height - row * (part.change ? 2 : 1)) / 2
			: y + 8 + part.share * (height - row - 16 - (part.change ? row : 0));
		const { share: _share, ...box } = part;
		// The last box tells more of its page than a row.
		const own = vertical && place === parts.length - 1 ? 76 : height;
		boxes.push({
			...box,
			x,
			y,
			width,
			height: own,
			entry: box.entry && { ...box.entry, y: entryY, lines: inLines(box.entry.text, wrapped) },
			changeLines: box.change ? inLines(box.change, wrapped) : []
		});
	}
	const arrows = boxes.slice(0, -1).map((box, place) => {
		const next = boxes[place + 1];
		const ok = box.entry?.ok ?? false;
		return vertical
			? { path: drop(box.x + 24, box.y + box.height, next.x + 24, next.y - 16), ok }
			: { path: curve(box.x + box.width, (box.entry?.y ?? box.y) + row / 2, next.x - 3, next.y + 12), ok };
	});
	const bottom = boxes.length ? Math.max(...boxes.map((box) => box.y + box.height)) : top;
	return {
		fields: fields.map((field, place) => ({ ...field, x: place * fieldWidth, width: fieldWidth })),
		boxes,
		arrows,
		height: bottom + 6,
		row,
		vertical
	};
}

export function twin(walk: Walk, change: EntryChange | null = null): TwinLine[] {
	const lines: TwinLine[] = [
		{ id: 'address', text: fill(said.address, { address: address(walk.address), cr3: hex(walk.cr3 >>> 0) }) }
	];
	for (const step of walk.steps)
		lines.push({
			id: `L${step.level}`,
			text: fill(said.step, {
				level: step.level,
				index: step.index,
				frame: frame(step.tableMfn),
				entry: entryText(step.entryLow, step.entryHigh),
				note: step.note
			})
		});
	if (change)
		lines.push({
			id: 'change',
			text: fill(said.changes[change.outcome], {
				index: change.index,
				frame: frame(change.mfn),
				from: entryText(change.oldLow, 0),
				to: entryText(change.newLow, change.newHigh)
			})
		});
	const goal = goalBox(walk);
	lines.push({
		id: 'goal',
		text: fill(said.goal, { title: goal.title, lines: goal.lines.join(', '), note: goal.note })
	});
	return lines;
}
