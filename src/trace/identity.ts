/**
 * What makes two events of different runs the same event: kind, domain, vcpu, ring and what it is about, never when it
 * happened. Two tables say which arguments count:
 *
 * - `MAIN` names what an event is about: two events that agree in it are the same step of the story, even if
 *   it ended otherwise;
 * - `PASSING` names what depends on the very moment (where an interrupt struck, how long something took so far), and is
 *   not compared at all.
 *
 * What is in neither is a detail: where it differs, the step is the same and went otherwise.
 */
import { WORD_NAMES, ARG_WORDS, CHECK, EVENT_KINDS, KIND, type EventKind } from './events';
import { isIret } from './values';
import { argWords, IS_SPAN, type TraceView } from './view';

const MAIN: { readonly [K in EventKind]?: readonly string[] } = {
	trap: ['vector', 'from_ring'],
	interrupt: ['vector'],
	page_fault: ['addr'],
	far_return: ['from_ring', 'to_ring'],
	ring_change: ['to_ring'],
	tlb_flush: ['cause'],
	timer: ['vector'],
	irq_line: ['line', 'high'],
	disk_command: ['disk', 'command', 'lba'],
	disk_data: ['disk', 'to_host', 'lba'],
	disk_dma: ['disk', 'to_host', 'lba'],
	disk_done: ['disk', 'command'],
	hypercall: ['nr', 'op'],
	subcall: ['nr', 'op'],
	mmu_entry: ['op', 'ptr'],
	grant_entry: ['op', 'of_dom', 'what'],
	grant_map: ['of_dom', 'ref'],
	grant_unmap: ['of_dom', 'ref'],
	grant_copy: ['to_mfn', 'to_offset'],
	grant_transfer: ['of_dom', 'ref'],
	check: ['check'],
	frame_type: ['mfn'],
	pte_write: ['mfn', 'index'],
	bounce: ['vector'],
	frame_sent: ['card'],
	frame_received: ['card'],
	frame_dropped: ['card', 'reason'],
	frame_fault: ['fault'],
	emulate: ['eip', 'opcode'],
	ptwr: ['addr'],
	event_send: ['port'],
	event_pending: ['target_dom', 'port'],
	virq: ['virq'],
	pirq: ['of_dom', 'irq'],
	port_io: ['io_port', 'io_write'],
	sched_switch: ['next_dom', 'next_vcpu'],
	runstate: ['of_dom', 'of_vcpu', 'new'],
	timer_fire: ['of_vcpu', 'periodic'],
	domain_create: ['of_dom'],
	domain_start: ['of_dom'],
	domain_crash: ['of_dom'],
	domain_shutdown: ['of_dom'],
	console_output: ['of_dom'],
	console_input: ['of_dom'],
	xenstore: ['of_dom', 'op'],
	change: ['what'],
	overruled: ['what', 'check']
};

const PASSING: { readonly [K in EventKind]?: readonly string[] } = {
	interrupt: ['from_ring', 'eip', 'new_esp'],
	far_return: ['eip', 'esp', 'eflags'],
	halt: ['eip'],
	tlb_flush: ['dropped'],
	upcall: ['frame_esp', 'guest_eip', 'from_ring'],
	iret: ['eip', 'esp', 'eflags'],
	sched_switch: ['prev_dom', 'prev_vcpu'],
	timer_set: ['deadline'],
	console_output: ['total'],
	xen_crash: ['because']
};

const places = (table: { readonly [K in EventKind]?: readonly string[] }): readonly (readonly number[])[] =>
	EVENT_KINDS.map((kind, number) => (table[kind] ?? []).flatMap((name) => argWords(number, name)));

const MAIN_PLACES = places(MAIN);
/** The words of the arguments that are compared, by kind, without the result of a span: its last one. */
const COMPARED: readonly (readonly number[])[] = places(PASSING).map((passing, kind) =>
	WORD_NAMES[kind]
		.map((_name, place) => place)
		.filter((place) => !passing.includes(place) && !(IS_SPAN[kind] === 1 && place === ARG_WORDS[kind] - 1))
);

/** Calls and questions whose values are points in time; of those only what they are is compared. */
const SET_TIMER_OP = 15;
const TIME_CHECKS: readonly number[] = [CHECK.timeout_sane, CHECK.timeout_ahead];
const ONLY_FIRST: readonly number[] = [0];
const CHECK_AND_ANSWER: readonly number[] = [0, 1];

function comparedOf(view: TraceView, seq: number): readonly number[] {
	const kind = view.kind(seq);
	if (kind === KIND.check && TIME_CHECKS.includes(view.arg(seq, 0))) return CHECK_AND_ANSWER;
	if ((kind === KIND.hypercall || kind === KIND.subcall) && view.arg(seq, 0) === SET_TIMER_OP) return ONLY_FIRST;
	return COMPARED[kind];
}

/** The result of the iret hypercall is a register of whoever is returned to. */
const resultCounts = (view: TraceView, seq: number, kind: number): boolean =>
	kind !== KIND.hypercall || !isIret(view, seq);

/** Kinds that come from outside, and strike whom they may. */
const OUTSIDE: readonly number[] = [
	KIND.interrupt,
	KIND.timer,
	KIND.irq_line,
	KIND.disk_data,
	KIND.disk_dma,
	KIND.disk_done
];

/** Whether the interrupted ring is part of what an event is: not where an interrupt came from outside. */
const ringCounts = (kind: number): boolean => !OUTSIDE.includes(kind);

const sameContext = (a: TraceView, i: number, b: TraceView, j: number): boolean => {
	const kind = a.kind(i);
	if (kind !== b.kind(j)) return false;
	// What comes from outside strikes whom it may: a timer belongs to no domain.
	if (!ringCounts(kind)) return true;
	return a.dom(i) === b.dom(j) && a.vcpu(i) === b.vcpu(j) && a.ring(i) === b.ring(j);
};

/** Whether two events are the same step of the story, whatever came of it. */
export function sameStep(a: TraceView, i: number, b: TraceView, j: number): boolean {
	if (!sameContext(a, i, b, j)) return false;
	for (const place of MAIN_PLACES[a.kind(i)]) if (a.word(i, place) !== b.word(j, place)) return false;
	return true;
}

/** Whether two events agree in everything but their time. */
export const sameEvent = (a: TraceView, i: number, b: TraceView, j: number): boolean =>
	sameBegin(a, i, b, j) && sameResult(a, i, b, j);

/** Whether two events agree in all that is known when they are recorded: in everything but the result of a span. */
export function sameBegin(a: TraceView, i: number, b: TraceView, j: number): boolean {
	if (!sameContext(a, i, b, j)) return false;
	for (const place of comparedOf(a, i)) if (a.word(i, place) !== b.word(j, place)) return false;
	return true;
}

/** Whether two events of a kind ended alike. */
function sameResult(a: TraceView, i: number, b: TraceView, j: number): boolean {
	const kind = a.kind(i);
	if (IS_SPAN[kind] === 0) return true;
	if (a.end(i) < 0 !== b.end(j) < 0) return false;
	const last = ARG_WORDS[kind] - 1;
	return !resultCounts(a, i, kind) || a.word(i, last) === b.word(j, last);
}

const mix = (hash: number, word: number): number => Math.imul(hash ^ word, 0x0100_0193) ^ (hash >>> 15);

/** A number that events which `sameEvent` calls equal share. */
export function fingerprint(view: TraceView, seq: number): number {
	const kind = view.kind(seq);
	let hash = mix(0x811c_9dc5 | 0, kind);
	if (ringCounts(kind)) hash = mix(mix(hash, view.dom(seq) | (view.vcpu(seq) << 16)), view.ring(seq));
	for (const place of comparedOf(view, seq)) hash = mix(hash, view.word(seq, place));
	if (IS_SPAN[kind] === 1 && view.end(seq) >= 0 && resultCounts(view, seq, kind))
		hash = mix(hash, view.word(seq, ARG_WORDS[kind] - 1));
	return hash;
}
