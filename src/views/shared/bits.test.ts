import { describe, expect, it } from 'vitest';
import { bitMarks, bitsOf } from './bits';

describe('bit fields', () => {
	it('are cut out of both halves of a word', () => {
		expect(bitsOf({ high: 15, low: 8 }, 0x1234_5678, 0)).toBe(0x56);
		expect(bitsOf({ high: 31, low: 0 }, 0xffff_fffe, 0)).toBe(0xffff_fffe);
		expect(bitsOf({ high: 47, low: 47 }, 0, 0x8000)).toBe(1);
		expect(bitsOf({ high: 63, low: 56 }, 0, 0xab00_0000)).toBe(0xab);
		expect(bitsOf({ high: 35, low: 28 }, 0xd000_0000, 0xe)).toBe(0xed);
	});

	it('say which of them changed', () => {
		const fields = [
			{ name: 'a', high: 7, low: 4, about: '' },
			{ name: 'b', high: 0, low: 0, about: '' }
		];
		expect(bitMarks(fields, [0x31, 0], [0x30, 0])).toMatchObject([
			{ name: 'a', value: '3', set: true, changed: false },
			{ name: 'b', value: '1', set: true, changed: true }
		]);
	});
});
