/**
 * multicall: several calls with one crossing (xen/common/multicall.c). Each entry's result is written back beside it. A
 * bad pointer ends the batch; what was done stays done, since each entry is a call of its own.
 */
import { EFAULT, EINVAL } from '../abi/errno';
import { HYPERCALLS } from '../abi/hypercalls';
import { HYPERVISOR_VIRT_START } from '../abi/structs/cpu';
import { MULTICALL_ENTRY } from '../abi/structs/xen';
import { KIND } from '../trace/events';
import type { Vcpu } from './domain';
import { readStruct, writeGuest32 } from './guest-memory';
import { callInSpan, continueHypercall } from './hypercalls';
import type { HypercallArgs, Hypervisor } from './hypervisor';
import { isRunnable } from './sched/schedule';

const AT = MULTICALL_ENTRY.at;

const argsOf = (entry: DataView): HypercallArgs => {
	const word = (index: number): number => entry.getUint32(AT.args + index * 4, true);
	return [word(0), word(1), word(2), word(3), word(4)];
};

/** multicall(calls, count) */
export function doMulticall(hv: Hypervisor, v: Vcpu, [calls, count]: HypercallArgs): number {
	if (!hv.ask('multicall_nested', !hv.inMulticall, calls, count)) return -EINVAL;
	const end = calls + count * MULTICALL_ENTRY.size;
	if (!hv.ask('multicall_range', end <= HYPERVISOR_VIRT_START, calls, count)) return -EFAULT;
	hv.inMulticall = true;
	const result = runCalls(hv, v, calls, count);
	hv.inMulticall = false;
	return result;
}

function runCalls(hv: Hypervisor, v: Vcpu, calls: number, count: number): number {
	for (let done = 0; done < count; done++) {
		const address = calls + done * MULTICALL_ENTRY.size;
		// An entry that made the vcpu wait holds up the rest: the guest goes on with it when it runs again.
		if (done > 0 && !isRunnable(v)) return v.domain.alive ? continueHypercall(hv, [address, count - done]) : 0;
		const entry = readStruct(hv, address, MULTICALL_ENTRY);
		if (!entry) return -EFAULT;
		const result = callInSpan(hv, v, KIND.subcall, entry.getUint32(AT.op, true), argsOf(entry));
		if (!writeGuest32(hv, address + AT.result, result)) return -EFAULT;
		// A return to user code by an entry would leave the rest to ring 3 (arch_do_multicall_call).
		if (entry.getUint32(AT.op, true) === HYPERCALLS.iret.nr && hv.frame.ring !== 1) return result;
	}
	return 0;
}
