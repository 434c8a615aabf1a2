import type { ArgValue } from '../wide';

/** How two numbers may compare, as queries write it. */
export const COMPARE: Readonly<Record<string, (a: ArgValue, b: ArgValue) => boolean>> = {
	'=': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => a < b,
	'<=': (a, b) => a <= b,
	'>': (a, b) => a > b,
	'>=': (a, b) => a >= b
};
