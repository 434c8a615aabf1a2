/**
 * Guests execute anything beside an innocent one, each for a short life. `HOSTILE_LIVES=n` and `HOSTILE_SEED=s` make a
 * longer campaign.
 */
import { describe, expect, it } from 'vitest';
import { HostileCode } from './hostile-code';
import { Dice } from './hostile-dice';
import { World } from './hostile-world';

const LIVES = Number(process.env.HOSTILE_LIVES ?? 40);
const SEEDS = process.env.HOSTILE_SEED ? process.env.HOSTILE_SEED.split(',').map(Number) : [1, 2];
/** Pieces of a life, and instructions in each. */
const [PIECES, INSTRUCTIONS] = [60, 100];

/** One life; throws with what was wrong. */
function live(world: World, dice: Dice): void {
	const { machine, recorder } = world.host;
	const { available } = world;
	const code = new HostileCode(world, dice);
	const { domain } = code.guest;
	const require = (wrong: readonly string[]): void => {
		if (wrong.length > 0)
			throw new Error(`${wrong.join('\n')}\nat ${machine.cpu.eip.toString(16)}, ring ${machine.cpu.cpl}`);
	};
	for (let piece = 0; piece < PIECES && domain.alive; piece++) {
		const { icount } = machine.cpu;
		const { now } = machine.clock;
		const reason = machine.run(INSTRUCTIONS);
		if (reason !== 'idle' && machine.clock.now <= now) require(['no time has passed']);
		if (reason === 'budget' && machine.cpu.icount !== icount + INSTRUCTIONS) require(['instructions were miscounted']);
		require(world.check(piece % 10 === 0));
		recorder.events.length = 0;
		if (dice.once(3)) code.disturb();
	}
	if (domain.alive) require(turn(world) ? [] : ['the innocent guest waits for ever']);
	require(world.destroy(domain, available));
}

/** Whether the innocent guest gets the processor again. */
function turn(world: World): boolean {
	const { work } = world;
	for (let i = 0; i < 100 && world.work === work; i++) {
		world.host.machine.run(2000);
		world.host.recorder.events.length = 0;
	}
	return world.work > work;
}

describe('random code', () => {
	for (const seed of SEEDS) {
		it(`harms nobody but its own domain (seed ${seed})`, { timeout: 3_600_000 }, () => {
			const dice = new Dice(seed);
			const world = new World(0.02);
			const { work } = world;
			for (let life = 0; life < LIVES; life++) {
				try {
					live(world, dice);
				} catch (error) {
					throw new Error(`seed ${seed}, life ${life}`, { cause: error });
				}
			}
			expect(world.work).toBeGreaterThan(work + LIVES);
		});
	}
});
