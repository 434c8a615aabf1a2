/** Which events the score marks, on which stave, and in how many letters. */
import { hypercallName, opName } from '../../abi/hypercalls';
import { CHECK_NAMES, EVENTS, KIND, type EventKind } from '../../trace/events';
import { HYPERCALL_VECTOR, vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { domainName, toneOfRing, type Tone } from '../shared/rings';

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

const PAGE_FAULT = 14;

type Speak = (trace: TraceView, seq: number) => Word | null;

const onRing = (ring: number): Word['on'] => (ring === 3 ? 'user' : ring === 0 ? 'xen' : 'guest');

const WORDS: Partial<Record<EventKind, Speak>> = {
	trap: (trace, seq) => {
		const vector = trace.arg(seq, 'vector');
		const ring = trace.arg(seq, 'from_ring');
		// The hypercall and the page fault that follow have words of their own.
		if (vector === HYPERCALL_VECTOR || vector === PAGE_FAULT) return null;
		return word(vectorName(vector), onRing(ring), toneOfRing(ring), 'down', 5, ring);
	},
	page_fault: (trace, seq) => {
		const ring = trace.arg(seq, 'from_ring');
		return word('#PF', onRing(ring), toneOfRing(ring), 'down', 6, ring);
	},
	hypercall: (trace, seq) => word(callName(trace, seq), 'guest', 'kernel', 'down', 7),
	subcall: (trace, seq) => word(callName(trace, seq), 'xen', 'xen', 'tick', 2),
	mmu_entry: () => word('one update', 'xen', 'xen', 'tick', 1),
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
	sched_switch: (trace, seq) => word(`switch to ${domainName(trace.arg(seq, 'next_dom'))}`, 'xen', 'xen', 'dot', 4),
	timer_fire: () => word('virtual timer', 'xen', 'xen', 'dot', 3),
	domain_start: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} starts`, 'xen', 'xen', 'dot', 6),
	domain_crash: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} killed`, 'xen', 'xen', 'cross', 9),
	domain_shutdown: (trace, seq) => word(`${domainName(trace.arg(seq, 'of_dom'))} shuts down`, 'xen', 'xen', 'dot', 8),
	console_output: () => word('console', 'xen', 'xen', 'dot', 1),
	timer: () => word('APIC timer', 'hw', 'hw', 'dot', 5),
	halt: () => word('hlt', 'hw', 'hw', 'dot', 4),
	shutdown: () => word('triple fault', 'hw', 'hw', 'cross', 9)
};

const BY_KIND: (Speak | undefined)[] = [];
for (const [name, speak] of Object.entries(WORDS)) BY_KIND[KIND[name as EventKind]] = speak;

/** The word of an event, or null when the score does not mark it. */
export const wordOf = (trace: TraceView, seq: number): Word | null => BY_KIND[trace.kind(seq)]?.(trace, seq) ?? null;

/** A word for any event, marked or not. */
export const shortName = (trace: TraceView, seq: number): string =>
	wordOf(trace, seq)?.text ?? EVENTS[trace.kindName(seq)].title;
