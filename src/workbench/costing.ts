/** What a scenario says of its machine's cost table. What the table then is, and what may be said, stands in `costs.ts`, which pages load when asked for it. */
import type { CostClass, ProfileName } from '../hardware/cost';
import { DEFAULT_PROFILE_NAME } from '../hardware/usual-profile';

/** Rows overruled: cycles by the row's name. */
export type Overruled = Readonly<Partial<Record<CostClass, number>>>;

/** A profile and the rows that are overruled: a scenario's `machine`, as far as it speaks of costs. */
export interface Costing {
	/** A profile's name; '' or left out: the usual one. */
	readonly profile?: string;
	readonly costs?: Overruled;
}

/** Name of the profile. */
export const profileName = ({ profile = '' }: Costing = {}): ProfileName =>
	(profile as ProfileName) || DEFAULT_PROFILE_NAME;

/** How many rows are overruled. */
export const changedRows = ({ costs = {} }: Costing = {}): number => Object.keys(costs).length;

/** `hypercall.500,iret.10`: rows overruled as they stand in an address. */
export const costsText = (costs: Overruled = {}): string =>
	Object.entries(costs)
		.map(([name, cycles]) => `${name}.${cycles}`)
		.join(',');

/** The fields by which an address names a table that is not the usual one; all of them, so that nothing is left to whoever reads it. */
export const costingFields = (costing: Costing): string[] => [
	`profile=${profileName(costing)}`,
	...(changedRows(costing) > 0 ? [`costs=${costsText(costing.costs)}`] : [])
];
