import { beforeEach, expect, it } from 'vitest';
import { Alarm } from './alarm';
import { Clock } from './clock';

let clock: Clock;
let rung: string[];
const alarm = (name: string): Alarm => new Alarm(clock, (due) => rung.push(`${name}:${due}@${clock.now}`));
const passTo = (cycle: number): void => {
	clock.advanceTo(cycle);
	clock.runDue();
};
beforeEach(() => {
	clock = new Clock();
	rung = [];
});

it('rings once, with the cycle that it was set for', () => {
	const one = alarm('one');
	one.set(10);
	expect(one.at).toBe(10);
	passTo(12);
	passTo(100);
	expect([rung, one.at, one.save()]).toEqual([['one:10@12'], 0, [0, 0]]);
});

it('is set for one cycle at a time, and can be called off', () => {
	const one = alarm('one');
	one.set(10);
	one.set(20);
	passTo(15);
	expect([rung, clock.waiting]).toEqual([[], 1]);
	one.cancel();
	one.cancel();
	passTo(30);
	expect([rung, clock.waiting]).toEqual([[], 0]);
});

it('may be set anew while it rings', () => {
	const again: Alarm = new Alarm(clock, (due) => {
		rung.push(`${due}`);
		if (due < 30) again.set(due + 10);
	});
	again.set(10);
	for (const cycle of [10, 25, 40]) passTo(cycle);
	expect(rung).toEqual(['10', '20', '30']);
});

it('rings after a restore in the order of before, and an alarm of an abandoned future does not', () => {
	const [one, two, three] = ['one', 'two', 'three'].map(alarm);
	one.set(10);
	two.set(10);
	const saved = { clock: clock.save(), alarms: [one, two, three].map((each) => each.save()) };
	three.set(5);
	one.set(11);
	clock.restore(structuredClone(saved.clock));
	// Whoever restores first: the ids decide.
	for (const index of [2, 1, 0]) [one, two, three][index].restore(saved.alarms[index]);
	clock.checkRestored();
	passTo(50);
	expect(rung).toEqual(['one:10@50', 'two:10@50']);
});
