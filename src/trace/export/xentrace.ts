/**
 * A trace as xentrace would have written it: what Xen 4.17 records of PV guests, in its own binary records
 * (xen/include/public/trace.h), for xenalyze and whatever else reads them.
 *
 * Only what Xen would have recorded is written, where it would have: PV_TRAP and PV_PAGE_FAULT when a guest is sent into its
 * handler, not when the processor traps, for most traps end in the hypervisor. What Xen has no record for is left out:
 * xenalyze stops at a record of a class that it does not know, TRC_GUEST among them. Interrupts are all the local APIC's own
 * here (timer, event check), and those Xen does not record.
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { RUNSTATE, SCHEDOP } from '../../abi/structs/sched';
import { DOMID_IDLE } from '../../abi/structs/xen';
import type { EventKind } from '../events';
import { isCall } from '../values';
import { argWords, type TraceView } from '../view';
import { RecordWriter } from './record-writer';
import { ARGUMENT_32, ARGUMENT_SHIFT, TRC } from './records';
import { pushesError, VECTOR } from '../../x86/exceptions';

/** What the records need that no event says. */
export interface XentraceOptions {
	/** Cycles a second: some words are nanoseconds. */
	hz: number;
	/** The scheduler's time slice in milliseconds, which stands in the records of switches. */
	sliceMs?: number;
}

/** Which arguments Xen records of a call, by its number (xen/common/trace.c: __trace_hypercall); of others none. */
const RECORDED: Readonly<Record<number, readonly number[]>> = {
	[HYPERCALLS.mmu_update.nr]: [1],
	[HYPERCALLS.multicall.nr]: [1],
	[HYPERCALLS.grant_table_op.nr]: [0, 2],
	[HYPERCALLS.vcpu_op.nr]: [0, 1],
	[HYPERCALLS.mmuext_op.nr]: [1],
	[HYPERCALLS.sched_op.nr]: [0]
};

/** What Xen calls its idle loop: vcpu 0 of a domain of its own. */
const IDLE = { dom: DOMID_IDLE, vcpu: 0 } as const;
interface VcpuId {
	readonly dom: number;
	readonly vcpu: number;
}
const sameVcpu = (a: VcpuId, b: VcpuId): boolean => a.dom === b.dom && a.vcpu === b.vcpu;

type Write = (to: Exporter, seq: number) => void;

/** A record of its own for an event, with the words of these arguments as its words. */
const plain =
	(event: number, ...args: string[]): Write =>
	(to, seq) =>
		to.put(
			seq,
			event,
			...args.flatMap((name) => argWords(to.view.kind(seq), name)).map((word) => to.view.word(seq, word))
		);

/** How each kind of event is written; those that are not here are not. */
const RECORDS: { readonly [K in EventKind]?: Write } = {
	hypercall: (to, seq) => to.call(seq, TRC.PV_HYPERCALL_V2),
	subcall: (to, seq) => to.call(seq, TRC.PV_HYPERCALL_SUBCALL),
	bounce: (to, seq) => to.bounce(seq),
	emulate: plain(TRC.PV_EMULATE_PRIVOP, 'eip'),
	forced_cpuid: plain(TRC.PV_FORCED_INVALID_OP, 'eip'),
	ptwr: plain(TRC.PV_PTWR_EMULATION_PAE, 'pte', 'addr', 'eip'),
	descriptor_fault: plain(TRC.PV_GDT_LDT_MAPPING_FAULT, 'eip', 'offset'),
	math_state: plain(TRC.PV_MATH_STATE_RESTORE),
	grant_map: plain(TRC.MEM_PAGE_GRANT_MAP, 'of_dom'),
	grant_unmap: plain(TRC.MEM_PAGE_GRANT_UNMAP, 'of_dom'),
	grant_transfer: plain(TRC.MEM_PAGE_GRANT_TRANSFER, 'of_dom'),
	page_fault: (to, seq) => (to.faultAddress = to.view.arg(seq, 'addr')),
	sched_switch: (to, seq) => to.switch(seq),
	runstate: (to, seq) => to.runstate(seq),
	domain_create: (to, seq) => {
		plain(TRC.DOM0_DOM_ADD, 'of_dom')(to, seq);
		plain(TRC.SCHED_DOM_ADD, 'of_dom')(to, seq);
	},
	domain_shutdown: (to, seq) => to.shutdown(seq)
};

/** Kinds of events that become records. */
export const EXPORTED: readonly EventKind[] = (Object.keys(RECORDS) as EventKind[]).filter(
	(kind) => kind !== 'page_fault'
);

/** What must be known of earlier events to write the next. */
class Exporter {
	readonly writer = new RecordWriter();
	/** CR2 of the last page fault. */
	faultAddress = 0;
	/** Since when each vcpu is in its runstate, cycles. */
	private readonly since = new Map<number, number>();
	private readonly runstates = new Map<number, number>();
	/** The vcpu that loses the processor, and its new runstate: Xen records that after the switch. */
	private leaving: { readonly who: VcpuId; readonly state: number } | null = null;

	constructor(
		readonly view: TraceView,
		private readonly options: XentraceOptions
	) {}

	put(seq: number, event: number, ...words: number[]): void {
		this.writer.record(this.view.cycle(seq), event, ...words);
	}

	call(seq: number, event: number): void {
		const { view } = this;
		const nr = view.arg(seq, 'nr');
		const recorded = RECORDED[nr] ?? [];
		const present = recorded.reduce((bits, index) => bits | (ARGUMENT_32 << (ARGUMENT_SHIFT + 2 * index)), 0);
		this.put(seq, event, nr | present, ...recorded.map((index) => view.arg(seq, `arg${index + 1}`)));
		if (nr === HYPERCALLS.sched_op.nr && view.arg(seq, 'arg1') === SCHEDOP.yield)
			this.put(seq, TRC.SCHED_YIELD, view.dom(seq), view.vcpu(seq));
	}

	bounce(seq: number): void {
		const { view } = this;
		const [vector, error, eip] = ['vector', 'error', 'guest_eip'].map((name) => view.arg(seq, name));
		if (vector === VECTOR.PF) this.put(seq, TRC.PV_PAGE_FAULT, eip, this.faultAddress, error);
		else this.put(seq, TRC.PV_TRAP, eip, vector | (pushesError(vector) ? 1 << 15 : 0) | (error << 16));
	}

	shutdown(seq: number): void {
		const { view } = this;
		const call = view.parent(seq);
		// Xen records only shutdowns that the domain asked for, not those by its watchdog.
		if (call < 0 || !isCall(view, call)) return;
		const event = view.arg(call, 'arg1') === SCHEDOP.shutdown_code ? TRC.SCHED_SHUTDOWN_CODE : TRC.SCHED_SHUTDOWN;
		this.put(seq, event, view.arg(seq, 'of_dom'), view.vcpu(seq), view.arg(seq, 'reason'));
	}

	runstate(seq: number): void {
		const { view } = this;
		const who = { dom: view.arg(seq, 'of_dom'), vcpu: view.arg(seq, 'of_vcpu') };
		const [old, state] = [view.arg(seq, 'old'), view.arg(seq, 'new')];
		if (state === RUNSTATE.blocked) this.put(seq, TRC.SCHED_BLOCK, who.dom, who.vcpu);
		if (state === RUNSTATE.offline) this.put(seq, TRC.SCHED_SLEEP, who.dom, who.vcpu);
		if (old === RUNSTATE.running) {
			this.leaving = { who, state };
			return;
		}
		this.change(seq, who, state);
		if (state === RUNSTATE.runnable) this.put(seq, TRC.SCHED_WAKE, who.dom, who.vcpu);
	}

	switch(seq: number): void {
		const { view, leaving } = this;
		const [prevDom, prevVcpu, nextDom, nextVcpu] = ['prev_dom', 'prev_vcpu', 'next_dom', 'next_vcpu'].map((name) =>
			view.arg(seq, name)
		);
		const [prev, next] = [
			{ dom: prevDom, vcpu: prevVcpu },
			{ dom: nextDom, vcpu: nextVcpu }
		];
		const waited = this.stateOf(next) === RUNSTATE.runnable ? this.spent(seq, next) : 0;
		const slice = nextDom === DOMID_IDLE ? -1 : Math.round((this.options.sliceMs ?? 10) * 1e6);
		this.put(seq, TRC.SCHED_SWITCH_INFPREV, prevDom, prevVcpu, this.spent(seq, prev));
		this.put(seq, TRC.SCHED_SWITCH_INFNEXT, nextDom, nextVcpu, waited, slice);
		this.put(seq, TRC.SCHED_SWITCH, prevDom, prevVcpu, nextDom, nextVcpu);
		if (sameVcpu(prev, IDLE)) this.change(seq, IDLE, RUNSTATE.runnable);
		else if (leaving && sameVcpu(leaving.who, prev)) this.change(seq, prev, leaving.state);
		if (sameVcpu(next, IDLE)) this.change(seq, IDLE, RUNSTATE.running);
		this.leaving = null;
	}

	private key(who: VcpuId): number {
		return who.dom * 256 + who.vcpu;
	}

	/** At first only the idle loop runs. */
	private stateOf(who: VcpuId): number {
		return this.runstates.get(this.key(who)) ?? (sameVcpu(who, IDLE) ? RUNSTATE.running : RUNSTATE.offline);
	}

	/** Nanoseconds that a vcpu has been in its runstate. */
	private spent(seq: number, who: VcpuId): number {
		const cycles = this.view.cycle(seq) - (this.since.get(this.key(who)) ?? this.view.cycle(0));
		return Math.round((cycles * 1e9) / this.options.hz);
	}

	private change(seq: number, who: VcpuId, state: number): void {
		const old = this.stateOf(who);
		if (old === state) return;
		this.put(seq, TRC.SCHED_RUNSTATE_CHANGE | (old << 8) | (state << 4), who.vcpu | (who.dom << 16));
		this.runstates.set(this.key(who), state);
		this.since.set(this.key(who), this.view.cycle(seq));
	}
}

/** The bytes of the file, piece after piece; between two pieces the caller may do something else. */
export function* xentrace(view: TraceView, options: XentraceOptions): Generator<Uint8Array<ArrayBuffer>> {
	const exporter = new Exporter(view, options);
	for (let seq = 0; seq < view.length; seq++) {
		RECORDS[view.kindName(seq)]?.(exporter, seq);
		if ((seq & 0xfff) === 0xfff) yield* exporter.writer.take();
	}
	yield* exporter.writer.finish();
}
