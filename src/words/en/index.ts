/** English. */
import type { Language } from '../language';
import { CHECKS, FINALS } from './checks';
import { EVENTS } from './events';
import { NAMES } from './names';
import { PARTIAL, PHRASES, SENTENCES } from './sentences';
import { VIEWS } from './views';
import { CAUSES, RULES, WHY } from './why';

export const en: Language = {
	locale: 'en-GB',
	events: EVENTS,
	checks: CHECKS,
	finals: FINALS,
	names: NAMES,
	sentences: SENTENCES,
	partial: PARTIAL,
	phrases: PHRASES,
	why: WHY,
	rules: RULES,
	causes: CAUSES,
	views: VIEWS
};
