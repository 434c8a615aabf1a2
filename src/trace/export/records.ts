/**
 * Records of Xen's trace, by the names and numbers of xen/include/public/trace.h. A record is
 *
 *     31  cycles included    30..28  words that follow    27..0  event
 *     u64 time stamp counter, if included
 *     0 to 7 words
 *
 * all little-endian. Of the event, bits 27..16 are its class, one bit each, and bits 15..12 its subclass.
 */
export const TRC = {
	LOST_RECORDS: 0x0001_f001,
	TRACE_WRAP_BUFFER: 0x0001_f002,
	TRACE_CPU_CHANGE: 0x0001_f003,

	SCHED_RUNSTATE_CHANGE: 0x0002_1001,
	SCHED_CONTINUE_RUNNING: 0x0002_1002,
	SCHED_DOM_ADD: 0x0002_8001,
	SCHED_DOM_REM: 0x0002_8002,
	SCHED_SLEEP: 0x0002_8003,
	SCHED_WAKE: 0x0002_8004,
	SCHED_YIELD: 0x0002_8005,
	SCHED_BLOCK: 0x0002_8006,
	SCHED_SHUTDOWN: 0x0002_8007,
	SCHED_CTL: 0x0002_8008,
	SCHED_ADJDOM: 0x0002_8009,
	SCHED_SWITCH: 0x0002_800a,
	SCHED_S_TIMER_FN: 0x0002_800b,
	SCHED_T_TIMER_FN: 0x0002_800c,
	SCHED_DOM_TIMER_FN: 0x0002_800d,
	SCHED_SWITCH_INFPREV: 0x0002_800e,
	SCHED_SWITCH_INFNEXT: 0x0002_800f,
	SCHED_SHUTDOWN_CODE: 0x0002_8010,
	SCHED_SWITCH_INFCONT: 0x0002_8011,

	DOM0_DOM_ADD: 0x0004_1001,
	DOM0_DOM_REM: 0x0004_1002,

	HVM_VMENTRY: 0x0008_1001,
	HVM_VMEXIT: 0x0008_1002,
	HVM_PF_XEN: 0x0008_2001,
	HVM_PF_INJECT: 0x0008_2002,
	HVM_INJ_EXC: 0x0008_2003,
	HVM_INJ_VIRQ: 0x0008_2004,
	HVM_REINJ_VIRQ: 0x0008_2005,
	HVM_IO_READ: 0x0008_2006,
	HVM_IO_WRITE: 0x0008_2007,
	HVM_CR_READ: 0x0008_2008,
	HVM_CR_WRITE: 0x0008_2009,
	HVM_DR_READ: 0x0008_200a,
	HVM_DR_WRITE: 0x0008_200b,
	HVM_MSR_READ: 0x0008_200c,
	HVM_MSR_WRITE: 0x0008_200d,
	HVM_CPUID: 0x0008_200e,
	HVM_INTR: 0x0008_200f,
	HVM_NMI: 0x0008_2010,
	HVM_SMI: 0x0008_2011,
	HVM_VMMCALL: 0x0008_2012,
	HVM_HLT: 0x0008_2013,
	HVM_INVLPG: 0x0008_2014,
	HVM_MCE: 0x0008_2015,
	HVM_IOPORT_READ: 0x0008_2016,
	HVM_IOMEM_READ: 0x0008_2017,
	HVM_CLTS: 0x0008_2018,
	HVM_LMSW: 0x0008_2019,
	HVM_RDTSC: 0x0008_201a,
	HVM_INTR_WINDOW: 0x0008_2020,
	HVM_NPF: 0x0008_2021,
	HVM_REALMODE_EMULATE: 0x0008_2022,
	HVM_TRAP: 0x0008_2023,
	HVM_TRAP_DEBUG: 0x0008_2024,
	HVM_VLAPIC: 0x0008_2025,
	HVM_IOPORT_WRITE: 0x0008_2216,
	HVM_IOMEM_WRITE: 0x0008_2217,

	MEM_PAGE_GRANT_MAP: 0x0010_f001,
	MEM_PAGE_GRANT_UNMAP: 0x0010_f002,
	MEM_PAGE_GRANT_TRANSFER: 0x0010_f003,
	MEM_SET_P2M_ENTRY: 0x0010_f004,
	MEM_DECREASE_RESERVATION: 0x0010_f005,
	MEM_POD_POPULATE: 0x0010_f010,
	MEM_POD_ZERO_RECLAIM: 0x0010_f011,
	MEM_POD_SUPERPAGE_SPLINTER: 0x0010_f012,

	PV_HYPERCALL: 0x0020_1001,
	PV_TRAP: 0x0020_1003,
	PV_PAGE_FAULT: 0x0020_1004,
	PV_FORCED_INVALID_OP: 0x0020_1005,
	PV_EMULATE_PRIVOP: 0x0020_1006,
	PV_EMULATE_4GB: 0x0020_1007,
	PV_MATH_STATE_RESTORE: 0x0020_1008,
	PV_PAGING_FIXUP: 0x0020_1009,
	PV_GDT_LDT_MAPPING_FAULT: 0x0020_100a,
	PV_PTWR_EMULATION: 0x0020_100b,
	PV_PTWR_EMULATION_PAE: 0x0020_100c,
	PV_HYPERCALL_V2: 0x0020_100d,
	PV_HYPERCALL_SUBCALL: 0x0020_200e,

	SHADOW_NOT_SHADOW: 0x0040_f001,
	SHADOW_FAST_PROPAGATE: 0x0040_f002,
	SHADOW_FAST_MMIO: 0x0040_f003,
	SHADOW_FALSE_FAST_PATH: 0x0040_f004,
	SHADOW_MMIO: 0x0040_f005,
	SHADOW_FIXUP: 0x0040_f006,
	SHADOW_DOMF_DYING: 0x0040_f007,
	SHADOW_EMULATE: 0x0040_f008,

	PM_FREQ_CHANGE: 0x0080_1001,
	PM_IDLE_ENTRY: 0x0080_1002,
	PM_IDLE_EXIT: 0x0080_1003,
	HW_IRQ_MOVE_CLEANUP_DELAY: 0x0080_2001,
	HW_IRQ_MOVE_CLEANUP: 0x0080_2002,
	HW_IRQ_BIND_VECTOR: 0x0080_2003,
	HW_IRQ_CLEAR_VECTOR: 0x0080_2004,
	HW_IRQ_MOVE_FINISH: 0x0080_2005,
	HW_IRQ_ASSIGN_VECTOR: 0x0080_2006,
	HW_IRQ_UNMAPPED_VECTOR: 0x0080_2007,
	HW_IRQ_HANDLED: 0x0080_2008
} as const;

/** In events of guests and shadows: addresses in the words are 64 bits wide. */
export const TRC_64_FLAG = 0x100;
/** Runstates in SCHED_RUNSTATE_CHANGE: old in bits 11..8, new in bits 7..4. */
const RUNSTATE_BITS = 0xff0;

export const CYCLES_INCLUDED = 0x8000_0000;
export const WORDS_SHIFT = 28;

/** In the first word of PV_HYPERCALL_V2: two bits for each of six arguments say how wide it is. */
export const ARGUMENT_SHIFT = 20;
export const ARGUMENT_32 = 1;
export const ARGUMENT_64 = 2;
export const HYPERCALL_MASK = 0x000f_ffff;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TRC).map(([name, event]) => [event, `TRC_${name}`]));
const CLASSES = ['GEN', 'SCHED', 'DOM0OP', 'HVM', 'MEM', 'PV', 'SHADOW', 'HW'] as const;
const GUEST_CLASS = 11;

const className = (event: number): string => {
	const bits = (event >>> 16) & 0xfff;
	const at = 31 - Math.clz32(bits);
	if (bits === 0 || bits !== 1 << at) return '';
	return at === GUEST_CLASS ? 'GUEST' : (CLASSES[at] ?? '');
};

/** The event without what varies within one name: the width of its addresses, the runstates. */
export function plainEvent(event: number): number {
	if ((event & ~RUNSTATE_BITS) === TRC.SCHED_RUNSTATE_CHANGE) return TRC.SCHED_RUNSTATE_CHANGE;
	const wide = NAMES.has(event & ~TRC_64_FLAG) && /^(HVM|PV|SHADOW)$/.test(className(event));
	return wide ? event & ~TRC_64_FLAG : event;
}

/** `TRC_PV_TRAP`, or for an event that Xen's header does not name `TRC_SCHED 0x22201`. */
export function recordName(event: number): string {
	const plain = plainEvent(event);
	const known = NAMES.get(plain);
	if (known) return known;
	const group = className(event);
	return `${group ? `TRC_${group} ` : ''}0x${event.toString(16)}`;
}
