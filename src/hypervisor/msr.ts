/** Model-specific registers as a PV guest sees them (xen/arch/x86/pv/emul-priv-op.c: read_msr, write_msr). */
import type { Vcpu } from './domain';
import { writeHypercallPage } from './hypercall-page';
import type { Hypervisor } from './hypervisor';
import { getPageAndType, putPageAndType } from './mm/page-types';
import { TYPE } from './mm/frame-table';

const IA32_TSC = 0x10;
const IA32_APIC_BASE = 0x1b;
const IA32_MISC_ENABLE = 0x1a0;
const IA32_PAT = 0x277;
const IA32_EFER = 0xc000_0080;
/** Xen's own: a write of an address fills that page with the hypercall stubs. */
const XEN_HYPERCALL_PAGE = 0x4000_0000;

/** PAT at reset (SDM vol. 3, 11.12.4). */
const PAT_RESET: readonly [number, number] = [0x0007_0406, 0x0007_0406];

const split = (value: number): [low: number, high: number] => [value >>> 0, Math.floor(value / 0x1_0000_0000)];

/** [EAX, EDX] of RDMSR, or null: #GP. */
export function readMsr(hv: Hypervisor, _v: Vcpu, index: number): readonly [number, number] | null {
	const { cpu, clock } = hv.machine;
	switch (index) {
		case IA32_TSC:
			return split(clock.now + cpu.tscOffset);
		case IA32_APIC_BASE:
			return [cpu.apicBase >>> 0, 0];
		case IA32_PAT:
			return PAT_RESET;
		case IA32_MISC_ENABLE:
			return [0, 0];
		case IA32_EFER:
			return [cpu.efer, 0];
		default:
			hv.ask('msr_readable', false, index);
			return null;
	}
}

/** WRMSR; false: #GP. A write of what is there already is allowed, as in Xen. */
export function writeMsr(hv: Hypervisor, v: Vcpu, index: number, low: number, high: number): boolean {
	if (index === XEN_HYPERCALL_PAGE) return installHypercallPage(hv, v, low);
	const current = index === IA32_TSC ? null : readMsr(hv, v, index);
	return hv.ask('msr_writable', current !== null && current[0] === low && current[1] === high, index, low);
}

/** The page at guest machine address `address` becomes a hypercall page, if it is the domain's and may be written. */
function installHypercallPage(hv: Hypervisor, v: Vcpu, address: number): boolean {
	const frame = address >>> 12;
	if (!hv.ask('hypercall_page', getPageAndType(hv, frame, v.domain.id, TYPE.writable) === 0, frame, v.domain.id))
		return false;
	writeHypercallPage(hv, frame);
	putPageAndType(hv, frame);
	return true;
}
