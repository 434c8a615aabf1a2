/** The hypercall table: which handler has which call. The way through it is `dispatch.ts`. */
import { HYPERCALLS, type HypercallName } from '../../abi/hypercalls';
import { doCallbackOp, doNmiOp, doSetCallbacks, doStackSwitch } from '../pv/callbacks';
import { doConsoleIo } from './console-io';
import { doGetDebugreg, doSetDebugreg } from '../pv/debugreg';
import { doEventChannelOp, doEventChannelOpCompat } from '../events/event-channel-op';
import { doFpuTaskswitch } from '../pv/emulate';
import { doGrantTableOp } from '../grants/grant-table-op';
import { doHvmOp } from './hvm-op';
import type { Handler, Hypercall } from '../core/hypervisor';
import { doIret } from '../pv/iret';
import { doSetGdt, doUpdateDescriptor } from '../mm/descriptors';
import { doMemoryOp } from '../mm/memory-op';
import { doMmuUpdate } from '../mm/mmu-update';
import { doMmuextOp } from '../mm/mmuext-op';
import { doUpdateVaMapping, doUpdateVaMappingOtherdomain } from '../mm/va-mapping';
import { doMulticall } from './multicall';
import { doPhysdevOp, doPhysdevOpCompat } from './physdev';
import { doDomctl } from './domctl';
import { doPlatformOp, doXenpmuOp, needsPrivilege, notBuiltIn } from './refused';
import { doSysctl } from './sysctl';
import { doSchedOp, doSchedOpCompat } from './sched-op';
import { doSetTimerOp } from '../time/timer-calls';
import { doSetTrapTable } from '../pv/trap-table';
import { doVcpuOp } from './vcpu-op';
import { doVmAssist } from './vm-assist';
import { doXenVersion } from './xen-version';

const TABLE: Readonly<Record<HypercallName, Handler>> = {
	set_trap_table: doSetTrapTable,
	mmu_update: doMmuUpdate,
	set_gdt: doSetGdt,
	stack_switch: doStackSwitch,
	set_callbacks: doSetCallbacks,
	fpu_taskswitch: doFpuTaskswitch,
	sched_op_compat: doSchedOpCompat,
	platform_op: doPlatformOp,
	set_debugreg: doSetDebugreg,
	get_debugreg: doGetDebugreg,
	update_descriptor: doUpdateDescriptor,
	memory_op: doMemoryOp,
	multicall: doMulticall,
	update_va_mapping: doUpdateVaMapping,
	set_timer_op: doSetTimerOp,
	event_channel_op_compat: doEventChannelOpCompat,
	xen_version: doXenVersion,
	console_io: doConsoleIo,
	physdev_op_compat: doPhysdevOpCompat,
	grant_table_op: doGrantTableOp,
	vm_assist: doVmAssist,
	update_va_mapping_otherdomain: doUpdateVaMappingOtherdomain,
	iret: doIret,
	vcpu_op: doVcpuOp,
	mmuext_op: doMmuextOp,
	xsm_op: notBuiltIn,
	nmi_op: doNmiOp,
	sched_op: doSchedOp,
	callback_op: doCallbackOp,
	xenoprof_op: notBuiltIn,
	event_channel_op: doEventChannelOp,
	physdev_op: doPhysdevOp,
	hvm_op: doHvmOp,
	sysctl: doSysctl,
	domctl: doDomctl,
	kexec_op: needsPrivilege,
	tmem_op: notBuiltIn,
	xenpmu_op: doXenpmuOp,
	mca: needsPrivilege
};

/** The table by the numbers of the calls; without a hole, so that the compiler reads it as a plain array. */
export const CALLS: readonly (Hypercall | undefined)[] = byNumber();

function byNumber(): (Hypercall | undefined)[] {
	const names = Object.keys(TABLE) as HypercallName[];
	const calls = new Array<Hypercall | undefined>(Math.max(...names.map((name) => HYPERCALLS[name].nr)) + 1).fill(
		undefined
	);
	for (const name of names) calls[HYPERCALLS[name].nr] = { handler: TABLE[name], hasOp: HYPERCALLS[name].hasOp };
	return calls;
}
