/**
 * What a paravirtualized vcpu has on the processor while it runs, beside its registers: loaded when it gets the processor, and at
 * once where a call changes it (xen/arch/x86/domain.c: paravirt_ctxt_switch_to).
 */
import { movToCr } from '../../hardware/cpu/system';
import { DEFAULT_DIRECT_GATE } from '../core/descriptors';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { DIRECT_VECTOR, XEN_IDT_VIRT, XEN_TSS_VIRT } from '../core/layout';
import type { Pcpu } from '../core/pcpu';
import { CR0, CR4 } from '../../x86/control';
import { TSS32, tssStack } from '../../x86/tss';
import { loadDebugRegister } from './debugreg';

/** Writes the ring-1 stack into the TSS, for gates that lead straight into the guest kernel. */
export function loadKernelStack(hv: Hypervisor, v: Vcpu): void {
	const stack = hv.xenPage(XEN_TSS_VIRT) + tssStack(TSS32, 1);
	hv.machine.memory.write32(stack, v.pv.kernelSp);
	hv.machine.memory.write32(stack + 4, v.pv.kernelSs);
}

/** Installs the vcpu's gate for vector 0x80 in the IDT, or Xen's own where it has none. */
export function loadDirectGate(hv: Hypervisor, v: Vcpu): void {
	const gate = hv.xenPage(XEN_IDT_VIRT) + DIRECT_VECTOR * 8;
	const [low, high] = v.pv.directGate[1] !== 0 ? v.pv.directGate : DEFAULT_DIRECT_GATE;
	hv.machine.memory.write32(gate, low);
	hv.machine.memory.write32(gate + 4, high);
}

/** The bits of CR4 that are a guest's own (PV_CR4_GUEST_MASK): they are in force while it runs. */
export const CR4_GUEST = CR4.TSD | CR4.DE;

/** Loads CR4 with what the vcpu chose of it (pv_make_cr4). */
export function loadControl4(hv: Hypervisor, v: Vcpu): void {
	const { cpu } = hv.pcpu;
	const value = (cpu.cr4 & ~CR4_GUEST) | v.pv.cr4;
	if (value !== cpu.cr4) movToCr(cpu, 4, value);
}

/** Sets CR0.TS, so that the first use of the FPU by another vcpu traps. */
export function setTaskSwitched(hv: Hypervisor, set: boolean): void {
	const { cpu } = hv.pcpu;
	const value = set ? cpu.cr0 | CR0.TS : cpu.cr0 & ~CR0.TS;
	if (value !== cpu.cr0) movToCr(cpu, 0, value);
}

/** Keeps what the processor itself changed while `v` ran. */
export function switchFromPv({ cpu }: Pcpu, v: Vcpu): void {
	v.pv.debug[6] = cpu.dr[6];
}

/** Puts what `v` has there on the processor. */
export function switchToPv(hv: Hypervisor, v: Vcpu): void {
	loadKernelStack(hv, v);
	loadDirectGate(hv, v);
	for (let n = 0; n < 8; n++) if (n !== 4 && n !== 5) loadDebugRegister(hv, v, n);
	loadControl4(hv, v);
	setTaskSwitched(hv, true);
}
