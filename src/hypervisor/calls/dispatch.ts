/**
 * The way through the hypercall table (xen/arch/x86/x86_32/entry.S: hypercall). Number in EAX, arguments in
 * EBX, ECX, EDX, ESI, EDI, result in EAX. The gate's DPL of 1 has already refused rings 2 and 3.
 */
import { ENOSYS } from '../../abi/errno';
import { hypercallRow } from '../../abi/hypercalls';
import { REG } from '../../hardware/layout';
import { KIND, word, type KindNumber } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { HypercallArgs, Hypervisor } from '../core/hypervisor';

type CallKind = KindNumber<'hypercall' | 'subcall'>;

/** Carries out call `nr` inside a span of `kind`. @returns the signed result */
export function callInSpan(hv: Hypervisor, v: Vcpu, kind: CallKind, nr: number, args: HypercallArgs): number {
	const opArg = hypercallRow(nr)?.opArg ?? -1;
	const op = opArg < 0 ? -1 : args[opArg];
	const span = hv.recorder.begin(
		kind,
		word('nr', nr),
		word('op', op),
		word('arg1', args[0]),
		word('arg2', args[1]),
		word('arg3', args[2]),
		word('arg4', args[3]),
		word('arg5', args[4])
	);
	const handler = hv.calls.get(nr);
	const result = handler ? handler(hv, v, args) | 0 : unknown(hv, nr);
	hv.recorder.end(span, result);
	return result;
}

function unknown(hv: Hypervisor, nr: number): number {
	hv.ask('hypercall_known', false, nr);
	return -ENOSYS;
}

/** Where the arguments are. */
const ARGUMENTS = [REG.EBX, REG.ECX, REG.EDX, REG.ESI, REG.EDI] as const;

const register = (s: Int32Array, number: number): number => s[number * 2] >>> 0;

/** `int 0x82` from ring 1. */
export function hypercall(hv: Hypervisor, v: Vcpu): void {
	const { call, cpu } = hv.pcpu;
	const { s } = cpu;
	const { args } = call;
	for (let i = 0; i < args.length; i++) args[i] = register(s, ARGUMENTS[i]);
	hv.machine.clock.charge('hypercall');
	const span = hv.recorder.next;
	const result = callInSpan(hv, v, KIND.hypercall, register(s, REG.EAX), args);
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
	ARGUMENTS.forEach((number, index) => {
		if (args[index] !== undefined) s[number * 2] = args[index];
	});
	frame.eip = (frame.eip - 2) >>> 0;
	call.continued = true;
	return s[REG.EAX * 2];
}
