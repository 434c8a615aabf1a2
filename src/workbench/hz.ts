/** How fast the clock of a scenario's machine runs. */
import { COST_PROFILES, DEFAULT_PROFILE } from '../hardware/cost';
import type { ScenarioInput } from './scenario';

/** Cycles a second. */
export const hzOf = (scenario: ScenarioInput): number =>
	(COST_PROFILES[scenario.machine?.profile ?? ''] ?? DEFAULT_PROFILE).hz;
