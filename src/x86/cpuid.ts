/**
 * CPUID (SDM vol. 2, CPUID): leaves by what they tell, and the bits that announce features. Those of leaf 1 are all that its tables
 * have; of the extended leaf those that a kernel asks for.
 */

/** EAX on the way in. */
export const LEAF = {
	/** The last basic leaf, and the vendor. */
	BASIC: 0,
	FEATURES: 1,
	/** Caches and TLBs as one-byte descriptors. */
	CACHES: 2,
	MONITOR: 5,
	POWER: 6,
	PERFORMANCE: 10,
	/** The last extended leaf. */
	EXTENDED: 0x8000_0000,
	EXTENDED_FEATURES: 0x8000_0001,
	/** The first of three with the processor's name, 16 letters each. */
	BRAND: 0x8000_0002
} as const;

/** Leaf 1, EBX: the number of the local APIC after a reset. */
export const INITIAL_APIC_ID = 0xff00_0000;

/** Leaf 1, ECX (table 3-10). */
export const FEATURES_ECX = {
	SSE3: 1 << 0,
	PCLMULQDQ: 1 << 1,
	DTES64: 1 << 2,
	MONITOR: 1 << 3,
	DS_CPL: 1 << 4,
	VMX: 1 << 5,
	SMX: 1 << 6,
	EIST: 1 << 7,
	TM2: 1 << 8,
	SSSE3: 1 << 9,
	CNXT_ID: 1 << 10,
	SDBG: 1 << 11,
	FMA: 1 << 12,
	CMPXCHG16B: 1 << 13,
	XTPR: 1 << 14,
	PDCM: 1 << 15,
	PCID: 1 << 17,
	DCA: 1 << 18,
	SSE4_1: 1 << 19,
	SSE4_2: 1 << 20,
	X2APIC: 1 << 21,
	MOVBE: 1 << 22,
	POPCNT: 1 << 23,
	TSC_DEADLINE: 1 << 24,
	AESNI: 1 << 25,
	XSAVE: 1 << 26,
	OSXSAVE: 1 << 27,
	AVX: 1 << 28,
	F16C: 1 << 29,
	RDRAND: 1 << 30,
	/** Of no processor: hypervisors set it. */
	HYPERVISOR: 1 << 31
} as const;

/** Leaf 1, EDX (table 3-11). */
export const FEATURES_EDX = {
	FPU: 1 << 0,
	VME: 1 << 1,
	DE: 1 << 2,
	PSE: 1 << 3,
	TSC: 1 << 4,
	MSR: 1 << 5,
	PAE: 1 << 6,
	MCE: 1 << 7,
	CX8: 1 << 8,
	APIC: 1 << 9,
	SEP: 1 << 11,
	MTRR: 1 << 12,
	PGE: 1 << 13,
	MCA: 1 << 14,
	CMOV: 1 << 15,
	PAT: 1 << 16,
	PSE36: 1 << 17,
	PSN: 1 << 18,
	CLFSH: 1 << 19,
	DS: 1 << 21,
	ACPI: 1 << 22,
	MMX: 1 << 23,
	FXSR: 1 << 24,
	SSE: 1 << 25,
	SSE2: 1 << 26,
	SS: 1 << 27,
	HTT: 1 << 28,
	TM: 1 << 29,
	PBE: 1 << 31
} as const;

/** Leaf 0x80000001, EDX. AMD's processors repeat some bits of leaf 1 there. */
export const EXTENDED_EDX = {
	PSE: FEATURES_EDX.PSE,
	APIC: FEATURES_EDX.APIC,
	SYSCALL: 1 << 11,
	MTRR: FEATURES_EDX.MTRR,
	PGE: FEATURES_EDX.PGE,
	PSE36: FEATURES_EDX.PSE36,
	NX: 1 << 20,
	PAGE_1GB: 1 << 26,
	RDTSCP: 1 << 27,
	LM: 1 << 29
} as const;
