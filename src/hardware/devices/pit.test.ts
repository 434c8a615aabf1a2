import { describe, expect, it } from 'vitest';
import { Clock } from '../clock';
import { DEFAULT_PROFILE } from '../cost';
import { Pit, PIT_HZ } from './pit';

/** A timer with a clock of its own; calls say at which of its counts they come. */
class Timed {
	private readonly clock = new Clock({ ...DEFAULT_PROFILE, hz: 2 * PIT_HZ });
	readonly pit = new Pit(this.clock);
	read(now: number, offset: number): number {
		this.clock.now = 2 * now + 1;
		return this.pit.read(offset);
	}
	write(now: number, offset: number, value: number): void {
		this.clock.now = 2 * now + 1;
		this.pit.write(offset, 1, value);
	}
}
const [COUNTER_2, CONTROL, SPEAKER] = [2, 3, 4];

/** Counter 2 programmed for `mode` with `count`, low byte first, its gate as given, at time 0. */
function counter2(mode: number, count: number, gate: boolean, bcd = 0): Timed {
	const pit = new Timed();
	pit.write(0, SPEAKER, gate ? 1 : 0);
	pit.write(0, CONTROL, 0xb0 | (mode << 1) | bcd);
	pit.write(0, COUNTER_2, count & 0xff);
	pit.write(0, COUNTER_2, count >>> 8);
	return pit;
}
const word = (pit: Timed, now: number): number => pit.read(now, COUNTER_2) | (pit.read(now, COUNTER_2) << 8);
const out = (pit: Timed, now: number): number => (pit.read(now, SPEAKER) >>> 5) & 1;
const outs = (pit: Timed, times: readonly number[]): number[] => times.map((now) => out(pit, now));

describe('a counter of the interval timer', () => {
	it('mode 0: counts down once, OUT rises at zero, and goes on from 65,535', () => {
		const pit = counter2(0, 10, true);
		expect([word(pit, 0), word(pit, 3), word(pit, 10), word(pit, 11)]).toEqual([10, 7, 0, 0xffff]);
		expect(outs(pit, [0, 9, 10, 100])).toEqual([0, 0, 1, 1]);
	});
	it('mode 0: a low gate holds it where it is', () => {
		const pit = counter2(0, 100, true);
		pit.write(30, SPEAKER, 0);
		expect(word(pit, 1000)).toBe(70);
		pit.write(2000, SPEAKER, 1);
		expect(word(pit, 2005)).toBe(65);
	});
	it('mode 1: a pulse of so many counts from each rise of the gate', () => {
		const pit = counter2(1, 10, false);
		expect(outs(pit, [0, 50])).toEqual([1, 1]);
		pit.write(60, SPEAKER, 1);
		expect(outs(pit, [60, 69, 70])).toEqual([0, 0, 1]);
		pit.write(80, SPEAKER, 0);
		pit.write(90, SPEAKER, 1);
		expect(outs(pit, [90, 99, 100])).toEqual([0, 0, 1]);
	});
	it('mode 2: low for the last count of each round; a low gate sets OUT and the next rise begins again', () => {
		const pit = counter2(2, 4, true);
		expect(outs(pit, [0, 1, 2, 3, 4, 5, 6, 7, 8])).toEqual([1, 1, 1, 0, 1, 1, 1, 0, 1]);
		expect([0, 1, 2, 3, 4].map((now) => word(pit, now))).toEqual([4, 3, 2, 1, 4]);
		pit.write(11, SPEAKER, 0);
		expect(out(pit, 11)).toBe(1);
		pit.write(20, SPEAKER, 1);
		expect(outs(pit, [20, 22, 23])).toEqual([1, 1, 0]);
	});
	it('mode 3: a square wave that counts by two, one count longer high where the count is odd', () => {
		expect(outs(counter2(3, 4, true), [0, 1, 2, 3, 4, 5])).toEqual([1, 1, 0, 0, 1, 1]);
		expect(outs(counter2(3, 5, true), [0, 1, 2, 3, 4, 5])).toEqual([1, 1, 1, 0, 0, 1]);
		expect([0, 1, 2, 3].map((now) => word(counter2(3, 8, true), now))).toEqual([8, 6, 4, 2]);
	});
	it('mode 4: low for one count at zero', () => {
		expect(outs(counter2(4, 3, true), [0, 2, 3, 4])).toEqual([1, 1, 0, 1]);
	});
	it('a count of zero is 65,536, in BCD 10,000', () => {
		expect(word(counter2(0, 0, true), 1)).toBe(0xffff);
		expect(word(counter2(0, 0, true, 1), 1)).toBe(0x9999);
	});
	it('counts in BCD', () => expect(word(counter2(0, 0x1000, true, 1), 1)).toBe(0x0999));
});

describe('reading', () => {
	it('a latched count stays until it was read whole', () => {
		const pit = counter2(0, 0x1234, true);
		pit.write(4, CONTROL, 0x80);
		expect(pit.read(100, COUNTER_2)).toBe(0x30);
		pit.write(200, CONTROL, 0x80);
		expect(pit.read(300, COUNTER_2)).toBe(0x12);
		expect(word(pit, 4)).toBe(0x1230);
	});
	it('one byte only, where the control word says so', () => {
		const pit = new Timed();
		pit.write(0, SPEAKER, 1);
		pit.write(0, CONTROL, 0xa0);
		pit.write(0, COUNTER_2, 0x12);
		expect([pit.read(0, COUNTER_2), pit.read(1, COUNTER_2)]).toEqual([0x12, 0x11]);
	});
	it('read back gives the status first: OUT, no count yet, access, mode, BCD', () => {
		const pit = new Timed();
		pit.write(0, CONTROL, 0xb6);
		pit.write(0, CONTROL, 0xc8);
		expect(pit.read(0, COUNTER_2)).toBe(0xf6);
		pit.write(0, COUNTER_2, 8);
		pit.write(0, COUNTER_2, 0);
		pit.write(0, CONTROL, 0xe8);
		expect(pit.read(0, COUNTER_2) & 0x40).toBe(0);
	});
});

describe('port 0x61', () => {
	it('shows gate and speaker, and a bit that toggles with the refresh', () => {
		const pit = new Timed();
		pit.write(0, SPEAKER, 0xff);
		expect(pit.read(0, SPEAKER) & 0x0f).toBe(3);
		expect((pit.read(0, SPEAKER) ^ pit.read(18, SPEAKER)) & 0x10).toBe(0x10);
	});
});

describe('its state', () => {
	it('goes on where it was saved, half a count and a latched byte included', () => {
		const pit = counter2(0, 0x1234, true);
		pit.write(4, CONTROL, 0x80);
		pit.read(5, COUNTER_2);
		pit.write(6, 0, 9);
		const other = new Timed();
		other.pit.restore(structuredClone(pit.pit.save()));
		expect(other.pit.save()).toEqual(pit.pit.save());
		expect([other.read(100, COUNTER_2), word(other, 4)]).toEqual([0x12, 0x1230]);
		expect(pit.read(100, COUNTER_2)).toBe(0x12);
	});
	it('is that of power-on after a reset', () => {
		const pit = counter2(3, 10, true);
		pit.pit.reset();
		expect(pit.pit.save()).toEqual(new Timed().pit.save());
	});
	it('the control register reads as zero', () => expect(counter2(3, 10, true).read(0, CONTROL)).toBe(0));
});
