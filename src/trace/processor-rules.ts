/**
 * The processor's own rules: why an exception was raised, by vector and error code (SDM vol. 3, chapter 6; 4.7 for page
 * faults). A row says what the processor looked at and where the rule stands; what the error code tells narrows it down.
 */
import {
	ERROR_IDT,
	ERROR_INDEX_SHIFT,
	ERROR_LDT,
	PF_FETCH,
	PF_PRESENT,
	PF_RESERVED,
	PF_USER,
	PF_WRITE,
	VECTOR
} from '../x86/exceptions';
import { isNull } from '../x86/descriptors';

/** A rule and where it is written. */
export interface Rule {
	readonly says: string;
	readonly cite: string;
}

/** What each exception means when its error code tells no more (SDM vol. 3, 6.15). */
const RULES: Readonly<Record<number, Rule>> = {
	[VECTOR.DE]: {
		says: 'DIV and IDIV need a divisor other than zero, and a quotient that fits.',
		cite: 'SDM vol. 3, 6.15: interrupt 0'
	},
	[VECTOR.DB]: {
		says: 'A debug condition holds: a breakpoint register matched, or TF asked for a stop after each instruction.',
		cite: 'SDM vol. 3, 17.3.1'
	},
	[VECTOR.NMI]: { says: 'A non-maskable interrupt asks nobody.', cite: 'SDM vol. 3, 6.7' },
	[VECTOR.BP]: { says: 'INT3 calls the breakpoint handler.', cite: 'SDM vol. 3, 6.15: interrupt 3' },
	[VECTOR.OF]: { says: 'INTO calls the overflow handler when OF is set.', cite: 'SDM vol. 3, 6.15: interrupt 4' },
	[VECTOR.BR]: { says: 'BOUND needs an index within its bounds.', cite: 'SDM vol. 3, 6.15: interrupt 5' },
	[VECTOR.UD]: {
		says: 'The bytes are no instruction of this processor in this mode, or its use of LOCK or of an operand is not allowed.',
		cite: 'SDM vol. 3, 6.15: interrupt 6'
	},
	[VECTOR.NM]: {
		says: 'CR0.TS or CR0.EM is set: the first use of the FPU after a switch traps, so that its state can be changed lazily.',
		cite: 'SDM vol. 3, 2.5 and 6.15: interrupt 7'
	},
	[VECTOR.DF]: {
		says: 'A second fault came while the first was delivered.',
		cite: 'SDM vol. 3, 6.15: interrupt 8, table 6-5'
	},
	[VECTOR.TS]: {
		says: 'A task-state segment, or a selector or stack in it, cannot be used.',
		cite: 'SDM vol. 3, 6.15: interrupt 10'
	},
	[VECTOR.NP]: {
		says: 'A segment or gate must be present (P = 1) to be loaded or used.',
		cite: 'SDM vol. 3, 6.15: interrupt 11'
	},
	[VECTOR.SS]: {
		says: 'An access through SS must lie within its limit, and a stack segment that is loaded must be present.',
		cite: 'SDM vol. 3, 6.15: interrupt 12'
	},
	[VECTOR.GP]: {
		says: 'A rule of protection was broken that has no exception of its own.',
		cite: 'SDM vol. 3, 6.15: interrupt 13'
	},
	[VECTOR.MF]: { says: 'An unmasked x87 exception waits (CR0.NE = 1).', cite: 'SDM vol. 3, 6.15: interrupt 16' },
	[VECTOR.AC]: {
		says: 'With CR0.AM and EFLAGS.AC set, code of ring 3 must access data at aligned addresses.',
		cite: 'SDM vol. 3, 6.15: interrupt 17'
	},
	[VECTOR.XM]: { says: 'An unmasked SIMD exception was raised.', cite: 'SDM vol. 3, 6.15: interrupt 19' }
};

const CITE_RIGHTS = 'SDM vol. 3, 4.6.1';
const CITE_FAULT = 'SDM vol. 3, 4.7';

/** The rule behind a page fault, by its error code. */
function pageFaultRule(error: number): Rule {
	if ((error & PF_RESERVED) !== 0)
		return {
			says: 'Reserved bits of every entry on the way must be zero.',
			cite: `${CITE_FAULT}; 4.4.2 for PAE entries`
		};
	if ((error & PF_PRESENT) === 0) return { says: 'Every entry on the way must be present (P = 1).', cite: CITE_FAULT };
	if ((error & PF_FETCH) !== 0)
		return {
			says: 'No entry on the way of an instruction fetch may forbid execution (XD = 0).',
			cite: CITE_RIGHTS
		};
	if ((error & PF_USER) === 0)
		return {
			says: 'With CR0.WP set, code of the rings 0 to 2 may write only where every entry on the way permits it (R/W = 1).',
			cite: CITE_RIGHTS
		};
	return (error & PF_WRITE) !== 0
		? {
				says: 'Ring 3 may write only where every entry on the way permits both users (U/S = 1) and writing (R/W = 1).',
				cite: CITE_RIGHTS
			}
		: { says: 'Ring 3 may read only where every entry on the way permits users (U/S = 1).', cite: CITE_RIGHTS };
}

/** What a page fault's error code says, bit by bit. */
export const pageFaultBits = (error: number): readonly { what: string; text: string }[] => [
	{
		what: 'P',
		text: (error & PF_PRESENT) !== 0 ? '1: the page is there, its rights forbid it' : '0: an entry is not present'
	},
	{ what: 'W/R', text: (error & PF_WRITE) !== 0 ? '1: a write' : '0: a read' },
	{ what: 'U/S', text: (error & PF_USER) !== 0 ? '1: from ring 3' : '0: from ring 0, 1 or 2' },
	...((error & PF_RESERVED) !== 0 ? [{ what: 'RSVD', text: '1: a reserved bit is set in an entry' }] : []),
	...((error & PF_FETCH) !== 0 ? [{ what: 'I/D', text: '1: an instruction fetch' }] : [])
];

/** What the error code of #TS, #NP, #SS or #GP names. */
export function selectorText(error: number): string {
	const index = error >>> ERROR_INDEX_SHIFT;
	if ((error & ERROR_IDT) !== 0) return `gate 0x${index.toString(16)} of the IDT`;
	if (isNull(error)) return 'no descriptor';
	return `descriptor ${index} of the ${(error & ERROR_LDT) !== 0 ? 'LDT' : 'GDT'}`;
}

/** The rule behind exception `vector`, raised in ring `fromRing`. */
export function exceptionRule(vector: number, error: number, fromRing: number): Rule {
	if (vector === VECTOR.PF) return pageFaultRule(error);
	if (vector === VECTOR.GP) return protectionRule(error, fromRing);
	return RULES[vector] ?? { says: 'INT n goes through gate n of the IDT.', cite: 'SDM vol. 3, 6.12' };
}

/** #GP, the exception for everything: what its error code narrows it down to. */
function protectionRule(error: number, ring: number): Rule {
	if ((error & ERROR_IDT) !== 0)
		return {
			says: `INT n may only use a gate whose DPL is not below the ring that it is used in, which is ${ring} here.`,
			cite: 'SDM vol. 3, 6.12.1.1'
		};
	if (!isNull(error))
		return {
			says: `A selector may be loaded only if its descriptor lies within its table, has the right type, and its DPL permits ring ${ring}.`,
			cite: 'SDM vol. 3, 5.5 to 5.8'
		};
	return ring === 0
		? { says: 'An access must lie within its segment, of a type that permits it.', cite: 'SDM vol. 3, 5.3 and 5.4' }
		: {
				says: `Privileged instructions need ring 0, I/O instructions an IOPL of at least the ring, and each access must lie within its segment; this is ring ${ring}.`,
				cite: 'SDM vol. 3, 5.9 and 5.3; vol. 1, 19.5'
			};
}
