/** Names of the cost profiles. */
import type { Language } from '../language';

export const PROFILES: Language['profiles'] = {
	'p4-xeon': 'Pentium 4 Xeon, 2.4 GHz',
	p3: 'Pentium III, 1 GHz',
	unit: 'one cycle an instruction'
};
