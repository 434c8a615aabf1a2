/** The pictures. */
import type { ViewWords } from '../../views';
import { ASKED, CAUSES, COMPARE } from './events';
import { FRAMES, MAPPERS, REGISTERS, TLB } from './machine';
import { SCORE } from './score';
import { SHARED } from './shared';

export const VIEWS: ViewWords = {
	shared: SHARED,
	score: SCORE,
	checks: ASKED,
	causes: CAUSES,
	compare: COMPARE,
	registers: REGISTERS,
	tlb: TLB,
	frames: FRAMES,
	mappers: MAPPERS
};
