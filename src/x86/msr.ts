/** Numbers of model-specific registers (SDM vol. 4, table 2-2). */
export const MSR = {
	P5_MC_ADDR: 0x0,
	P5_MC_TYPE: 0x1,
	TSC: 0x10,
	PLATFORM_ID: 0x17,
	APIC_BASE: 0x1b,
	FEATURE_CONTROL: 0x3a,
	PMC0: 0xc1,
	PMC7: 0xc8,
	PLATFORM_INFO: 0xce,
	MPERF: 0xe7,
	APERF: 0xe8,
	MISC_FEATURES_ENABLES: 0x140,
	SYSENTER_CS: 0x174,
	SYSENTER_ESP: 0x175,
	SYSENTER_EIP: 0x176,
	MCG_CAP: 0x179,
	MCG_STATUS: 0x17a,
	MCG_CTL: 0x17b,
	PERFEVTSEL0: 0x186,
	PERFEVTSEL3: 0x189,
	PERF_STATUS: 0x198,
	PERF_CTL: 0x199,
	CLOCK_MODULATION: 0x19a,
	THERM_STATUS: 0x19c,
	MISC_ENABLE: 0x1a0,
	ENERGY_PERF_BIAS: 0x1b0,
	PAT: 0x277,
	MC0_CTL2: 0x280,
	MC31_CTL2: 0x29f,
	FIXED_CTR0: 0x309,
	FIXED_CTR2: 0x30b,
	PERF_CAPABILITIES: 0x345,
	FIXED_CTR_CTRL: 0x38d,
	PERF_GLOBAL_OVF_CTRL: 0x390,
	/** CTL, STATUS, ADDR and MISC of bank 0; those of the other banks follow, up to the last number of bank 31. */
	MC0_CTL: 0x400,
	MC31_MISC: 0x47f,
	TSC_DEADLINE: 0x6e0,
	EFER: 0xc000_0080
} as const;

/** IA32_APIC_BASE: where the APIC's registers lie after a reset; this is the bootstrap processor; the APIC is enabled (SDM vol. 3, 10.4.4). */
export const APIC_BASE_AT_RESET = 0xfee0_0000;
export const APIC_BASE_BSP = 1 << 8;
export const APIC_BASE_ENABLED = 1 << 11;
/** Bits 10, 9 and 7:0, where there is no x2APIC. */
export const APIC_BASE_RESERVED = 0x6ff;

/** Memory types that an entry of IA32_PAT may have (SDM vol. 3, table 11-10): UC, WC, WT, WP, WB and UC-. */
export const PAT_TYPES: readonly number[] = [0, 1, 4, 5, 6, 7];
