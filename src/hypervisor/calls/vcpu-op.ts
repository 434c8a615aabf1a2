/** vcpu_op: starting, stopping and asking about vcpus (xen/common/domain.c; xen/include/public/vcpu.h). */
import { EEXIST, EFAULT, EINVAL, ENOENT, ENOSYS, ENXIO } from '../../abi/errno';
import {
	SHUTDOWN,
	VCPU_REGISTER_AREA,
	VCPU_REGISTER_VCPU_INFO,
	VCPU_RUNSTATE_INFO,
	VCPUOP
} from '../../abi/structs/sched';
import { VCPU_TIME_INFO } from '../../abi/structs/time';
import { VCPU_GUEST_CONTEXT, VCPU_INFO } from '../../abi/structs/xen';
import { PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { shutdownDomain } from '../core/domains';
import { markUpcallPending } from '../events/channels';
import { accessOk, copyFromGuest, readStruct, writeStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { getPageAndType } from '../mm/page-types';
import { TYPE } from '../mm/frame-table';
import { runstateInfo, updateRunstateArea } from '../sched/runstate';
import { sleepVcpu, wakeVcpu } from '../sched/wake';
import { vcpuInfoAddress } from '../events/shared-info';
import { updateTimeInfo } from '../time/clock';
import { setPeriod, setPeriodicTimer, setSingleshot, setSingleshotTimer } from '../time/timer-calls';
import { setVcpuContext } from '../pv/vcpu-context';

/** Works on `v`, a vcpu of the calling domain; `arg` is a guest pointer or null. */
type Operation = (hv: Hypervisor, v: Vcpu, arg: number, caller: Vcpu) => number;

function initialise(hv: Hypervisor, v: Vcpu, arg: number): number {
	const context = copyFromGuest(hv, arg, VCPU_GUEST_CONTEXT.size);
	if (!context) return -EFAULT;
	if (!hv.ask(CHECK.vcpu_uninitialised, !v.initialised, v.id)) return -EEXIST;
	return setVcpuContext(hv, v, context);
}

function up(hv: Hypervisor, v: Vcpu): number {
	if (!hv.ask(CHECK.vcpu_initialised, v.initialised, v.id)) return -EINVAL;
	if (!v.sched.down) return 0;
	v.sched.down = false;
	updateTimeInfo(hv, v);
	wakeVcpu(hv, v);
	return 0;
}

/** Takes a vcpu down; the last one takes the domain with it. */
function down(hv: Hypervisor, v: Vcpu): number {
	const others = v.domain.vcpus.some((other) => other !== v && !other.sched.down);
	if (!others) shutdownDomain(hv, v.domain, SHUTDOWN.poweroff);
	else if (!v.sched.down) {
		v.sched.down = true;
		sleepVcpu(hv, v);
	}
	return 0;
}

const getRunstate: Operation = (hv, v, arg) => (writeStruct(hv, arg, runstateInfo(hv, v)) ? 0 : -EFAULT);

/**
 * The area may lie where nothing is mapped yet: what is written there is lost until something is
 * (VCPUOP_register_runstate_memory_area). The same holds for the clock below.
 */
function registerRunstate(hv: Hypervisor, v: Vcpu, arg: number, caller: Vcpu): number {
	const args = readStruct(hv, arg, VCPU_REGISTER_AREA);
	if (!args) return -EFAULT;
	const area = args.getUint32(0, true);
	if (!accessOk(hv, area, VCPU_RUNSTATE_INFO.size)) return -EFAULT;
	v.sched.runstateArea = area;
	if (v === caller) updateRunstateArea(hv, v);
	else if (area !== 0) writeStruct(hv, area, runstateInfo(hv, v));
	return 0;
}

function registerTime(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, VCPU_REGISTER_AREA);
	if (!args) return -EFAULT;
	const area = args.getUint32(0, true);
	if (!accessOk(hv, area, VCPU_TIME_INFO.size)) return -EFAULT;
	v.time.timeArea = area;
	updateTimeInfo(hv, v);
	return 0;
}

/**
 * Moves vcpu_info into a frame of the guest, once. Events may have come in between the two places, so everything is
 * marked pending (map_vcpu_info). The frame keeps a writable type for as long as the domain lives.
 */
function registerInfo(hv: Hypervisor, v: Vcpu, arg: number, caller: Vcpu): number {
	const args = readStruct(hv, arg, VCPU_REGISTER_VCPU_INFO);
	if (!args) return -EFAULT;
	const frame = args.getUint32(VCPU_REGISTER_VCPU_INFO.at.mfn, true);
	const offset = args.getUint32(VCPU_REGISTER_VCPU_INFO.at.offset, true);
	if (!hv.ask(CHECK.vcpu_info_fits, offset <= PAGE_SIZE - VCPU_INFO.size && (offset & 3) === 0, offset, VCPU_INFO.size))
		return -ENXIO;
	const quiet = !v.events.vcpuInfoRegistered && (v === caller || v.sched.down);
	if (!hv.ask(CHECK.vcpu_info_movable, quiet, v.id, v.events.vcpuInfo.mfn)) return -EINVAL;
	if (getPageAndType(hv, frame, v.domain.id, TYPE.writable) !== 0) return -EINVAL;
	const { memory } = hv.machine;
	const contents = memory.bytes(vcpuInfoAddress(v), VCPU_INFO.size).slice();
	memory.copyIn(frame * PAGE_SIZE + offset, contents);
	v.events.vcpuInfo = { mfn: frame, offset };
	v.events.vcpuInfoRegistered = true;
	memory.write32(vcpuInfoAddress(v) + VCPU_INFO.at.evtchn_pending_sel, 0xffff_ffff);
	markUpcallPending(hv, v, hv.recorder.next - 1);
	return 0;
}

function sendNmi(hv: Hypervisor, v: Vcpu, arg: number): number {
	if (!hv.ask(CHECK.nmi_without_argument, arg === 0, arg)) return -EINVAL;
	v.pv.nmiPending = true;
	wakeVcpu(hv, v);
	return 0;
}

const OPERATIONS: Readonly<Record<number, Operation | undefined>> = {
	[VCPUOP.initialise]: initialise,
	[VCPUOP.up]: up,
	[VCPUOP.down]: down,
	[VCPUOP.is_up]: (_hv, v) => (v.sched.down ? 0 : 1),
	[VCPUOP.get_runstate_info]: getRunstate,
	[VCPUOP.register_runstate_memory_area]: registerRunstate,
	[VCPUOP.set_periodic_timer]: setPeriodicTimer,
	[VCPUOP.stop_periodic_timer]: (hv, v) => (setPeriod(hv, v, 0), 0),
	[VCPUOP.set_singleshot_timer]: setSingleshotTimer,
	[VCPUOP.stop_singleshot_timer]: (hv, v, _arg, caller) => {
		if (!hv.ask(CHECK.timer_stops_own, v === caller, v.id, caller.id)) return -EINVAL;
		setSingleshot(hv, v, null);
		return 0;
	},
	[VCPUOP.register_vcpu_info]: registerInfo,
	[VCPUOP.send_nmi]: sendNmi,
	// Only a pinned control-domain vcpu has a physical number to tell.
	[VCPUOP.get_physid]: (hv, v) => (hv.ask(CHECK.vcpu_pinned, false, v.id) ? 0 : -EINVAL),
	[VCPUOP.register_vcpu_time_memory_area]: registerTime
};

/** vcpu_op(cmd, vcpuid, arg) */
export function doVcpuOp(hv: Hypervisor, caller: Vcpu, cmd: number, id: number, arg: number): number {
	const v = caller.domain.vcpus[id];
	if (!hv.ask(CHECK.vcpu_exists, v !== undefined, id, caller.domain.vcpus.length)) return -ENOENT;
	const operation = OPERATIONS[cmd];
	if (!operation) return hv.ask(CHECK.vcpu_op_known, false, cmd) ? 0 : -ENOSYS;
	return operation(hv, v, arg, caller);
}
