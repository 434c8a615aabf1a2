/** Why something was refused or trapped, and what led to what. */
import type { Language } from '../language';

export const WHY: Language['why'] = {
	open: 'Not over yet: {title}.',
	passed: {
		one: 'Nothing refused {title}: {n} question was asked.',
		other: 'Nothing refused {title}: {n} questions were asked.'
	},
	refused: 'The hypervisor refused {title} with {result}: ‘{question}’ was answered no.',
	refusedValues: 'The hypervisor refused {title} with {result}: ‘{question}’ was answered no ({values}).',
	refusedUnasked: 'The hypervisor refused {title} with {result}; no question about it is recorded.',
	overruled: {
		one: 'One answer was overruled by hand: {checks}.',
		other: '{n} answers were overruled by hand: {checks}.'
	},
	raised: 'The processor raised {title}. {rule}',
	walkEnds: 'The walk ends at level {level}: {entry}.',
	facts: {
		ring: 'ring',
		eip: 'eip',
		address: 'address',
		level: 'entry of level {level}',
		error: 'error code',
		selector: 'names'
	},
	entry: 'entry {index} of the table in frame {frame} is {entry} ({bits})',
	entryBits: {
		present: 'P',
		absent: 'not present',
		writable: 'R/W',
		readOnly: 'read-only',
		user: 'U/S',
		supervisor: 'supervisor'
	},
	faultBits: {
		present: '1: the page is there, its rights forbid it',
		absent: '0: an entry is not present',
		write: '1: a write',
		read: '0: a read',
		user: '1: from ring 3',
		supervisor: '0: from ring 0, 1 or 2',
		reserved: '1: a reserved bit is set in an entry',
		fetch: '1: an instruction fetch'
	},
	selectors: { gate: 'gate {gate} of the IDT', none: 'no descriptor', descriptor: 'descriptor {index} of the {table}' }
};

export const RULES: Language['rules'] = {
	de: 'DIV and IDIV need a divisor other than zero, and a quotient that fits.',
	db: 'A debug condition holds: a breakpoint register matched, or TF asked for a stop after each instruction.',
	nmi: 'A non-maskable interrupt asks nobody.',
	bp: 'INT3 calls the breakpoint handler.',
	of: 'INTO calls the overflow handler when OF is set.',
	br: 'BOUND needs an index within its bounds.',
	ud: 'The bytes are no instruction of this processor in this mode, or its use of LOCK or of an operand is not allowed.',
	nm: 'CR0.TS or CR0.EM is set: the first use of the FPU after a switch traps, so that its state can be changed lazily.',
	df: 'A second fault came while the first was delivered.',
	ts: 'A task-state segment, or a selector or stack in it, cannot be used.',
	np: 'A segment or gate must be present (P = 1) to be loaded or used.',
	ss: 'An access through SS must lie within its limit, and a stack segment that is loaded must be present.',
	mf: 'An unmasked x87 exception waits (CR0.NE = 1).',
	ac: 'With CR0.AM and EFLAGS.AC set, code of ring 3 must access data at aligned addresses.',
	xm: 'An unmasked SIMD exception was raised.',
	int: 'INT n goes through gate n of the IDT.',
	pfReserved: 'Reserved bits of every entry on the way must be zero.',
	pfPresent: 'Every entry on the way must be present (P = 1).',
	pfExecute: 'No entry on the way of an instruction fetch may forbid execution (XD = 0).',
	pfKernelWrite:
		'With CR0.WP set, code of the rings 0 to 2 may write only where every entry on the way permits it (R/W = 1).',
	pfUserWrite: 'Ring 3 may write only where every entry on the way permits both users (U/S = 1) and writing (R/W = 1).',
	pfUserRead: 'Ring 3 may read only where every entry on the way permits users (U/S = 1).',
	gpGate: 'INT n may only use a gate whose DPL is not below the ring that it is used in, which is {ring} here.',
	gpSelector:
		'A selector may be loaded only if its descriptor lies within its table, has the right type, and its DPL permits ring {ring}.',
	gpSegment: 'An access must lie within its segment, of a type that permits it.',
	gpPrivilege:
		'Privileged instructions need ring 0, I/O instructions an IOPL of at least the ring, and each access must lie within its segment; this is ring {ring}.'
};

export const CAUSES: Language['causes'] = {
	joints: {
		self: { cause: 'this', effect: 'this' },
		led: { cause: 'because', effect: 'so' },
		inside: { cause: 'inside', effect: 'inside' },
		scheduled: { cause: 'once it had the processor', effect: 'so it gets the processor' },
		armed: { cause: 'as was set', effect: 'and in time' },
		returns: { cause: 'after', effect: 'and its handler returns' },
		changed: { cause: 'because of a change', effect: 'so' }
	},
	roots: {
		change: 'Somebody who looked on made it so.',
		typed: 'It was typed from outside.',
		time: 'Time went on.',
		instruction: 'An instruction of {whose} did it.',
		toolstack: 'The toolstack did it, before the run began.',
		before: 'It happened before the run began, when the machine and its domains were put together.',
		unknown: 'Nothing that is recorded led to it.'
	},
	whose: { hypervisor: 'the hypervisor', process: 'a process of {dom}', kernel: 'the kernel of {dom}' }
};
