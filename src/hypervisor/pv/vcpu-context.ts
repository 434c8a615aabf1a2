/**
 * The state that a vcpu starts with: VCPUOP_initialise, and the toolstack's XEN_DOMCTL_setvcpucontext
 * (xen/arch/x86/domain.c: arch_set_info_guest). The same rules as for each hypercall that could set the
 * same thing: selectors are raised to ring 1, IOPL is virtual and IF is Xen's, tables are validated. What no rule can
 * hurt but the vcpu itself is taken as it comes, and a debug register that is refused stays as it is at reset.
 */
import { EINVAL, EOPNOTSUPP } from '../../abi/errno';
import {
	CPU_USER_REGS,
	cr3ToMfn,
	TRAP_INFO,
	VCPU_GUEST_CONTEXT,
	VGCF_FAILSAFE_DISABLES_EVENTS,
	VGCF_ONLINE
} from '../../abi/structs/cpu';
import { CHECK } from '../../trace/events';
import { CR4_GUEST } from './switch';
import { setDebugRegister } from './debugreg';
import type { UserRegs, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { dropGdt, dropLdtPages, ldtSane, setGdt } from '../mm/descriptors';
import { dropGuestTable, setGuestTable } from '../mm/pinning';
import { sleepVcpu, wakeVcpu } from '../sched/wake';
import type { Callback } from './records';
import { fixupSelector, setTrap, trapHandler } from './trap-table';
import { assistsAllowed } from '../calls/vm-assist';
import { CR0 } from '../../x86/control';
import { EFLAGS, ioplOf } from '../../x86/flags';
import { VECTORS } from '../../x86/exceptions';

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

/** The virtual IDT: row n is vector n, whatever vector the row itself names. */
function readTraps(hv: Hypervisor, v: Vcpu, context: DataView): void {
	for (let vector = 0; vector < VECTORS; vector++)
		setTrap(hv, v, vector, trapHandler(context, AT.trap_ctxt + vector * TRAP_INFO.size));
}

function readControlRegisters(hv: Hypervisor, v: Vcpu, context: DataView): void {
	const register = (n: number): number => context.getUint32(AT.ctrlreg + n * 4, true);
	v.pv.cr0 = (v.pv.cr0 & ~CR0.TS) | (register(0) & CR0.TS);
	v.pv.cr2 = register(2);
	v.pv.cr4 = register(4) & CR4_GUEST;
	for (const n of [0, 1, 2, 3, 6, 7]) setDebugRegister(hv, v, n, context.getUint32(AT.debugreg + n * 4, true));
}

/** A callback of the context; null where it names no address. */
function readCallback(context: DataView, cs: number, eip: number, masks: boolean): Callback | null {
	const address = context.getUint32(eip, true);
	return address === 0 ? null : { cs: fixupSelector(context.getUint32(cs, true)), eip: address, masks };
}

/** Takes references on GDT and page table, both or none; the LDT is mapped on use. @returns 0 or -errno */
function takeTables(hv: Hypervisor, v: Vcpu, context: DataView): number {
	const long = (at: number): number => context.getUint32(at, true);
	const [ldtBase, ldtEntries] = [long(AT.ldt_base), long(AT.ldt_ents)];
	if ((ldtBase | ldtEntries) !== 0 && !ldtSane(hv, ldtBase, ldtEntries)) return -EINVAL;
	const entries = long(AT.gdt_ents);
	const frames = Array.from({ length: Math.min(Math.ceil(entries / 512), 16) }, (_, i) => long(AT.gdt_frames + i * 4));
	if (entries > 0 && setGdt(hv, v, frames, entries) !== 0) return -EINVAL;
	const l3 = cr3ToMfn(long(AT.ctrlreg + 12));
	const table = setGuestTable(hv, v, l3);
	if (!hv.ask(CHECK.start_page_table, table === 0, l3, v.domain.id)) {
		dropGdt(hv, v);
		return table;
	}
	[v.mm.ldtBase, v.mm.ldtEntries] = [ldtBase, ldtEntries];
	return 0;
}

/** A vcpu that has tables keeps them: another context may only name the same. */
function keepsTables({ mm }: Vcpu, context: DataView): boolean {
	const long = (at: number): number => context.getUint32(at, true);
	return (
		cr3ToMfn(long(AT.ctrlreg + 12)) === mm.guestTable &&
		long(AT.gdt_ents) === mm.gdtEntries &&
		mm.gdtFrames.every((frame, page) => long(AT.gdt_frames + page * 4) === frame) &&
		long(AT.ldt_base) === mm.ldtBase &&
		long(AT.ldt_ents) === mm.ldtEntries
	);
}

/** Takes back all that a vcpu was given: it is down, and waits for another context (vcpu_reset). @returns 0 */
export function resetVcpu(hv: Hypervisor, v: Vcpu): number {
	dropGdt(hv, v);
	dropLdtPages(hv, v, false);
	dropGuestTable(hv, v);
	v.initialised = false;
	Object.assign(v.sched, { down: true, blocked: false, polling: null, pollDeadline: 0 });
	sleepVcpu(hv, v);
	return 0;
}

/**
 * Initialises `v` from a struct vcpu_guest_context, or gives it another state; with VGCF_online it is up at once.
 * @returns 0; -EOPNOTSUPP where it would have other tables, -EINVAL or what validating the page table gave, with the vcpu as it was
 */
export function setVcpuContext(hv: Hypervisor, v: Vcpu, context: DataView): number {
	const long = (at: number): number => context.getUint32(at, true);
	if (v.initialised && !hv.ask(CHECK.context_tables, keepsTables(v, context), v.domain.id, v.id)) return -EOPNOTSUPP;
	const taken = takeTables(hv, v, context);
	if (taken !== 0) return taken;
	v.regs = readRegs(context, AT.user_regs);
	v.pv.iopl = ioplOf(long(AT.user_regs + REGS.eflags));
	readTraps(hv, v, context);
	[v.pv.kernelSs, v.pv.kernelSp] = [fixupSelector(long(AT.kernel_ss)), long(AT.kernel_sp)];
	readControlRegisters(hv, v, context);
	const flags = long(AT.flags);
	v.pv.eventCallback = readCallback(context, AT.event_callback_cs, AT.event_callback_eip, true);
	const masks = (flags & VGCF_FAILSAFE_DISABLES_EVENTS) !== 0;
	v.pv.failsafeCallback = readCallback(context, AT.failsafe_callback_cs, AT.failsafe_callback_eip, masks);
	if (v.id === 0) v.domain.assists |= assistsAllowed(long(AT.vm_assist));
	v.initialised = true;
	v.sched.down = (flags & VGCF_ONLINE) === 0;
	(v.sched.down ? sleepVcpu : wakeVcpu)(hv, v);
	return 0;
}
