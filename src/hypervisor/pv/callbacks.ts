/**
 * Entry points that a guest registers beside its trap table: event, failsafe, NMI and fast system-call callbacks, and the
 * stack on which traps from user code arrive (xen/arch/x86/pv/callback.c, xen/include/public/callback.h).
 */
import { EFAULT, EINVAL, ENOSYS } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { CHECK } from '../../trace/events';
import { loadKernelStack } from './switch';
import type { Vcpu } from '../core/domain';
import { copyFromGuest, readStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import type { Callback } from './records';
import { fixupSelector } from './trap-table';
import { VECTOR } from '../../x86/exceptions';

const CALLBACK_H = 'xen/include/public/callback.h';
const CALLBACK_REGISTER = struct('callback_register', CALLBACK_H, {
	type: 'u16',
	flags: 'u16',
	cs: 'ulong',
	eip: 'ulong'
});

/** What a guest may register, by number (CALLBACKTYPE_*). The gaps are syscall of 64-bit guests and an older sysenter. */
const CALLBACKTYPE = { event: 0, failsafe: 1, nmi: 4, sysenter: 5, syscall32: 7 } as const;
const CALLBACKOP_REGISTER = 0;
const CALLBACKOP_UNREGISTER = 1;
const CALLBACKF_MASK_EVENTS = 1;

const callback = (cs: number, eip: number, masks: boolean): Callback => ({ cs: fixupSelector(cs), eip, masks });

/** The NMI's handler is a row of the trap table, as if set_trap_table had put it there; address 0 takes it out. */
function setNmiHandler(v: Vcpu, eip: number): void {
	v.pv.traps[VECTOR.NMI] = eip === 0 ? null : { cs: FLAT_RING1_CS, eip, dpl: 0, masks: true };
}

/** set_callbacks(event_selector, event_address, failsafe_selector, failsafe_address) */
export function doSetCallbacks(
	_hv: Hypervisor,
	v: Vcpu,
	eventCs: number,
	eventEip: number,
	failsafeCs: number,
	failsafeEip: number
): number {
	v.pv.eventCallback = callback(eventCs, eventEip, true);
	v.pv.failsafeCallback = callback(failsafeCs, failsafeEip, false);
	return 0;
}

/**
 * Where each type is kept, by its number. Guests are shown a processor without SYSENTER (`cpuid.ts`) and one that never had
 * SYSCALL, so nothing enters by the last two: they are kept for the guest that registers them without asking.
 */
const KEEP: Readonly<Record<number, (v: Vcpu, cs: number, eip: number, masks: boolean) => void>> = {
	[CALLBACKTYPE.event]: (v, cs, eip) => (v.pv.eventCallback = callback(cs, eip, true)),
	[CALLBACKTYPE.failsafe]: (v, cs, eip, masks) => (v.pv.failsafeCallback = callback(cs, eip, masks)),
	[CALLBACKTYPE.nmi]: (v, _cs, eip) => setNmiHandler(v, eip),
	[CALLBACKTYPE.sysenter]: (v, cs, eip, masks) => (v.pv.sysenterCallback = callback(cs, eip, masks)),
	[CALLBACKTYPE.syscall32]: (v, cs, eip, masks) => (v.pv.syscall32Callback = callback(cs, eip, masks))
};

function register(hv: Hypervisor, v: Vcpu, arg: number): number {
	const view = readStruct(hv, arg, CALLBACK_REGISTER);
	if (!view) return -EFAULT;
	const type = view.getUint16(0, true);
	const keep = KEEP[type];
	if (!hv.ask(CHECK.callback_type, keep !== undefined, type) || !keep) return -ENOSYS;
	const masks = (view.getUint16(2, true) & CALLBACKF_MASK_EVENTS) !== 0;
	keep(v, view.getUint32(4, true), view.getUint32(8, true), masks);
	return 0;
}

/** Only the NMI callback can be taken back. */
function unregister(hv: Hypervisor, v: Vcpu, arg: number): number {
	const view = copyFromGuest(hv, arg, 4);
	if (!view) return -EFAULT;
	const type = view.getUint16(0, true);
	if (!hv.ask(CHECK.callback_known, KEEP[type] !== undefined, type)) return -ENOSYS;
	if (!hv.ask(CHECK.callback_optional, type === CALLBACKTYPE.nmi, type)) return -EINVAL;
	setNmiHandler(v, 0);
	return 0;
}

/** callback_op(cmd, arg) */
export function doCallbackOp(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	if (cmd === CALLBACKOP_REGISTER) return register(hv, v, arg);
	if (cmd === CALLBACKOP_UNREGISTER) return unregister(hv, v, arg);
	hv.ask(CHECK.callback_op_known, false, cmd);
	return -EINVAL;
}

const XENNMI_REGISTER = 0;
const XENNMI_UNREGISTER = 1;

/** nmi_op(cmd, arg): the older way to an NMI callback (xen/include/public/nmi.h). */
export function doNmiOp(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	if (!hv.ask(CHECK.nmi_op_known, cmd === XENNMI_REGISTER || cmd === XENNMI_UNREGISTER, cmd)) return -ENOSYS;
	const view = cmd === XENNMI_REGISTER ? copyFromGuest(hv, arg, 8) : null;
	if (cmd === XENNMI_REGISTER && !view) return -EFAULT;
	setNmiHandler(v, view?.getUint32(0, true) ?? 0);
	return 0;
}

/** stack_switch(ss, esp): where traps from rings 2 and 3 find the kernel's stack. */
export function doStackSwitch(hv: Hypervisor, v: Vcpu, ss: number, esp: number): number {
	v.pv.kernelSs = fixupSelector(ss);
	v.pv.kernelSp = esp;
	loadKernelStack(hv, v);
	return 0;
}
