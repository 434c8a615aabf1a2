/**
 * The TLB, as marks: one grid an array, a column a set, a row a way. A translation may stand in one set only, which its
 * address chooses; so a full column means that the next page of that set displaces one (SDM vol. 3, 4.10.2).
 */
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import type { TlbAgreement, TlbArrayState, TlbPicture, TlbSlot } from '../../moments';
import { TLB_FLUSH_CAUSES } from '../../trace/events';
import { address, bytes, count, frame } from '../../words/numbers';
import type { Tone } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.tlb;

/** One place of an array. */
export interface Place {
	/** `data 4K/3/1`: array, set, way. */
	id: string;
	set: number;
	way: number;
	x: number;
	y: number;
	slot: TlbSlot | null;
	/** Whose page it is; null for an empty place. */
	tone: Tone | null;
	/** Filled, emptied or replaced since a moment ago. */
	changed: boolean;
	/** Sign drawn in it: empty, or why the entry does not say what the tables say. */
	sign: string;
}

export interface ArrayMarks {
	name: string;
	/** `7 of 128 places`. */
	detail: string;
	places: Place[];
	columns: number;
	width: number;
	height: number;
}

export interface Counter {
	name: string;
	value: string;
	/** How many more than a moment ago; '' for none. */
	more: string;
}

export interface TlbMarks {
	arrays: ArrayMarks[];
	counters: Counter[];
	cell: number;
	/** Entries that do not agree with the page tables. */
	stale: number;
}

/** Side of a place: a target that a finger can hit. */
const LEAST = 24;
const MOST = 34;
/** Between two rows of sets. */
const GAP = 8;

/** How an entry that is not as the tables say is shown and told. */
export const AGREEMENT: Record<TlbAgreement, { sign: string; words: string }> = {
	agrees: { sign: '', words: said.agreement.agrees },
	narrower: { sign: '‹', words: said.agreement.narrower },
	wider: { sign: '!', words: said.agreement.wider },
	moved: { sign: '≠', words: said.agreement.moved },
	gone: { sign: '✗', words: said.agreement.gone }
};

/** Whether an entry lets through what the tables would not. */
export const isStale = (slot: TlbSlot): boolean =>
	slot.agreement === 'wider' || slot.agreement === 'moved' || slot.agreement === 'gone';

const toneOf = (slot: TlbSlot): Tone => (slot.linear >= HYPERVISOR_VIRT_START ? 'xen' : slot.user ? 'user' : 'kernel');

const key = (slot: { linear: number; physical: number } | null): string =>
	slot ? `${slot.linear}:${slot.physical}` : '';

const placeId = (array: TlbArrayState, set: number, way: number): string => `${array.name}/${set}/${way}`;

function arrayMarks(array: TlbArrayState, before: TlbArrayState | null, cell: number, columns: number): ArrayMarks {
	const slots = new Map(array.slots.map((slot) => [placeId(array, slot.set, slot.way), slot]));
	const old = before && new Map(before.slots.map((slot) => [placeId(array, slot.set, slot.way), slot]));
	const wide = Math.min(columns, array.sets);
	const places: Place[] = [];
	for (let set = 0; set < array.sets; set++) {
		const band = Math.floor(set / wide);
		for (let way = 0; way < array.ways; way++) {
			const id = placeId(array, set, way);
			const slot = slots.get(id) ?? null;
			places.push({
				id,
				set,
				way,
				x: (set % wide) * cell,
				y: band * (array.ways * cell + GAP) + way * cell,
				slot,
				tone: slot && toneOf(slot),
				changed: old !== null && key(slot) !== key(old.get(id) ?? null),
				sign: slot ? AGREEMENT[slot.agreement].sign : ''
			});
		}
	}
	const bands = Math.ceil(array.sets / wide);
	return {
		name: array.name,
		detail: fill(said.detail, {
			used: count(array.slots.length),
			all: count(array.sets * array.ways),
			size: bytes(array.pageSize)
		}),
		places,
		columns: wide,
		width: wide * cell,
		height: bands * (array.ways * cell + GAP) - GAP
	};
}

const counter = (name: string, now: number, before: number | undefined): Counter => ({
	name,
	value: count(now),
	more: before !== undefined && now > before ? `+${count(now - before)}` : ''
});

const counters = (now: TlbPicture, before: TlbPicture | null): Counter[] => [
	counter(said.counters.hits, now.hits, before?.hits),
	counter(said.counters.dataMisses, now.dataMisses, before?.dataMisses),
	counter(said.counters.codeMisses, now.codeMisses, before?.codeMisses),
	...TLB_FLUSH_CAUSES.map((cause, place) =>
		counter(
			fill(said.counters.flushed, { cause: words.names.flushes[cause] }),
			now.flushes[place] ?? 0,
			before?.flushes[place]
		)
	).filter((mark) => mark.value !== '0')
];

/** @param size `width` in pixels; before it is measured it may be 0 */
export function layout(now: TlbPicture, before: TlbPicture | null, size: { width: number }): TlbMarks {
	const room = Math.max(8 * LEAST, size.width);
	const columns = [32, 16, 8].find((sets) => sets * LEAST <= room) ?? 8;
	const cell = Math.min(MOST, Math.floor(room / columns));
	return {
		arrays: now.arrays.map((array, place) => arrayMarks(array, before?.arrays[place] ?? null, cell, columns)),
		counters: counters(now, before),
		cell,
		stale: now.arrays.reduce((sum, array) => sum + array.slots.filter(isStale).length, 0)
	};
}

/** One entry in a sentence or two. */
export function describe(array: string, place: Place): string {
	const where = fill(said.place, { array, set: place.set, way: place.way });
	const { slot } = place;
	if (!slot) return fill(place.changed ? said.emptied : said.empty, { place: where });
	const { rights } = said;
	const granted = [
		slot.writable ? rights.writable : rights.readOnly,
		slot.user ? rights.user : rights.kernel,
		...(slot.global ? [rights.global] : []),
		...(slot.writable && !slot.dirty ? [rights.clean] : []),
		...(slot.noExecute ? [rights.noExecute] : [])
	];
	const entry = fill(said.entry, {
		place: where,
		linear: address(slot.linear),
		frame: frameOf(slot.physical),
		rights: granted.join(', '),
		agreement: agreementText(slot)
	});
	return place.changed ? fill(said.newEntry, { entry }) : entry;
}

const frameOf = (physical: number): string => frame(Math.floor(physical / 4096));

function agreementText({ agreement, tables }: TlbSlot): string {
	const text = AGREEMENT[agreement].words;
	return agreement === 'moved' && tables
		? fill(said.movedTo, { agreement: text, frame: frameOf(tables.physical) })
		: text;
}

const counterText = ({ name, value, more }: Counter): string =>
	fill(more ? said.counterMore : said.counter, { name, value, more });

/** Counters, then each occupied place. */
export const twin = (marks: TlbMarks): TwinLine[] => [
	{
		id: 'counters',
		text: `${marks.counters.map(counterText).join('; ')}.`,
		choosable: false
	},
	{
		id: 'stale',
		text: marks.stale ? counted(said.staleCount, marks.stale, { count: count(marks.stale) }) : said.noneStale,
		choosable: false
	},
	...marks.arrays.flatMap((array) => [
		{ id: array.name, text: fill(said.array, { array: array.name, detail: array.detail }), choosable: false },
		...array.places
			.filter((place) => place.slot || place.changed)
			.map((place) => ({ id: place.id, text: describe(array.name, place) }))
	])
];
