/**
 * A hostile guest makes hypercalls at random beside an innocent one. It may lose its own domain; nothing else may
 * change, and nothing may be left of it. `HOSTILE_CALLS=n` and `HOSTILE_SEED=s` make a longer campaign.
 */
import { describe, expect, it } from 'vitest';
import { HostileCaller, type Attempt } from './hostile-calls';
import { Dice } from './hostile-dice';
import { World } from './hostile-world';

const CALLS = Number(process.env.HOSTILE_CALLS ?? 1500);
const SEEDS = process.env.HOSTILE_SEED ? process.env.HOSTILE_SEED.split(',').map(Number) : [1, 2, 3];
/** Calls between two audits. */
const AUDIT_EVERY = Number(process.env.HOSTILE_AUDIT ?? 20);

function campaign(seed: number): { results: Map<number | null, number>; lives: number } {
	const dice = new Dice(seed);
	const world = new World();
	const { available } = world;
	const results = new Map<number | null, number>();
	let caller = new HostileCaller(world, dice);
	let lives = 1;
	const recent: string[] = [];
	const fail = (call: number, problems: string[]): never => {
		throw new Error(`seed ${seed}, call ${call}:\n${problems.join('\n')}\nafter\n${recent.join('\n')}`);
	};
	for (let call = 0; call < CALLS; call++) {
		const attempt: Attempt = caller.attempt();
		recent.push(`${attempt.nr}(${attempt.args.map((arg) => arg.toString(16)).join(' ')})`);
		if (recent.length > AUDIT_EVERY + 2) recent.shift();
		const started = performance.now();
		let result: number | null;
		try {
			result = caller.make(attempt);
			if (dice.once(3)) caller.store();
		} catch (error) {
			return fail(call, [String((error as Error).stack)]);
		}
		const took = performance.now() - started;
		if (took > 1000) fail(call, [`it took ${took} ms`]);
		recent[recent.length - 1] += ` = ${result}`;
		results.set(result, (results.get(result) ?? 0) + 1);
		const problems = world.check(call % AUDIT_EVERY === 0);
		if (problems.length > 0) fail(call, problems);
		world.host.recorder.events.length = 0;
		world.host.console.length = 0;
		if (caller.guest.domain.alive && !dice.once(2000)) continue;
		const left = world.destroy(caller.guest.domain, available);
		if (left.length > 0) fail(call, ['after the end of the domain', ...left]);
		caller = new HostileCaller(world, dice);
		lives++;
	}
	const left = world.destroy(caller.guest.domain, available);
	if (left.length > 0) fail(CALLS, ['at the end', ...left]);
	const { work } = world;
	world.host.machine.run(10_000);
	expect(world.work).toBeGreaterThan(work);
	return { results, lives };
}

describe('random hypercalls', () => {
	for (const seed of SEEDS) {
		it(`harm nobody but their caller (seed ${seed})`, { timeout: 3_600_000 }, () => {
			const { results, lives } = campaign(seed);
			if (process.env.HOSTILE_CALLS)
				console.log(
					seed,
					lives,
					[...results]
						.sort((a, b) => b[1] - a[1])
						.slice(0, 25)
						.join(' ')
				);
			expect(results.get(0) ?? 0).toBeGreaterThan(CALLS / 20);
			expect(results.size).toBeGreaterThan(10);
			expect(lives).toBeLessThan(CALLS / 10);
		});
	}
});
