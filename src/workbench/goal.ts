/** Where a scenario's own run ends: for a recording, a page, the command line and a test alike. */
import type { ScenarioInput } from './scenario';
import type { StopSpec } from './stops';

/** The scenario's `stop`, without what lies behind cycle `now` already. Nothing set: the end of all domains. */
export const goalOf = ({ stop }: Pick<ScenarioInput, 'stop'>, now = 0): StopSpec => ({
	cycle: stop?.cycles !== undefined && stop.cycles > now ? stop.cycles : undefined,
	text: stop?.text
});
