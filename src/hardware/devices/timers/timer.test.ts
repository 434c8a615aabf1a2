import { describe, expect, it } from 'vitest';
import { Clock } from '../../clock';
import { DEFAULT_PROFILE } from '../../cost';
import { Pit, PIT_HZ } from '../pit';
import { Timer } from './timer';

/** A timer whose counts are two cycles long; the line with the counts at which it changed. */
class Bench {
	readonly clock = new Clock({ ...DEFAULT_PROFILE, hz: 2 * PIT_HZ });
	readonly timer = new Timer(this);
	readonly changes: [at: number, high: boolean][] = [];
	private high = false;
	constructor() {
		this.timer.trigger = (high) => {
			if (high !== this.high) this.changes.push([Math.floor(this.clock.now / 2), high]);
			this.high = high;
		};
	}
	start(mode: number, count: number): this {
		this.timer.write(3, 1, 0x30 | (mode << 1));
		this.timer.write(0, 1, count & 0xff);
		this.timer.write(0, 1, count >>> 8);
		return this;
	}
	/** Lets so many counts pass. */
	wait(counts: number): this {
		const end = this.clock.now + 2 * counts;
		while (this.clock.nextEvent <= end) {
			this.clock.now = this.clock.nextEvent;
			this.clock.runDue();
		}
		this.clock.now = end;
		return this;
	}
}

describe('OUT of counter 0', () => {
	it.each<[number, string, [number, boolean][]]>([
		[0, 'rises once, at the end', [[10, true]]],
		[1, 'waits for a gate that never rises', [[0, true]]],
		[
			2,
			'falls for the last count of each round',
			[
				[0, true],
				[9, false],
				[10, true],
				[19, false],
				[20, true]
			]
		],
		[
			3,
			'is a square wave',
			[
				[0, true],
				[5, false],
				[10, true],
				[15, false],
				[20, true]
			]
		],
		[
			4,
			'falls for one count at the end',
			[
				[0, true],
				[10, false],
				[11, true]
			]
		],
		[5, 'waits for a gate, too', [[0, true]]]
	])('in mode %i %s', (mode, _name, changes) => {
		expect(new Bench().start(mode, 10).wait(23).changes).toEqual(changes);
	});

	it('is the line\u2019s level whenever somebody looks', () => {
		for (const mode of [0, 2, 3, 4]) {
			const bench = new Bench().start(mode, 7);
			let level = mode !== 0;
			for (let n = 0; n < 40; n++) {
				bench.changes.length = 0;
				bench.wait(1);
				level = bench.changes.at(-1)?.[1] ?? level;
				bench.timer.write(3, 1, 0xe2);
				expect((bench.timer.read(0) & 0x80) !== 0, `mode ${mode}, count ${n}`).toBe(level);
			}
		}
	});

	it('comes at the right counts for years: whole rounds, at odd rates of cycles', () => {
		const clock = new Clock({ ...DEFAULT_PROFILE, hz: 2_400_000_000 });
		const timer = new Timer({ clock });
		let rises = 0;
		let before = false;
		timer.trigger = (high) => {
			if (high && !before) rises++;
			before = high;
		};
		clock.now = 2 ** 52;
		for (const value of [0x34, 0x9c, 0x2e]) timer.write(value === 0x34 ? 3 : 0, 1, value);
		const end = clock.now + 2_400_000_000;
		while (clock.nextEvent <= end) {
			clock.now = clock.nextEvent;
			clock.runDue();
		}
		// 99 rounds of 11,932 counts in a second, and the rise at the beginning.
		expect(rises).toBe(100);
	});

	it('a new count or mode takes the old appointment away; the other counters make none', () => {
		const bench = new Bench().start(0, 10).wait(5).start(0, 10).wait(8);
		expect(bench.changes).toEqual([]);
		expect(bench.wait(3).changes).toEqual([[15, true]]);
		const other = new Bench();
		other.timer.write(3, 1, 0xb6);
		other.timer.write(2, 1, 4);
		other.timer.write(2, 1, 0);
		expect(other.clock.waiting).toBe(0);
	});

	it('goes on where it was saved', () => {
		const bench = new Bench().start(2, 10).wait(4);
		const saved = structuredClone({ clock: bench.clock.save(), timer: bench.timer.save() });
		const other = new Bench();
		other.clock.restore(saved.clock);
		other.timer.restore(saved.timer);
		other.clock.checkRestored();
		other.wait(10);
		expect(other.changes).toEqual([[10, true]]);
		expect(other.timer.save()).toEqual(bench.wait(10).timer.save());
	});

	it('a reset calls it off', () => {
		const bench = new Bench().start(3, 10).wait(2);
		bench.timer.reset();
		expect([bench.clock.waiting, bench.changes.at(-1)]).toEqual([0, [2, false]]);
	});

	it('a timer without a line makes no appointment', () => {
		const clock = new Clock();
		const pit = new Pit(clock);
		for (const value of [0x34, 4, 0]) pit.write(value === 0x34 ? 3 : 0, 1, value);
		expect(clock.waiting).toBe(0);
	});
});
