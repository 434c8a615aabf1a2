/**
 * Model-specific registers as a PV guest sees them: one row a range of numbers, with what a read gives and what a write does.
 * Most of the machine's own are hidden; many that guests touch without asking read as zero or drop what is written. A number
 * without a row is #GP(0) (xen/arch/x86/msr.c: guest_rdmsr, guest_wrmsr; xen/arch/x86/pv/emul-priv-op.c: read_msr, write_msr;
 * xen/arch/x86/cpu/mcheck/vmce.c for the machine-check banks). Numbers: SDM vol. 4, table 2-2.
 */
import { hasMsr, readTsc } from '../../hardware/cpu/msr';
import { VECTOR } from '../../hardware/cpu/fault';
import type { Vcpu } from '../core/domain';
import { writeHypercallPage } from '../calls/hypercall-page';
import type { Hypervisor } from '../core/hypervisor';
import { getPageAndType, putPageAndType } from '../mm/page-types';
import { TYPE } from '../mm/frame-table';

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
const apicBase = (_hv: Hypervisor, v: Vcpu): Value => [0xfee0_0800 | (v.id === 0 ? 0x100 : 0), 0];
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
const BANK_FIRST = 0x400;
const bankRead = (_hv: Hypervisor, _v: Vcpu, index: number): Value =>
	(index & 3) === 0 && index < BANK_FIRST + BANKS * 4 ? [0xffff_ffff, 0xffff_ffff] : [0, 0];
const bankWrite = (hv: Hypervisor, v: Vcpu, value: Value, index: number): boolean =>
	(index & 3) === 0 || index >= BANK_FIRST + BANKS * 4 || onlyZero(hv, v, value);
/** Xen's own: a write of an address fills that page with the hypercall stubs. */
const XEN_HYPERCALL_PAGE = 0x4000_0000;

const ROWS: readonly MsrRow[] = [
	{ first: 0x0, last: 0x1, read: zero }, // P5_MC_ADDR, P5_MC_TYPE
	{ first: 0x10, read: (hv) => split(readTsc(hv.machine.cpu)) }, // TIME_STAMP_COUNTER
	{ first: 0x17, read: zero }, // PLATFORM_ID
	{ first: 0x1b, read: apicBase }, // APIC_BASE
	{ first: 0x3a, read: FEATURE_CONTROL },
	{ first: 0xc1, last: 0xc8, read: zero, write: dropped }, // PMC0 to PMC7, without a virtual PMU
	{ first: 0xce, read: zero }, // PLATFORM_INFO
	{ first: 0xe7, last: 0xe8, write: dropped }, // MPERF, APERF
	{ first: 0x140, read: zero, write: onlyZero }, // MISC_FEATURES_ENABLES
	{ first: 0x179, read: MCG_CAP },
	{ first: 0x17a, read: (_hv, v) => v.mcgStatus, write: (_hv, v, value) => ((v.mcgStatus = value), true) }, // MCG_STATUS
	{ first: 0x17b, read: zero, write: dropped }, // MCG_CTL, which MCG_CAP does not announce
	{ first: 0x186, last: 0x189, read: zero, write: dropped }, // PERFEVTSEL0 to 3
	{ first: 0x198, read: zero }, // PERF_STATUS
	{ first: 0x199, read: zero, write: dropped }, // PERF_CTL
	{ first: 0x19a, write: dropped }, // CLOCK_MODULATION
	{ first: 0x19c, read: zero }, // THERM_STATUS
	{ first: 0x1a0, read: MISC_ENABLE, write: dropped },
	{ first: 0x1b0, write: dropped }, // ENERGY_PERF_BIAS
	{ first: 0x277, read: XEN_PAT }, // PAT
	{
		// MC0_CTL2 and MC1_CTL2
		first: 0x280,
		last: 0x281,
		read: (_hv, v, index) => v.mcCtl2[index & 1],
		write: (_hv, v, value, index) => ((v.mcCtl2[index & 1] = value), true)
	},
	{ first: 0x282, last: 0x29f, read: zero, write: dropped }, // of banks that are not there
	{ first: 0x309, last: 0x30b, read: zero, write: dropped }, // FIXED_CTR0 to 2
	{ first: 0x345, read: zero }, // PERF_CAPABILITIES
	{ first: 0x38d, last: 0x390, read: zero, write: dropped }, // FIXED_CTR_CTRL to PERF_GLOBAL_OVF_CTRL
	{ first: BANK_FIRST, last: 0x47f, read: bankRead, write: bankWrite }, // MCi_CTL, _STATUS, _ADDR, _MISC
	{ first: XEN_HYPERCALL_PAGE, read: zero, write: (hv, v, [low]) => installHypercallPage(hv, v, low) },
	{
		// EFER: it may be written back as it is, which Linux does.
		first: 0xc000_0080,
		read: (hv) => [hv.machine.cpu.efer, 0],
		write: (hv, _v, [low, high]) => low === hv.machine.cpu.efer && high === 0
	}
];

const find = (index: number): MsrRow | undefined =>
	ROWS.find(({ first, last = first }) => index >= first && index <= last);

/** A register that the machine has reads as zero for a guest too young to have a #GP handler; Xen's own numbers do not. */
const forgiven = (v: Vcpu, index: number): boolean =>
	v.traps[VECTOR.GP] === null && index >>> 16 !== XEN_HYPERCALL_PAGE >>> 16 && hasMsr(index);

/** [EAX, EDX] of RDMSR, or null: #GP. */
export function readMsr(hv: Hypervisor, v: Vcpu, index: number): Value | null {
	const read = find(index)?.read ?? (forgiven(v, index) ? zero : undefined);
	return hv.ask('msr_readable', read !== undefined, index) && read ? read(hv, v, index) : null;
}

/** WRMSR; false: #GP. */
export function writeMsr(hv: Hypervisor, v: Vcpu, index: number, low: number, high: number): boolean {
	return hv.ask('msr_writable', find(index)?.write?.(hv, v, [low, high], index) ?? false, index, low);
}

/** The page at guest machine address `address` becomes a hypercall page, if it is the domain's and may be written. */
function installHypercallPage(hv: Hypervisor, v: Vcpu, address: number): boolean {
	const frame = address >>> 12;
	if (!hv.ask('hypercall_page_aligned', (address & 0xfff) === 0, address)) return false;
	if (!hv.ask('hypercall_page', getPageAndType(hv, frame, v.domain.id, TYPE.writable) === 0, frame, v.domain.id))
		return false;
	writeHypercallPage(hv, frame);
	putPageAndType(hv, frame);
	return true;
}
