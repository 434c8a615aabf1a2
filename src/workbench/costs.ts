/** The cost table of a scenario's machine: a profile, and the rows that the scenario overrules. */
import { Bug } from '../base';
import {
	COST_CLASSES,
	COST_PROFILES,
	COSTS,
	GROUNDS,
	type CostClass,
	type CostProfile,
	type Ground,
	type ProfileName
} from '../hardware/cost';
import { DEFAULT_PROFILE_NAME } from '../hardware/usual-profile';
import { otherwise } from '../trace/query/nearest';
import { profileName, type Costing, type Overruled } from './costing';
import type { ScenarioInput } from './scenario';

export { COST_CLASSES, DEFAULT_PROFILE_NAME, GROUNDS, type CostClass, type Ground, type ProfileName };
export { changedRows, costsText, profileName, type Costing, type Overruled } from './costing';

export const PROFILE_NAMES = Object.keys(COST_PROFILES) as readonly ProfileName[];

const isClass = (name: string): name is CostClass => Object.hasOwn(COSTS, name);

/** What is wrong with overruling a row so, or ''. */
export function costProblem(name: string, cycles: unknown): string {
	if (!isClass(name)) return `there is no cost '${name}'${otherwise(name, COST_CLASSES, 'there are')}`;
	const { least, most } = COSTS[name];
	if (typeof cycles === 'number' && Number.isInteger(cycles) && cycles >= least && cycles <= most) return '';
	const why = least > 0 && cycles === 0 ? '; time would stand still' : '';
	return `${name}: ${String(cycles)} is not a whole number of cycles from ${least} to ${most}${why}`;
}

/** What the machine charges: the profile with the overruled rows in their places. */
export function profileOf(costing: Costing = {}): CostProfile {
	const profile: CostProfile | undefined = COST_PROFILES[profileName(costing)];
	if (!profile) throw new Bug('a scenario that was checked names no profile', { costing });
	const rows = Object.entries(costing.costs ?? {}).map(([name, cycles]) => [
		name,
		{ ...profile.costs[name as CostClass], cycles }
	]);
	return rows.length === 0 ? profile : { ...profile, costs: { ...profile.costs, ...Object.fromEntries(rows) } };
}

/** Cycles a second of a scenario's machine. */
export const hzOf = ({ machine }: ScenarioInput): number => profileOf(machine).hz;

/** A row of the table as it is shown. */
export interface CostRow {
	readonly name: CostClass;
	/** Cycles in the profile, and in force. */
	readonly usual: number;
	readonly cycles: number;
	readonly ground: Ground;
	/** The least and the most that it may be. */
	readonly least: number;
	readonly most: number;
	/** Modules below `src` that charge it. */
	readonly at: readonly string[];
}

/** The whole table, in its order. */
export function costTable(costing: Costing = {}): CostRow[] {
	const { costs } = COST_PROFILES[profileName(costing)];
	return COST_CLASSES.map((name) => ({
		name,
		usual: costs[name].cycles,
		cycles: costing.costs?.[name] ?? costs[name].cycles,
		ground: costs[name].ground,
		...COSTS[name]
	}));
}

/** The same without rows that say what the profile says anyway, in the table's order; nothing at all where that is everything. */
export function plainCosting(costing: Costing = {}): Costing {
	const profile = profileName(costing);
	const changed = costTable(costing).filter(({ usual, cycles }) => cycles !== usual);
	return {
		...(profile !== DEFAULT_PROFILE_NAME && { profile }),
		...(changed.length > 0 && { costs: Object.fromEntries(changed.map(({ name, cycles }) => [name, cycles])) })
	};
}

/** Whether two tables say the same. */
export const sameCosting = (one: Costing, other: Costing): boolean =>
	JSON.stringify(plainCosting(one)) === JSON.stringify(plainCosting(other));

/** Reads what `costsText` wrote. @throws TypeError with what is wrong */
export function readCosts(text: string): Overruled {
	const costs: Record<string, number> = {};
	for (const part of text.split(',').filter(Boolean)) {
		const [name, cycles = ''] = part.split('.');
		const value = /^\d+$/.test(cycles) ? Number(cycles) : cycles;
		const problem = costProblem(name, value);
		if (problem) throw new TypeError(problem);
		if (Object.hasOwn(costs, name)) throw new TypeError(`${name} is given twice`);
		costs[name] = value as number;
	}
	return costs;
}
