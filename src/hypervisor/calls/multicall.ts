/**
 * multicall: several calls with one crossing (xen/common/multicall.c). Each entry's result is written back beside it. An
 * entry that cannot be read ends the batch; what was done stays done, since each entry is a call of its own.
 */
import { EFAULT, EINVAL } from '../../abi/errno';
import { HYPERCALLS } from '../../abi/hypercalls';
import { MULTICALL_ENTRY } from '../../abi/structs/xen';
import { CHECK, KIND } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { copyToGuest, readGuestWords, writeGuest32 } from '../core/guest-memory';
import { callInSpan, continueHypercall } from './dispatch';
import type { Hypervisor } from '../core/hypervisor';
import { takesLong } from '../mm/batch';
import { isRunnable } from '../sched/wake';

const SIZE = MULTICALL_ENTRY.size;
/** An entry in words: the call, its result, its arguments. */
const [OP, RESULT, ARGS] = [MULTICALL_ENTRY.at.op / 4, MULTICALL_ENTRY.at.result / 4, MULTICALL_ENTRY.at.args / 4];

/** The entry that is carried out, of one batch after another: none begins inside another. */
const ENTRY = new Uint32Array(SIZE / 4);

/** multicall(calls, count) */
export function doMulticall(hv: Hypervisor, v: Vcpu, calls: number, count: number): number {
	const { call } = hv.pcpu;
	if (!hv.ask(CHECK.multicall_nested, !call.inMulticall, calls, count)) return -EINVAL;
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
	const { call } = hv.pcpu;
	const { clock } = hv.machine;
	const started = hv.processor.time;
	for (let done = 0; done < count; done++) {
		// An entry that made the vcpu wait holds up the rest: the guest goes on with it when it runs again.
		if (done > 0 && !isRunnable(v)) return { result: 0, rest: v.domain.alive ? count - done : 0 };
		if (done > 0 && takesLong(hv, done, started)) return { result: 0, rest: count - done };
		const address = calls + done * SIZE;
		if (!readGuestWords(hv, address, ENTRY)) return ended(-EFAULT);
		clock.now += clock.costs.subcall;
		const nr = ENTRY[OP];
		const result = callInSpan(
			hv,
			v,
			KIND.subcall,
			nr,
			ENTRY[ARGS],
			ENTRY[ARGS + 1],
			ENTRY[ARGS + 2],
			ENTRY[ARGS + 3],
			ENTRY[ARGS + 4]
		);
		if (call.preempted) return rewrite(hv, address) ? { result: 0, rest: count - done } : ended(-EFAULT);
		const told = writeGuest32(hv, address + RESULT * 4, result);
		// After a return by an entry the caller is no more where it was, and gets no rest (pv_do_multicall_call: mc_exit).
		if (nr === HYPERCALLS.iret.nr) return ended(result);
		if (!told) return ended(-EFAULT);
	}
	return ended(0);
}

/** A preempted entry gets the arguments with which it goes on. */
function rewrite(hv: Hypervisor, address: number): boolean {
	const { call } = hv.pcpu;
	call.preempted?.forEach((arg, index) => (ENTRY[ARGS + index] = arg));
	call.preempted = null;
	return copyToGuest(hv, address, new Uint8Array(ENTRY.buffer));
}
