/**
 * hvm_op: for fully virtualized domains, of which there are none; a PV guest may make the call, and learns what is wrong with it
 * (xen/arch/x86/hvm/hvm.c: do_hvm_op; xen/include/public/hvm/hvm_op.h).
 */
import { EFAULT, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { copyFromGuest, copyToGuest, writeU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { domainByAnyId, maySee } from '../mm/foreign';
import { toNanoseconds } from '../time/time-scale';

type Operation = (hv: Hypervisor, v: Vcpu, arg: number) => number;

/** Parameters of a fully virtualized domain that there are. */
const HVM_NR_PARAMS = 39;
/** Most bytes of a record that a guest may add to the trace, and its numbers. */
const [TRACE_BYTES, TRACE_EVENTS] = [28, 0x1000];

/** Arguments that begin with a domain's number: -EFAULT, what `sane` refuses, -ESRCH, then what `refusal` says of the domain. */
const aboutDomain =
	(
		bytes: number,
		sane: (hv: Hypervisor, argument: DataView) => boolean,
		refusal: (hv: Hypervisor, caller: Domain, d: Domain) => number
	): Operation =>
	(hv, v, arg) => {
		const argument = copyFromGuest(hv, arg, bytes);
		if (!argument) return -EFAULT;
		if (!sane(hv, argument)) return -EINVAL;
		const d = domainByAnyId(hv, v.domain, argument.getUint16(0, true));
		return d === null ? -ESRCH : refusal(hv, v.domain, d);
	};

const anything = (): boolean => true;
const parameterExists = (hv: Hypervisor, argument: DataView): boolean => {
	const index = argument.getUint32(4, true);
	return hv.ask(CHECK.hvm_parameter, index < HVM_NR_PARAMS, index, HVM_NR_PARAMS);
};
const parameter = aboutDomain(16, parameterExists, () => -EINVAL);

/** HVMOP_get_time: the only one that has an answer for everybody. */
function getTime(hv: Hypervisor, _v: Vcpu, arg: number): number {
	const bytes = new Uint8Array(8);
	writeU64(new DataView(bytes.buffer), 0, Math.floor(toNanoseconds(hv.timeScale, hv.machine.clock.now)));
	return copyToGuest(hv, arg, bytes) ? 0 : -EFAULT;
}

/** HVMOP_xentrace: a record of the guest's own, which goes nowhere while nobody traces. */
function traceRecord(hv: Hypervisor, _v: Vcpu, arg: number): number {
	const record = copyFromGuest(hv, arg, 32);
	if (!record) return -EFAULT;
	const [event, bytes] = [record.getUint16(0, true), record.getUint16(2, true)];
	return hv.ask(CHECK.hvm_trace_record, bytes <= TRACE_BYTES && event < TRACE_EVENTS, event, bytes) ? 0 : -EINVAL;
}

const OPERATIONS: Readonly<Record<number, Operation>> = {
	0: parameter, // set_param
	1: parameter, // get_param
	5: () => -EINVAL, // flush_tlbs
	9: aboutDomain(16, anything, (_hv, caller, d) => (d === caller ? -EINVAL : -EOPNOTSUPP)), // pagetable_dying
	10: getTime,
	11: traceRecord,
	15: aboutDomain(16, anything, (hv, caller, d) => (maySee(hv, caller, d) ? -EINVAL : -EPERM)), // get_mem_type
	23: () => -EINVAL, // set_evtchn_upcall_vector
	24: (_hv, _v, arg) => (arg === 0 ? 0 : -EINVAL), // guest_request_vm_event: nobody listens
	25: () => -EOPNOTSUPP // altp2m
};

/** hvm_op(op, arg) */
export function doHvmOp(hv: Hypervisor, v: Vcpu, op: number, arg: number): number {
	const operation = OPERATIONS[op];
	if (!hv.ask(CHECK.hvm_op_known, operation !== undefined, op) || operation === undefined) return -ENOSYS;
	return operation(hv, v, arg);
}
