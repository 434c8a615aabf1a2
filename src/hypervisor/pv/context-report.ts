/** A vcpu as its tools read it: XEN_DOMCTL_getvcpucontext (xen/arch/x86/domctl.c: arch_get_info_guest). */
import {
	CPU_USER_REGS,
	mfnToCr3,
	TI_IF,
	TRAP_INFO,
	VCPU_GUEST_CONTEXT,
	VGCF_FAILSAFE_DISABLES_EVENTS,
	VGCF_IN_KERNEL,
	VGCF_ONLINE
} from '../../abi/structs/cpu';
import type { UserRegs, Vcpu } from '../core/domain';
import { CR4 } from '../../x86/control';
import { SELECTOR_RPL } from '../../x86/descriptors';
import { EFLAGS, IOPL_SHIFT } from '../../x86/flags';
import type { Callback } from './records';

const AT = VCPU_GUEST_CONTEXT.at;
const REGS = CPU_USER_REGS.at;

const GENERAL = ['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'eax', 'eip', 'esp'] as const;
const SELECTORS = ['cs', 'ss', 'es', 'ds', 'fs', 'gs'] as const;

/** EFLAGS has the level that the guest believes to have, not the processor's. */
function writeRegs(context: DataView, regs: UserRegs, iopl: number): void {
	for (const name of GENERAL) context.setUint32(AT.user_regs + REGS[name], regs[name], true);
	for (const name of SELECTORS) context.setUint16(AT.user_regs + REGS[name], regs[name], true);
	context.setUint32(AT.user_regs + REGS.eflags, (regs.eflags & ~EFLAGS.IOPL) | (iopl << IOPL_SHIFT), true);
}

function writeTraps(context: DataView, { pv }: Vcpu): void {
	pv.traps.forEach((handler, vector) => {
		if (!handler) return;
		const at = AT.trap_ctxt + vector * TRAP_INFO.size;
		context.setUint8(at + TRAP_INFO.at.vector, vector);
		context.setUint8(at + TRAP_INFO.at.flags, handler.dpl | (handler.masks ? TI_IF : 0));
		context.setUint16(at + TRAP_INFO.at.cs, handler.cs, true);
		context.setUint32(at + TRAP_INFO.at.address, handler.eip, true);
	});
}

function writeCallback(context: DataView, callback: Callback | null, cs: number, eip: number): void {
	context.setUint32(cs, callback?.cs ?? 0, true);
	context.setUint32(eip, callback?.eip ?? 0, true);
}

function flagsOf({ regs, sched, pv }: Vcpu): number {
	const bits: [boolean, number][] = [
		[(regs.cs & SELECTOR_RPL) === 1, VGCF_IN_KERNEL],
		[pv.failsafeCallback?.masks ?? false, VGCF_FAILSAFE_DISABLES_EVENTS],
		[!sched.down, VGCF_ONLINE]
	];
	return bits.reduce((flags, [is, bit]) => (is ? flags | bit : flags), 0);
}

/**
 * A struct vcpu_guest_context of a vcpu that is not on the processor: what `setVcpuContext` would make the same of. The registers of a
 * floating-point unit are not among it: no guest here has one.
 */
export function vcpuContext(v: Vcpu): DataView {
	const context = new DataView(new ArrayBuffer(VCPU_GUEST_CONTEXT.size));
	const { mm, pv } = v;
	const long = (at: number, value: number): void => context.setUint32(at, value, true);
	long(AT.flags, flagsOf(v));
	writeRegs(context, v.regs, pv.iopl);
	writeTraps(context, v);
	long(AT.ldt_base, mm.ldtBase);
	long(AT.ldt_ents, mm.ldtEntries);
	mm.gdtFrames.forEach((frame, page) => long(AT.gdt_frames + page * 4, frame));
	long(AT.gdt_ents, mm.gdtEntries);
	long(AT.kernel_ss, pv.kernelSs);
	long(AT.kernel_sp, pv.kernelSp);
	[pv.cr0, 0, pv.cr2, mfnToCr3(mm.guestTable ?? 0), pv.cr4 | CR4.PAE].forEach((value, n) =>
		long(AT.ctrlreg + n * 4, value)
	);
	pv.debug.forEach((value, n) => long(AT.debugreg + n * 4, value));
	writeCallback(context, pv.eventCallback, AT.event_callback_cs, AT.event_callback_eip);
	writeCallback(context, pv.failsafeCallback, AT.failsafe_callback_cs, AT.failsafe_callback_eip);
	long(AT.vm_assist, v.domain.assists);
	return context;
}
