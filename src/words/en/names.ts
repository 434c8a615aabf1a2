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
