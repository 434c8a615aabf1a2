/** Names for small numbers that events carry. */
import type { Language } from '../language';

export const NAMES: Language['names'] = {
	crashes: {
		'guest called crash': 'guest called crash',
		'no trap handler': 'no trap handler',
		'fault while writing the bounce frame': 'fault while writing the bounce frame',
		'fault in the iret frame': 'fault in the iret frame',
		'unhandled fault with no handler': 'unhandled fault with no handler',
		'failsafe callback missing': 'failsafe callback missing',
		'bad selector in a callback': 'bad selector in a callback',
		'toolstack destroyed it': 'toolstack destroyed it',
		'triple fault': 'triple fault',
		'page table lost its root': 'page table lost its root',
		watchdog: 'watchdog'
	},
	runstates: { running: 'running', runnable: 'runnable', blocked: 'blocked', offline: 'offline' },
	flushes: {
		'mov cr3': 'mov cr3',
		invlpg: 'invlpg',
		'mov cr0': 'mov cr0',
		'mov cr4': 'mov cr4',
		all: 'all',
		'context switch': 'context switch'
	},
	drops: {
		'card stopped': 'the card was stopped',
		loopback: 'the card was in loopback',
		'monitor mode': 'the card only monitors',
		runt: 'it was a runt, shorter than 64 bytes',
		'alignment error': 'it did not end with a whole byte',
		'CRC error': 'its check sequence was wrong',
		'ring full': 'the ring of receive pages was full'
	},
	faults: { lose: 'is lost', double: 'comes twice', reorder: 'comes after the next one', damage: 'is damaged' },
	changes: {
		register: 'register',
		memory: 'memory',
		'page-table entry': 'page-table entry',
		'event channel bit': 'event channel bit',
		'check skipped': 'check skipped',
		'flush skipped': 'flush skipped',
		'event dropped': 'event dropped',
		'answer turned': 'answer turned'
	},
	overruled: { check: 'check', flush: 'flush', event: 'event', yes: 'yes' },
	domain: 'dom{dom}',
	domains: {
		self: 'itself',
		io: 'I/O memory',
		xen: 'the hypervisor',
		invalid: 'nobody',
		idle: 'the idle processor'
	},
	ring: 'ring {ring}',
	noRing: 'no ring',
	yes: 'yes',
	no: 'no'
};
