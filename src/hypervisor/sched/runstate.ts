/** How long a vcpu has been running, runnable, blocked and offline (struct vcpu_runstate_info). */
import { VCPU_RUNSTATE_INFO } from '../../abi/structs/sched';
import { VMASST_TYPE_RUNSTATE_UPDATE_FLAG } from '../../abi/structs/xen';
import type { Vcpu } from '../core/domain';
import { copyToGuest, writeU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { toNanoseconds } from '../time/time-scale';

const AT = VCPU_RUNSTATE_INFO.at;
/** XEN_RUNSTATE_UPDATE, in the high word of state_entry_time: the record is being written. */
const UPDATING = 0x8000_0000;

/** Cycles that `v` has spent in a runstate until now (RUNSTATE_*). */
export function cyclesIn(hv: Hypervisor, { sched }: Vcpu, state: number): number {
	const going = state === sched.runstate ? hv.machine.clock.now - sched.runstateSince : 0;
	return sched.runstateTime[state] + going;
}

/** The record of `v` now, times in nanoseconds. */
export function runstateInfo(hv: Hypervisor, v: Vcpu): DataView {
	const view = new DataView(new ArrayBuffer(VCPU_RUNSTATE_INFO.size));
	view.setUint32(AT.state, v.sched.runstate, true);
	writeU64(view, AT.state_entry_time, toNanoseconds(hv.timeScale, v.sched.runstateSince));
	v.sched.runstateTime.forEach((_, state) =>
		writeU64(view, AT.time + state * 8, toNanoseconds(hv.timeScale, cyclesIn(hv, v, state)))
	);
	return view;
}

/** Writes the record where the guest wants it, through its own address space, which must be loaded. */
export function updateRunstateArea(hv: Hypervisor, v: Vcpu): void {
	if (v.sched.runstateArea === 0 || !v.domain.alive) return;
	const view = runstateInfo(hv, v);
	const at = AT.state_entry_time + 4;
	if (v.domain.assisted(VMASST_TYPE_RUNSTATE_UPDATE_FLAG)) {
		// The flag goes up before the rest changes and comes down last; here nobody can look in between.
		view.setUint32(at, view.getUint32(at, true) | UPDATING, true);
		copyToGuest(hv, v.sched.runstateArea, new Uint8Array(view.buffer));
		view.setUint32(at, view.getUint32(at, true) & ~UPDATING, true);
	}
	copyToGuest(hv, v.sched.runstateArea, new Uint8Array(view.buffer));
}
