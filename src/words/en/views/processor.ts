/** The pictures of what the processor reads: descriptor tables. */
import type { ViewWords } from '../../views';

export const DESCRIPTORS: ViewWords['descriptors'] = {
	title: 'Descriptor tables',
	detail: 'a chosen entry is shown bit by bit',
	absent: '{what}, not present',
	idle: 'the idle loop',
	ofWhom: '{at}, of {who}',
	withSelector: '{at}, selector {selector}',
	noLdt: 'LDTR is null: {who} has no local descriptors.',
	andOn: '{gate} and on',
	twin: '{title}: {detail}',
	columns: {
		segments: ['selector', 'what', 'base', 'last byte', 'DPL', 'used by'],
		idt: ['vector', 'the processor’s gate', 'DPL', 'the guest’s handler', 'DPL', 'upcalls'],
		tss: ['field', 'value', 'what it is']
	},
	titles: { gdt: 'GDT', ldt: 'LDT', idt: 'IDT and the guest’s trap table', tss: 'TSS' },
	at: { other: 'at {address}, {n} bytes' },
	handlers: { other: '{n} handlers' },
	idt: {
		registered: '{at}; the guest registered {handlers}',
		noHandler: '{at}; the guest registered no handler: its first exception ends it',
		noGuest: '{at}; no guest is on the processor'
	},
	upcalls: { masked: 'masked', unchanged: 'as they were' },
	tss: {
		at: 'selector {selector}, at {address}',
		esp0: 'stack of every entry into ring 0: the hypervisor’s',
		esp1: 'stack of an entry into ring 1: the guest kernel’s (stack_switch)',
		ioBitmap: 'I/O bitmap',
		deniesAll: 'beyond the limit: every port is denied',
		opens: 'ports with a clear bit are open'
	},
	gates: {
		code: 'code',
		data: 'data',
		ldt: 'ldt',
		tss: 'tss',
		'call gate': 'call gate',
		'task gate': 'task gate',
		'interrupt gate': 'int',
		'trap gate': 'trap gate',
		reserved: 'reserved'
	},
	system: {
		TSS16: '16-bit TSS',
		LDT: 'LDT',
		TSS16_BUSY: '16-bit TSS, busy',
		CALL_GATE16: '16-bit call gate',
		TASK_GATE: 'task gate',
		INTERRUPT_GATE16: '16-bit interrupt gate',
		TRAP_GATE16: '16-bit trap gate',
		TSS32: 'TSS',
		TSS32_BUSY: 'TSS, busy',
		CALL_GATE32: 'call gate',
		INTERRUPT_GATE32: 'interrupt gate',
		TRAP_GATE32: 'trap gate'
	},
	reserved: 'reserved type {type}',
	segments: {
		code: 'code, {rights}',
		conforming: 'code, {rights}, conforming',
		data: 'data, {rights}',
		expandsDown: 'data, {rights}, expands down'
	},
	rights: {
		executeRead: 'execute and read',
		execute: 'execute only',
		readWrite: 'read and write',
		read: 'read only'
	}
};
