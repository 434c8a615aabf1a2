/**
 * Model-specific registers as a PV guest sees them: one row a range of numbers, with what a read gives and what a write does.
 * Most of the machine's own are hidden; many that guests touch without asking read as zero or drop what is written. A number
 * without a row is #GP(0) (xen/arch/x86/msr.c: guest_rdmsr, guest_wrmsr; xen/arch/x86/pv/emul-priv-op.c: read_msr, write_msr;
 * xen/arch/x86/cpu/mcheck/vmce.c for the machine-check banks).
 */
import { hasMsr, readTsc } from '../../hardware/cpu/msr';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { installHypercallPage } from '../calls/hypercall-page';
import type { Hypervisor } from '../core/hypervisor';
import { VECTOR } from '../../x86/exceptions';
import { APIC_BASE_AT_RESET, APIC_BASE_BSP, APIC_BASE_ENABLED, MSR } from '../../x86/msr';

/** A 64-bit value as its two halves, unsigned. */
type Value = readonly [low: number, high: number];

/** The registers from `first` to `last`. Without `read` or `write` it is #GP(0). */
interface MsrRow {
	readonly first: number;
	readonly last?: number;
	readonly read?: (hv: Hypervisor, v: Vcpu, index: number) => Value;
	/** @returns false for #GP(0) */
	readonly write?: (hv: Hypervisor, v: Vcpu, value: Value, index: number) => boolean;
}

const constant =
	(low: number, high = 0) =>
	(): Value => [low, high];
const zero = constant(0);
const dropped = (): boolean => true;
const onlyZero = (_hv: Hypervisor, _v: Vcpu, [low, high]: Value): boolean => low === 0 && high === 0;
const split = (value: number): Value => [value >>> 0, Math.floor(value / 0x1_0000_0000)];

/** APIC_BASE: where it always lies, enabled; bit 8 on the first vcpu. */
const apicBase = (_hv: Hypervisor, v: Vcpu): Value => [
	APIC_BASE_AT_RESET | APIC_BASE_ENABLED | (v.id === 0 ? APIC_BASE_BSP : 0),
	0
];
/** What Xen loads into PAT: WB WT UC- UC WC WP UC UC (XEN_MSR_PAT). */
const XEN_PAT = constant(0x0007_0406, 0x0501);
/** Bits 11 and 12: no branch-trace store, no PEBS; bit 23: no xTPR messages (guest_misc_enable). */
const MISC_ENABLE = constant(0x0080_1800);
/** FEATURE_CONTROL: locked, with nothing enabled. */
const FEATURE_CONTROL = constant(1);
/** MCG_CAP: two banks, CMCI (10), threshold status (11), software recovery (24). */
const BANKS = 2;
const MCG_CAP = constant(0x0100_0c00 | BANKS);

/** Of four registers a bank: CTL reads as ones and keeps nothing; STATUS, ADDR and MISC are empty, and can only be cleared. */
const bankRead = (_hv: Hypervisor, _v: Vcpu, index: number): Value =>
	(index & 3) === 0 && index < MSR.MC0_CTL + BANKS * 4 ? [0xffff_ffff, 0xffff_ffff] : [0, 0];
const bankWrite = (hv: Hypervisor, v: Vcpu, value: Value, index: number): boolean =>
	(index & 3) === 0 || index >= MSR.MC0_CTL + BANKS * 4 || onlyZero(hv, v, value);
/** Xen's own: a write of an address fills that page with the hypercall stubs. */
const XEN_HYPERCALL_PAGE = 0x4000_0000;

const ROWS: readonly MsrRow[] = [
	{ first: MSR.P5_MC_ADDR, last: MSR.P5_MC_TYPE, read: zero },
	{ first: MSR.TSC, read: (hv) => split(readTsc(hv.pcpu.cpu)) },
	{ first: MSR.PLATFORM_ID, read: zero },
	{ first: MSR.APIC_BASE, read: apicBase },
	{ first: MSR.FEATURE_CONTROL, read: FEATURE_CONTROL },
	{ first: MSR.PMC0, last: MSR.PMC7, read: zero, write: dropped }, // without a virtual PMU
	{ first: MSR.PLATFORM_INFO, read: zero },
	{ first: MSR.MPERF, last: MSR.APERF, write: dropped },
	{ first: MSR.MISC_FEATURES_ENABLES, read: zero, write: onlyZero },
	{ first: MSR.MCG_CAP, read: MCG_CAP },
	{
		first: MSR.MCG_STATUS,
		read: (_hv, v) => v.pv.mcgStatus,
		write: (_hv, v, value) => ((v.pv.mcgStatus = value), true)
	},
	{ first: MSR.MCG_CTL, read: zero, write: dropped }, // which MCG_CAP does not announce
	{ first: MSR.PERFEVTSEL0, last: MSR.PERFEVTSEL3, read: zero, write: dropped },
	{ first: MSR.PERF_STATUS, read: zero },
	{ first: MSR.PERF_CTL, read: zero, write: dropped },
	{ first: MSR.CLOCK_MODULATION, write: dropped },
	{ first: MSR.THERM_STATUS, read: zero },
	{ first: MSR.MISC_ENABLE, read: MISC_ENABLE, write: dropped },
	{ first: MSR.ENERGY_PERF_BIAS, write: dropped },
	{ first: MSR.PAT, read: XEN_PAT },
	{
		first: MSR.MC0_CTL2,
		last: MSR.MC0_CTL2 + BANKS - 1,
		read: (_hv, v, index) => v.pv.mcCtl2[index & 1],
		write: (_hv, v, value, index) => ((v.pv.mcCtl2[index & 1] = value), true)
	},
	{ first: MSR.MC0_CTL2 + BANKS, last: MSR.MC31_CTL2, read: zero, write: dropped }, // of banks that are not there
	{ first: MSR.FIXED_CTR0, last: MSR.FIXED_CTR2, read: zero, write: dropped },
	{ first: MSR.PERF_CAPABILITIES, read: zero },
	{ first: MSR.FIXED_CTR_CTRL, last: MSR.PERF_GLOBAL_OVF_CTRL, read: zero, write: dropped },
	{ first: MSR.MC0_CTL, last: MSR.MC31_MISC, read: bankRead, write: bankWrite },
	{ first: XEN_HYPERCALL_PAGE, read: zero, write: (hv, v, [low]) => hypercallPageAt(hv, v, low) },
	{
		// EFER: it may be written back as it is, which Linux does.
		first: MSR.EFER,
		read: (hv) => [hv.pcpu.cpu.efer, 0],
		write: (hv, _v, [low, high]) => low === hv.pcpu.cpu.efer && high === 0
	}
];

const find = (index: number): MsrRow | undefined =>
	ROWS.find(({ first, last = first }) => index >= first && index <= last);

/** A register that the machine has reads as zero for a guest too young to have a #GP handler; Xen's own numbers do not. */
const forgiven = (v: Vcpu, index: number): boolean =>
	v.pv.traps[VECTOR.GP] === null && index >>> 16 !== XEN_HYPERCALL_PAGE >>> 16 && hasMsr(index);

/** [EAX, EDX] of RDMSR, or null: #GP. */
export function readMsr(hv: Hypervisor, v: Vcpu, index: number): Value | null {
	const read = find(index)?.read ?? (forgiven(v, index) ? zero : undefined);
	return hv.ask(CHECK.msr_readable, read !== undefined, index) && read ? read(hv, v, index) : null;
}

/** WRMSR; false: #GP. */
export function writeMsr(hv: Hypervisor, v: Vcpu, index: number, low: number, high: number): boolean {
	return hv.ask(CHECK.msr_writable, find(index)?.write?.(hv, v, [low, high], index) ?? false, index, low);
}

/** The page at guest machine address `address` becomes a hypercall page, if it is the domain's and may be written. */
function hypercallPageAt(hv: Hypervisor, v: Vcpu, address: number): boolean {
	const frame = address >>> 12;
	if (!hv.ask(CHECK.hypercall_page_aligned, (address & 0xfff) === 0, address)) return false;
	return installHypercallPage(hv, v.domain, frame);
}
