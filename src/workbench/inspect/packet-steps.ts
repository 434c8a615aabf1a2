/**
 * Steps of a packet's way that no bytes tell of, read from the trace around one that they do.
 *
 * - *Fetched from a guest*: the guest's last event on that card's channel before, unless the back end fetched from it in between, and so
 *   was still at work; before that event the process's system call, unless the guest has gone back to ring 3 in between: then its kernel sent
 *   by itself. Where the domain has slept since the call (`slept`), the call may have waited for leave to send, or for something else while the kernel
 *   answered by itself: no event tells which.
 * - *Given to a guest*: the back end's next event on that card's channel, and the guest's first upcall after it.
 * - *On a card and off it*: the string access to the data port whose remote DMA began at the page that the card sent from, or received into; the
 *   register writes before say so.
 */
import { opName } from '../../abi/hypercalls';
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import type { PacketCost, PacketPlace, PacketStep } from '../../moments';
import type { Sighting, VifPort } from '../network/sightings';

/** What is known at a moment. */
export interface Past {
	readonly trace: TraceView;
	/** Events before it: what the trace has beyond has not happened. */
	readonly now: number;
	/** By what each packet was seen first, in their order. */
	readonly begun: readonly Sighting[];
}

/** A step, as yet without what it cost. */
export type Told = Omit<PacketStep, 'cycle' | 'cost'>;

export const domPlace = (dom: number): PacketPlace => `dom${dom}`;

/** The vector of system calls in guests of ours and in Linux. */
const SYSTEM_CALL = 0x80;
/** How far is looked, in events. */
const FAR = 20_000;
/** An NE2000's registers, as offsets from its first port (DP8390D data sheet, section 10), and its data port. */
const CARD = { ports: 0x20, tpsr: 4, rsar0: 8, rsar1: 9, data: 0x10 } as const;
/** Bytes of a page of its memory. */
const PAGE = 256;
/** What the card puts before a frame that it received. */
const HEADER_BYTES = 4;

type Test = (seq: number) => boolean;

/** The last event before `from` that passes; -1 where there is none, or `stop` holds first. */
function before(from: number, test: Test, stop: Test = () => false): number {
	for (let seq = from - 1; seq >= Math.max(0, from - FAR); seq--) {
		if (test(seq)) return seq;
		if (stop(seq)) return -1;
	}
	return -1;
}

/** The first one after `from`. */
function after({ now }: Past, from: number, test: Test): number {
	for (let seq = from + 1; seq < Math.min(now, from + FAR); seq++) if (test(seq)) return seq;
	return -1;
}

const stay = (what: Told['what'], seq: number, place: PacketPlace): Told[] =>
	seq < 0 ? [] : [{ what, seq, from: place, to: place, bytes: 0 }];

/** The hypercall that an event was recorded in. */
function callOf(trace: TraceView, seq: number): number {
	let at = seq;
	while (at >= 0 && trace.kind(at) !== KIND.hypercall) at = trace.parent(at);
	return at;
}

/** Whether an event was sent from `from` to `to` over one of the channels. */
const sends =
	(trace: TraceView, from: number, to: number, ports: readonly VifPort[]): Test =>
	(seq) =>
		trace.kind(seq) === KIND.event_send &&
		trace.dom(seq) === from &&
		trace.arg(seq, 'remote_dom') === to &&
		ports.some(
			({ front, frontPort, backPort }) => trace.arg(seq, 'remote_port') === (front === to ? frontPort : backPort)
		);

/** How a guest brought its back end to fetch a packet. */
export function fetching({ trace, begun }: Past, { seq, from, to, ports }: Sighting): Told[] {
	const call = callOf(trace, seq);
	const earlier = begun.findLast((one) => one.how === 'copy' && one.from === from && callOf(trace, one.seq) < call);
	const own = ports.filter(({ front }) => front === from);
	const event = before(call, sends(trace, from, to, own), (at) => at <= (earlier?.seq ?? -1));
	if (event < 0) return [];
	const isOwn: Test = (at) => trace.dom(at) === from && trace.vcpu(at) === trace.vcpu(event);
	const made = before(
		event,
		(at) =>
			isOwn(at) &&
			trace.kind(at) === KIND.trap &&
			trace.arg(at, 'vector') === SYSTEM_CALL &&
			trace.arg(at, 'from_ring') === 3,
		(at) => isOwn(at) && trace.kind(at) === KIND.far_return && trace.arg(at, 'to_ring') === 3
	);
	const slept =
		made >= 0 &&
		before(
			event,
			(at) => trace.kind(at) === KIND.hypercall && isOwn(at) && isBlock(trace, at),
			(at) => at <= made
		) >= 0;
	return [...stay(slept ? 'slept' : 'call', made, domPlace(from)), ...stay('event', event, domPlace(from))];
}

const isBlock = (trace: TraceView, seq: number): boolean =>
	opName(trace.arg(seq, 'nr'), trace.arg(seq, 'op')) === 'block';

/** Whether a domain has had nothing left to do after event `from`, and so has done with what it had then. */
export const hasSlept = (past: Past, dom: number, from: number): boolean =>
	after(
		past,
		from,
		(at) => past.trace.kind(at) === KIND.hypercall && past.trace.dom(at) === dom && isBlock(past.trace, at)
	) >= 0;

/** How a guest hears of a packet that it has got. */
export function delivering(past: Past, { seq, from, to, ports }: Sighting): Told[] {
	const { trace } = past;
	const own = ports.filter(({ front }) => front === to);
	const event = after(past, seq, sends(trace, from, to, own));
	if (event < 0) return [];
	const upcall = after(past, event, (at) => trace.kind(at) === KIND.upcall && trace.dom(at) === to);
	return [...stay('told', event, domPlace(to)), ...stay('upcall', upcall, domPlace(to))];
}

const isPort = (trace: TraceView, seq: number, port: number, writes: number): boolean =>
	trace.kind(seq) === KIND.port_io && trace.arg(seq, 'io_port') === port && trace.arg(seq, 'io_write') === writes;

/** The value last written to a register before an event; -1 where none was. */
function lastWritten(trace: TraceView, seq: number, port: number): number {
	const at = before(seq, (one) => isPort(trace, one, port, 1));
	return at < 0 ? -1 : trace.arg(at, 'io_value') & 0xff;
}

/** Where the remote DMA of a data port's access began. */
const remoteStart = (trace: TraceView, seq: number, base: number): number =>
	lastWritten(trace, seq, base + CARD.rsar0) + lastWritten(trace, seq, base + CARD.rsar1) * 256;

/**
 * All accesses of the remote DMA that one was a part of, up to it, the first one first: Xen carries out no more than so many elements of a string at a
 * time.
 */
export function chunksOf(trace: TraceView, last: number): number[] {
	const [port, writes] = [trace.arg(last, 'io_port'), trace.arg(last, 'io_write')];
	const set = before(last, (at) => isPort(trace, at, port - CARD.data + CARD.rsar0, 1));
	const found: number[] = [];
	for (let seq = Math.max(0, set); seq <= last; seq++) if (isPort(trace, seq, port, writes)) found.push(seq);
	return found;
}

const allBytes = (trace: TraceView, last: number): number =>
	chunksOf(trace, last).reduce((sum, seq) => sum + trace.arg(seq, 'times') * trace.arg(seq, 'io_size'), 0);

/** How a frame came onto the card that sends it. */
export function filling({ trace }: Past, { seq, from }: Sighting, card: PacketPlace): Told[] {
	const fill = fillOf(trace, seq);
	return fill < 0 ? [] : [{ what: 'fill', seq: fill, from: domPlace(from), to: card, bytes: allBytes(trace, fill) }];
}

/** The last access to the data port that put the frame of a `frame_sent` onto its card; -1 where it is not known. */
export function fillOf(trace: TraceView, sent: number): number {
	const base = cardPort(trace, sent);
	const page = base < 0 ? -1 : lastWritten(trace, sent, base + CARD.tpsr);
	if (page < 0) return -1;
	return before(sent, (at) => isPort(trace, at, base + CARD.data, 1) && remoteStart(trace, at, base) === page * PAGE);
}

/** The first port of the card that was told to send: whoever told it wrote to its command register, which is that one. */
function cardPort(trace: TraceView, sent: number): number {
	const told = trace.cause(sent);
	return told >= 0 && trace.kind(told) === KIND.port_io ? trace.arg(told, 'io_port') : -1;
}

/** How a frame that a card has heard came to whoever drives it. */
export function hearing(past: Past, { seq }: Sighting, card: PacketPlace): Told[] {
	const { trace } = past;
	const interrupt = after(past, seq, (at) => trace.kind(at) === KIND.pirq);
	const read = readOf(past, seq);
	const told = stay('interrupt', interrupt, card);
	return read < 0
		? told
		: [...told, { what: 'read', seq: read, from: card, to: domPlace(trace.dom(read)), bytes: allBytes(trace, read) }];
}

/** The last access to the data port that read the frame of a `frame_received`; -1 where it is not known, or has not come. */
function readOf(past: Past, received: number): number {
	const { trace } = past;
	const start = trace.arg(received, 'page') * PAGE + HEADER_BYTES;
	const first = after(past, received, (at) => dataStart(trace, at) === start);
	if (first < 0) return -1;
	const port = trace.arg(first, 'io_port');
	// As far as the remote DMA is not begun anew.
	const end = after(past, first, (at) => isPort(trace, at, port - CARD.data + CARD.rsar0, 1));
	return before(end < 0 ? past.now : end, (at) => isPort(trace, at, port, 0));
}

/** Where the remote DMA began of which an event tells that it was read; -1 where it tells of none. */
function dataStart(trace: TraceView, seq: number): number {
	if (trace.kind(seq) !== KIND.port_io || trace.arg(seq, 'io_write') === 1) return -1;
	const port = trace.arg(seq, 'io_port');
	return port % CARD.ports === CARD.data && trace.arg(seq, 'times') > 1
		? remoteStart(trace, seq, port - CARD.data)
		: -1;
}

/** The `frame_received` of the frame that an access to a data port read; -1 where it read none. */
export function receivedOf(trace: TraceView, access: number): number {
	const start = dataStart(trace, access) - HEADER_BYTES;
	return start < 0
		? -1
		: before(access, (at) => trace.kind(at) === KIND.frame_received && trace.arg(at, 'page') * PAGE === start);
}

/** What befell a frame on the wire. */
export function befalling({ trace, now }: Past, sent: number): Told[] {
	const found: Told[] = [];
	for (let seq = sent + 1; seq < Math.min(now, sent + FAR); seq++)
		if (trace.kind(seq) === KIND.frame_fault && trace.cause(seq) === sent)
			found.push({ what: 'fault', seq, from: 'wire', to: 'wire', bytes: 0 });
	return found;
}

const COUNTED = new Map<number, keyof PacketCost>([
	[KIND.hypercall, 'hypercalls'],
	[KIND.event_send, 'events'],
	[KIND.grant_copy, 'copies'],
	[KIND.grant_transfer, 'flips'],
	[KIND.port_io, 'ports'],
	[KIND.sched_switch, 'switches']
]);

/** What was counted after event `from`, as far as event `to`. */
export function costBetween(trace: TraceView, from: number, to: number): PacketCost {
	const cost = {
		cycles: trace.cycle(to) - trace.cycle(from),
		hypercalls: 0,
		events: 0,
		copies: 0,
		flips: 0,
		ports: 0,
		switches: 0
	};
	for (let seq = from + 1; seq <= to; seq++) {
		const name = COUNTED.get(trace.kind(seq));
		if (name) cost[name]++;
	}
	return cost;
}
