/**
 * Entry points that a guest registers beside its trap table: event, failsafe and NMI callbacks, and the stack on which
 * traps from user code arrive (xen/arch/x86/x86_32/traps.c, xen/include/public/callback.h).
 */
import { EFAULT, EINVAL, ENOSYS } from '../abi/errno';
import { struct } from '../abi/layout';
import { FLAT_RING1_CS } from '../abi/structs/cpu';
import { loadKernelStack } from './context';
import type { Callback, Vcpu } from './domain';
import { copyFromGuest, readStruct } from './guest-memory';
import type { HypercallArgs, Hypervisor } from './hypervisor';
import { fixupSelector } from './trap-table';

const CALLBACK_H = 'xen/include/public/callback.h';
const CALLBACK_REGISTER = struct('callback_register', CALLBACK_H, {
	type: 'u16',
	flags: 'u16',
	cs: 'ulong',
	eip: 'ulong'
});

const CALLBACKTYPE = {
	event: 0,
	failsafe: 1,
	syscall: 2,
	sysenter_deprecated: 3,
	nmi: 4,
	sysenter: 5,
	syscall32: 7
} as const;
const CALLBACKOP_REGISTER = 0;
const CALLBACKOP_UNREGISTER = 1;
const CALLBACKF_MASK_EVENTS = 1;

const callback = (cs: number, eip: number, masks: boolean): Callback => ({ cs: fixupSelector(cs), eip, masks });

/** set_callbacks(event_selector, event_address, failsafe_selector, failsafe_address) */
export function doSetCallbacks(
	_hv: Hypervisor,
	v: Vcpu,
	[eventCs, eventEip, failsafeCs, failsafeEip]: HypercallArgs
): number {
	v.eventCallback = callback(eventCs, eventEip, true);
	v.failsafeCallback = callback(failsafeCs, failsafeEip, false);
	return 0;
}

function register(hv: Hypervisor, v: Vcpu, arg: number): number {
	const view = readStruct(hv, arg, CALLBACK_REGISTER);
	if (!view) return -EFAULT;
	const type = view.getUint16(0, true);
	const masks = (view.getUint16(2, true) & CALLBACKF_MASK_EVENTS) !== 0;
	const [cs, eip] = [view.getUint32(4, true), view.getUint32(8, true)];
	if (type === CALLBACKTYPE.event) v.eventCallback = callback(cs, eip, true);
	else if (type === CALLBACKTYPE.failsafe) v.failsafeCallback = callback(cs, eip, masks);
	else if (type === CALLBACKTYPE.nmi) v.nmiCallback = callback(FLAT_RING1_CS, eip, true);
	else return refuse(hv, type);
	return 0;
}

/** Fast system calls need a gate that this processor mode does not have in ring 1; SEP is hidden from guests. */
function refuse(hv: Hypervisor, type: number): number {
	const sysenter = type === CALLBACKTYPE.sysenter || type === CALLBACKTYPE.sysenter_deprecated;
	hv.ask('callback_type', false, type);
	return sysenter ? -EINVAL : -ENOSYS;
}

function unregister(hv: Hypervisor, v: Vcpu, arg: number): number {
	const view = copyFromGuest(hv, arg, 4);
	if (!view) return -EFAULT;
	const type = view.getUint16(0, true);
	const required = type === CALLBACKTYPE.event || type === CALLBACKTYPE.failsafe;
	if (!hv.ask('callback_optional', !required, type)) return -EINVAL;
	if (type !== CALLBACKTYPE.nmi) return refuse(hv, type);
	v.nmiCallback = null;
	return 0;
}

/** callback_op(cmd, arg) */
export function doCallbackOp(hv: Hypervisor, v: Vcpu, [cmd, arg]: HypercallArgs): number {
	if (cmd === CALLBACKOP_REGISTER) return register(hv, v, arg);
	if (cmd === CALLBACKOP_UNREGISTER) return unregister(hv, v, arg);
	hv.ask('callback_op_known', false, cmd);
	return -ENOSYS;
}

const XENNMI_REGISTER = 0;
const XENNMI_UNREGISTER = 1;

/** nmi_op(cmd, arg): the older way to an NMI callback (xen/include/public/nmi.h). On vcpu 0 only. */
export function doNmiOp(hv: Hypervisor, v: Vcpu, [cmd, arg]: HypercallArgs): number {
	if (!hv.ask('nmi_op_known', cmd === XENNMI_REGISTER || cmd === XENNMI_UNREGISTER, cmd)) return -ENOSYS;
	if (cmd === XENNMI_UNREGISTER) {
		v.nmiCallback = null;
		return 0;
	}
	const view = copyFromGuest(hv, arg, 8);
	if (!view) return -EFAULT;
	if (!hv.ask('nmi_vcpu', v.id === 0, v.id)) return -EINVAL;
	v.nmiCallback = callback(FLAT_RING1_CS, view.getUint32(0, true), true);
	return 0;
}

/** stack_switch(ss, esp): where traps from rings 2 and 3 find the kernel's stack. */
export function doStackSwitch(hv: Hypervisor, v: Vcpu, [ss, esp]: HypercallArgs): number {
	v.kernelSs = fixupSelector(ss);
	v.kernelSp = esp;
	loadKernelStack(hv, v);
	return 0;
}
