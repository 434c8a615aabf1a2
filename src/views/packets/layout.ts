/**
 * The ways of packets, as marks: a lane for each domain, for the card and for the wire; a row a packet, with a line from lane to lane. The
 * chosen packet's way is told step by step below, in the same lanes: what happened, and what it cost since the step before.
 */
import { type Packet, type PacketCost, type PacketPicture, type PacketPlace, type PacketStep } from '../../moments';
import type { TraceView } from '../../trace/view';
import { sentence } from '../../trace/text/sentence';
import { words } from '../../words/late';
import { count } from '../../words/numbers';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { domainName } from '../shared/rings';
import type { TwinLine } from '../shared/twin';

const said = words.views.packets;

/** Pixels of a lane, as wide as the name of a card, and height of a row's graph. */
export const LANE = 37;
const HALF = LANE / 2;
export const ROW = 26;
/** Least number of lanes; there are more where there is room. */
const LEAST_LANES = 5;
/** Part of the width that lanes may take. */
const LANES_PART = 0.5;

export interface LaneMark {
	/** A place, or `others` for guests that there is no room for. */
	id: PacketPlace | 'others';
	name: string;
	x: number;
	tone: 'kernel' | 'hw';
}

export type Move = 'copy' | 'flip' | 'other';

/** From lane to lane. */
export interface MoveMark {
	from: number;
	to: number;
	kind: Move;
}

export interface PacketRow {
	id: string;
	title: string;
	detail: string;
	moves: MoveMark[];
	/** Lanes in which it was seen. */
	dots: number[];
	/** Where it was lost, or -1. */
	lost: number;
	text: string;
}

export interface StepRow {
	id: string;
	seq: number;
	move: MoveMark | null;
	/** The lane that it stays in, where it does not move. */
	at: number;
	text: string;
	cost: string;
}

export interface PacketMarks {
	lanes: LaneMark[];
	width: number;
	rows: PacketRow[];
	left: string;
}

const DOMAIN = /^dom(\d+)$/;
const domOf = (place: PacketPlace): number => Number(DOMAIN.exec(place)?.[1] ?? -1);

export function placeName(place: PacketPlace): string {
	if (place === 'wire') return said.wire;
	const dom = domOf(place);
	return dom >= 0 ? domainName(dom) : fill(said.card, { card: place.slice('card'.length) });
}

/** Guests to the left, whoever serves them in the middle, hardware to the right. */
const ORDER = { guest: 0, server: 1, card: 2, wire: 3 } as const;

function orderOf(place: PacketPlace, servers: ReadonlySet<PacketPlace>): number {
	if (place === 'wire') return ORDER.wire;
	if (domOf(place) < 0) return ORDER.card;
	return servers.has(place) ? ORDER.server : ORDER.guest;
}

/** Domains that hand on what others sent, or drive a card. */
function serversOf(packets: readonly Packet[]): ReadonlySet<PacketPlace> {
	const found = new Set<PacketPlace>();
	for (const { steps } of packets)
		for (const step of steps) {
			if (step.what === 'fill') found.add(step.from);
			if (step.what === 'read') found.add(step.to);
			// Who is told of a packet is served by who gave it; who tells by an event is served by who fetches.
			if (step.what === 'copy' && steps.some(({ what, from }) => what === 'event' && from === step.from))
				found.add(step.to);
			if (MOVES.has(step.what) && steps.some(({ what, to }) => what === 'told' && to === step.to)) found.add(step.from);
		}
	return found;
}

const MOVES = new Set<PacketStep['what']>(['copy', 'flip']);

/** The lanes of all places that the packets touch; guests that there is no room for share one. */
export function lanesOf(packets: readonly Packet[], width: number): LaneMark[] {
	const servers = serversOf(packets);
	const uses = new Map<PacketPlace, number>();
	for (const { steps } of packets)
		for (const { from, to } of steps) for (const place of [from, to]) uses.set(place, (uses.get(place) ?? 0) + 1);
	const all = [...uses.keys()].sort((a, b) => orderOf(a, servers) - orderOf(b, servers) || domOf(a) - domOf(b));
	const most = Math.max(LEAST_LANES, Math.floor((width * LANES_PART) / LANE));
	const guests = all.filter((place) => orderOf(place, servers) === ORDER.guest);
	const room = Math.max(0, most - (all.length - guests.length) - 1);
	const busiest = [...guests].sort((a, b) => (uses.get(b) ?? 0) - (uses.get(a) ?? 0)).slice(0, room);
	const cut = all.length > most;
	const shown = cut ? all.filter((place) => !guests.includes(place) || busiest.includes(place)) : all;
	const marks = shown.map((place) => ({
		id: place,
		name: placeName(place),
		tone: domOf(place) < 0 ? ('hw' as const) : ('kernel' as const)
	}));
	const others = cut ? [{ id: 'others' as const, name: said.others, tone: 'kernel' as const }] : [];
	return [...others, ...marks].map((mark, n) => ({ ...mark, x: n * LANE + HALF }));
}

const xOf = (lanes: readonly LaneMark[], place: PacketPlace): number =>
	(lanes.find(({ id }) => id === place) ?? lanes[0]).x;

const kindOf = ({ what }: PacketStep): Move => (what === 'copy' || what === 'flip' ? what : 'other');

const moveOf = (lanes: readonly LaneMark[], step: PacketStep): MoveMark | null =>
	step.from === step.to ? null : { from: xOf(lanes, step.from), to: xOf(lanes, step.to), kind: kindOf(step) };

export function layout(picture: PacketPicture, trace: TraceView, { width }: { width: number }): PacketMarks {
	const { packets, left } = picture;
	const lanes = lanesOf(packets, width);
	return {
		lanes,
		width: lanes.length * LANE,
		rows: packets.map((packet) => rowOf(packet, lanes, trace)),
		left: left > 0 ? fill(said.left, { packets: count(left) }) : ''
	};
}

function rowOf(packet: Packet, lanes: readonly LaneMark[], trace: TraceView): PacketRow {
	const { steps, lost } = packet;
	const title = fill(said.row, { title: packet.title, bytes: count(packet.bytes.length) });
	const detail = lost ? lostText(packet, trace) : wayText(packet);
	return {
		id: String(packet.id),
		title,
		detail,
		moves: steps.flatMap((step) => moveOf(lanes, step) ?? []),
		dots: [...new Set(steps.flatMap(({ from, to }) => [xOf(lanes, from), xOf(lanes, to)]))],
		lost: lost ? xOf(lanes, 'place' in lost ? lost.place : (steps.at(-1)?.to ?? 'wire')) : -1,
		text: `${title}: ${detail}.`
	};
}

/** Where it came from and where it came to, and how long that took: a call that has slept may be of long ago. */
function wayText({ steps, ends }: Packet): string {
	const first = steps.find(({ what }) => what !== 'slept') ?? steps[0];
	const last = steps[steps.length - 1];
	const cycles = costOf('cycles', last.cycle - first.cycle);
	return fill(said.rowCost, { from: placeName(first.from), ends: ends.map(placeName).join(said.and), cycles });
}

export function lostText({ lost }: Packet, trace: TraceView): string {
	if (!lost) return '';
	if (lost.by === 'unknown') return fill(said.lost.unknown, { place: placeName(lost.place) });
	if (lost.by === 'rule') return fill(said.lost.rule, { ...lost });
	return fill(said.lost[lost.by], { what: sentence(trace, lost.seq) });
}

/** The steps of one packet. */
export function stepsOf({ steps }: Packet, lanes: readonly LaneMark[]): StepRow[] {
	return steps.map((step) => ({
		id: String(step.seq),
		seq: step.seq,
		move: moveOf(lanes, step),
		at: xOf(lanes, step.to),
		text: stepText(step),
		cost: step.cost ? costText(step.cost) : ''
	}));
}

export const stepText = (step: PacketStep): string =>
	fill(said.steps[step.what], { from: placeName(step.from), to: placeName(step.to), bytes: count(step.bytes) });

const costOf = (name: keyof PacketCost, n: number): string => counted(said.costs[name], n, { n: count(n) });

const COSTS = [
	'cycles',
	'hypercalls',
	'events',
	'copies',
	'flips',
	'ports',
	'switches'
] as const satisfies readonly (keyof PacketCost)[];

export const costText = (cost: PacketCost): string =>
	COSTS.filter((name) => name === 'cycles' || cost[name] > 0)
		.map((name) => costOf(name, cost[name]))
		.join(', ');

/** A checksum with what is known of it. */
export const fieldText = ({ value, right }: Packet['headers'][number]['fields'][number]): string =>
	right === undefined ? value : fill(right === null ? said.unjudged : right ? said.right : said.wrong, { value });

export function twin(picture: PacketPicture, marks: PacketMarks, chosen: Packet | undefined): TwinLine[] {
	const steps = chosen ? stepsOf(chosen, marks.lanes) : [];
	const headers = chosen?.headers ?? [];
	return [
		...(marks.left ? [{ id: 'left', text: marks.left, choosable: false }] : []),
		...marks.rows.map(({ id, text }) => ({ id, text })),
		...(chosen ? [{ id: 'way', text: `${fill(said.way, { title: chosen.title })}:`, choosable: false }] : []),
		...steps.map(({ id, text, cost }) => ({
			id: `step ${id}`,
			text: cost ? `${fill(said.step, { what: text, cost })}.` : fill(said.first, { what: text })
		})),
		...headers.map(({ name, fields }) => ({
			id: `header ${name}`,
			text: `${name}: ${fields.map((field) => fill(said.field, { name: field.name, value: fieldText(field) })).join('; ')}.`,
			choosable: false
		}))
	];
}
