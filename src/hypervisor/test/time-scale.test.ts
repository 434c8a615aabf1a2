import { describe, expect, it } from 'vitest';
import { timeScale, toNanoseconds, toTicks } from '../time/time-scale';

describe('the scale from time-stamp counts to nanoseconds', () => {
	it('is the one that Xen computes for a 2.4 GHz counter', () => {
		const scale = timeScale(2.4e9);
		expect(scale.shift).toBe(-1);
		expect(scale.mul).toBe(Math.floor((1e9 * 2 ** 32) / 1.2e9));
	});

	it.each([1e6, 33e6, 1e9, 2e9, 2.4e9, 5e9])('gives a second after %d ticks, within a microsecond', (hz) => {
		expect(Math.abs(toNanoseconds(timeScale(hz), hz) - 1e9)).toBeLessThan(1000);
	});

	it('never goes back when a guest extrapolates from an earlier reading', () => {
		const scale = timeScale(2.4e9);
		for (let base = 1; base < 1e12; base = base * 3 + 1) {
			const later = base + 777_777;
			const extrapolated = toNanoseconds(scale, base) + toNanoseconds(scale, later - base);
			expect(extrapolated).toBeLessThanOrEqual(toNanoseconds(scale, later));
		}
	});

	it('finds the first tick of a deadline', () => {
		const scale = timeScale(2.4e9);
		for (const ns of [1, 999, 10_000_000, 123_456_789_012]) {
			const ticks = toTicks(scale, ns);
			expect(toNanoseconds(scale, ticks)).toBeGreaterThanOrEqual(ns);
			expect(toNanoseconds(scale, ticks - 2)).toBeLessThan(ns);
		}
	});
});
