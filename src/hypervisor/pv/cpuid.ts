/**
 * CPUID as Xen wants a PV guest to see it. The instruction itself does not trap in ring 1 and shows the
 * bare processor; a guest that knows Xen asks by the forced-emulation prefix `ud2; "xen"` before it
 * (xen/include/public/arch-x86/xen.h: XEN_CPUID). What is masked follows
 * xen/include/public/arch-x86/cpufeatureset.h (features not marked for all guests), Xen's own leaves
 * xen/include/public/arch-x86/cpuid.h.
 */
import { cpuidLeaf, type CpuidResult } from '../../hardware/cpu/features';
import { REG } from '../../hardware/layout';
import { KIND, word } from '../../trace/events';
import { bouncePageFault, instructionDone } from './bounce';
import type { Vcpu } from '../core/domain';
import { readCode, segmentBase } from './guest-code';
import type { Hypervisor } from '../core/hypervisor';
import { EXTENDED_EDX, FEATURES_ECX as ECX, FEATURES_EDX as EDX, INITIAL_APIC_ID, LEAF } from '../../x86/cpuid';
import { CS } from '../../x86/registers';

/** What PV guests do not get of leaf 1; SEP because there is no callback for SYSENTER here. */
const HIDDEN_EDX =
	EDX.VME | EDX.PSE | EDX.APIC | EDX.SEP | EDX.MTRR | EDX.PGE | EDX.PSE36 | EDX.DS | EDX.HTT | EDX.TM | EDX.PBE;
const HIDDEN_ECX =
	ECX.DTES64 |
	ECX.MONITOR |
	ECX.DS_CPL |
	ECX.VMX |
	ECX.SMX |
	ECX.EIST |
	ECX.TM2 |
	ECX.CMPXCHG16B |
	ECX.XTPR |
	ECX.PDCM |
	ECX.PCID |
	ECX.DCA |
	ECX.X2APIC |
	ECX.TSC_DEADLINE;
const HIDDEN_EXTENDED_EDX =
	EXTENDED_EDX.PSE |
	EXTENDED_EDX.APIC |
	EXTENDED_EDX.SYSCALL |
	EXTENDED_EDX.MTRR |
	EXTENDED_EDX.PGE |
	EXTENDED_EDX.PSE36 |
	EXTENDED_EDX.PAGE_1GB |
	EXTENDED_EDX.LM;
/** Monitor, power and performance leaves are the hypervisor's own (xen/arch/x86/cpuid.c). */
const HIDDEN_LEAVES: readonly number[] = [LEAF.MONITOR, LEAF.POWER, LEAF.PERFORMANCE];

const XEN_LEAF = 0x4000_0000;
const XEN_LEAVES = 5;
/** "XenVMMXenVMM" in EBX, ECX, EDX. */
const SIGNATURE = { ebx: 0x566e_6558, ecx: 0x6558_4d4d, edx: 0x4d4d_566e };
/** XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD */
const FEATURES = 1;

const result = (eax = 0, ebx = 0, ecx = 0, edx = 0): CpuidResult => ({ eax, ebx, ecx, edx });

/** Xen's own leaves (xen/include/public/arch-x86/cpuid.h), 0x40000000 + `leaf`. */
function xenLeaf(hv: Hypervisor, leaf: number, subleaf: number): CpuidResult {
	const khz = Math.round(hv.timeScale.hz / 1000);
	switch (leaf) {
		case 0:
			return { eax: XEN_LEAF + XEN_LEAVES, ...SIGNATURE };
		case 1:
			return result((4 << 16) | 17);
		case 2:
			return result(1, XEN_LEAF, FEATURES);
		case 3:
			if (subleaf === 0) return result(2, 0, khz);
			return subleaf === 1 ? result(0, 0, hv.timeScale.mul, hv.timeScale.shift) : result(subleaf === 2 ? khz : 0);
		case 5:
			return subleaf === 0 ? result(0, 32 - Math.clz32(hv.machine.memory.frames - 1) + 12) : result();
		default:
			return result();
	}
}

/** What the guest sees at `leaf`, `subleaf`. */
function guestCpuid(hv: Hypervisor, leaf: number, subleaf: number): CpuidResult {
	if (leaf >= XEN_LEAF && leaf <= XEN_LEAF + 0x1ff) return xenLeaf(hv, leaf - XEN_LEAF, subleaf);
	hv.machine.clock.charge('cpuid');
	if (leaf > lastLeaf(hv, leaf)) return result();
	const real = cpuidLeaf(hv.pcpu.cpu.features, leaf);
	if (leaf === LEAF.FEATURES) {
		real.edx &= ~HIDDEN_EDX;
		real.ecx = (real.ecx & ~HIDDEN_ECX) | ECX.HYPERVISOR;
		real.ebx &= ~INITIAL_APIC_ID;
	} else if (leaf === LEAF.EXTENDED_FEATURES) real.edx &= ~HIDDEN_EXTENDED_EDX;
	else if (HIDDEN_LEAVES.includes(leaf)) return result();
	return real;
}

/** The highest leaf of the range that `leaf` lies in: beyond it a guest reads zeros, not the processor's last basic leaf. */
function lastLeaf(hv: Hypervisor, leaf: number): number {
	const { features } = hv.pcpu.cpu;
	if (leaf < XEN_LEAF) return cpuidLeaf(features, LEAF.BASIC).eax;
	return leaf >= LEAF.EXTENDED ? cpuidLeaf(features, LEAF.EXTENDED).eax : 0;
}

/** CPUID in the guest's name: its EAX and ECX choose, its four registers receive. */
export function emulateCpuid(hv: Hypervisor): void {
	const { s } = hv.pcpu.cpu;
	const { eax, ebx, ecx, edx } = guestCpuid(hv, s[REG.EAX * 2] >>> 0, s[REG.ECX * 2] >>> 0);
	[s[REG.EAX * 2], s[REG.EBX * 2], s[REG.ECX * 2], s[REG.EDX * 2]] = [eax, ebx, ecx, edx];
}

/** ud2; "xen"; cpuid */
const PREFIXED_CPUID = [0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2];
const PREFIX_LENGTH = 5;

/**
 * #UD by Xen's prefix before CPUID. Works from any ring, and before any trap table exists. Where the bytes that tell it from
 * any other #UD cannot all be read, the guest gets the page fault of reading them (emulate_forced_invalid_op).
 * @returns false where it is the guest's own #UD
 */
export function forcedCpuid(hv: Hypervisor, v: Vcpu): boolean {
	const { eip } = hv.pcpu.frame;
	const code = readCode(hv, eip, PREFIXED_CPUID.length);
	const prefixed = code.every((byte, index) => byte === PREFIXED_CPUID[index]);
	if (code.length >= PREFIX_LENGTH && !prefixed) return false;
	if (code.length < PREFIXED_CPUID.length) {
		bouncePageFault(hv, v, (segmentBase(hv, CS) + eip + code.length) >>> 0, 0);
		return true;
	}
	hv.recorder.record(KIND.forced_cpuid, word('eip', eip), word('leaf', hv.pcpu.cpu.s[REG.EAX * 2]));
	emulateCpuid(hv);
	hv.pcpu.frame.eip = (eip + PREFIXED_CPUID.length) >>> 0;
	instructionDone(hv, v);
	return true;
}
