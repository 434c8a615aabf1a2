/** Small enumerations that events carry as numbers (`ArgFormat` `name`); a language has its own words for them. */

/** Why translations left the TLB. */
export const TLB_FLUSH_CAUSES = ['mov cr3', 'invlpg', 'mov cr0', 'mov cr4', 'all', 'context switch'] as const;

/** Frame types, in the order of Xen's PGT_* (xen/arch/x86/include/asm/mm.h). */
export const FRAME_TYPES = [
	'none',
	'l1_page_table',
	'l2_page_table',
	'l3_page_table',
	'l4_page_table',
	'seg_desc',
	'writable'
] as const;

/** RUNSTATE_* of xen/include/public/vcpu.h. */
export const RUNSTATES = ['running', 'runnable', 'blocked', 'offline'] as const;

/** Why the hypervisor killed a domain. */
export const CRASH_REASONS = [
	'guest called crash',
	'no trap handler',
	'fault while writing the bounce frame',
	'fault in the iret frame',
	'unhandled fault with no handler',
	'failsafe callback missing',
	'bad selector in a callback',
	'toolstack destroyed it',
	'triple fault',
	'page table lost its root',
	'watchdog'
] as const;

/** XS_* of xen/include/public/io/xs_wire.h, by number. */
export const XENSTORE_OPS = [
	'CONTROL',
	'DIRECTORY',
	'READ',
	'GET_PERMS',
	'WATCH',
	'UNWATCH',
	'TRANSACTION_START',
	'TRANSACTION_END',
	'INTRODUCE',
	'RELEASE',
	'GET_DOMAIN_PATH',
	'WRITE',
	'MKDIR',
	'RM',
	'SET_PERMS',
	'WATCH_EVENT',
	'ERROR',
	'IS_DOMAIN_INTRODUCED',
	'RESUME',
	'SET_TARGET',
	'INVALID_18',
	'RESET_WATCHES',
	'DIRECTORY_PART'
] as const;

/** What can be changed by hand, as `change` events say it. */
export const HAND_CHANGES = [
	'register',
	'memory',
	'page-table entry',
	'event channel bit',
	'check skipped',
	'flush skipped',
	'event dropped',
	'answer turned'
] as const;

/** What a change by hand overruled when the time came. */
export const OVERRULED = ['check', 'flush', 'event', 'yes'] as const;
