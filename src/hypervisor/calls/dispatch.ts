/**
 * The way through the hypercall table (xen/arch/x86/x86_32/entry.S: hypercall). Number in EAX, arguments in
 * EBX, ECX, EDX, ESI, EDI, result in EAX. The gate's DPL of 1 has already refused rings 2 and 3.
 */
import { ENOSYS } from '../../abi/errno';
import { REG } from '../../hardware/layout';
import { CHECK, KIND, word, type KindNumber } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

type CallKind = KindNumber<'hypercall' | 'subcall'>;

/** Carries out call `nr` inside a span of `kind`. @returns the signed result */
export function callInSpan(
	hv: Hypervisor,
	v: Vcpu,
	kind: CallKind,
	nr: number,
	arg1: number,
	arg2: number,
	arg3: number,
	arg4: number,
	arg5: number
): number {
	const call = nr < hv.calls.length ? hv.calls[nr] : undefined;
	const span = hv.recorder.begin(
		kind,
		word('nr', nr),
		word('op', call !== undefined && call.hasOp ? arg1 : -1),
		word('arg1', arg1),
		word('arg2', arg2),
		word('arg3', arg3),
		word('arg4', arg4),
		word('arg5', arg5)
	);
	const result = call !== undefined ? call.handler(hv, v, arg1, arg2, arg3, arg4, arg5) | 0 : unknown(hv, nr);
	hv.recorder.end(span, result);
	return result;
}

function unknown(hv: Hypervisor, nr: number): number {
	hv.ask(CHECK.hypercall_known, false, nr);
	return -ENOSYS;
}

/** Where the arguments are. */
const ARGUMENTS = [REG.EBX, REG.ECX, REG.EDX, REG.ESI, REG.EDI] as const;

const register = (s: Int32Array, number: number): number => s[number * 2] >>> 0;

/** `int 0x82` from ring 1. */
export function hypercall(hv: Hypervisor, v: Vcpu): void {
	const { call, cpu } = hv.pcpu;
	const { s } = cpu;
	const { clock } = hv.machine;
	clock.now += clock.costs.hypercall;
	const span = hv.recorder.next;
	const result = callInSpan(
		hv,
		v,
		KIND.hypercall,
		register(s, REG.EAX),
		register(s, REG.EBX),
		register(s, REG.ECX),
		register(s, REG.EDX),
		register(s, REG.ESI),
		register(s, REG.EDI)
	);
	hv.recorder.cause = span;
	if (!call.continued) s[REG.EAX * 2] = result;
	call.continued = false;
}

/**
 * Preempts a call: the guest will make it again with `args` once it runs (hypercall_create_continuation). EAX keeps the
 * call's number, EIP goes back over `int 0x82`. Inside a multicall it is the entry that will be made again.
 */
export function continueHypercall(hv: Hypervisor, args: readonly number[]): number {
	const { call, cpu, frame } = hv.pcpu;
	if (call.inMulticall) {
		call.preempted = args;
		return 0;
	}
	const { s } = cpu;
	args.forEach((arg, index) => (s[ARGUMENTS[index] * 2] = arg));
	frame.eip = (frame.eip - 2) >>> 0;
	call.continued = true;
	return s[REG.EAX * 2];
}
