import { CR4 } from '../../x86/control';
import { EXTENDED_EDX, FEATURES_ECX, FEATURES_EDX, LEAF } from '../../x86/cpuid';

/*
 * CPUID (SDM vol. 2): a Pentium M without floating point. Every bit set here is a promise kept; nothing is announced that
 * is not there.
 */

/** Features by name: the CPUID bit that announces each and the CR4 bits that it brings. */
export const FEATURES = {
	de: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.DE, cr4: CR4.DE },
	pse: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.PSE, cr4: CR4.PSE },
	tsc: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.TSC, cr4: CR4.TSD },
	msr: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.MSR, cr4: 0 },
	pae: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.PAE, cr4: CR4.PAE },
	cx8: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.CX8, cr4: 0 },
	apic: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.APIC, cr4: 0 },
	sep: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.SEP, cr4: 0 },
	pge: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.PGE, cr4: CR4.PGE },
	cmov: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.CMOV, cr4: 0 },
	pat: { leaf: LEAF.FEATURES, register: 'edx', bit: FEATURES_EDX.PAT, cr4: 0 },
	tscDeadline: { leaf: LEAF.FEATURES, register: 'ecx', bit: FEATURES_ECX.TSC_DEADLINE, cr4: 0 },
	nx: { leaf: LEAF.EXTENDED_FEATURES, register: 'edx', bit: EXTENDED_EDX.NX, cr4: 0 }
} as const;
export type FeatureName = keyof typeof FEATURES;
export type FeatureSet = Readonly<Record<FeatureName, boolean>>;

const NAMES = Object.keys(FEATURES) as FeatureName[];

/** Everything that the processor can do. */
export const ALL_FEATURES = Object.fromEntries(NAMES.map((name) => [name, true])) as FeatureSet;

/** The four registers that CPUID writes, unsigned. */
export interface CpuidResult {
	eax: number;
	ebx: number;
	ecx: number;
	edx: number;
}

/** Family 6, model 13, stepping 8. */
const SIGNATURE = 0x6d8;
const BRAND = 'Ringside 32-bit processor'.padEnd(48, '\0');
const LAST_BASIC = LEAF.CACHES;
const LAST_EXTENDED = LEAF.BRAND + 2;

const word = (text: string, at: number): number =>
	(text.charCodeAt(at) |
		(text.charCodeAt(at + 1) << 8) |
		(text.charCodeAt(at + 2) << 16) |
		(text.charCodeAt(at + 3) << 24)) >>>
	0;

const bits = (features: FeatureSet, leaf: number, register: string): number =>
	NAMES.reduce((mask, name) => {
		const row = FEATURES[name];
		return features[name] && row.leaf === leaf && row.register === register ? (mask | row.bit) >>> 0 : mask;
	}, 0);

/** What CPUID answers. A leaf beyond the last is answered as the last basic one (SDM vol. 2, CPUID). */
export function cpuidLeaf(features: FeatureSet, leaf: number): CpuidResult {
	const vendor = 'GenuineIntel';
	switch (leaf >>> 0) {
		case LEAF.BASIC:
			return { eax: LAST_BASIC, ebx: word(vendor, 0), ecx: word(vendor, 8), edx: word(vendor, 4) };
		case LEAF.FEATURES:
			return { eax: SIGNATURE, ebx: 0, ecx: bits(features, leaf, 'ecx'), edx: bits(features, leaf, 'edx') };
		case LEAF.EXTENDED:
			return { eax: LAST_EXTENDED, ebx: 0, ecx: 0, edx: 0 };
		case LEAF.EXTENDED_FEATURES:
			return { eax: 0, ebx: 0, ecx: 0, edx: bits(features, LEAF.EXTENDED_FEATURES, 'edx') };
		case LEAF.BRAND:
		case LEAF.BRAND + 1:
		case LEAF.BRAND + 2: {
			const at = ((leaf >>> 0) - LEAF.BRAND) * 16;
			return { eax: word(BRAND, at), ebx: word(BRAND, at + 4), ecx: word(BRAND, at + 8), edx: word(BRAND, at + 12) };
		}
		default:
			// LEAF.CACHES: the shape of the TLB in one-byte descriptors, as mmu/tlb.ts builds it.
			return { eax: 0x02b3_b001, ebx: 0, ecx: 0, edx: 0x04 };
	}
}

/** CR4 bits that may be set. */
export const writableCr4 = (features: FeatureSet): number =>
	NAMES.reduce((mask, name) => (features[name] ? mask | FEATURES[name].cr4 : mask), CR4.PCE);
