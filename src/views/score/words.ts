/** Which events the score marks, on which stave, and in how many letters. */
import { hypercallName, opName } from '../../abi/hypercalls';
import { CHECK_NAMES, EVENT_KINDS, KIND, type EventKind } from '../../trace/events';
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import type { Slot } from '../../trace/slots';
import type { Tally } from '../../trace/tally';
import { titleOf } from '../../trace/text/names';
import { HYPERCALL_VECTOR, vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { domainName, toneOfRing, vcpuName, type Tone } from '../shared/rings';
import { VECTOR } from '../../x86/exceptions';

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
	return dom === trace.arg(seq, 'prev_dom') ? `${domainName(dom)} vcpu ${vcpu}` : vcpuName(dom, vcpu);
}

type Speak = (trace: TraceView, seq: number) => Word | null;

const onRing = (ring: number): Word['on'] => (ring === 3 ? 'user' : ring === 0 ? 'xen' : 'guest');

const WORDS: Partial<Record<EventKind, Speak>> = {
	trap: (trace, seq) => {
		const vector = trace.arg(seq, 'vector');
		const ring = trace.arg(seq, 'from_ring');
		// The hypercall and the page fault that follow have words of their own.
		if (vector === HYPERCALL_VECTOR || vector === VECTOR.PF) return null;
		return word(vectorName(vector), onRing(ring), toneOfRing(ring), 'down', 5, ring);
	},
	page_fault: (trace, seq) => {
		const ring = trace.arg(seq, 'from_ring');
		return word('#PF', onRing(ring), toneOfRing(ring), 'down', 6, ring);
	},
	hypercall: (trace, seq) => word(callName(trace, seq), 'guest', 'kernel', 'down', 7),
	subcall: (trace, seq) => word(callName(trace, seq), 'xen', 'xen', 'tick', 2),
	mmu_entry: () => word('one update', 'xen', 'xen', 'tick', 1),
	grant_entry: () => word('grant request', 'xen', 'xen', 'tick', 1),
	grant_map: (trace, seq) => word(`map of ${domainName(trace.arg(seq, 'of_dom'))}`, 'xen', 'xen', 'dot', 3),
	grant_unmap: (trace, seq) => word(`unmap of ${domainName(trace.arg(seq, 'of_dom'))}`, 'xen', 'xen', 'dot', 2),
	grant_copy: () => word('grant copy', 'xen', 'xen', 'dot', 2),
	grant_transfer: (trace, seq) => word(`page to ${domainName(trace.arg(seq, 'of_dom'))}`, 'xen', 'xen', 'dot', 4),
	check: (trace, seq) => {
		const name = (CHECK_NAMES[trace.arg(seq, 'check')] ?? 'check').replaceAll('_', ' ');
		return trace.arg(seq, 'passed')
			? word(name, 'xen', 'xen', 'tick', 1)
			: word(`${name}: no`, 'xen', 'xen', 'cross', 8);
	},
	bounce: (trace, seq) => word(`bounce ${vectorName(trace.arg(seq, 'vector'))}`, 'xen', 'xen', 'up', 5),
	upcall: () => word('upcall', 'xen', 'xen', 'up', 5),
	failsafe: () => word('failsafe', 'xen', 'xen', 'up', 6),
	emulate: () => word('emulated', 'xen', 'xen', 'diamond', 5),
	forced_cpuid: () => word('forced cpuid', 'xen', 'xen', 'diamond', 4),
	ptwr: () => word('page-table write', 'xen', 'xen', 'diamond', 6),
	descriptor_fault: () => word('descriptor page', 'xen', 'xen', 'diamond', 4),
	pte_write: () => word('entry written', 'xen', 'xen', 'dot', 1),
	frame_type: () => word('frame type', 'xen', 'xen', 'dot', 1),
	event_send: (trace, seq) => word(`send to ${domainName(trace.arg(seq, 'remote_dom'))}`, 'xen', 'xen', 'dot', 2),
	virq: () => word('virtual interrupt', 'xen', 'xen', 'dot', 3),
	sched_switch: (trace, seq) => word(`switch to ${switchTarget(trace, seq)}`, 'xen', 'xen', 'dot', 4),
	timer_fire: () => word('virtual timer', 'xen', 'xen', 'dot', 3),
	domain_start: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} starts`, 'xen', 'xen', 'dot', 6),
	domain_crash: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} killed`, 'xen', 'xen', 'cross', 9),
	domain_shutdown: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} shuts down`, 'xen', 'xen', 'dot', 8),
	console_output: () => word('console', 'xen', 'xen', 'dot', 1),
	timer: () => word('APIC timer', 'hw', 'hw', 'dot', 5),
	halt: () => word('hlt', 'hw', 'hw', 'dot', 4),
	shutdown: () => word('triple fault', 'hw', 'hw', 'cross', 9),
	change: () => word('changed by hand', 'hw', 'hw', 'diamond', 9),
	overruled: () => word('overruled', 'xen', 'xen', 'diamond', 8),
	xen_crash: () => word('hypervisor crashed', 'xen', 'xen', 'cross', 9)
};

const BY_KIND: (Speak | undefined)[] = [];
for (const [name, speak] of Object.entries(WORDS)) BY_KIND[KIND[name as EventKind]] = speak;

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

/** What a kind's events are told as together, where they cannot be told apart. */
const TOGETHER: Partial<Record<EventKind, [text: string, shape: Word['shape'], rank: number, name?: string]>> = {
	trap: ['trap', 'down', 5, 'traps'],
	page_fault: ['#PF', 'down', 6, 'page faults'],
	hypercall: ['hypercall', 'down', 7, 'hypercalls'],
	subcall: ['entry', 'tick', 2, 'multicall entries'],
	mmu_entry: ['one update', 'tick', 1, 'updates'],
	grant_entry: ['grant request', 'tick', 1, 'grant requests'],
	grant_map: ['grant mapped', 'dot', 3, 'grants mapped'],
	grant_unmap: ['grant unmapped', 'dot', 2, 'grants unmapped'],
	grant_copy: ['grant copy', 'dot', 2, 'grant copies'],
	grant_transfer: ['page transferred', 'dot', 4, 'pages transferred'],
	check: ['decision', 'tick', 1, 'decisions'],
	bounce: ['bounce', 'up', 5, 'bounces'],
	upcall: ['upcall', 'up', 5, 'upcalls'],
	failsafe: ['failsafe', 'up', 6],
	emulate: ['emulated', 'diamond', 5, 'emulated'],
	forced_cpuid: ['forced cpuid', 'diamond', 4],
	ptwr: ['page-table write', 'diamond', 6, 'page-table writes'],
	descriptor_fault: ['descriptor page', 'diamond', 4],
	pte_write: ['entry written', 'dot', 1, 'entries written'],
	frame_type: ['frame type', 'dot', 1, 'frame types'],
	event_send: ['send', 'dot', 2, 'sends'],
	virq: ['virtual interrupt', 'dot', 3, 'virtual interrupts'],
	sched_switch: ['switch', 'dot', 4, 'switches'],
	timer_fire: ['virtual timer', 'dot', 3, 'virtual timers'],
	domain_start: ['domain starts', 'dot', 6],
	domain_crash: ['killed', 'cross', 9],
	domain_shutdown: ['shuts down', 'dot', 8],
	console_output: ['console', 'dot', 1, 'console'],
	timer: ['APIC timer', 'dot', 5, 'timer interrupts'],
	halt: ['hlt', 'dot', 4, 'halts'],
	shutdown: ['triple fault', 'cross', 9],
	change: ['changed by hand', 'diamond', 9],
	overruled: ['overruled', 'diamond', 8],
	xen_crash: ['hypervisor crashed', 'cross', 9]
};

/** From this rank on, marks are never only part of a band: they are counted. */
export const COUNTED = 4;

const ON_HARDWARE: ReadonlySet<EventKind> = new Set<EventKind>(['timer', 'halt', 'shutdown', 'change']);
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
	const together = kind < 0 || way ? undefined : TOGETHER[name];
	if (!together) return null;
	const [text, shape, rank, plural = text] = together;
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
	// Of what was refused inside a call, the decision says no; the call itself says it where no decision was asked for.
	if (refused && kind === KIND.check)
		return { lane, text: 'no', shape: 'cross', tone, rank: 8, band, name: 'refusals' };
	if (refused && kind === KIND.hypercall)
		return { lane, text: 'refused', shape: 'cross', tone, rank: 8, band, name: 'refused hypercalls' };
	return { lane, text, shape, tone, rank, band, name: plural };
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
