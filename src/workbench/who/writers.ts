/** Who it was: from how a write was heard of, or how the processor stood before and after, and from the trace around it. */
import { CHECK_NAMES, HAND_CHANGES, KIND } from '../../trace/events';
import { IS_SPAN, type TraceView } from '../../trace/view';
import type { Point } from '../moment';
import type { Hit } from '../points/watch';
import type { Writer } from './words';

/** How the processor stood between two instructions. */
export interface Stand {
	readonly at: Point;
	readonly ring: number;
	readonly linear: number;
	readonly dom: number;
	readonly vcpu: number;
}

/** Kinds that are recorded right after what they tell has been written. */
const TOLD_AFTER = new Set<number>(
	(
		[
			'pte_write',
			'ptwr',
			'grant_copy',
			'grant_transfer',
			'event_pending',
			'bounce',
			'upcall',
			'failsafe',
			'console_input',
			'console_output',
			'xenstore'
		] as const
	).map((kind) => KIND[kind])
);

/** Into the hypervisor. */
const ENTRIES = new Set<number>([KIND.trap, KIND.interrupt]);
/** Into the hypervisor and out of it. */
const PASSAGES = new Set<number>([...ENTRIES, KIND.far_return]);
/** What the hypervisor may have done with a guest that came by a trap. */
const DECISIONS = new Set<number>(
	(['bounce', 'emulate', 'forced_cpuid', 'ptwr', 'descriptor_fault', 'math_state', 'failsafe', 'upcall'] as const).map(
		(kind) => KIND[kind]
	)
);

/** The question asked last before event `seq`, inside the same span or after the same entry. */
export function lastAsked(trace: TraceView, seq: number): string | null {
	const span = trace.parent(seq);
	for (let at = seq - 1; at > span && at >= 0 && at > seq - 64; at--) {
		if (trace.kind(at) === KIND.check && trace.parent(at) === span) return CHECK_NAMES[trace.arg(at, 'check')] ?? null;
		if (PASSAGES.has(trace.kind(at))) return null;
	}
	return null;
}

const sameStep = (trace: TraceView, seq: number, icount: number): boolean =>
	seq >= 0 && seq < trace.length && Math.abs(trace.icount(seq) - icount) <= 1;

/** How many events a device may record while a string is read from its port, before the access itself is told. */
const TOLD_MEANWHILE = 4;

/** The event of the string access to a port whose data a write was a part of; -1 where it was none. */
function portOf(trace: TraceView, hit: Hit): number {
	for (let seq = hit.seq; seq <= hit.seq + TOLD_MEANWHILE && sameStep(trace, seq, hit.icount); seq++)
		if (trace.kind(seq) === KIND.port_io) return trace.arg(seq, 'io_write') === 0 ? seq : -1;
	return -1;
}

/** The event that goes with a write: the one that tells of it right after, else the last one before. */
function eventOf(trace: TraceView, hit: Hit): number {
	const next = hit.seq;
	if (sameStep(trace, next, hit.icount) && TOLD_AFTER.has(trace.kind(next))) return next;
	return sameStep(trace, next - 1, hit.icount) || !sameStep(trace, next, hit.icount) ? next - 1 : next;
}

/** The event of the DMA that a write was a part of, which is told just before; -1 where it was none. */
function dmaOf(trace: TraceView, hit: Hit): number {
	const last = hit.seq - 1;
	const told = hit.by !== 'instruction' && sameStep(trace, last, hit.icount) && trace.kind(last) === KIND.disk_dma;
	if (!told || trace.arg(last, 'to_host') !== 1) return -1;
	const from = trace.arg(last, 'address');
	return hit.physical + hit.length > from && hit.physical < from + trace.arg(last, 'bytes') ? last : -1;
}

/** Who made an access to memory that was heard of. */
export function writerOf(trace: TraceView, hit: Hit): Writer {
	const last = hit.seq - 1;
	// What is changed by hand is changed between two instructions, as a gate of the IDT is gone through.
	if (hit.by === 'delivery' && sameStep(trace, last, hit.icount) && trace.kind(last) === KIND.change)
		return { by: 'hand', event: last };
	const moved = dmaOf(trace, hit);
	if (moved >= 0) return { by: 'dma', event: moved, disk: trace.arg(moved, 'disk') };
	switch (hit.by) {
		case 'instruction':
			return { by: 'instruction', dom: hit.dom, vcpu: hit.vcpu, ring: hit.cpl, linear: hit.linear };
		case 'walk':
			return { by: 'processor', event: last, doing: 'walk' };
		case 'delivery':
			return { by: 'processor', event: last, doing: 'delivery' };
		case 'appointment':
			return { by: 'device', event: eventOf(trace, hit) };
		case 'hypervisor': {
			const read = portOf(trace, hit);
			const event = read >= 0 ? read : eventOf(trace, hit);
			return { by: 'hypervisor', event, asked: lastAsked(trace, event) };
		}
	}
}

/** Who changed a register in the step from `before` to `after`. */
export function registerWriter(trace: TraceView, before: Stand, after: Point, name: string): Writer {
	const seqs = Array.from({ length: Math.min(256, after.seq - before.at.seq) }, (_, n) => before.at.seq + n);
	const of = (test: (seq: number) => boolean): number => seqs.find(test) ?? -1;
	const hand = of((seq) => trace.kind(seq) === KIND.change && HAND_CHANGES[trace.arg(seq, 'what')] === 'register');
	if (hand >= 0) return { by: 'hand', event: hand };
	const turn = of((seq) => trace.kind(seq) === KIND.sched_switch);
	if (turn >= 0) return { by: 'hypervisor', event: turn, asked: null };
	if (before.ring === 0 && seqs.length > 0) {
		const span = of((seq) => IS_SPAN[trace.kind(seq)] === 1);
		const event = span >= 0 ? span : seqs[0];
		return { by: 'hypervisor', event, asked: null };
	}
	const trap = of((seq) => ENTRIES.has(trace.kind(seq)));
	if (trap >= 0 && of((seq) => seq > trap && trace.kind(seq) === KIND.far_return) >= 0) {
		const decided = of((seq) => seq > trap && DECISIONS.has(trace.kind(seq)));
		return { by: 'hypervisor', event: decided >= 0 ? decided : trap, asked: null };
	}
	if (trap >= 0 && ['esp', 'eip', 'eflags'].includes(name)) return { by: 'processor', event: trap, doing: 'delivery' };
	return { by: 'instruction', dom: before.dom, vcpu: before.vcpu, ring: before.ring, linear: before.linear };
}
