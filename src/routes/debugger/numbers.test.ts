import { describe, expect, it } from 'vitest';
import { readAddress, readPlace } from './numbers';

describe('an address as a person types it', () => {
	it.each([
		['0xf5800000', 0xf5800000],
		['0xC010_4A3E', 0xc0104a3e],
		['4096', 4096],
		['c0100000', 0xc0100000],
		['00401000', 0x401000],
		[' esp ', 0x1234]
	])('%s', (text, value) => expect(readAddress(text, { esp: 0x1234 })).toEqual({ value }));

	it.each([
		['', /Type an address/],
		['0x100000000', /32 bits/],
		['99999999999', /32 bits/],
		['0xzz', /character 3/],
		['hello', /character 1/]
	])('%s is answered with what is wrong', (text, message) => {
		const typed = readAddress(text);
		expect('problem' in typed && typed.problem).toMatch(message);
	});
});

describe('a place', () => {
	const symbols = { find: (name: string) => ({ kernel_main: 0xc0001d64, esp: 1 })[name] ?? -1 };
	const moment = { regs: { esp: 0x1234 }, cr3: 0x120000 };
	it.each([
		['kernel_main', 0xc0001d64],
		['esp', 0x1234],
		['cr3', 0x120000],
		['0x10', 16]
	])('%s', (text, value) => expect(readPlace(text, symbols, moment)).toEqual({ value }));
	it('says when nothing has that name', () => {
		expect(readPlace('no_such', symbols, moment)).toHaveProperty('problem');
		expect(readPlace('toString', symbols, null)).toHaveProperty('problem');
	});
});
