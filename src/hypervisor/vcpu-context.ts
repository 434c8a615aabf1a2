/**
 * The state that a vcpu starts with: VCPUOP_initialise, and the toolstack's XEN_DOMCTL_setvcpucontext
 * (xen/arch/x86/domain.c: arch_set_info_guest). The same rules as for each hypercall that could set the
 * same thing: selectors are raised to ring 1, IOPL and IF are Xen's, the page table is validated.
 */
import { EINVAL } from '../abi/errno';
import {
	CPU_USER_REGS,
	cr3ToMfn,
	TRAP_INFO,
	VCPU_GUEST_CONTEXT,
	VGCF_FAILSAFE_DISABLES_EVENTS
} from '../abi/structs/cpu';
import { CR0, EFLAGS } from '../hardware/cpu/cpu';
import { CR4_GUEST } from './context';
import { setDebugRegister } from './debugreg';
import type { UserRegs, Vcpu } from './domain';
import type { Hypervisor } from './hypervisor';
import { setGdt, setLdt } from './mm/descriptors';
import { setGuestTable } from './mm/pinning';
import { directGate, fixupSelector, trapHandler } from './trap-table';
import { DIRECT_VECTOR } from './layout';
import { assistsAllowed } from './vm-assist';

const AT = VCPU_GUEST_CONTEXT.at;
const REGS = CPU_USER_REGS.at;

/** General registers and selectors; EFLAGS without IOPL, VM and NT, and with interrupts on. */
function readRegs(view: DataView, base: number): UserRegs {
	const long = (at: number): number => view.getUint32(base + at, true);
	const short = (at: number): number => view.getUint16(base + at, true);
	const eflags = (long(REGS.eflags) & ~(EFLAGS.IOPL | EFLAGS.VM | EFLAGS.NT)) | EFLAGS.IF | EFLAGS.FIXED;
	return {
		eax: long(REGS.eax),
		ebx: long(REGS.ebx),
		ecx: long(REGS.ecx),
		edx: long(REGS.edx),
		esi: long(REGS.esi),
		edi: long(REGS.edi),
		ebp: long(REGS.ebp),
		esp: long(REGS.esp),
		eip: long(REGS.eip),
		eflags: eflags >>> 0,
		cs: fixupSelector(short(REGS.cs)),
		ss: fixupSelector(short(REGS.ss)),
		ds: short(REGS.ds),
		es: short(REGS.es),
		fs: short(REGS.fs),
		gs: short(REGS.gs)
	};
}

/** The virtual IDT, in the order of the vectors that its rows name. */
function readTraps(hv: Hypervisor, v: Vcpu, context: DataView): void {
	for (let row = 0; row < 256; row++) {
		const at = AT.trap_ctxt + row * TRAP_INFO.size;
		// setvcpucontext gives row n for vector n; a guest's own table has the vector in the row.
		const vector = context.getUint8(at + TRAP_INFO.at.vector) || row;
		const handler = trapHandler(context, at);
		if (handler) v.traps[vector] = handler;
	}
	v.directGate = directGate(hv, v.traps[DIRECT_VECTOR]);
}

/** Takes references on page table, GDT and LDT; -EINVAL where one is not what it must be. */
function takeTables(hv: Hypervisor, v: Vcpu, context: DataView): number {
	const long = (at: number): number => context.getUint32(at, true);
	const table = setGuestTable(hv, v, cr3ToMfn(long(AT.ctrlreg + 12)));
	if (!hv.ask('start_page_table', table === 0, cr3ToMfn(long(AT.ctrlreg + 12)), v.domain.id)) return table;
	const entries = long(AT.gdt_ents);
	const frames = Array.from({ length: Math.min(Math.ceil(entries / 512), 16) }, (_, i) => long(AT.gdt_frames + i * 4));
	if (entries > 0 && setGdt(hv, v, frames, entries) !== 0) return -EINVAL;
	return long(AT.ldt_ents) > 0 ? setLdt(hv, v, long(AT.ldt_base), long(AT.ldt_ents)) : 0;
}

/**
 * Initialises `v` from a struct vcpu_guest_context, once.
 * @returns 0; -EINVAL or what validating the page table gave, with the vcpu as it was
 */
export function setVcpuContext(hv: Hypervisor, v: Vcpu, context: DataView): number {
	const long = (at: number): number => context.getUint32(at, true);
	const taken = takeTables(hv, v, context);
	if (taken !== 0) return taken;
	v.regs = readRegs(context, AT.user_regs);
	readTraps(hv, v, context);
	[v.kernelSs, v.kernelSp] = [fixupSelector(long(AT.kernel_ss)), long(AT.kernel_sp)];
	v.iopl = (long(AT.user_regs + REGS.eflags) >>> 12) & 3;
	v.cr0 = v.cr0 | (long(AT.ctrlreg) & CR0.TS);
	v.cr4 = long(AT.ctrlreg + 16) & CR4_GUEST;
	for (const n of [0, 1, 2, 3, 6, 7]) setDebugRegister(hv, v, n, long(AT.debugreg + n * 4));
	const eventEip = long(AT.event_callback_eip);
	if (eventEip !== 0) v.eventCallback = { cs: fixupSelector(long(AT.event_callback_cs)), eip: eventEip, masks: true };
	const failsafeEip = long(AT.failsafe_callback_eip);
	const masks = (long(AT.flags) & VGCF_FAILSAFE_DISABLES_EVENTS) !== 0;
	if (failsafeEip !== 0)
		v.failsafeCallback = { cs: fixupSelector(long(AT.failsafe_callback_cs)), eip: failsafeEip, masks };
	if (v.id === 0) v.domain.assists |= assistsAllowed(long(AT.vm_assist));
	v.initialised = true;
	if (v.id === 0) v.down = false;
	return 0;
}
