import { describe, expect, it } from 'vitest';
import { newPit, readCounter, readSpeaker, writeControl, writeCounter, writeSpeaker, type Pit } from './pit';

/** Counter 2 programmed for `mode` with `count`, low byte first, its gate as given, at time 0. */
function counter2(mode: number, count: number, gate: boolean, bcd = 0): Pit {
	const pit = newPit();
	writeSpeaker(pit, 0, gate ? 1 : 0);
	writeControl(pit, 0, 0xb0 | (mode << 1) | bcd);
	writeCounter(pit, 0, 2, count & 0xff);
	writeCounter(pit, 0, 2, count >>> 8);
	return pit;
}
const word = (pit: Pit, now: number): number => readCounter(pit, now, 2) | (readCounter(pit, now, 2) << 8);
const out = (pit: Pit, now: number): number => (readSpeaker(pit, now) >>> 5) & 1;
const outs = (pit: Pit, times: readonly number[]): number[] => times.map((now) => out(pit, now));

describe('a counter of the interval timer', () => {
	it('mode 0: counts down once, OUT rises at zero, and goes on from 65,535', () => {
		const pit = counter2(0, 10, true);
		expect([word(pit, 0), word(pit, 3), word(pit, 10), word(pit, 11)]).toEqual([10, 7, 0, 0xffff]);
		expect(outs(pit, [0, 9, 10, 100])).toEqual([0, 0, 1, 1]);
	});
	it('mode 0: a low gate holds it where it is', () => {
		const pit = counter2(0, 100, true);
		writeSpeaker(pit, 30, 0);
		expect(word(pit, 1000)).toBe(70);
		writeSpeaker(pit, 2000, 1);
		expect(word(pit, 2005)).toBe(65);
	});
	it('mode 1: a pulse of so many counts from each rise of the gate', () => {
		const pit = counter2(1, 10, false);
		expect(outs(pit, [0, 50])).toEqual([1, 1]);
		writeSpeaker(pit, 60, 1);
		expect(outs(pit, [60, 69, 70])).toEqual([0, 0, 1]);
		writeSpeaker(pit, 80, 0);
		writeSpeaker(pit, 90, 1);
		expect(outs(pit, [90, 99, 100])).toEqual([0, 0, 1]);
	});
	it('mode 2: low for the last count of each round; a low gate sets OUT and the next rise begins again', () => {
		const pit = counter2(2, 4, true);
		expect(outs(pit, [0, 1, 2, 3, 4, 5, 6, 7, 8])).toEqual([1, 1, 1, 0, 1, 1, 1, 0, 1]);
		expect([0, 1, 2, 3, 4].map((now) => word(pit, now))).toEqual([4, 3, 2, 1, 4]);
		writeSpeaker(pit, 11, 0);
		expect(out(pit, 11)).toBe(1);
		writeSpeaker(pit, 20, 1);
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
		writeControl(pit, 4, 0x80);
		expect(readCounter(pit, 100, 2)).toBe(0x30);
		writeControl(pit, 200, 0x80);
		expect(readCounter(pit, 300, 2)).toBe(0x12);
		expect(word(pit, 4)).toBe(0x1230);
	});
	it('one byte only, where the control word says so', () => {
		const pit = newPit();
		writeSpeaker(pit, 0, 1);
		writeControl(pit, 0, 0xa0);
		writeCounter(pit, 0, 2, 0x12);
		expect([readCounter(pit, 0, 2), readCounter(pit, 1, 2)]).toEqual([0x12, 0x11]);
	});
	it('read back gives the status first: OUT, no count yet, access, mode, BCD', () => {
		const pit = newPit();
		writeControl(pit, 0, 0xb6);
		writeControl(pit, 0, 0xc8);
		expect(readCounter(pit, 0, 2)).toBe(0xf6);
		writeCounter(pit, 0, 2, 8);
		writeCounter(pit, 0, 2, 0);
		writeControl(pit, 0, 0xe8);
		expect(readCounter(pit, 0, 2) & 0x40).toBe(0);
	});
});

describe('port 0x61', () => {
	it('shows gate and speaker, and a bit that toggles with the refresh', () => {
		const pit = newPit();
		writeSpeaker(pit, 0, 0xff);
		expect(readSpeaker(pit, 0) & 0x0f).toBe(3);
		expect((readSpeaker(pit, 0) ^ readSpeaker(pit, 18)) & 0x10).toBe(0x10);
	});
});
