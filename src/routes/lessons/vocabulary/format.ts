/** How a number of the run is written in prose. */
import { errnoName } from '../../../abi/errno';
import { count, decimal, fixed } from '../../../words/numbers';

export type FactForm = 'number' | 'hex' | 'ratio' | 'percent' | 'result' | 'times' | 'micro';

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

const FORMS: Record<FactForm, (value: number) => string> = {
	number: (value) => decimal(value, 1),
	hex: (value) => `0x${(value >>> 0).toString(16)}`,
	/** 9.3× */
	ratio: (value) => `${fixed(value, value < 10 ? 1 : 0)}×`,
	percent: (value) => `${fixed(100 * value, 0)} %`,
	/** What a hypercall returned: 0, a count, or −22 (−EINVAL). */
	result: (value) => (value < 0 ? `−${-value} (−${errnoName(-value)})` : String(value)),
	/** Small counts in words. */
	times: (value) => SMALL[value] ?? count(value),
	micro: (value) => `${fixed(value, 2)} µs`
};

export const formatFact = (value: number, form: FactForm): string => FORMS[form](value);
