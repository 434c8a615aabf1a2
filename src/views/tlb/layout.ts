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
	agrees: { sign: '', words: 'as the page tables say' },
	narrower: {
		sign: '‹',
		words: 'permits less than the page tables do now: the processor walks again when it needs more'
	},
	wider: { sign: '!', words: 'stale: permits what the page tables no longer permit' },
	moved: { sign: '≠', words: 'stale: the page tables name another frame now' },
	gone: { sign: '✗', words: 'stale: the page tables map nothing here any more' }
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
		detail: `${count(array.slots.length)} of ${count(array.sets * array.ways)} places, a page is ${bytes(array.pageSize)}`,
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
	counter('hits', now.hits, before?.hits),
	counter('data misses', now.dataMisses, before?.dataMisses),
	counter('code misses', now.codeMisses, before?.codeMisses),
	...TLB_FLUSH_CAUSES.map((cause, place) =>
		counter(`flushed: ${cause}`, now.flushes[place] ?? 0, before?.flushes[place])
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
	const where = `${array}, set ${place.set}, way ${place.way}`;
	const { slot } = place;
	if (!slot) return `${where}: empty${place.changed ? ', a moment ago it was not' : ''}.`;
	const rights = [
		slot.writable ? 'writable' : 'read-only',
		slot.user ? 'ring 3 may use it' : 'rings 0 to 2 only',
		...(slot.global ? ['global: a switch of address space keeps it'] : []),
		...(slot.writable && !slot.dirty ? ['not written yet'] : []),
		...(slot.noExecute ? ['not executable'] : [])
	];
	const tables =
		slot.agreement === 'moved' && slot.tables ? ` (frame ${frame(Math.floor(slot.tables.physical / 4096))})` : '';
	return (
		`${where}: ${address(slot.linear)} is frame ${frame(Math.floor(slot.physical / 4096))}, ${rights.join(', ')}; ` +
		`${AGREEMENT[slot.agreement].words}${tables}.${place.changed ? ' New since a moment ago.' : ''}`
	);
}

/** Counters, then each occupied place. */
export const twin = (marks: TlbMarks): TwinLine[] => [
	{
		id: 'counters',
		text: `${marks.counters.map((mark) => `${mark.name} ${mark.value}${mark.more ? ` (${mark.more})` : ''}`).join('; ')}.`,
		choosable: false
	},
	{
		id: 'stale',
		text: marks.stale
			? `${count(marks.stale)} ${marks.stale === 1 ? 'entry is' : 'entries are'} stale.`
			: 'No entry is stale: all agree with the page tables.',
		choosable: false
	},
	...marks.arrays.flatMap((array) => [
		{ id: array.name, text: `${array.name}: ${array.detail}.`, choosable: false },
		...array.places
			.filter((place) => place.slot || place.changed)
			.map((place) => ({ id: place.id, text: describe(array.name, place) }))
	])
];
