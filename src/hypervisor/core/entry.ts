/**
 * The way into the hypervisor and out of it. Every gate of the IDT leads to a stub in Xen's text page, and
 * the stub here. By then the processor has checked the gate's privilege, switched to Xen's stack and pushed the
 * frame; here the vector's handler runs, and `leave` goes back to whoever should run next.
 */
import { Bug } from '../../base';
import { Fault } from '../../hardware/cpu/fault';
import { bounceTrap, deliverNmi, deliverUpcall, failsafe } from '../pv/bounce';
import { loadDescriptorTables, reloadSegments } from './context';
import { crashDomain } from './crash';
import { reapDomains } from './domains';
import type { Vcpu } from './domain';
import { hypercall } from '../calls/dispatch';
import type { Hypervisor } from './hypervisor';
import { EVENT_CHECK_VECTOR, HYPERCALL_VECTOR, SPURIOUS_VECTOR, TIMER_VECTOR, XEN_STACK_TOP } from './layout';
import { FRAME_SIZE } from './frame';
import { takeConsequence } from './overrides';
import { schedule } from '../sched/schedule';
import { upcallDue } from '../events/shared-info';
import { runTimers } from '../time/timers';
import * as traps from '../pv/traps';
import { pushesError, VECTOR, FIRST_USER_VECTOR } from '../../x86/exceptions';

/** A handler of an exception that a guest caused; `error` is -1 for vectors without an error code. */
type TrapEntry = (hv: Hypervisor, v: Vcpu, vector: number, error: number) => void;

/** Passes the exception on to the guest as it is (do_trap). */
const passOn: TrapEntry = (hv, v, vector, error) => bounceTrap(hv, v, vector, error < 0 ? null : error);

/** What comes from a guest's rings, by vector; everything else below 32 is passed on. */
const TRAPS: Readonly<Record<number, TrapEntry>> = {
	[VECTOR.DB]: traps.debug,
	[VECTOR.UD]: traps.invalidOpcode,
	[VECTOR.NM]: traps.deviceNotAvailable,
	[VECTOR.GP]: traps.generalProtection,
	[VECTOR.PF]: traps.pageFault,
	[HYPERCALL_VECTOR]: (hv, v) => hypercall(hv, v)
};

/** External interrupts, which may also interrupt the idle loop. */
const INTERRUPTS: Readonly<Record<number, (hv: Hypervisor) => void>> = {
	[TIMER_VECTOR]: (hv) => {
		hv.machine.lapic.eoi();
		runTimers(hv);
	},
	// Somebody wants the hypervisor to look again: `leave` does.
	[EVENT_CHECK_VECTOR]: (hv) => hv.machine.lapic.eoi(),
	[SPURIOUS_VECTOR]: () => {}
};

/** Native code of stub `vector`: the processor is in ring 0, on Xen's stack, with interrupts off. */
export function enter(hv: Hypervisor, vector: number): void {
	const { cpu } = hv.machine;
	hv.inside = true;
	hv.entrySeq = hv.recorder.next - 1;
	hv.recorder.cause = hv.entrySeq;
	const error = pushesError(vector) ? hv.frame.errorCode : -1;
	if (error >= 0) cpu.esp += 4;
	if (cpu.esp !== XEN_STACK_TOP - FRAME_SIZE && vector === VECTOR.DB) return lateBreakpoint(hv);
	try {
		if (cpu.esp !== XEN_STACK_TOP - FRAME_SIZE) throw ownFault(hv, vector, error);
		dispatch(hv, vector, error);
		leave(hv);
	} catch (thrown) {
		if (!takeConsequence(hv, thrown)) throw thrown;
	}
}

/**
 * A breakpoint on data that MOV SS or POP SS reads is held back for one instruction, and if that is INT n it hits here,
 * before the stub of the gate has run. The guest has set a trap for the hypervisor; it just goes on.
 */
function lateBreakpoint(hv: Hypervisor): void {
	hv.inside = false;
	hv.recorder.cause = -1;
	hv.machine.cpu.returnFromInterrupt();
}

function dispatch(hv: Hypervisor, vector: number, error: number): void {
	const interrupt = INTERRUPTS[vector];
	if (interrupt) return interrupt(hv);
	const v = hv.current;
	if (hv.frame.ring === 0 || !v) {
		// A breakpoint that the guest set may hit while the processor enters ring 0: it is not meant for Xen.
		if (vector === VECTOR.DB) return;
		throw ownFault(hv, vector, error);
	}
	const entry = TRAPS[vector] ?? (vector < FIRST_USER_VECTOR ? passOn : null);
	if (entry) entry(hv, v, vector, error);
	else hv.machine.lapic.eoi();
}

const ownFault = (hv: Hypervisor, vector: number, error: number): Bug =>
	new Bug(`exception ${vector} in the hypervisor itself`, {
		vector,
		error,
		eip: hv.frame.eip,
		cs: hv.frame.cs,
		esp: hv.machine.cpu.esp,
		cr2: hv.machine.cpu.cr2
	});

/** Does what has become due, and returns to the guest or the idle loop by IRET. */
export function leave(hv: Hypervisor): void {
	let failed: Vcpu | null = null;
	for (;;) {
		if (hv.reschedule) schedule(hv);
		if (hv.reaping) reapDomains(hv);
		const v = hv.current;
		if (v && hv.reloadSegments) loadDescriptorTables(hv, v);
		if (v && !deliverPending(hv, v)) continue;
		const returned = (!v || !hv.reloadSegments || reloadSegments(hv)) && iret(hv);
		if (returned) break;
		if (!v) throw ownFault(hv, -1, -1);
		// A failsafe callback that cannot be entered either has nobody left to tell.
		if (hv.ask('failsafe_enters', failed !== v, hv.frame.cs, hv.frame.eip)) failsafe(hv, v);
		else crashDomain(hv, v.domain, 'bad selector in a callback');
		failed = v;
	}
	hv.inside = false;
	hv.recorder.cause = -1;
}

/** Delivers an NMI or an upcall if one is due; false if the scheduler must be asked again. */
function deliverPending(hv: Hypervisor, v: Vcpu): boolean {
	if (v.nmiPending && !v.nmiActive) deliverNmi(hv, v);
	if (upcallDue(hv, v)) deliverUpcall(hv, v);
	return !hv.reschedule;
}

/** The architectural IRET; false if the frame's selectors or stack make it fault. */
function iret(hv: Hypervisor): boolean {
	const { cpu } = hv.machine;
	// What the hypervisor itself touched is nothing that the guest's breakpoints are meant for.
	cpu.pendingDebug = 0;
	try {
		hv.withDescriptors(() => cpu.returnFromInterrupt());
		return true;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		hv.ask('iret_selectors', false, hv.frame.cs, error.error < 0 ? 0 : error.error);
		return false;
	}
}
