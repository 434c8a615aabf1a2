/**
 * Which events the list shows: groups of kinds that can be switched on and off, and a query. Matches are
 * kept as seqs and extended as the trace grows, so that a long run costs only its new events.
 */
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
	}
];

/** Groups shown at first: what a newcomer wants to follow. */
export const FIRST_GROUPS: readonly string[] = ['calls', 'traps', 'events', 'sched', 'domains'];

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
		// A run that was taken back and on again may have a shorter future.
		if (trace.length < this.scanned) this.scanned = this.count = 0;
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
		return this;
	}

	/** How many matches come before `seq`. */
	before(seq: number): number {
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.seqs[middle] < seq) low = middle + 1;
			else high = middle;
		}
		return low;
	}
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
		const index = this.seqs.findIndex((candidate) => candidate >= seq);
		return index < 0 ? this.seqs.length : index;
	}
}
