/** The cost table holds for the machine as it is: what the sources charge is a row, and each row is charged where it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COST_CLASSES, COST_PROFILES, COSTS, type CostProfile } from './cost';

const src = join(import.meta.dirname, '..');

/** Whatever charges for something names it: `charge('iret')`, `costs.iret`. */
const CHARGES = /\bcharge\('(\w+)'|\bcosts\.(\w+)/g;

/** Cost -> modules whose sources charge it, sorted. */
function chargedIn(...folders: string[]): Record<string, string[]> {
	const found = new Map<string, Set<string>>();
	for (const folder of folders)
		for (const file of readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' })) {
			if (!file.endsWith('.ts') || /\.test\.ts$|^test\/|\/test\//.test(file) || file === 'cost.ts') continue;
			for (const [, charge, cost] of readFileSync(join(src, folder, file), 'utf8').matchAll(CHARGES)) {
				const name = charge ?? cost;
				found.set(name, (found.get(name) ?? new Set()).add(`${folder}/${file.replace(/\.ts$/, '')}`));
			}
		}
	return Object.fromEntries([...found].map(([name, modules]) => [name, [...modules].sort()]));
}

it('every cost that is charged is a row, and every row is charged where it says', () => {
	const rows = Object.fromEntries(COST_CLASSES.map((name) => [name, [...COSTS[name].at].sort()]));
	expect(chargedIn('hardware', 'hypervisor')).toEqual(rows);
});

describe.each<[string, CostProfile]>(Object.entries(COST_PROFILES))('the profile %s', (_name, { hz, costs }) => {
	it('has a figure for every row that the row allows', () => {
		expect(hz).toBeGreaterThan(0);
		for (const name of COST_CLASSES) {
			const { cycles } = costs[name];
			expect(Number.isInteger(cycles), name).toBe(true);
			expect(cycles, name).toBeGreaterThanOrEqual(COSTS[name].least);
			expect(cycles, name).toBeLessThanOrEqual(COSTS[name].most);
		}
	});

	it('claims no measurement for what it has from another processor', () => {
		const xeon = COST_PROFILES['p4-xeon'].costs;
		if (costs === xeon) return;
		const same = COST_CLASSES.filter((name) => costs[name].cycles === xeon[name].cycles);
		for (const name of same) expect(costs[name].ground, name).not.toBe('derived');
	});
});
