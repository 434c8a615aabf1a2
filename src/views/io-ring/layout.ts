/**
 * An I/O ring, as marks: slots around a circle, clockwise from the top; outside it the indices that point to them. Requests wait from
 * `rsp_prod` to `req_prod`; the back end has taken those before its own `req_cons`. Answers wait from the front end's own `rsp_cons` to
 * `rsp_prod`. (xen/include/public/io/ring.h; Barham and others, 2003, figure 2)
 */
import type { IoRing, SlotField } from '../../moments';
import { count, frame } from '../../words/numbers';
import { fill } from '../../words/template';
import { words } from '../../words/late';
import { domainName } from '../shared/rings';
import { markedText } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

const said = words.views.ring;

/** What stands in a slot. */
export type SlotState = 'free' | 'prepared' | 'waiting' | 'taken' | 'answered';

export interface SlotMark {
	slot: number;
	state: SlotState;
	path: string;
	changed: boolean;
}

/** Whose an index is: it moves it; both may see it, or nobody else. */
export interface IndexMark {
	name: IndexName;
	/** It runs freely. */
	value: number;
	slot: number;
	/** Who moves it. */
	by: 'front' | 'back';
	shared: boolean;
	changed: boolean;
}

/** Indices that point to one slot: where the pointer touches the ring, and where its words stand. */
export interface PointerMark {
	slot: number;
	indices: readonly IndexMark[];
	/** From the ring to the words. */
	line: string;
	x: number;
	y: number;
	anchor: 'start' | 'end';
}

export interface RingMarks {
	width: number;
	height: number;
	/** Centre of the circle. */
	centre: readonly [x: number, y: number];
	/** Whether there is room for words within the circle; what they say stands below as well. */
	roomy: boolean;
	slots: SlotMark[];
	indices: IndexMark[];
	pointers: PointerMark[];
	/** How many slots are in each state. */
	counts: ReadonlyMap<SlotState, number>;
	/** The indices are such as no ring can have, or ''. */
	bad: string;
}

const INDICES = [
	['req_prod', 'front', true],
	['req_prod_pvt', 'front', false],
	['req_cons', 'back', false],
	['rsp_prod', 'back', true],
	['rsp_prod_pvt', 'back', false],
	['rsp_cons', 'front', false],
	['req_event', 'back', true],
	['rsp_event', 'front', true]
] as const;
export type IndexName = (typeof INDICES)[number][0];

export const SLOT_STATES: readonly SlotState[] = ['prepared', 'waiting', 'taken', 'answered', 'free'];

/** Height of a line of words beside the ring. */
const LINE = 15;
const GAP = 6;
/** Where a slot ends towards the centre, as a part of the radius. */
const INNER = 0.68;
/** Width that words beside the ring may take. */
const WORDS = 132;
/** Radius from which on a line of words fits within. */
const ROOMY = 84;

/** How far `to` lies ahead of `from`, as indices run. */
const ahead = (from: number, to: number): number => (to - from) >>> 0;

/** All indices that are known. */
function indicesOf(ring: IoRing, before: IoRing | null): IndexMark[] {
	const known: Partial<Record<IndexName, number>> = { ...ring.shared, ...ring.frontOwn, ...ring.backOwn };
	const were: Partial<Record<IndexName, number>> = before
		? { ...before.shared, ...before.frontOwn, ...before.backOwn }
		: {};
	return INDICES.flatMap(([name, by, shared]) => {
		const value = known[name];
		if (value === undefined) return [];
		const was = were[name];
		return [{ name, value, slot: value % ring.size, by, shared, changed: was !== undefined && was !== value }];
	});
}

/** The stretches of slots that are in some state, as [first index, count]. */
function stretches({ shared, frontOwn, backOwn }: IoRing): (readonly [SlotState, number, number])[] {
	const { req_prod, rsp_prod } = shared;
	const taken = backOwn ? backOwn.req_cons : rsp_prod;
	return [
		['taken', rsp_prod, ahead(rsp_prod, taken)],
		['waiting', taken, ahead(taken, req_prod)],
		...(frontOwn
			? ([
					['prepared', req_prod, ahead(req_prod, frontOwn.req_prod_pvt)],
					['answered', frontOwn.rsp_cons, ahead(frontOwn.rsp_cons, rsp_prod)]
				] as const)
			: [])
	];
}

/** What stands in each slot; a stretch longer than the ring is cut to it. */
export function statesOf(ring: IoRing): SlotState[] {
	const states: SlotState[] = Array.from({ length: ring.size }, () => 'free');
	for (const [state, first, length] of stretches(ring))
		for (let n = 0; n < Math.min(length, ring.size); n++) states[(first + n) % ring.size] = state;
	return states;
}

/** Why the indices are none that a ring can have, or ''. */
function wrong(ring: IoRing): string {
	const { req_prod, rsp_prod } = ring.shared;
	const open = ahead(rsp_prod, req_prod);
	return open > ring.size ? fill(said.bad, { requests: count(open), slots: ring.size }) : '';
}

/** A slot as a piece of the ring, its centre at 0,0. */
function wedge(slot: number, slots: number, radius: number): string {
	const at = (place: number, r: number): string => {
		const angle = (place / slots) * 2 * Math.PI;
		return `${(Math.sin(angle) * r).toFixed(2)},${(-Math.cos(angle) * r).toFixed(2)}`;
	};
	const inner = radius * INNER;
	return `M${at(slot, radius)}A${radius},${radius},0,0,1,${at(slot + 1, radius)}L${at(slot + 1, inner)}A${inner},${inner},0,0,0,${at(slot, inner)}Z`;
}

interface Group {
	slot: number;
	indices: IndexMark[];
	/** Of the slot's beginning, radians clockwise from the top. */
	angle: number;
	height: number;
}

function groupsOf(indices: readonly IndexMark[], size: number): Group[] {
	const groups = new Map<number, Group>();
	for (const index of indices) {
		const known = groups.get(index.slot);
		if (known) known.indices.push(index);
		else
			groups.set(index.slot, {
				slot: index.slot,
				indices: [index],
				angle: (index.slot / size) * 2 * Math.PI,
				height: 0
			});
	}
	for (const group of groups.values()) group.height = group.indices.length * LINE;
	return [...groups.values()];
}

/** Puts the words of one side below each other, each as near to its pointer as there is room. */
function stack(groups: Group[], radius: number, height: number): (readonly [Group, number])[] {
	const wanted = groups
		.map((group) => [group, -Math.cos(group.angle) * radius - group.height / 2] as const)
		.sort(([, a], [, b]) => a - b);
	const placed: [Group, number][] = [];
	let next = -height / 2;
	for (const [group, y] of wanted) {
		const at = Math.max(next, y);
		placed.push([group, at]);
		next = at + group.height + GAP;
	}
	// What went over the edge is pushed back up.
	let end = height / 2;
	for (const place of placed.reverse()) {
		place[1] = Math.min(place[1], end - place[0].height);
		end = place[1] - GAP;
	}
	return placed;
}

/** @param before the same ring a moment ago, or null */
export function layout(ring: IoRing, before: IoRing | null, size: { width: number }): RingMarks {
	const width = Math.max(300, size.width);
	const radius = Math.max(56, Math.min(112, (width - 2 * WORDS) / 2 - 14));
	const indices = indicesOf(ring, before);
	const groups = groupsOf(indices, ring.size);
	const right = groups.filter(({ angle }) => angle < Math.PI);
	const left = groups.filter(({ angle }) => angle >= Math.PI);
	const tallest = Math.max(...[left, right].map((side) => side.reduce((sum, { height }) => sum + height + GAP, 0)));
	const height = Math.max(2 * radius + 36, tallest + 12);
	const centre = [width / 2, height / 2] as const;
	const states = statesOf(ring);
	const were = before && before.size === ring.size ? statesOf(before) : null;
	const pointer =
		(side: 1 | -1) =>
		([group, y]: readonly [Group, number]): PointerMark => {
			const [sin, cos] = [Math.sin(group.angle), Math.cos(group.angle)];
			const from = [centre[0] + sin * (radius + 2), centre[1] - cos * (radius + 2)];
			const bend = [centre[0] + sin * (radius + 12), centre[1] - cos * (radius + 12)];
			const x = centre[0] + side * (radius + 26);
			const middle = centre[1] + y + group.height / 2;
			return {
				slot: group.slot,
				indices: group.indices,
				line: `M${from.join()}L${bend.join()}L${x - side * 4},${middle}`,
				x,
				y: centre[1] + y,
				anchor: side > 0 ? 'start' : 'end'
			};
		};
	const counts = new Map(SLOT_STATES.map((state) => [state, states.filter((other) => other === state).length]));
	return {
		width,
		height,
		centre,
		roomy: radius >= ROOMY,
		slots: states.map((state, slot) => ({
			slot,
			state,
			path: wedge(slot, ring.size, radius),
			changed: were !== null && were[slot] !== state
		})),
		indices,
		pointers: [
			...stack(right, radius + 12, height - 8).map(pointer(1)),
			...stack(left, radius + 12, height - 8).map(pointer(-1))
		],
		counts,
		bad: wrong(ring)
	};
}

/** What a slot says: read as a response once it is answered, as a request before. */
export const fieldsOf = (ring: IoRing, slot: number, state: SlotState): readonly SlotField[] =>
	state === 'answered' ? ring.slots[slot].response : ring.slots[slot].request;

/** An index as it is called, with its number: `req_prod 41`. */
export const indexText = ({ name, value }: IndexMark): string => fill(said.index, { name, value: count(value) });

const indexSentence = (ring: IoRing, mark: IndexMark): string =>
	markedText(
		fill(mark.shared ? said.twin.shared : said.twin.own, {
			name: mark.name,
			value: count(mark.value),
			slot: mark.slot,
			dom: domainName(mark.by === 'front' ? ring.front : ring.back),
			means: said.means[mark.name]
		}),
		mark.changed
	);

const slotSentence = (ring: IoRing, { slot, state }: SlotMark): string =>
	fill(said.twin.slot, {
		slot,
		state: said.states[state],
		fields: fieldsOf(ring, slot, state)
			.map(([name, value]) => `${name} ${value}`)
			.join(', ')
	});

/** One line for the ring: between whom, where, how much of it is used. */
export const summary = (ring: IoRing, marks: RingMarks): string =>
	fill(said.summary, {
		protocol: said.protocols[ring.protocol],
		front: domainName(ring.front),
		back: domainName(ring.back),
		frame: frame(ring.frame),
		ref: ring.ref,
		size: ring.size,
		waiting: (marks.counts.get('waiting') ?? 0) + (marks.counts.get('taken') ?? 0)
	});

export const twin = (ring: IoRing, marks: RingMarks): TwinLine[] => [
	{ id: 'ring', text: summary(ring, marks), choosable: false },
	...(marks.bad ? [{ id: 'bad', text: marks.bad, choosable: false }] : []),
	...marks.indices.map((mark) => ({ id: mark.name, text: indexSentence(ring, mark), choosable: false })),
	...marks.slots
		.filter(({ state }) => state !== 'free')
		.map((mark) => ({ id: `slot ${mark.slot}`, text: slotSentence(ring, mark) }))
];
