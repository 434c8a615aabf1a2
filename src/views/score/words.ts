/** Which events the score marks, on which stave, and in how many letters. */
import { hypercallName, opName } from '../../abi/hypercalls';
import { CHECK_NAMES, EVENT_KINDS, KIND, type EventKind } from '../../trace/events';
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import type { Slot } from '../../trace/slots';
import type { Tally } from '../../trace/tally';
import { titleOf } from '../../trace/text/names';
import { HYPERCALL_VECTOR, valueName, vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { domainName, domainVcpu, toneOfRing, vcpuName, type Tone } from '../shared/rings';
import { words as language } from '../../words';
import { fill, fillBy } from '../../words/template';
import type { MarkedKind } from '../../words/views';
import { VECTOR } from '../../x86/exceptions';

const said = language.views.score;

export interface Word {
	text: string;
	/** Where the mark sits: on the ring that the event left, on the hypervisor's stave, or on the hardware's. */
	on: 'guest' | 'user' | 'xen' | 'hw';
	/** Ring of the stave when `on` is guest or user. */
	ring: number;
	tone: Tone;
	shape: 'down' | 'up' | 'dot' | 'cross' | 'tick' | 'diamond';
	/** Labels are placed from the highest down; below 2 a mark has none unless it is chosen. */
	rank: number;
}

/** `sched_op.block`, or the bare name where the call has no operations. */
function callName(trace: TraceView, seq: number): string {
	const nr = trace.arg(seq, 'nr');
	const op = opName(nr, trace.arg(seq, 'op'));
	return op ? `${hypercallName(nr)}.${op}` : hypercallName(nr);
}

const word = (text: string, on: Word['on'], tone: Tone, shape: Word['shape'], rank: number, ring = 1): Word => ({
	text,
	on,
	tone,
	shape,
	rank,
	ring
});

/** The domain that gets the processor; its vcpu where another of the same domain had it, or it is not the first. */
function switchTarget(trace: TraceView, seq: number): string {
	const [dom, vcpu] = [trace.arg(seq, 'next_dom'), trace.arg(seq, 'next_vcpu')];
	return dom === trace.arg(seq, 'prev_dom') ? domainVcpu(dom, vcpu) : vcpuName(dom, vcpu);
}

type Speak = (trace: TraceView, seq: number) => Word | null;

const onRing = (ring: number): Word['on'] => (ring === 3 ? 'user' : ring === 0 ? 'xen' : 'guest');

/** Marks whose words are in the language: where they stand and how they look. */
const MARKS: {
	readonly [Kind in Exclude<keyof typeof said.marks, 'page_fault'>]: readonly [
		on: Word['on'],
		tone: Tone,
		shape: Word['shape'],
		rank: number
	];
} = {
	mmu_entry: ['xen', 'xen', 'tick', 1],
	grant_entry: ['xen', 'xen', 'tick', 1],
	grant_map: ['xen', 'xen', 'dot', 3],
	grant_unmap: ['xen', 'xen', 'dot', 2],
	grant_copy: ['xen', 'xen', 'dot', 2],
	grant_transfer: ['xen', 'xen', 'dot', 4],
	bounce: ['xen', 'xen', 'up', 5],
	upcall: ['xen', 'xen', 'up', 5],
	failsafe: ['xen', 'xen', 'up', 6],
	emulate: ['xen', 'xen', 'diamond', 5],
	forced_cpuid: ['xen', 'xen', 'diamond', 4],
	ptwr: ['xen', 'xen', 'diamond', 6],
	descriptor_fault: ['xen', 'xen', 'diamond', 4],
	pte_write: ['xen', 'xen', 'dot', 1],
	frame_type: ['xen', 'xen', 'dot', 1],
	event_send: ['xen', 'xen', 'dot', 2],
	virq: ['xen', 'xen', 'dot', 3],
	pirq: ['xen', 'xen', 'dot', 4],
	port_io: ['xen', 'xen', 'tick', 2],
	sched_switch: ['xen', 'xen', 'dot', 4],
	timer_fire: ['xen', 'xen', 'dot', 3],
	domain_start: ['xen', 'xen', 'dot', 6],
	domain_crash: ['xen', 'xen', 'cross', 9],
	domain_shutdown: ['xen', 'xen', 'dot', 8],
	console_output: ['xen', 'xen', 'dot', 1],
	timer: ['hw', 'hw', 'dot', 5],
	halt: ['hw', 'hw', 'dot', 4],
	shutdown: ['hw', 'hw', 'cross', 9],
	irq_line: ['hw', 'hw', 'tick', 2],
	disk_dma: ['hw', 'hw', 'dot', 3],
	frame_sent: ['hw', 'hw', 'up', 4],
	frame_received: ['hw', 'hw', 'down', 4],
	frame_dropped: ['hw', 'hw', 'cross', 6],
	frame_fault: ['hw', 'hw', 'cross', 6],
	change: ['hw', 'hw', 'diamond', 9],
	overruled: ['xen', 'xen', 'diamond', 8],
	xen_crash: ['xen', 'xen', 'cross', 9]
};

/** What stands in a place of a mark's word: a domain, unless it says otherwise. */
const PLACES: Readonly<Record<string, (trace: TraceView, seq: number) => string>> = {
	line: (trace, seq) => String(trace.arg(seq, 'line')),
	vector: (trace, seq) => vectorName(trace.arg(seq, 'vector')),
	io_port: (trace, seq) => `0x${trace.arg(seq, 'io_port').toString(16)}`,
	next: switchTarget
};

/** Marks whose words are names, or whose look depends on more than their kind. */
const WORDS: { readonly [Kind in Exclude<MarkedKind, keyof typeof MARKS>]: Speak } = {
	trap: (trace, seq) => {
		const vector = trace.arg(seq, 'vector');
		const ring = trace.arg(seq, 'from_ring');
		// The hypercall and the page fault that follow have words of their own.
		if (vector === HYPERCALL_VECTOR || vector === VECTOR.PF) return null;
		return word(vectorName(vector), onRing(ring), toneOfRing(ring), 'down', 5, ring);
	},
	page_fault: (trace, seq) => {
		const ring = trace.arg(seq, 'from_ring');
		return word(said.marks.page_fault, onRing(ring), toneOfRing(ring), 'down', 6, ring);
	},
	hypercall: (trace, seq) => word(callName(trace, seq), 'guest', 'kernel', 'down', 7),
	disk_command: (trace, seq) => word(valueName(trace, seq, 'command') || titleOf(trace, seq), 'hw', 'hw', 'down', 5),
	disk_done: (trace, seq) => {
		const name = valueName(trace, seq, 'command') || titleOf(trace, seq);
		return trace.arg(seq, 'status') & 0x21
			? word(fill(said.refused.answer, { check: name }), 'hw', 'hw', 'cross', 8)
			: word(name, 'hw', 'hw', 'up', 5);
	},
	subcall: (trace, seq) => word(callName(trace, seq), 'xen', 'xen', 'tick', 2),
	check: (trace, seq) => {
		const check = (CHECK_NAMES[trace.arg(seq, 'check')] ?? 'check').replaceAll('_', ' ');
		return trace.arg(seq, 'passed')
			? word(check, 'xen', 'xen', 'tick', 1)
			: word(fill(said.refused.answer, { check }), 'xen', 'xen', 'cross', 8);
	}
};

/** The word of a kind of `MARKS`. */
const fromTable = (kind: keyof typeof MARKS): Speak => {
	const [on, tone, shape, rank] = MARKS[kind];
	const place = (trace: TraceView, seq: number) => (name: string) =>
		PLACES[name]?.(trace, seq) ?? domainName(trace.arg(seq, name));
	return (trace, seq) => word(fillBy(said.marks[kind], place(trace, seq)), on, tone, shape, rank);
};

const BY_KIND: (Speak | undefined)[] = [];
for (const [name, speak] of Object.entries(WORDS)) BY_KIND[KIND[name as EventKind]] = speak;
for (const name of Object.keys(MARKS) as (keyof typeof MARKS)[]) BY_KIND[KIND[name]] = fromTable(name);

/** The word of an event, or null when the score does not mark it. */
export const wordOf = (trace: TraceView, seq: number): Word | null => BY_KIND[trace.kind(seq)]?.(trace, seq) ?? null;

/** A word for any event, marked or not. */
export const shortName = (trace: TraceView, seq: number): string => wordOf(trace, seq)?.text ?? titleOf(trace, seq);

/** The lane that a word stands on. */
export function laneOfWord(tally: Tally, dom: number, said: Word): number {
	if (said.on === 'hw') return HARDWARE;
	const place = said.on === 'xen' || said.ring === 0 ? -1 : tally.domains.indexOf(dom);
	return place < 0 ? XEN : said.ring === 3 ? userLane(place) : kernelLane(place);
}

/** How many events of a slot are told together. */
export interface SlotWord {
	/** Where its marks stand. */
	lane: number;
	/** What to say of several; of one, its own word is said. */
	text: string;
	shape: Word['shape'];
	tone: Tone;
	rank: number;
	/** Row of the density band on its stave that it belongs to. */
	band: 0 | 1;
	/** What it is called where events are counted. */
	name: string;
}

/** How a kind's events are marked together, where they cannot be told apart. */
const TOGETHER: { readonly [Kind in MarkedKind]: readonly [shape: Word['shape'], rank: number] } = {
	trap: ['down', 5],
	page_fault: ['down', 6],
	hypercall: ['down', 7],
	subcall: ['tick', 2],
	mmu_entry: ['tick', 1],
	grant_entry: ['tick', 1],
	grant_map: ['dot', 3],
	grant_unmap: ['dot', 2],
	grant_copy: ['dot', 2],
	grant_transfer: ['dot', 4],
	check: ['tick', 1],
	bounce: ['up', 5],
	upcall: ['up', 5],
	failsafe: ['up', 6],
	emulate: ['diamond', 5],
	forced_cpuid: ['diamond', 4],
	ptwr: ['diamond', 6],
	descriptor_fault: ['diamond', 4],
	pte_write: ['dot', 1],
	frame_type: ['dot', 1],
	event_send: ['dot', 2],
	virq: ['dot', 3],
	pirq: ['dot', 4],
	port_io: ['tick', 2],
	sched_switch: ['dot', 4],
	timer_fire: ['dot', 3],
	domain_start: ['dot', 6],
	domain_crash: ['cross', 9],
	domain_shutdown: ['dot', 8],
	console_output: ['dot', 1],
	timer: ['dot', 5],
	halt: ['dot', 4],
	shutdown: ['cross', 9],
	irq_line: ['tick', 2],
	disk_command: ['down', 5],
	disk_dma: ['dot', 3],
	disk_done: ['up', 5],
	frame_sent: ['up', 4],
	frame_received: ['down', 4],
	frame_dropped: ['cross', 6],
	frame_fault: ['cross', 6],
	change: ['diamond', 9],
	overruled: ['diamond', 8],
	xen_crash: ['cross', 9]
};

const isMarked = (kind: EventKind): kind is MarkedKind => Object.hasOwn(TOGETHER, kind);

/** From this rank on, marks are never only part of a band: they are counted. */
export const COUNTED = 4;

const ON_HARDWARE: ReadonlySet<EventKind> = new Set<EventKind>([
	'timer',
	'halt',
	'shutdown',
	'irq_line',
	'disk_command',
	'disk_dma',
	'disk_done',
	'frame_sent',
	'frame_received',
	'frame_dropped',
	'frame_fault',
	'change'
]);
const DECIDING: ReadonlySet<EventKind> = new Set<EventKind>([
	'check',
	'subcall',
	'mmu_entry',
	'grant_entry',
	'pte_write',
	'frame_type'
]);

/** How the events of a slot are told together; null when the score does not mark them. */
function wordOfSlot({ kind, ring, place, refused, way }: Slot): SlotWord | null {
	const name = EVENT_KINDS[kind];
	if (kind < 0 || way || !isMarked(name)) return null;
	const [shape, rank] = TOGETHER[name];
	const { mark: text, many } = said.together[name];
	const fault = kind === KIND.trap || kind === KIND.page_fault;
	const own = fault ? ring : kind === KIND.hypercall ? 1 : 0;
	const lane = ON_HARDWARE.has(name)
		? HARDWARE
		: place < 0 || own === 0
			? XEN
			: own === 3
				? userLane(place)
				: kernelLane(place);
	const tone = lane === HARDWARE ? 'hw' : toneOfRing(own);
	const band = fault || (lane === XEN && !DECIDING.has(name)) ? 1 : 0;
	const no = said.refused;
	// Of what was refused inside a call, the decision says no; the call itself says it where no decision was asked for.
	if (refused && kind === KIND.check)
		return { lane, text: no.decision, shape: 'cross', tone, rank: 8, band, name: no.decisions };
	if (refused && kind === KIND.hypercall)
		return { lane, text: no.call, shape: 'cross', tone, rank: 8, band, name: no.calls };
	return { lane, text, shape, tone, rank, band, name: many };
}

/** The slots of a tally as the score tells them. */
export interface SlotWords {
	/** By slot. */
	readonly words: readonly (SlotWord | null)[];
	/** Slots that have a word, by lane. */
	readonly onLane: readonly (readonly number[])[];
	/** Slots by lane and row of its band: `2 * lane + band`. */
	readonly inBand: readonly (readonly number[])[];
}

const known = new WeakMap<Tally, SlotWords>();

export function slotWords(tally: Tally): SlotWords {
	const lanes = 2 + 2 * tally.domains.length;
	const before = known.get(tally);
	if (before && before.words.length === tally.slots.length && before.onLane.length === lanes) return before;
	const words = tally.slots.map(wordOfSlot);
	const onLane: number[][] = Array.from({ length: lanes }, () => []);
	const inBand: number[][] = Array.from({ length: 2 * lanes }, () => []);
	for (const [slot, word] of words.entries()) {
		// A lane of a domain that a cut has taken away has no stave.
		if (!word || word.lane >= lanes) continue;
		onLane[word.lane].push(slot);
		inBand[2 * word.lane + word.band].push(slot);
	}
	const told = { words, onLane, inBand };
	known.set(tally, told);
	return told;
}
