/**
 * The ways of packets, put together from what was seen of their bytes (`network/sightings.ts`) and from the trace around it.
 *
 * **The same packet** is the same bytes: a frame that a back end hands on, or a card puts on the wire, belongs to the latest packet with
 * exactly its contents that has not been seen at that place yet; one that was fetched from a guest, or heard on the wire, is another each time.
 * What no bytes tell is read from the trace: `packet-steps.ts` says how. Steps that nothing tells of are left out.
 */
import { FRAME_FAULTS, KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import type { Packet, PacketEnd, PacketPicture, PacketPlace, PacketStep } from '../../moments';
import { decode, type Decoded } from '../network/headers';
import { dropping, type PlacedRule } from '../network/rules';
import type { Sighting } from '../network/sightings';
import { domainPath } from '../../toolstack/xenstore/path';
import type { Run } from '../run';
import {
	befalling,
	costBetween,
	delivering,
	domPlace,
	fetching,
	filling,
	hasSlept,
	hearing,
	type Past,
	type Told
} from './packet-steps';

/** Packets shown, at most. */
const MOST = 24;
/** Packets that are compared with, at most. */
const COMPARED = 256;
/** A packet that nothing has been heard of for so many events goes no further. */
const SILENCE = 4000;

/** A packet whose way is being put together. */
export interface Way {
	bytes: Uint8Array;
	decoded: Decoded;
	/** In the order of their events. */
	readonly seen: Sighting[];
}

/** The last packets up to now. */
export function packets(run: Run): PacketPicture {
	const ways = waysOf(run.trace, run.system.sightings.list);
	const shown = ways.slice(-MOST);
	const past: Past = { trace: run.trace, now: run.moment.seq, begun: ways.map(({ seen }) => seen[0]) };
	return {
		packets: shown.map((way) => packetOf(run, past, way)),
		left: ways.length - shown.length
	};
}

/** What was seen, packet by packet. */
export function waysOf(trace: TraceView, seen: readonly Sighting[]): Way[] {
	const ways: Way[] = [];
	/** Where the next piece of a packet would be put that is not all there yet. */
	const growing = new Map<number, Way>();
	for (const one of seen) {
		if (one.how === 'copy') {
			if (grow(growing, one)) continue;
			if (one.from === one.to) continue;
		}
		const way = wayFor(trace, ways, one);
		if (!way) continue;
		way.seen.push(one);
		if (one.how === 'copy') growing.set(one.target + one.bytes.length, way);
	}
	return ways;
}

const isWhole = ({ bytes, decoded }: Way): boolean => bytes.length >= decoded.length;

/** A piece that goes right behind one before it: the rest of a packet whose head was looked at first. */
function grow(growing: Map<number, Way>, piece: Sighting): boolean {
	const way = growing.get(piece.target);
	growing.delete(piece.target);
	if (!way || isWhole(way)) return false;
	const bytes = new Uint8Array(way.bytes.length + piece.bytes.length);
	bytes.set(way.bytes);
	bytes.set(piece.bytes, way.bytes.length);
	way.bytes = bytes;
	way.decoded = decode(bytes, bytes.length >= way.decoded.length);
	way.seen.push(piece);
	growing.set(piece.target + piece.bytes.length, way);
	return true;
}

/** The packet that something seen belongs to, a new one where there is none; null where it is no packet. */
function wayFor(trace: TraceView, ways: Way[], one: Sighting): Way | null {
	const begins =
		one.how === 'received' || one.how === 'dropped' || (one.how === 'copy' && one.to === trace.dom(one.seq));
	const known =
		one.how === 'received' || one.how === 'dropped' ? sentBy(trace, ways, one) : begins ? null : like(ways, one);
	if (known) return known;
	const bytes = one.how === 'flip' ? null : one.bytes;
	const decoded = bytes && decode(bytes, false);
	if (!bytes || !decoded || !(decoded.known || one.how !== 'copy')) return null;
	const whole = bytes.length >= decoded.length;
	const trimmed = bytes.slice(0, Math.min(bytes.length, decoded.length));
	const way = { bytes: trimmed, decoded: decode(trimmed, whole), seen: [] };
	ways.push(way);
	return way;
}

/** The packet that another card of the machine sent, where that is what was heard. */
function sentBy(trace: TraceView, ways: readonly Way[], { seq }: Sighting): Way | null {
	const cause = trace.cause(seq);
	if (cause < 0 || trace.kind(cause) !== KIND.frame_sent) return null;
	return ways.findLast(({ seen }) => seen.some((one) => one.seq === cause)) ?? null;
}

/** The latest packet of the same bytes that has not been seen there. */
function like(ways: readonly Way[], one: Sighting): Way | null {
	for (let n = ways.length - 1; n >= Math.max(0, ways.length - COMPARED); n--) {
		const way = ways[n];
		const been = way.seen.some(({ how, to }) => how === one.how && to === one.to);
		if (!been && isWhole(way) && holds(one, way.bytes)) return way;
	}
	return null;
}

/** Whether bytes are those of a packet: padded or not; of a page, wherever they lie in it. */
function holds({ how, bytes }: Sighting, packet: Uint8Array): boolean {
	if (how !== 'flip') return bytes.length >= packet.length && packet.every((byte, at) => byte === bytes[at]);
	for (let from = 0; from + packet.length <= bytes.length + TRIMMED; from++)
		if (packet.every((byte, at) => byte === (bytes[from + at] ?? 0))) return true;
	return false;
}
/** Zeros at a page's end are not kept: so many may belong to a packet. */
const TRIMMED = 1514;

// --- a packet as it is shown ------------------------------------------------------------------------------------

function packetOf(run: Run, past: Past, way: Way): Packet {
	const { trace } = past;
	const told = way.seen.flatMap((one) => stepsOf(past, one)).sort((a, b) => a.seq - b.seq);
	const steps = told.map((step, n): PacketStep => {
		const before = told.slice(0, n).findLast((one) => leadsOn(one, step)) ?? told[n - 1];
		const cost = before ? costBetween(trace, before.seq, step.seq) : null;
		return { ...step, cycle: trace.cycle(step.seq), cost };
	});
	const ends = endsOf(steps);
	return {
		id: way.seen[0].seq,
		bytes: way.bytes,
		whole: isWhole(way),
		headers: way.decoded.headers,
		title: way.decoded.title,
		steps,
		ends,
		lost: lostOf(run, past, way, steps)
	};
}

/** A step goes on from where the packet had come to, and another piece of it from the piece before. */
const leadsOn = (one: Told, next: Told): boolean =>
	one.to === next.from || (one.from === next.from && one.to === next.to);

/** What one thing seen, and the trace around it, tell of a packet's way. */
function stepsOf(past: Past, one: Sighting): Told[] {
	const { trace } = past;
	const { seq, how, from, to, bytes } = one;
	if (how === 'copy' || how === 'flip') {
		const moved: Told = {
			what: how,
			seq,
			from: domPlace(from),
			to: domPlace(to),
			bytes: how === 'flip' ? 0 : bytes.length
		};
		return to === trace.dom(seq) ? [...fetching(past, one), moved] : [moved, ...delivering(past, one)];
	}
	const card: PacketPlace = `card${trace.arg(seq, 'card')}`;
	if (how === 'sent') {
		const sent: Told = { what: 'sent', seq, from: card, to: 'wire', bytes: bytes.length };
		return [...filling(past, one, card), sent, ...befalling(past, seq)];
	}
	if (how === 'dropped') return [{ what: how, seq, from: 'wire', to: 'wire', bytes: bytes.length }];
	return [{ what: how, seq, from: 'wire', to: card, bytes: bytes.length }, ...hearing(past, one, card)];
}

/** Places that no later step leads on from. */
function endsOf(steps: readonly PacketStep[]): PacketPlace[] {
	const moves = steps.filter(({ from, to }) => from !== to);
	const ends = moves.filter(({ to }, n) => !moves.slice(n + 1).some(({ from }) => from === to));
	return [...new Set(ends.map(({ to }) => to))];
}

/** Why it went no further, where it did not: a packet that may still be under way is not lost. */
function lostOf(run: Run, past: Past, way: Way, steps: readonly PacketStep[]): PacketEnd | null {
	const { trace, now } = past;
	const last = steps[steps.length - 1];
	if (last.what === 'dropped') return { by: 'card', seq: last.seq };
	if (last.what === 'fault' && FRAME_FAULTS[trace.arg(last.seq, 'fault')] === 'lose')
		return { by: 'wire', seq: last.seq };
	const [first] = way.seen;
	if (last.what !== 'copy' || first.to !== trace.dom(first.seq) || last.seq !== way.seen.at(-1)?.seq) return null;
	const judged = !isWhole(way) || hasSlept(past, first.to, last.seq);
	const rule = judged ? ruleFor(run, way) : null;
	if (rule) return { by: 'rule', dom: first.from, place: last.to, direction: 'tx', ...rule };
	return isWhole(way) && now - last.seq < SILENCE ? null : { by: 'unknown', place: last.to };
}

/** The rule of the sender's card that drops it, as the rules stand now. */
function ruleFor({ system }: Run, { seen: [{ from, to }], bytes, decoded }: Way): PlacedRule | null {
	const { xenstore } = system.toolstack;
	const cards = `${domainPath(to)}/backend/vif/${from}`;
	for (const handle of xenstore.list(cards)) {
		const folder = `${cards}/${handle}/rules`;
		const rules = xenstore
			.list(folder)
			.map((name) => ({ number: Number(name), text: xenstore.read(`${folder}/${name}`) ?? '' }))
			.sort((a, b) => a.number - b.number);
		const rule = dropping(rules, 'tx', bytes, decoded.length);
		if (rule) return rule;
	}
	return null;
}
