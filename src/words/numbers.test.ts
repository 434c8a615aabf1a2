import { expect, it } from 'vitest';
import { address, bytes, count, cyclesText, decimal, fixed, frame, shortCount, significant, timeText } from './numbers';

it('sets thousands apart', () => {
	expect([0, 950, 1_204_881, -12_345, 2 ** 53 - 1].map(count)).toEqual([
		'0',
		'950',
		'1,204,881',
		'-12,345',
		'9,007,199,254,740,991'
	]);
});

it('writes as many digits as are asked for, with zeros or without', () => {
	expect([decimal(1.25, 1), decimal(2, 1), decimal(1204.5, 0)]).toEqual(['1.3', '2', '1,205']);
	expect([fixed(9.26, 1), fixed(2, 2), fixed(12_345.6, 0)]).toEqual(['9.3', '2.00', '12,346']);
	expect([significant(2.8, 3), significant(0.0123456, 4), significant(31.41592, 4)]).toEqual([
		'2.80',
		'0.01235',
		'31.42'
	]);
});

it('writes sizes in the unit that fits', () => {
	expect([0, 512, 1023, 1024, 1536, 1016 * 1024, 16 * 2 ** 20, 4.5 * 2 ** 30].map(bytes)).toEqual([
		'0 B',
		'512 B',
		'1023 B',
		'1 KiB',
		'1.5 KiB',
		'1016 KiB',
		'16 MiB',
		'4.5 GiB'
	]);
});

it('writes cycles as exactly as the axis needs', () => {
	expect(cyclesText(1_204_881, 20)).toBe('1,204,881');
	expect(cyclesText(1_200_000, 200_000)).toBe('1.2 M');
	expect(cyclesText(0, 200_000)).toBe('0');
});

it('shortens counts', () => {
	expect([950, 1000, 1234, 9_949, 9_950, 35_400, 1_250_000, 99_999].map(shortCount)).toEqual([
		'950',
		'1 k',
		'1.2 k',
		'9.9 k',
		'9 k',
		'35 k',
		'1.3 M',
		'99 k'
	]);
});

it('writes cycles as time', () => {
	expect([1, 12_500, 999_600, 2_500_000_000].map((cycles) => timeText(cycles, 1e9))).toEqual([
		'1 ns',
		'12.5 µs',
		'1 ms',
		'2.5 s'
	]);
});

it('writes addresses and frames in hexadecimal', () => {
	expect([address(0xc010_4a3e), address(-1), address(0), frame(0x1a2b)]).toEqual([
		'c010_4a3e',
		'ffff_ffff',
		'0000_0000',
		'1a2b'
	]);
});
