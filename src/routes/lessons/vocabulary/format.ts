/** How a number of the run is written in prose. */
import { errnoName } from '../../../abi/errno';

export type FactForm = 'number' | 'hex' | 'ratio' | 'percent' | 'result' | 'times' | 'micro';

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

const FORMS: Record<FactForm, (value: number) => string> = {
	number: (value) => value.toLocaleString('en-GB', { maximumFractionDigits: 1 }),
	hex: (value) => `0x${(value >>> 0).toString(16)}`,
	/** 9.3× */
	ratio: (value) => `${value.toFixed(value < 10 ? 1 : 0)}×`,
	percent: (value) => `${(100 * value).toFixed(0)} %`,
	/** What a hypercall returned: 0, a count, or −22 (−EINVAL). */
	result: (value) => (value < 0 ? `−${-value} (−${errnoName(-value)})` : String(value)),
	/** Small counts in words. */
	times: (value) => SMALL[value] ?? value.toLocaleString('en-GB'),
	micro: (value) => `${value.toFixed(2)} µs`
};

export const formatFact = (value: number, form: FactForm): string => FORMS[form](value);
