/**
 * Which events the list shows: groups of kinds that can be switched on and off, and a query. Matches are
 * kept as seqs and extended as the trace grows, so that a long run costs only its new events.
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { CHUNK_MASK, CHUNK_SIZE } from '../../trace/chunk';
import { EVENT_KINDS, KIND, type EventKind } from '../../trace/events';
import { Seqs, type Found } from '../../trace/seqs';
import type { TraceView } from '../../trace/view';

export interface Group {
	readonly id: string;
	readonly name: string;
	readonly kinds: readonly EventKind[];
}

export const GROUPS: readonly Group[] = [
	{ id: 'calls', name: 'hypercalls', kinds: ['hypercall', 'subcall', 'mmu_entry', 'grant_entry', 'iret'] },
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
	{
		id: 'memory',
		name: 'memory',
		kinds: ['frame_type', 'pte_write', 'tlb_flush', 'grant_map', 'grant_unmap', 'grant_copy', 'grant_transfer']
	},
	{ id: 'events', name: 'event channels', kinds: ['event_send', 'event_pending', 'virq', 'pirq', 'upcall'] },
	{
		id: 'sched',
		name: 'scheduling',
		kinds: ['sched_switch', 'runstate', 'timer_set', 'timer_fire', 'timer', 'interrupt', 'halt']
	},
	{
		id: 'devices',
		name: 'devices',
		kinds: ['port_io', 'irq_line', 'disk_command', 'disk_data', 'disk_dma', 'disk_done']
	},
	{
		id: 'network',
		name: 'network',
		kinds: ['frame_sent', 'frame_received', 'frame_dropped', 'frame_fault']
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
export const FIRST_GROUPS: readonly string[] = ['calls', 'traps', 'events', 'sched', 'network', 'domains', 'changes'];

/** Kinds by number, 1 when shown. */
export function kindMask(groups: ReadonlySet<string>): Uint8Array {
	const mask = new Uint8Array(EVENT_KINDS.length);
	for (const group of GROUPS) if (groups.has(group.id)) for (const kind of group.kinds) mask[KIND[kind]] = 1;
	return mask;
}

/** The events of the kinds shown, growing with the trace. */
export class Matches implements Found {
	private readonly seqs = new Seqs();
	private scanned = 0;
	private cutsSeen: number;

	constructor(
		private readonly trace: TraceView,
		private readonly mask: Uint8Array
	) {
		this.cutsSeen = trace.cuts.length;
	}

	get count(): number {
		return this.seqs.count;
	}
	at(place: number): number {
		return this.seqs.at(place);
	}
	before(seq: number): number {
		return this.seqs.before(seq);
	}
	/** Whether there are events that have not been looked at. */
	get behind(): boolean {
		return this.scanned < this.trace.length || this.cutsSeen < this.trace.cuts.length;
	}

	/** Looks at up to `most` of the events that are new; returns itself. */
	extend(most = Infinity): this {
		const { trace, mask, seqs } = this;
		// A run whose past is changed has another future.
		for (; this.cutsSeen < trace.cuts.length; this.cutsSeen++) {
			this.scanned = Math.min(this.scanned, trace.cuts[this.cutsSeen]);
			seqs.cut(this.scanned);
		}
		const to = Math.min(trace.length, this.scanned + most);
		while (this.scanned < to) {
			const kind = trace.kindsOf(this.scanned);
			const base = this.scanned - (this.scanned & CHUNK_MASK);
			const end = Math.min(to, base + CHUNK_SIZE);
			for (let seq = this.scanned; seq < end; seq++) if (mask[kind[seq - base]]) seqs.push(seq);
			this.scanned = end;
		}
		return this;
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
