import { expect, it } from 'vitest';
import { Clock } from './clock';
import { COST_PROFILES } from './cost';

it('runs appointments in the order of cycle and id', () => {
	const clock = new Clock();
	const order: string[] = [];
	clock.schedule(20, () => order.push('late'));
	clock.schedule(10, () => order.push('first'));
	clock.schedule(10, () => order.push('second'));
	clock.now = 15;
	clock.runDue();
	expect([order, clock.nextEvent]).toEqual([['first', 'second'], 20]);
});

it('runs what an appointment makes due at once, and skips what it cancels', () => {
	const clock = new Clock();
	const order: string[] = [];
	const victim = clock.schedule(11, () => order.push('never'));
	clock.schedule(10, () => {
		clock.cancel(victim);
		clock.schedule(5, () => order.push('at once'));
	});
	clock.now = 12;
	clock.runDue();
	expect([order, clock.nextEvent]).toEqual([['at once'], Infinity]);
});

it('charges by class and never runs backwards', () => {
	const clock = new Clock(COST_PROFILES['p4-xeon']);
	clock.charge('validation', 3);
	expect(clock.now).toBe(90);
	clock.advanceTo(10);
	expect(clock.now).toBe(90);
});

it('a restored appointment keeps its place among those of the same cycle', () => {
	const clock = new Clock();
	const order: number[] = [];
	clock.restore({
		now: 100,
		nextId: 9,
		waiting: [
			[3, 200],
			[7, 200]
		]
	});
	clock.reschedule(7, () => order.push(7));
	expect(() => clock.checkRestored()).toThrow(/nobody made again/);
	clock.reschedule(3, () => order.push(3));
	clock.checkRestored();
	expect(() => clock.reschedule(4, () => order.push(4))).toThrow(/had not been saved/);
	clock.schedule(200, () => order.push(9));
	clock.advanceTo(200);
	clock.runDue();
	expect(order).toEqual([3, 7, 9]);
});
