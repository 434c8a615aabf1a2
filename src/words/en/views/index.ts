/** The pictures. */
import type { ViewWords } from '../../views';
import { ASKED, CAUSES, COMPARE } from './events';
import { SCORE } from './score';
import { SHARED } from './shared';

export const VIEWS: ViewWords = { shared: SHARED, score: SCORE, checks: ASKED, causes: CAUSES, compare: COMPARE };
