import { CR4 } from '../../x86/control';

/*
 * CPUID (SDM vol. 2): a Pentium M without floating point. Every bit set here is a promise kept; nothing is announced that
 * is not there.
 */

/** Features by name: the CPUID bit that announces each and the CR4 bits that it brings. */
export const FEATURES = {
	de: { leaf: 1, register: 'edx', bit: 2, cr4: CR4.DE },
	pse: { leaf: 1, register: 'edx', bit: 3, cr4: CR4.PSE },
	tsc: { leaf: 1, register: 'edx', bit: 4, cr4: CR4.TSD },
	msr: { leaf: 1, register: 'edx', bit: 5, cr4: 0 },
	pae: { leaf: 1, register: 'edx', bit: 6, cr4: CR4.PAE },
	cx8: { leaf: 1, register: 'edx', bit: 8, cr4: 0 },
	apic: { leaf: 1, register: 'edx', bit: 9, cr4: 0 },
	sep: { leaf: 1, register: 'edx', bit: 11, cr4: 0 },
	pge: { leaf: 1, register: 'edx', bit: 13, cr4: CR4.PGE },
	cmov: { leaf: 1, register: 'edx', bit: 15, cr4: 0 },
	pat: { leaf: 1, register: 'edx', bit: 16, cr4: 0 },
	tscDeadline: { leaf: 1, register: 'ecx', bit: 24, cr4: 0 },
	nx: { leaf: 0x8000_0001, register: 'edx', bit: 20, cr4: 0 }
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
const LAST_BASIC = 2;
const LAST_EXTENDED = 0x8000_0004;

const word = (text: string, at: number): number =>
	(text.charCodeAt(at) |
		(text.charCodeAt(at + 1) << 8) |
		(text.charCodeAt(at + 2) << 16) |
		(text.charCodeAt(at + 3) << 24)) >>>
	0;

const bits = (features: FeatureSet, leaf: number, register: string): number =>
	NAMES.reduce((sum, name) => {
		const row = FEATURES[name];
		return features[name] && row.leaf === leaf && row.register === register ? sum + 2 ** row.bit : sum;
	}, 0);

/** What CPUID answers. A leaf beyond the last is answered as the last basic one (SDM vol. 2, CPUID). */
export function cpuidLeaf(features: FeatureSet, leaf: number): CpuidResult {
	const vendor = 'GenuineIntel';
	switch (leaf >>> 0) {
		case 0:
			return { eax: LAST_BASIC, ebx: word(vendor, 0), ecx: word(vendor, 8), edx: word(vendor, 4) };
		case 1:
			return { eax: SIGNATURE, ebx: 0, ecx: bits(features, 1, 'ecx'), edx: bits(features, 1, 'edx') };
		case 0x8000_0000:
			return { eax: LAST_EXTENDED, ebx: 0, ecx: 0, edx: 0 };
		case 0x8000_0001:
			return { eax: 0, ebx: 0, ecx: 0, edx: bits(features, 0x8000_0001, 'edx') };
		case 0x8000_0002:
		case 0x8000_0003:
		case 0x8000_0004: {
			const at = ((leaf >>> 0) - 0x8000_0002) * 16;
			return { eax: word(BRAND, at), ebx: word(BRAND, at + 4), ecx: word(BRAND, at + 8), edx: word(BRAND, at + 12) };
		}
		default:
			// Leaf 2: the shape of the TLB in one-byte descriptors, as mmu/tlb.ts builds it.
			return { eax: 0x02b3_b001, ebx: 0, ecx: 0, edx: 0x04 };
	}
}

/** CR4 bits that may be set. */
export const writableCr4 = (features: FeatureSet): number =>
	NAMES.reduce((mask, name) => (features[name] ? mask | FEATURES[name].cr4 : mask), CR4.PCE as number);
