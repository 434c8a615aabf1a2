/** The pictures of what the processor reads and does: descriptor tables, traps, and what a guest believes of it. */
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
	at: { one: 'at {address}, {n} byte', other: 'at {address}, {n} bytes' },
	handlers: { one: '{n} handler', other: '{n} handlers' },
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

export const TRAP: ViewWords['trap'] = {
	title: 'Trap path',
	detail: '{vector} · ring {from} → ring {to}',
	errorCode: 'error code',
	word: '{name} {value} at {address}',
	line: '{title}: {lines}',
	passed: '{line} (passed)',
	refused: '{line} (refused)',
	none: {
		xen: 'What let the processor into Xen is not in this trace.',
		boot: 'No trap led here: Xen has had the processor since reset.',
		guest: 'No trap led here: the guest runs by itself.',
		idle: 'No trap led here: the processor waits for an interrupt.',
		partial: 'This trace does not record traps.'
	},
	signs: { passed: 'passed', refused: 'refused' },
	stages: {
		interrupt: 'The interrupt',
		instruction: 'The instruction',
		exception: 'The exception',
		gate: 'The gate',
		privilege: 'Privilege',
		stack: 'The stack',
		arrival: 'Ring {ring}'
	},
	words: { one: '{n} word pushed', other: '{n} words pushed' },
	cause: {
		vector: 'vector {vector}',
		named: '{name}, vector {vector}',
		at: 'ring {ring}, eip {eip}',
		error: 'error code {error}'
	},
	gate: { line: 'DPL {dpl}, {kind}', interrupt: 'interrupt gate', trap: 'trap gate' },
	privilege: {
		outside: 'An interrupt from outside: the gate’s DPL is not asked.',
		itself: 'The processor raised it itself: the gate’s DPL is not asked.',
		notAbove: 'New ring {to} is not above ring {from}.',
		compared: 'CPL {cpl} ≤ gate DPL {dpl}',
		atLeast: 'at least {ring}',
		instruction: 'INT n may only use a gate open to its ring.'
	},
	stack: {
		same: 'Ring {ring} already: the same stack, at {esp}.',
		left: 'left behind: {esp}',
		old: 'the old stack'
	},
	arrival: { eip: 'eip {eip}', esp: 'esp {esp}' }
};

export const TRUTHS: ViewWords['truths'] = {
	title: 'Two truths',
	detail: 'eip {eip}',
	guest: 'What the guest believes',
	machine: 'What the machine does',
	same: 'the same',
	differs: 'differs',
	sameLine: '{what}: guest and machine agree on {guest}.',
	differsLine: '{what}: the guest believes {guest}; the machine has {machine}. {note}'
};
