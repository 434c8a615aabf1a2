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
} from '../../x86/exceptions';
import { isNull } from '../../x86/descriptors';
import { words } from '../../words/late';
import type { RuleName } from '../../words/language';
import { fill } from '../../words/template';

/** A rule and where it is written. */
export interface Rule {
	readonly says: string;
	readonly cite: string;
}

const rule = (name: RuleName, cite: string, ring = 0): Rule => ({ says: fill(words.rules[name], { ring }), cite });

/** What each exception means, by its vector, whatever its error code tells (SDM vol. 3, 6.15). */
const RULES: Readonly<Record<number, readonly [RuleName, cite: string]>> = {
	[VECTOR.DE]: ['de', 'SDM vol. 3, 6.15: interrupt 0'],
	[VECTOR.DB]: ['db', 'SDM vol. 3, 17.3.1'],
	[VECTOR.NMI]: ['nmi', 'SDM vol. 3, 6.7'],
	[VECTOR.BP]: ['bp', 'SDM vol. 3, 6.15: interrupt 3'],
	[VECTOR.OF]: ['of', 'SDM vol. 3, 6.15: interrupt 4'],
	[VECTOR.BR]: ['br', 'SDM vol. 3, 6.15: interrupt 5'],
	[VECTOR.UD]: ['ud', 'SDM vol. 3, 6.15: interrupt 6'],
	[VECTOR.NM]: ['nm', 'SDM vol. 3, 2.5 and 6.15: interrupt 7'],
	[VECTOR.DF]: ['df', 'SDM vol. 3, 6.15: interrupt 8, table 6-5'],
	[VECTOR.TS]: ['ts', 'SDM vol. 3, 6.15: interrupt 10'],
	[VECTOR.NP]: ['np', 'SDM vol. 3, 6.15: interrupt 11'],
	[VECTOR.SS]: ['ss', 'SDM vol. 3, 6.15: interrupt 12'],
	[VECTOR.MF]: ['mf', 'SDM vol. 3, 6.15: interrupt 16'],
	[VECTOR.AC]: ['ac', 'SDM vol. 3, 6.15: interrupt 17'],
	[VECTOR.XM]: ['xm', 'SDM vol. 3, 6.15: interrupt 19']
};

const CITE_RIGHTS = 'SDM vol. 3, 4.6.1';
const CITE_FAULT = 'SDM vol. 3, 4.7';

/** The rule behind a page fault, by its error code. */
function pageFaultRule(error: number): Rule {
	if ((error & PF_RESERVED) !== 0) return rule('pfReserved', `${CITE_FAULT}; 4.4.2 for PAE entries`);
	if ((error & PF_PRESENT) === 0) return rule('pfPresent', CITE_FAULT);
	if ((error & PF_FETCH) !== 0) return rule('pfExecute', CITE_RIGHTS);
	if ((error & PF_USER) === 0) return rule('pfKernelWrite', CITE_RIGHTS);
	return rule((error & PF_WRITE) !== 0 ? 'pfUserWrite' : 'pfUserRead', CITE_RIGHTS);
}

/** What a page fault's error code says, bit by bit. */
export function pageFaultBits(error: number): readonly { what: string; text: string }[] {
	const { faultBits } = words.why;
	return [
		{ what: 'P', text: (error & PF_PRESENT) !== 0 ? faultBits.present : faultBits.absent },
		{ what: 'W/R', text: (error & PF_WRITE) !== 0 ? faultBits.write : faultBits.read },
		{ what: 'U/S', text: (error & PF_USER) !== 0 ? faultBits.user : faultBits.supervisor },
		...((error & PF_RESERVED) !== 0 ? [{ what: 'RSVD', text: faultBits.reserved }] : []),
		...((error & PF_FETCH) !== 0 ? [{ what: 'I/D', text: faultBits.fetch }] : [])
	];
}

/** What the error code of #TS, #NP, #SS or #GP names. */
export function selectorText(error: number): string {
	const { selectors } = words.why;
	const index = error >>> ERROR_INDEX_SHIFT;
	if ((error & ERROR_IDT) !== 0) return fill(selectors.gate, { gate: `0x${index.toString(16)}` });
	if (isNull(error)) return selectors.none;
	return fill(selectors.descriptor, { index, table: (error & ERROR_LDT) !== 0 ? 'LDT' : 'GDT' });
}

/** The rule behind exception `vector`, raised in ring `fromRing`. */
export function exceptionRule(vector: number, error: number, fromRing: number): Rule {
	if (vector === VECTOR.PF) return pageFaultRule(error);
	if (vector === VECTOR.GP) return protectionRule(error, fromRing);
	return rule(...(RULES[vector] ?? ['int', 'SDM vol. 3, 6.12']));
}

/** #GP, the exception for everything: what its error code narrows it down to. */
function protectionRule(error: number, ring: number): Rule {
	if ((error & ERROR_IDT) !== 0) return rule('gpGate', 'SDM vol. 3, 6.12.1.1', ring);
	if (!isNull(error)) return rule('gpSelector', 'SDM vol. 3, 5.5 to 5.8', ring);
	return ring === 0
		? rule('gpSegment', 'SDM vol. 3, 5.3 and 5.4')
		: rule('gpPrivilege', 'SDM vol. 3, 5.9 and 5.3; vol. 1, 19.5', ring);
}
