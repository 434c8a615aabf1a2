import type { ArgValue } from '../wide';

/** How two numbers may compare, as queries write it. */
export const COMPARE: Readonly<Record<string, { about: string; holds: (a: ArgValue, b: ArgValue) => boolean }>> = {
	'=': { about: 'equal to', holds: (a, b) => a === b },
	'!=': { about: 'not', holds: (a, b) => a !== b },
	'<': { about: 'below', holds: (a, b) => a < b },
	'<=': { about: 'at most', holds: (a, b) => a <= b },
	'>': { about: 'above', holds: (a, b) => a > b },
	'>=': { about: 'at least', holds: (a, b) => a >= b }
};
