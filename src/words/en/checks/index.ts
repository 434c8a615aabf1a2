/** How each question of the hypervisor is put, and what its two values are called. */
import type { Language } from '../../language';
import { CONTROL_QUESTIONS } from './control';
import { GRANT_QUESTIONS } from './grants';
import { MEMORY_QUESTIONS } from './memory';

export const CHECKS: Language['checks'] = { ...MEMORY_QUESTIONS, ...CONTROL_QUESTIONS, ...GRANT_QUESTIONS };

/** Why an answer cannot be overruled. */
export const FINALS: Language['finals'] = {
	decided: 'the no has been said elsewhere; the question only puts it on record',
	missing: 'what was asked for is not there, so a yes would leave nothing to go on with',
	limit: 'without its limit the hypervisor would work without end',
	summary: 'it sums up the questions about each entry: switch off the one that is refused'
};
