/** Cards and taps on a wire. */
import { describe, expect, it } from 'vitest';
import { FRAME_FAULTS, KIND, NullRecorder } from '../../../trace/events';
import { ListRecorder } from '../../testing';
import { content, Driver, HZ, MAC, OTHER_MAC, testClock } from '../ne2000/testing';
import { airtime, contentOf, gapTime, isWhole, padded, sealed, type Frame } from './frame';
import { Segment, type SegmentOptions } from './segment';

/** A wire with taps: each keeps what it hears and when. */
class Bench {
	readonly clock = testClock();
	readonly recorder: ListRecorder;
	readonly segment: Segment;
	readonly heard: { tap: number; at: number; frame: Frame }[] = [];
	readonly taps;

	constructor(options: SegmentOptions = {}, taps = 2) {
		this.recorder = new ListRecorder();
		this.segment = new Segment(this, options);
		this.taps = Array.from({ length: taps }, (_, tap) =>
			this.segment.join({ hear: (frame) => this.heard.push({ tap, at: this.clock.now, frame }) })
		);
	}
	/** Tap `from` sends now, frame number `n`. */
	send(from: number, n: number): void {
		const frame = sealed(content(MAC, 60 + n));
		this.clock.schedule(this.taps[from].claim(frame.bytes.length), () => this.taps[from].carry(frame, -1));
	}
	wait(cycles = HZ): this {
		const end = this.clock.now + cycles;
		while (this.clock.nextEvent <= end) {
			this.clock.now = this.clock.nextEvent;
			this.clock.runDue();
		}
		this.clock.now = end;
		return this;
	}
	/** Numbers of the frames that tap `tap` heard; below zero where they were damaged. */
	numbers(tap = 1): number[] {
		return this.heard
			.filter((one) => one.tap === tap)
			.map(({ frame }) => (contentOf(frame).length - 60) * (isWhole(frame) ? 1 : -1));
	}
}

describe('a wire', () => {
	it('brings a frame to all but its sender, in the order in which they joined, when its last bit has passed', () => {
		const bench = new Bench({}, 3);
		bench.send(1, 0);
		bench.wait();
		expect(bench.heard.map(({ tap, at }) => [tap, at])).toEqual([
			[0, airtime(64, HZ)],
			[2, airtime(64, HZ)]
		]);
	});

	it('lets one send at a time: the next waits for the gap', () => {
		const bench = new Bench({}, 3);
		bench.send(0, 0);
		bench.send(1, 1);
		bench.wait();
		const first = airtime(64, HZ);
		expect(bench.heard.map(({ tap, at }) => [tap, at])).toEqual([
			[1, first],
			[2, first],
			[0, first + gapTime(HZ) + airtime(65, HZ)],
			[2, first + gapTime(HZ) + airtime(65, HZ)]
		]);
		expect(gapTime(HZ)).toBe(960);
	});

	it('captures what passes, without check sequences', () => {
		const bench = new Bench();
		for (let n = 0; n < 150; n++) bench.send(n % 2, n);
		bench.wait();
		expect(bench.segment.captured.map(({ bytes }) => bytes.length)).toEqual(
			Array.from({ length: 150 }, (_, n) => 60 + n)
		);
		expect(bench.segment.captured[0]).toEqual({ cycle: airtime(64, HZ), bytes: content(MAC, 60) });
	});
});

describe('faults', () => {
	const sequence = (faults: SegmentOptions['faults'], frames = 6): Bench => {
		const bench = new Bench({ faults });
		for (let n = 1; n <= frames; n++) bench.send(0, n);
		return bench.wait();
	};

	it.each([
		['lose', [1, 3, 4, 5, 6]],
		['double', [1, 2, 3, 4, 5, 6, 2]],
		['reorder', [1, 3, 2, 4, 5, 6]],
		['damage', [1, -2, 3, 4, 5, 6]]
	] as const)('the second frame: %s', (kind, numbers) => {
		const bench = sequence([{ kind, frame: 2 }]);
		expect(bench.numbers()).toEqual(numbers);
		expect(bench.recorder.of(KIND.frame_fault)).toEqual([[FRAME_FAULTS.indexOf(kind), 2, 66]]);
	});

	it('every third', () => expect(sequence([{ kind: 'lose', every: 3 }]).numbers()).toEqual([1, 2, 4, 5]));

	it('of two that befall one frame the first in the list counts', () => {
		const faults = [
			{ kind: 'damage', frame: 2 },
			{ kind: 'lose', every: 2 }
		] as const;
		expect(sequence(faults).numbers()).toEqual([1, -2, 3, 5]);
	});

	it('by a seed: about as often as it says, the same each time, others with another seed', () => {
		const lost = (seed: number) => sequence([{ kind: 'lose', chance: 0.25, seed }], 400).numbers();
		expect(lost(7)).toEqual(lost(7));
		expect(lost(7)).not.toEqual(lost(8));
		expect(lost(7).length).toBeGreaterThan(270);
		expect(lost(7).length).toBeLessThan(330);
	});

	it('damage cuts a frame off, or adds bits', () => {
		const [short] = sequence([{ kind: 'damage', frame: 1, how: 'short' }], 1).heard;
		const [dribble] = sequence([{ kind: 'damage', frame: 1, how: 'dribble' }], 1).heard;
		expect([short.frame.bytes.length, dribble.frame.dribble, isWhole(dribble.frame)]).toEqual([32, 4, false]);
	});

	it('a frame that waits for the next one comes after 10 ms where there is none', () => {
		const bench = new Bench({ faults: [{ kind: 'reorder', frame: 1 }] });
		bench.send(0, 1);
		bench.wait();
		expect(bench.heard.map(({ at }) => at)).toEqual([airtime(65, HZ) + HZ / 100]);
	});

	it('the capture has what was heard', () => {
		const lengths = (kind: (typeof FRAME_FAULTS)[number]) =>
			sequence([{ kind, frame: 2 }], 3).segment.captured.map(({ bytes }) => bytes.length - 60);
		expect([lengths('lose'), lengths('reorder'), lengths('double')]).toEqual([
			[1, 3],
			[1, 3, 2],
			[1, 2, 3, 2]
		]);
	});
});

describe('a script', () => {
	it('sends each frame at its cycle, padded, or as soon as the wire is silent', () => {
		const script = [
			{ cycle: 0, bytes: content(MAC, 42) },
			{ cycle: 100, bytes: content(MAC, 60) },
			{ cycle: 1_000_000, bytes: content(MAC, 100) }
		];
		const bench = new Bench({ script }, 1).wait();
		const [first, second] = [1 + airtime(64, HZ), 1 + 2 * airtime(64, HZ) + gapTime(HZ)];
		expect(bench.heard.map(({ at }) => at)).toEqual([first, second, 1_000_000 + airtime(104, HZ)]);
		expect(bench.heard[0].frame).toEqual(padded(content(MAC, 42)));
	});
});

describe('two cards', () => {
	const pair = (options: SegmentOptions = {}) => {
		const clock = testClock();
		const recorder = new NullRecorder();
		const segment = new Segment({ clock, recorder }, options);
		const [here, there] = [0, 1].map((card) => new Driver(clock, { card }, recorder));
		for (const driver of [here, there]) {
			driver.card.plug(segment.join(driver.card));
			driver.start({ rcr: 0x10 });
		}
		return { clock, segment, here, there };
	};
	/** Sends frames of growing length until all have come, each again where no answer came; returns how often it had to. */
	const talk = ({ here, there }: ReturnType<typeof pair>, frames: number): number => {
		let again = 0;
		let wanted = 0;
		for (let n = 0; n < frames;) {
			here.send(content(MAC, 60 + n));
			here.wait(HZ / 50);
			for (let packet = there.take(); packet !== null; packet = there.take())
				if (packet.count === 64 + wanted && packet.status === 1) wanted++;
			if (wanted > n) n++;
			else again++;
		}
		return again;
	};

	it('talk', () => {
		const both = pair();
		expect(talk(both, 20)).toBe(0);
		both.there.send(content(MAC, 60));
		both.there.wait(HZ / 50);
		expect([both.here.take()?.count, both.there.take()]).toEqual([64, null]);
	});

	it('get through losses and damage, which the receiver counts', () => {
		const both = pair({
			faults: [
				{ kind: 'lose', every: 3 },
				{ kind: 'damage', every: 4 },
				{ kind: 'damage', frame: 5, how: 'dribble' },
				{ kind: 'damage', frame: 7, how: 'short' },
				{ kind: 'double', frame: 10 },
				{ kind: 'reorder', frame: 11 }
			]
		});
		expect(talk(both, 20)).toBeGreaterThan(8);
		expect([0x0d, 0x0f].map((offset) => both.there.in(offset))).toEqual([1, 0]);
		expect(both.there.in(0x0e)).toBeGreaterThan(5);
	});

	it('go on from a saved state, with frames on the wire, held back, and still to come by a script', () => {
		const options: SegmentOptions = {
			faults: [
				{ kind: 'reorder', frame: 1 },
				{ kind: 'lose', chance: 0.5, seed: 3 }
			],
			script: Array.from({ length: 20 }, (_, n) => ({ cycle: n * 7000, bytes: content(OTHER_MAC, 100 + n) }))
		};
		const first = pair(options);
		first.here.send(content(MAC, 1000));
		first.there.send(content(MAC, 60));
		first.here.wait(60_000);
		const saved = structuredClone({
			clock: first.clock.save(),
			segment: first.segment.save(),
			here: first.here.card.save(),
			there: first.there.card.save()
		});
		const second = pair(options);
		second.clock.restore(saved.clock);
		second.here.card.restore(saved.here);
		second.there.card.restore(saved.there);
		second.segment.restore(saved.segment);
		second.clock.checkRestored();
		for (const { here } of [first, second]) here.wait(HZ);
		const end = ({ segment, here, there }: typeof first) => [segment.save(), here.card.save(), there.card.save()];
		expect(end(second)).toEqual(end(first));
		expect(first.segment.captured.length).toBeGreaterThan(8);
		expect(first.segment.captured.length).toBeLessThan(20);
	});
});

it('what is heard follows from its sending', () => {
	class Causes extends NullRecorder {
		readonly causes: number[] = [];
		override record(): number {
			this.causes.push(this.cause);
			return super.record();
		}
	}
	const recorder = new Causes();
	const clock = testClock();
	const segment = new Segment({ clock, recorder });
	const [here, there] = [0, 1].map((card) => new Driver(clock, { card }, recorder));
	for (const driver of [here, there]) driver.card.plug(segment.join(driver.card));
	here.start();
	there.start();
	recorder.next = 40;
	here.send(content(MAC, 60));
	here.wait(HZ);
	expect(recorder.causes).toEqual([-1, 40]);
});
