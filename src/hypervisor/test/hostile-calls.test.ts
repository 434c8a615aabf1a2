/**
 * A hostile guest makes hypercalls at random beside an innocent one. It may lose its own domain; nothing else may
 * change, and nothing may be left of it. `bench/campaign.ts` goes on for as long as one likes.
 */
import { describe, expect, it } from 'vitest';
import { Campaign } from './hostile-campaign';

const CALLS = 1500;

function campaign(seed: number, vcpus = 2): Campaign {
	const it = new Campaign({ seed, auditEvery: 20, slowMs: 1000, vcpus });
	for (let call = 0; call < CALLS; call++) it.step();
	it.finish();
	return it;
}

describe('random hypercalls', () => {
	it.each([1, 2, 3])('harm nobody but their caller (seed %i)', { timeout: 60_000 }, (seed) => {
		const { totals, lives } = campaign(seed);
		expect(totals.get('0') ?? 0).toBeGreaterThan(CALLS / 20);
		expect(totals.size).toBeGreaterThan(6);
		expect(lives).toBeLessThan(CALLS / 10);
	});

	it('are the same again from the same seed', () => {
		expect(campaign(4).answers).toEqual(campaign(4).answers);
	});
});
