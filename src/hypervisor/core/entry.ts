/**
 * The way into the hypervisor and out of it. Every gate of the IDT leads to a stub in Xen's text page, and
 * the stub here. By then the processor has checked the gate's privilege, switched to Xen's stack and pushed the
 * frame; here the vector's handler runs, and `leave` goes back to whoever should run next.
 */
import { Bug } from '../../base';
import { Fault } from '../../hardware/cpu/fault';
import { interruptReturn } from '../../hardware/cpu/interrupts';
import { CHECK } from '../../trace/events';
import { bounceTrap, deliverNmi, deliverUpcall, failsafe } from '../pv/bounce';
import { loadDescriptorTables, reloadSegments } from './context';
import { crashDomain } from './crash';
import { reapDomains } from './domains';
import type { Vcpu } from './domain';
import { hypercall } from '../calls/dispatch';
import type { Hypervisor } from './hypervisor';
import { EVENT_CHECK_VECTOR, HYPERCALL_VECTOR, SPURIOUS_VECTOR, TIMER_VECTOR, XEN_STACK_TOP } from './layout';
import { FRAME_SIZE } from './frame';
import type { Pcpu } from './pcpu';
import { takeConsequence } from './overrides';
import { schedule } from '../sched/schedule';
import { upcallDue } from '../events/shared-info';
import { runTimers } from '../time/timers';
import * as traps from '../pv/traps';
import { pushesError, VECTOR, VECTORS, FIRST_USER_VECTOR } from '../../x86/exceptions';

/** What an entry by a vector leads to; `error` is -1 for vectors without an error code. */
type Entry = (hv: Hypervisor, pcpu: Pcpu, vector: number, error: number) => void;
/** A handler of an exception that a guest caused. */
type TrapEntry = (hv: Hypervisor, v: Vcpu, vector: number, error: number) => void;

/** Passes the exception on to the guest as it is (do_trap). */
const passOn: TrapEntry = (hv, v, vector, error) => bounceTrap(hv, v, vector, error < 0 ? null : error);

/** What comes from a guest's rings; every other exception is passed on. */
const TRAPS: Readonly<Record<number, TrapEntry>> = {
	[VECTOR.DB]: traps.debug,
	[VECTOR.UD]: traps.invalidOpcode,
	[VECTOR.NM]: traps.deviceNotAvailable,
	[VECTOR.GP]: traps.generalProtection,
	[VECTOR.PF]: traps.pageFault,
	[HYPERCALL_VECTOR]: hypercall
};

/** External interrupts, which may also interrupt the idle loop; every other vector may be a device's. */
const INTERRUPTS: Readonly<Record<number, Entry>> = {
	[TIMER_VECTOR]: (hv, pcpu) => {
		pcpu.lapic.eoi();
		runTimers(hv, pcpu);
	},
	// Somebody wants the hypervisor to look again: `leave` does.
	[EVENT_CHECK_VECTOR]: (_hv, pcpu) => pcpu.lapic.eoi(),
	[SPURIOUS_VECTOR]: () => {}
};

const fromGuest =
	(trap: TrapEntry): Entry =>
	(hv, pcpu, vector, error) => {
		const v = interrupted(pcpu, vector, error);
		if (v !== null) trap(hv, v, vector, error);
	};

const fromDevice: Entry = (hv, pcpu, vector, error) => {
	if (hv.irqs.handle(hv, pcpu, vector)) return;
	if (interrupted(pcpu, vector, error) !== null) pcpu.lapic.eoi();
};

/** The two tables above as one, by vector and without a hole. */
const ENTRIES: readonly Entry[] = Array.from({ length: VECTORS }, (_, vector) => {
	if (vector in TRAPS) return fromGuest(TRAPS[vector]);
	return INTERRUPTS[vector] ?? (vector < FIRST_USER_VECTOR ? fromGuest(passOn) : fromDevice);
});

/** Native code of stub `vector`: processor `pcpu` is in ring 0, on Xen's stack, with interrupts off. */
export function enter(hv: Hypervisor, pcpu: Pcpu, vector: number): void {
	const { cpu } = pcpu;
	hv.pcpu = pcpu;
	pcpu.inside = true;
	hv.recorder.cause = hv.recorder.next - 1;
	const error = pushesError(vector) ? pcpu.frame.errorCode : -1;
	if (error >= 0) cpu.esp += 4;
	if (cpu.esp !== XEN_STACK_TOP - FRAME_SIZE && vector === VECTOR.DB) return lateBreakpoint(hv, pcpu);
	try {
		if (cpu.esp !== XEN_STACK_TOP - FRAME_SIZE) throw ownFault(pcpu, vector, error);
		ENTRIES[vector](hv, pcpu, vector, error);
		leave(hv, pcpu);
	} catch (thrown) {
		if (!takeConsequence(hv, thrown)) throw thrown;
	}
}

/**
 * A breakpoint on data that MOV SS or POP SS reads is held back for one instruction, and if that is INT n it hits here,
 * before the stub of the gate has run. The guest has set a trap for the hypervisor; it just goes on.
 */
function lateBreakpoint(hv: Hypervisor, pcpu: Pcpu): void {
	pcpu.inside = false;
	hv.recorder.cause = -1;
	pcpu.cpu.returnFromInterrupt();
}

/** The vcpu that was interrupted; null where that was the hypervisor, by a breakpoint of a guest's. */
function interrupted(pcpu: Pcpu, vector: number, error: number): Vcpu | null {
	const v = pcpu.current;
	if (v && pcpu.frame.ring !== 0) return v;
	// It may hit while the processor enters ring 0: it is not meant for Xen.
	if (vector === VECTOR.DB) return null;
	throw ownFault(pcpu, vector, error);
}

const ownFault = ({ cpu, frame }: Pcpu, vector: number, error: number): Bug =>
	new Bug(`exception ${vector} in the hypervisor itself`, {
		vector,
		error,
		eip: frame.eip,
		cs: frame.cs,
		esp: cpu.esp,
		cr2: cpu.cr2
	});

/** Does what has become due, and returns to the guest or the idle loop by IRET. */
export function leave(hv: Hypervisor, pcpu: Pcpu): void {
	let failed: Vcpu | null = null;
	for (;;) {
		if (pcpu.reschedule) schedule(hv, pcpu);
		if (hv.reaping) reapDomains(hv);
		const v = pcpu.current;
		if (v && pcpu.reloadSegments) loadDescriptorTables(hv, pcpu, v);
		if (v && !deliverPending(hv, pcpu, v)) continue;
		const returned = (!v || !pcpu.reloadSegments || reloadSegments(hv, pcpu)) && iret(hv, pcpu);
		if (returned) break;
		if (!v) throw ownFault(pcpu, -1, -1);
		// A failsafe callback that cannot be entered either has nobody left to tell.
		if (hv.ask(CHECK.failsafe_enters, failed !== v, pcpu.frame.cs, pcpu.frame.eip)) failsafe(hv, v);
		else crashDomain(hv, v.domain, 'bad selector in a callback');
		failed = v;
	}
	pcpu.inside = false;
	hv.recorder.cause = -1;
}

/** Delivers an NMI or an upcall if one is due; false if the scheduler must be asked again. */
function deliverPending(hv: Hypervisor, pcpu: Pcpu, v: Vcpu): boolean {
	if (v.pv.nmiPending && !v.pv.nmiActive) deliverNmi(hv, v);
	if (upcallDue(hv, v)) deliverUpcall(hv, v);
	return !pcpu.reschedule;
}

/** The architectural IRET; false if the frame's selectors or stack make it fault. */
function iret(hv: Hypervisor, { cpu, frame }: Pcpu): boolean {
	// What the hypervisor itself touched is nothing that the guest's breakpoints are meant for.
	cpu.pendingDebug = 0;
	try {
		hv.withDescriptors(interruptReturn, cpu, 32);
		return true;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		hv.ask(CHECK.iret_selectors, false, frame.cs, error.error < 0 ? 0 : error.error);
		return false;
	}
}
