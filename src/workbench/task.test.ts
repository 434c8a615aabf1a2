import { expect, it } from 'vitest';
import { finish, Work, type Task } from './task';

/** Counts to `end`, as many at once as it is allowed. */
const counting = (end: number): Task<number> & { at: number } => ({
	at: 0,
	get fraction() {
		return this.at / end;
	},
	go(most) {
		this.at = Math.min(end, this.at + most);
		return this.at === end ? end : null;
	}
});

it('work goes on while it has an allowance, and listens when that is spent', () => {
	const inner = counting(500_000);
	let undone = 0;
	const work = new Work<string>(
		function* (self): Generator<void, string, void> {
			const sum = yield* self.wait(inner);
			yield* self.spend(1);
			return `counted to ${sum}`;
		},
		() => void undone++
	);
	expect(work.go(200_000)).toBeNull();
	expect(inner.at).toBe(200_000);
	expect(work.go(200_000)).toBeNull();
	expect(finish(work)).toBe('counted to 500000');
	work.cancel();
	expect(undone).toBe(1);
});
