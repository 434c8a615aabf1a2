/**
 * Exceptions that a guest caused (xen/arch/x86/traps.c). Some are the hypervisor's own business: a write
 * to a page table, a privileged instruction, a descriptor-table page not mapped yet. The rest goes to
 * the guest's handler.
 */
import { VMASST_TYPE_WRITABLE_PAGETABLES } from '../../abi/structs/xen';
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import { CHECK, KIND, word } from '../../trace/events';
import { bouncePageFault, bounceTrap, instructionDone } from './bounce';
import { setTaskSwitched } from './switch';
import { forcedCpuid } from './cpuid';
import { loadDebugRegister } from './debugreg';
import type { Vcpu } from '../core/domain';
import { emulatePrivileged } from './emulate';
import { segmentBase } from './guest-code';
import type { Hypervisor } from '../core/hypervisor';
import { gdtVirt, LDT_BYTES, ldtVirt, PERDOMAIN_VIRT_START, XEN_TEXT_VIRT } from '../core/layout';
import { handleLdtFault } from '../mm/descriptors';
import { tryPageTableWrite } from '../mm/ptwr';
import { currentRegs, setRegs } from '../core/registers';
import { CR0 } from '../../x86/control';
import {
	PF_FETCH,
	PF_PRESENT,
	PF_RESERVED,
	PF_USER,
	PF_WRITE,
	ERROR_EXT,
	ERROR_IDT,
	ERROR_INDEX_SHIFT,
	VECTOR
} from '../../x86/exceptions';
import { tableOffset } from '../../x86/descriptors';

/** #PF: what the hypervisor can repair, else the guest's (do_page_fault, fixup_page_fault). */
export function pageFault(hv: Hypervisor, v: Vcpu, _vector: number, error: number): void {
	const address = hv.pcpu.cpu.cr2 >>> 0;
	if (address >= HYPERVISOR_VIRT_START) {
		const system = (error & (PF_USER | PF_RESERVED)) === 0;
		if (system && address >= PERDOMAIN_VIRT_START && address < XEN_TEXT_VIRT)
			return descriptorFault(hv, v, address, error);
	} else if (wantsPageTableWrite(hv, v, error) && pageTableWrite(hv, v, address, error)) return;
	bouncePageFault(hv, v, address, error);
}

/** A write to a present page by the guest kernel, with the writable-page-table assist on. */
const wantsPageTableWrite = (hv: Hypervisor, v: Vcpu, error: number): boolean =>
	v.domain.assisted(VMASST_TYPE_WRITABLE_PAGETABLES) &&
	hv.pcpu.frame.ring === 1 &&
	(error & (PF_PRESENT | PF_WRITE)) === (PF_PRESENT | PF_WRITE) &&
	(error & (PF_RESERVED | PF_FETCH)) === 0;

function pageTableWrite(hv: Hypervisor, v: Vcpu, address: number, error: number): boolean {
	const regs = currentRegs(hv.pcpu);
	if (!tryPageTableWrite(hv, v, address, error, regs, (number) => segmentBase(hv, number))) return false;
	hv.machine.clock.charge('emulation');
	setRegs(hv.pcpu, regs);
	instructionDone(hv, v);
	return true;
}

/**
 * The processor touched a descriptor-table page that is not mapped (handle_gdt_ldt_mapping_fault). A page of the
 * LDT is mapped now if it holds proper descriptors; else the fault is the guest's, at its own address. A
 * hole in the GDT is #GP with the selector.
 */
function descriptorFault(hv: Hypervisor, v: Vcpu, address: number, error: number): void {
	const offset = address - ldtVirt(v.id);
	if (!hv.ask(CHECK.descriptor_in_ldt, offset >= 0 && offset < LDT_BYTES, address, v.id)) {
		return generalProtection(hv, v, VECTOR.GP, tableOffset(address - gdtVirt(v.id)));
	}
	if (handleLdtFault(hv, v, offset)) {
		hv.recorder.record(KIND.descriptor_fault, word('eip', hv.pcpu.frame.eip), word('offset', offset));
		return;
	}
	bouncePageFault(hv, v, (v.mm.ldtBase + offset) >>> 0, error);
}

/**
 * #GP. Gates of the IDT have DPL 0, so every INT n comes here with the vector in the error code, and the guest's own
 * table says whether this ring may use it. Error 0 may be a privileged instruction.
 */
export function generalProtection(hv: Hypervisor, v: Vcpu, _vector: number, error: number): void {
	if ((error & (ERROR_EXT | ERROR_IDT)) === ERROR_IDT && softwareInterrupt(hv, v, error >>> ERROR_INDEX_SHIFT)) return;
	if (error === 0 && emulatePrivileged(hv, v)) return;
	bounceTrap(hv, v, VECTOR.GP, error);
}

/** INT n as the guest's trap table has it (permit_softint). False leaves it a #GP. */
function softwareInterrupt(hv: Hypervisor, v: Vcpu, vector: number): boolean {
	const least = hv.pcpu.frame.ring === 1 ? 1 : 3;
	const dpl = v.pv.traps[vector]?.dpl ?? 0;
	if (!hv.ask(CHECK.softint_permitted, dpl >= least, dpl, least)) return false;
	hv.pcpu.frame.eip = (hv.pcpu.frame.eip + 2) >>> 0;
	bounceTrap(hv, v, vector, null);
	return true;
}

/** #UD: Xen's prefix for CPUID, else the guest's. */
export function invalidOpcode(hv: Hypervisor, v: Vcpu): void {
	if (!forcedCpuid(hv, v)) bounceTrap(hv, v, VECTOR.UD, null);
}

/**
 * #NM. Xen sets CR0.TS at each switch; the first use after it only clears TS. A guest that set TS itself
 * is told, with TS cleared for it (do_device_not_available).
 */
export function deviceNotAvailable(hv: Hypervisor, v: Vcpu): void {
	const virtual = (v.pv.cr0 & CR0.TS) !== 0;
	const real = (hv.pcpu.cpu.cr0 & CR0.TS) !== 0;
	if (real) setTaskSwitched(hv, false);
	if (real && !virtual) return void hv.recorder.record(KIND.math_state);
	v.pv.cr0 &= ~CR0.TS;
	bounceTrap(hv, v, VECTOR.NM, null);
}

/** #DB: the guest reads what happened from its DR6, where it adds up until the guest clears it (do_debug). */
export function debug(hv: Hypervisor, v: Vcpu): void {
	v.pv.debug[6] = (v.pv.debug[6] | hv.pcpu.cpu.dr[6]) >>> 0;
	loadDebugRegister(hv, v, 6);
	bounceTrap(hv, v, VECTOR.DB, null);
}
