import { describe, expect, it } from 'vitest';
import type { CodeLine } from '../../moments';
import { listing, readable, stillShows, type CodeReader } from './listing';

const line = (address: number, text: string, bytes: number[]): CodeLine => ({
	address,
	bytes: Uint8Array.from(bytes),
	text,
	label: '',
	where: '',
	target: -1
});

/** Code made of two-byte instructions at even addresses from `start`; read from an odd one it never falls in step. */
const twos = (start: number, symbol: number | null): CodeReader => ({
	symbols: {
		near: (address) => (symbol !== null && address >= symbol ? { name: 'f', offset: address - symbol } : null)
	},
	disassemble: (address, count) =>
		Promise.resolve(
			address < start ? [] : Array.from({ length: count }, (_, index) => line(address + 2 * index, 'op', [1, 2]))
		)
});

describe('the listing', () => {
	it('begins at the function when that is near', async () => {
		expect((await listing(twos(0, 0x1000), 0x1010))[0].address).toBe(0x1000);
	});
	it('finds instructions before one without a symbol', async () => {
		const lines = await listing(twos(0, null), 0x2001);
		expect(lines.some((each) => each.address === 0x2001)).toBe(true);
		expect(lines[0].address).toBeLessThan(0x2001);
	});
	it('does not reach below what is mapped', async () => {
		expect((await listing(twos(0x3000, null), 0x3000))[0].address).toBe(0x3000);
		expect((await listing(twos(0x3000, null), 0x3018))[0].address).toBeGreaterThanOrEqual(0x3000);
	});
	it('is kept while it shows the same instruction', () => {
		const shown = Array.from({ length: 20 }, (_, index) => line(index, 'op', [index]));
		expect(stillShows(shown, 3, Uint8Array.of(3, 9))).toBe(true);
		expect(stillShows(shown, 3, Uint8Array.of(4))).toBe(false);
		expect(stillShows(shown, 19, Uint8Array.of(19))).toBe(false);
	});
	it('names Xen’s entries and leaves the filling out', () => {
		const stubs = [line(0, 'native 0x0e', [0x0f, 0x3f, 0x0e]), line(3, 'int3', [0xcc]), line(4, 'native 0x82', [])];
		expect(readable(stubs).map((each) => each.text)).toEqual([
			'native 0e ; Xen takes #PF',
			'native 82 ; Xen takes int 0x82, a hypercall'
		]);
		expect(readable([line(0, 'int3', [0xcc])])).toHaveLength(1);
	});
});
