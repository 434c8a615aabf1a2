/** Small enumerations that events carry as numbers (`ArgFormat` `name`); a language has its own words for them. */

/** Why translations left the TLB. */
export const TLB_FLUSH_CAUSES = ['mov cr3', 'invlpg', 'mov cr0', 'mov cr4', 'all', 'context switch'] as const;

/** Commands of ATA disks (ATA/ATAPI-6, 8, and the older ones that drivers still give), by the code that each begins with. */
export const ATA_COMMANDS = {
	NOP: 0x00,
	RECALIBRATE: 0x10,
	READ_SECTORS: 0x20,
	READ_SECTORS_NO_RETRY: 0x21,
	READ_SECTORS_EXT: 0x24,
	READ_DMA_EXT: 0x25,
	READ_MULTIPLE_EXT: 0x29,
	WRITE_SECTORS: 0x30,
	WRITE_SECTORS_NO_RETRY: 0x31,
	WRITE_SECTORS_EXT: 0x34,
	WRITE_DMA_EXT: 0x35,
	WRITE_MULTIPLE_EXT: 0x39,
	WRITE_DMA_FUA_EXT: 0x3d,
	READ_VERIFY_SECTORS: 0x40,
	READ_VERIFY_SECTORS_NO_RETRY: 0x41,
	READ_VERIFY_SECTORS_EXT: 0x42,
	SEEK: 0x70,
	EXECUTE_DEVICE_DIAGNOSTIC: 0x90,
	INITIALIZE_DEVICE_PARAMETERS: 0x91,
	IDENTIFY_PACKET_DEVICE: 0xa1,
	READ_MULTIPLE: 0xc4,
	WRITE_MULTIPLE: 0xc5,
	SET_MULTIPLE_MODE: 0xc6,
	READ_DMA: 0xc8,
	READ_DMA_NO_RETRY: 0xc9,
	WRITE_DMA: 0xca,
	WRITE_DMA_NO_RETRY: 0xcb,
	WRITE_MULTIPLE_FUA_EXT: 0xce,
	STANDBY_IMMEDIATE: 0xe0,
	IDLE_IMMEDIATE: 0xe1,
	STANDBY: 0xe2,
	IDLE: 0xe3,
	CHECK_POWER_MODE: 0xe5,
	SLEEP: 0xe6,
	FLUSH_CACHE: 0xe7,
	FLUSH_CACHE_EXT: 0xea,
	IDENTIFY_DEVICE: 0xec,
	SET_FEATURES: 0xef
} as const;
export type AtaCommand = keyof typeof ATA_COMMANDS;

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

/** Why a card kept nothing of a frame that it heard and that was for it, or for whomever it listens for. */
export const FRAME_DROPS = [
	'card stopped',
	'loopback',
	'monitor mode',
	'runt',
	'alignment error',
	'CRC error',
	'ring full'
] as const;

/** What befalls frames on a wire by a scenario's order. */
export const FRAME_FAULTS = ['lose', 'double', 'reorder', 'damage'] as const;
