import type { ArgValue } from '../wide';

/** How two numbers may compare, as queries write it. */
export const COMPARE: Readonly<Record<string, { holds: (a: ArgValue, b: ArgValue) => boolean }>> = {
	'=': { holds: (a, b) => a === b },
	'!=': { holds: (a, b) => a !== b },
	'<': { holds: (a, b) => a < b },
	'<=': { holds: (a, b) => a <= b },
	'>': { holds: (a, b) => a > b },
	'>=': { holds: (a, b) => a >= b }
};
