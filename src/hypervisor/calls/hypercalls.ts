/**
 * The hypercall table, and the way through it (xen/arch/x86/x86_32/entry.S: hypercall). Number in EAX, arguments in
 * EBX, ECX, EDX, ESI, EDI, result in EAX. The gate's DPL of 1 has already refused rings 2 and 3.
 */
import { ENOSYS } from '../../abi/errno';
import { HYPERCALLS, hypercallRow, type HypercallName } from '../../abi/hypercalls';
import { REG } from '../../hardware/layout';
import { KIND } from '../../trace/events';
import { doCallbackOp, doNmiOp, doSetCallbacks, doStackSwitch } from '../pv/callbacks';
import { doConsoleIo } from './console-io';
import { doGetDebugreg, doSetDebugreg } from '../pv/debugreg';
import type { Vcpu } from '../core/domain';
import { doEventChannelOp, doEventChannelOpCompat } from '../events/event-channel-op';
import { doFpuTaskswitch } from '../pv/emulate';
import { doGrantTableOp } from '../grants/grant-table-op';
import { doHvmOp } from './hvm-op';
import type { Handler, HypercallArgs, Hypervisor } from '../core/hypervisor';
import { doIret } from '../pv/iret';
import { doSetGdt, doUpdateDescriptor } from '../mm/descriptors';
import { doMemoryOp } from '../mm/memory-op';
import { doMmuUpdate } from '../mm/mmu-update';
import { doMmuextOp } from '../mm/mmuext-op';
import { doUpdateVaMapping, doUpdateVaMappingOtherdomain } from '../mm/va-mapping';
import { doMulticall } from './multicall';
import { doPhysdevOp, doPhysdevOpCompat } from './physdev';
import { doDomctl, doPlatformOp, doSysctl, doXenpmuOp, needsPrivilege, notBuiltIn } from './refused';
import { doSchedOp, doSchedOpCompat } from './sched-op';
import { doSetTimerOp } from '../time/time';
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

const BY_NUMBER = new Map<number, Handler>(
	(Object.keys(TABLE) as HypercallName[]).map((name) => [HYPERCALLS[name].nr, TABLE[name]])
);

/** Carries out call `nr` inside a span of `kind` (KIND.hypercall or KIND.subcall). @returns the signed result */
export function callInSpan(hv: Hypervisor, v: Vcpu, kind: number, nr: number, args: HypercallArgs): number {
	const opArg = hypercallRow(nr)?.opArg ?? -1;
	const op = opArg < 0 ? -1 : args[opArg];
	const span = hv.recorder.begin(kind, nr, op, ...args);
	const handler = BY_NUMBER.get(nr);
	const result = handler ? handler(hv, v, args) | 0 : unknown(hv, nr);
	hv.recorder.end(span, result);
	return result;
}

function unknown(hv: Hypervisor, nr: number): number {
	hv.ask('hypercall_known', false, nr);
	return -ENOSYS;
}

const register = (s: Int32Array, number: number): number => s[number * 2] >>> 0;

/** `int 0x82` from ring 1. */
export function hypercall(hv: Hypervisor, v: Vcpu): void {
	const { s } = hv.machine.cpu;
	const args = [
		register(s, REG.EBX),
		register(s, REG.ECX),
		register(s, REG.EDX),
		register(s, REG.ESI),
		register(s, REG.EDI)
	] as const;
	hv.machine.clock.charge('hypercall');
	const span = hv.recorder.next;
	const result = callInSpan(hv, v, KIND.hypercall, register(s, REG.EAX), args);
	hv.recorder.cause = span;
	if (!hv.continued) s[REG.EAX * 2] = result;
	hv.continued = false;
}

/**
 * Preempts a call: the guest will make it again with `args` once it runs (hypercall_create_continuation). EAX keeps the
 * call's number, EIP goes back over `int 0x82`. Inside a multicall it is the entry that will be made again.
 */
export function continueHypercall(hv: Hypervisor, args: readonly number[]): number {
	if (hv.inMulticall) {
		hv.preempted = args;
		return 0;
	}
	const { s } = hv.machine.cpu;
	[REG.EBX, REG.ECX, REG.EDX, REG.ESI, REG.EDI].forEach((number, index) => {
		if (args[index] !== undefined) s[number * 2] = args[index];
	});
	hv.frame.eip = (hv.frame.eip - 2) >>> 0;
	hv.continued = true;
	return s[REG.EAX * 2];
}
