/**
 * multicall: several calls with one crossing (xen/common/multicall.c). Each entry's result is written back beside it. An
 * entry that cannot be read ends the batch; what was done stays done, since each entry is a call of its own.
 */
import { EFAULT, EINVAL } from '../../abi/errno';
import { HYPERCALLS } from '../../abi/hypercalls';
import { MULTICALL_ENTRY } from '../../abi/structs/xen';
import { KIND } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { readStruct, writeGuest32, writeStruct } from '../core/guest-memory';
import { callInSpan, continueHypercall } from './dispatch';
import type { HypercallArgs, Hypervisor } from '../core/hypervisor';
import { takesLong } from '../mm/batch';
import { isRunnable } from '../sched/wake';

const AT = MULTICALL_ENTRY.at;
const SIZE = MULTICALL_ENTRY.size;

const argsOf = (entry: DataView): HypercallArgs => {
	const word = (index: number): number => entry.getUint32(AT.args + index * 4, true);
	return [word(0), word(1), word(2), word(3), word(4)];
};

/** multicall(calls, count) */
export function doMulticall(hv: Hypervisor, v: Vcpu, [calls, count]: HypercallArgs): number {
	const { call } = hv.pcpu;
	if (!hv.ask('multicall_nested', !call.inMulticall, calls, count)) return -EINVAL;
	call.inMulticall = true;
	const outcome = runCalls(hv, v, calls, count);
	call.inMulticall = false;
	return outcome.rest === 0
		? outcome.result
		: continueHypercall(hv, [calls + (count - outcome.rest) * SIZE, outcome.rest]);
}

/** How a batch ended: its result, or how many entries are left for later. */
interface Outcome {
	readonly result: number;
	readonly rest: number;
}

const ended = (result: number): Outcome => ({ result, rest: 0 });

function runCalls(hv: Hypervisor, v: Vcpu, calls: number, count: number): Outcome {
	const started = hv.processor.time;
	for (let done = 0; done < count; done++) {
		// An entry that made the vcpu wait holds up the rest: the guest goes on with it when it runs again.
		if (done > 0 && !isRunnable(v)) return { result: 0, rest: v.domain.alive ? count - done : 0 };
		if (done > 0 && takesLong(hv, done, started)) return { result: 0, rest: count - done };
		const address = calls + done * SIZE;
		const entry = readStruct(hv, address, MULTICALL_ENTRY);
		if (!entry) return ended(-EFAULT);
		hv.machine.clock.charge('subcall');
		const op = entry.getUint32(AT.op, true);
		const result = callInSpan(hv, v, KIND.subcall, op, argsOf(entry));
		if (hv.pcpu.call.preempted) return rewrite(hv, address, entry) ? { result: 0, rest: count - done } : ended(-EFAULT);
		const told = writeGuest32(hv, address + AT.result, result);
		// After a return by an entry the caller is no more where it was, and gets no rest (pv_do_multicall_call: mc_exit).
		if (op === HYPERCALLS.iret.nr) return ended(result);
		if (!told) return ended(-EFAULT);
	}
	return ended(0);
}

/** A preempted entry gets the arguments with which it goes on. */
function rewrite(hv: Hypervisor, address: number, entry: DataView): boolean {
	const { call } = hv.pcpu;
	call.preempted?.forEach((arg, index) => entry.setUint32(AT.args + index * 4, arg, true));
	call.preempted = null;
	return writeStruct(hv, address, entry);
}
