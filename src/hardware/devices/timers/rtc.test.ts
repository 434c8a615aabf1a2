import { beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../clock';
import { DEFAULT_PROFILE } from '../../cost';
import { Rtc } from './rtc';

/** 2,048 cycles to a tick of the crystal. */
const HZ = 2048 * 32_768;
/** Saturday, 28 February 2026, 23:59:58. */
const START = Date.UTC(2026, 1, 28, 23, 59, 58) / 1000;
const [A, B, C, D] = [10, 11, 12, 13];

class Bench {
	readonly clock = new Clock({ ...DEFAULT_PROFILE, hz: HZ });
	readonly rtc = new Rtc(this, { wallClock: START, ramBytes: 64 * 1024 * 1024 });
	line = false;
	/** Seconds at which the line rose. */
	readonly rises: number[] = [];
	constructor() {
		this.rtc.trigger = (high) => {
			if (high && !this.line) this.rises.push(this.clock.now / HZ);
			this.line = high;
		};
	}
	read(index: number): number {
		this.rtc.write(0, 1, index);
		return this.rtc.read(1);
	}
	write(index: number, value: number): this {
		this.rtc.write(0, 1, index);
		this.rtc.write(1, 1, value);
		return this;
	}
	wait(seconds: number, onRise: () => void = () => {}): this {
		const end = this.clock.now + seconds * HZ;
		while (this.clock.nextEvent <= end) {
			this.clock.now = this.clock.nextEvent;
			this.clock.runDue();
			if (this.line) onRise();
		}
		this.clock.now = end;
		return this;
	}
	/** Year, month, day, weekday, hours, minutes, seconds as bytes in hexadecimal. */
	get time(): string {
		return [9, 8, 7, 6, 4, 2, 0].map((index) => this.read(index).toString(16).padStart(2, '0')).join(' ');
	}
}
let bench: Bench;
beforeEach(() => {
	bench = new Bench();
});

describe('the time', () => {
	it('is the wall clock\u2019s at the beginning, in BCD and 24 hours, and goes on', () => {
		expect(bench.time).toBe('26 02 28 07 23 59 58');
		expect(bench.wait(1.5).time).toBe('26 02 28 07 23 59 59');
		expect(bench.wait(0.5).time).toBe('26 03 01 01 00 00 00');
		expect(bench.wait(31 * 86_400).time).toBe('26 04 01 04 00 00 00');
	});

	it.each([
		[0x00, '26 02 28 07 91 59 58', '11 at night'],
		[0x02, '26 02 28 07 23 59 58', '24 hours'],
		[0x04, '1a 02 1c 07 8b 3b 3a', 'binary, 12 hours'],
		[0x06, '1a 02 1c 07 17 3b 3a', 'binary, 24 hours']
	])('in the notation %i of register B', (b, time) => expect(bench.write(B, b).time).toBe(time));

	it('twelve o\u2019clock is 12 in both halves of the day', () => {
		bench.write(B, 0);
		expect([bench.wait(2).read(4), bench.wait(12 * 3600).read(4), bench.wait(3600).read(4)]).toEqual([
			0x12, 0x92, 0x81
		]);
	});

	it('is set byte by byte while it stands still, and then goes on in step', () => {
		bench.wait(0.25).write(B, 0x82);
		for (const [index, value] of [
			[9, 0x28],
			[8, 0x02],
			[7, 0x28],
			[6, 0x03],
			[4, 0x23],
			[2, 0x59],
			[0, 0x59]
		])
			bench.write(index, value);
		expect(bench.wait(10.25).time).toBe('28 02 28 03 23 59 59');
		bench.write(B, 0x02);
		expect(bench.wait(0.25).time).toBe('28 02 28 03 23 59 59');
		expect(bench.wait(0.25).time).toBe('28 02 29 04 00 00 00');
	});

	it('one byte can be set while it goes', () => {
		bench.write(4, 0x07);
		expect(bench.wait(2).time).toBe('26 02 28 07 08 00 00');
	});

	it('stands while the divider is held, and makes its first update half a second after', () => {
		bench.wait(0.9).write(A, 0x76).wait(5).write(A, 0x26);
		expect([bench.wait(0.49).read(0), bench.wait(0.02).read(0)]).toEqual([0x58, 0x59]);
	});

	it('an update shows before it comes', () => {
		expect([bench.read(A), bench.wait(0.997).read(A), bench.wait(0.0015).read(A)]).toEqual([0x26, 0x26, 0xa6]);
		expect(bench.wait(0.002).read(A)).toBe(0x26);
	});
});

describe('interrupts', () => {
	it('make no appointment before they are enabled, and their flags rise all the same', () => {
		bench.wait(3);
		expect([bench.clock.waiting, bench.read(C), bench.read(C)]).toEqual([0, 0x70, 0]);
		expect(bench.wait(0.01).read(C)).toBe(0x40);
	});

	it.each([
		[1, 256],
		[2, 128],
		[3, 8192],
		[6, 1024],
		[15, 2]
	])('periodic, rate %i: %i times a second', (rate, hz) => {
		bench.write(A, 0x20 | rate).write(B, 0x42);
		bench.wait(1, () => bench.read(C));
		expect(bench.rises).toEqual(Array.from({ length: hz }, (_, n) => (n + 1) / hz));
	});

	it('no rate, no periodic interrupt', () => {
		expect(bench.write(A, 0x20).write(B, 0x42).wait(1).rises).toEqual([]);
	});

	it('the line stays up until C is read', () => {
		bench.write(B, 0x42).wait(0.5);
		expect([bench.rises.length, bench.line, bench.read(C), bench.line]).toEqual([1, true, 0xc0, false]);
	});

	it('after each update', () => {
		bench.write(B, 0x12).wait(0.5);
		bench.wait(3, () => bench.read(C));
		expect(bench.rises).toEqual([1, 2, 3]);
	});

	it('by an alarm, whose parts may match any', () => {
		const rises = (second: number, minute: number, hour: number, seconds: number): number[] => {
			const one = new Bench();
			one.write(1, second).write(3, minute).write(5, hour).write(B, 0x22);
			one.wait(seconds, () => one.read(C));
			return one.rises;
		};
		expect(rises(0x00, 0x00, 0x00, 86_500)).toEqual([2, 86_402]);
		expect(rises(0x30, 0x01, 0x00, 100)).toEqual([92]);
		expect(rises(0x30, 0xff, 0xff, 200)).toEqual([32, 92, 152]);
		expect(rises(0xff, 0xff, 0xff, 4)).toEqual([1, 2, 3, 4]);
		expect(rises(0x61, 0, 0, 90_000)).toEqual([]);
	});

	it('the alarm\u2019s hour is one of twelve where the time\u2019s is', () => {
		bench.write(B, 0x20).write(1, 0x59).write(3, 0x59).write(5, 0x91).wait(5);
		expect(bench.rises).toEqual([1]);
	});

	it('to set the time disables the update\u2019s', () => {
		expect([bench.write(B, 0x92).read(B), bench.wait(2).rises]).toEqual([0x82, []]);
	});

	it('one that is enabled when its flag is up comes at once', () => {
		bench.wait(1.5).write(B, 0x12);
		expect(bench.rises).toEqual([1.5]);
	});
});

describe('its RAM', () => {
	it('tells the size of the machine\u2019s as firmware does, with a checksum, and keeps what is written', () => {
		const word = (at: number): number => bench.read(at) | (bench.read(at + 1) << 8);
		expect([0x15, 0x17, 0x30, 0x34].map(word)).toEqual([640, 63 * 1024, 63 * 1024, 48 * 16]);
		const sum = Array.from({ length: 30 }, (_, n) => bench.read(0x10 + n)).reduce((a, b) => a + b);
		expect([bench.read(0x2e), bench.read(0x2f)]).toEqual([sum >> 8, sum & 255]);
		expect([bench.read(0x32), bench.write(0x40, 0x5a).read(0xc0), bench.read(D)]).toEqual([0x20, 0x5a, 0x80]);
		expect(bench.rtc.read(0)).toBe(0xff);
	});
});

describe('its state', () => {
	it('goes on where it was saved, with an appointment, and with the time standing still', () => {
		for (const b of [0x72, 0xc2]) {
			bench = new Bench();
			bench.write(1, 0xff).write(B, b).wait(0.3);
			bench.read(C);
			const saved = structuredClone({ clock: bench.clock.save(), rtc: bench.rtc.save() });
			const other = new Bench();
			other.clock.restore(saved.clock);
			other.rtc.restore(saved.rtc);
			other.clock.checkRestored();
			for (const one of [bench, other]) {
				one.rises.length = 0;
				one.wait(1, () => one.read(C));
			}
			expect(other.rtc.save()).toEqual(bench.rtc.save());
			expect([other.rises, other.time]).toEqual([bench.rises, bench.time]);
		}
	});

	it('a reset leaves the time and the RAM, and takes the interrupts away', () => {
		bench.write(0x40, 9).write(B, 0x72).wait(3);
		bench.rtc.reset();
		expect([bench.line, bench.clock.waiting, bench.read(B), bench.read(0x40)]).toEqual([false, 0, 2, 9]);
		expect(bench.time).toBe('26 03 01 01 00 00 01');
	});
});
