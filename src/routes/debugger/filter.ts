/**
 * Which events the list shows: groups of kinds that can be switched on and off, and a query. Matches are
 * kept as seqs and extended as the trace grows, so that a long run costs only its new events.
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { EVENT_KINDS, KIND, type EventKind } from '../../trace/events';
import type { TraceView } from '../../trace/view';

export interface Group {
	readonly id: string;
	readonly name: string;
	readonly kinds: readonly EventKind[];
}

export const GROUPS: readonly Group[] = [
	{ id: 'calls', name: 'hypercalls', kinds: ['hypercall', 'subcall', 'mmu_entry', 'iret'] },
	{
		id: 'traps',
		name: 'traps',
		kinds: [
			'trap',
			'page_fault',
			'bounce',
			'emulate',
			'forced_cpuid',
			'ptwr',
			'descriptor_fault',
			'math_state',
			'failsafe',
			'shutdown'
		]
	},
	{ id: 'decisions', name: 'decisions', kinds: ['check'] },
	{ id: 'memory', name: 'memory', kinds: ['frame_type', 'pte_write', 'tlb_flush'] },
	{ id: 'events', name: 'event channels', kinds: ['event_send', 'event_pending', 'virq', 'upcall'] },
	{
		id: 'sched',
		name: 'scheduling',
		kinds: ['sched_switch', 'runstate', 'timer_set', 'timer_fire', 'timer', 'interrupt', 'halt']
	},
	{ id: 'returns', name: 'returns', kinds: ['far_return', 'ring_change'] },
	{
		id: 'domains',
		name: 'domains, toolstack',
		kinds: [
			'domain_create',
			'domain_start',
			'domain_crash',
			'domain_shutdown',
			'console_output',
			'console_input',
			'xenstore'
		]
	},
	{ id: 'changes', name: 'changes by hand', kinds: ['change', 'overruled', 'xen_crash'] }
];

/** Groups shown at first: what a newcomer wants to follow. */
export const FIRST_GROUPS: readonly string[] = ['calls', 'traps', 'events', 'sched', 'domains', 'changes'];

/** Kinds by number, 1 when shown. */
export function kindMask(groups: ReadonlySet<string>): Uint8Array {
	const mask = new Uint8Array(EVENT_KINDS.length);
	for (const group of GROUPS) if (groups.has(group.id)) for (const kind of group.kinds) mask[KIND[kind]] = 1;
	return mask;
}

/** The seqs that match, growing with the trace. */
export class Matches {
	private seqs = new Int32Array(1024);
	private scanned = 0;
	/** A mark of the last event looked at: a trace that was cut and grew again has another. */
	private stamp = '';
	count = 0;

	constructor(
		private readonly trace: TraceView,
		private readonly mask: Uint8Array
	) {}

	at(index: number): number {
		return this.seqs[index];
	}

	/** Looks at the events that are new; returns itself. */
	extend(): this {
		const { trace, mask } = this;
		// A run that was typed to in its past has another future.
		if (trace.length < this.scanned || stampOf(trace, this.scanned) !== this.stamp) this.scanned = this.count = 0;
		for (let seq = this.scanned; seq < trace.length; seq++) {
			if (!mask[trace.kind(seq)]) continue;
			if (this.count === this.seqs.length) {
				const larger = new Int32Array(this.seqs.length * 2);
				larger.set(this.seqs);
				this.seqs = larger;
			}
			this.seqs[this.count++] = seq;
		}
		this.scanned = trace.length;
		this.stamp = stampOf(trace, this.scanned);
		return this;
	}

	/** How many matches come before `seq`. */
	before(seq: number): number {
		return countBelow(this.seqs, this.count, seq);
	}
}

const stampOf = (trace: TraceView, length: number): string =>
	length === 0 ? '' : `${trace.kind(length - 1)} ${trace.icount(length - 1)} ${trace.cycle(length - 1)}`;

/** How many of the first `count` of the ascending `seqs` lie below `seq`. */
function countBelow(seqs: ArrayLike<number>, count: number, seq: number): number {
	let low = 0;
	let high = count;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (seqs[middle] < seq) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The list that a query gave, with the same reading. */
export class Found {
	constructor(private readonly seqs: readonly number[]) {}
	get count(): number {
		return this.seqs.length;
	}
	at(index: number): number {
		return this.seqs[index];
	}
	before(seq: number): number {
		return countBelow(this.seqs, this.seqs.length, seq);
	}
}

/** How far after an event its first effect is looked for. */
const EFFECT_WITHIN = 20_000;

/** The first event that names `seq` as its cause, or -1. */
export function firstEffect(trace: TraceView, seq: number): number {
	const to = Math.min(trace.length, seq + EFFECT_WITHIN);
	for (let at = seq + 1; at < to; at++) if (trace.cause(at) === seq) return at;
	return -1;
}

/** A bare hypercall's name is short for the query that finds its calls. */
export const expandQuery = (text: string): string =>
	Object.hasOwn(HYPERCALLS, text) ? `hypercall name=${text}` : text;
