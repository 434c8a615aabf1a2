import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FRONT_CODE_SUPERVISOR, FRONT_CODE_USER, FRONT_DATA_SUPERVISOR, FRONT_DATA_USER, FRONT_END } from '../layout';
import { Tlb, TLB_DIRTY, TLB_GLOBAL, TLB_NX, TLB_USER, TLB_VALID, TLB_WRITE, TlbArray } from './tlb';

/** Two pages of one set are 32 pages apart. */
const SET = 32 * 4096;

describe('an array of the TLB', () => {
	let words: Int32Array;
	let array: TlbArray;
	beforeEach(() => {
		words = new Int32Array(4 + 512 + 4).fill(-1);
		words.fill(0, 4, 516);
		array = new TlbArray(words, 'data 4K', 4, 32, 4, 12);
	});
	const pfnAt = (linear: number): number => {
		const at = array.find(linear);
		return at < 0 ? -1 : words[at + 1];
	};

	it('finds what was put in, for every address of the page', () => {
		const at = array.insert(0x0040_5123, TLB_USER | TLB_DIRTY, 0x77);
		expect([words[at], words[at + 1]]).toEqual([0x0040_5000 | TLB_VALID | TLB_USER | TLB_DIRTY, 0x77]);
		expect([array.find(0x0040_5000), array.find(0x0040_5fff)]).toEqual([at, at]);
		expect([array.find(0x0040_6000), array.find(0x0040_4fff), array.find(0x0040_5000 + SET)]).toEqual([-1, -1, -1]);
		expect(array.find(0)).toBe(-1);
		expect(array.evicted).toBe(-1);
	});

	it('knows addresses above 2 GiB, signed or not', () => {
		array.insert(0xc000_5123 | 0, 0, 9);
		expect([pfnAt(0xc000_5000), pfnAt(0xc000_5fff | 0)]).toEqual([9, 9]);
		expect(array.entries()).toMatchObject([{ linear: 0xc000_5000, pfn: 9 }]);
	});

	it('holds a page once: what is put in again takes the place of the old', () => {
		array.insert(0x5000, TLB_WRITE, 1);
		array.insert(0x5000, TLB_USER, 2);
		expect(array.entries()).toEqual([
			{
				array: 'data 4K',
				set: 5,
				way: 0,
				linear: 0x5000,
				pfn: 2,
				large: false,
				writable: false,
				user: true,
				global: false,
				dirty: false,
				noExecute: false
			}
		]);
	});

	it('tells the rights of an entry one by one', () => {
		const rights = { writable: TLB_WRITE, user: TLB_USER, global: TLB_GLOBAL, dirty: TLB_DIRTY, noExecute: TLB_NX };
		for (const [name, flag] of Object.entries(rights)) {
			array.insert(0x5000, flag, 1);
			const { writable, user, global, dirty, noExecute } = array.entries()[0];
			const told = { writable, user, global, dirty, noExecute };
			expect(told).toEqual({ ...Object.fromEntries(Object.keys(told).map((key) => [key, key === name])) });
		}
	});

	it('displaces its four ways in turn, and says which page it was', () => {
		const evicted = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((way) => {
			array.insert(0x5000 + way * SET, 0, way);
			return array.evicted;
		});
		expect(evicted).toEqual([
			-1,
			-1,
			-1,
			-1,
			0x5000,
			0x5000 + SET,
			0x5000 + 2 * SET,
			0x5000 + 3 * SET,
			0x5000 + 4 * SET
		]);
		expect(array.entries().map(({ way, pfn }) => [way, pfn])).toEqual([
			[0, 8],
			[1, 5],
			[2, 6],
			[3, 7]
		]);
		// A page that is there displaces nothing.
		array.insert(0x5000 + 8 * SET, 0, 80);
		expect([array.evicted, pfnAt(0x5000 + 8 * SET)]).toEqual([-1, 80]);
	});

	it('takes a way that is free before it displaces one', () => {
		for (const way of [0, 1, 2, 3]) array.insert(0x5000 + way * SET, 0, way);
		expect([array.invalidate(0x5000 + 2 * SET + 0x123), array.invalidate(0x5000 + 2 * SET)]).toEqual([1, 0]);
		array.insert(0x5000 + 9 * SET, 0, 9);
		expect([array.evicted, array.entries()[2].pfn]).toEqual([-1, 9]);
	});

	it('is flushed, but for what is global if that is asked, and says how many were dropped', () => {
		const fill = (): void => {
			for (const set of [0, 1, 31]) array.insert(set * 4096, set === 1 ? TLB_GLOBAL : 0, set);
		};
		fill();
		expect([array.flush(true), array.entries().map(({ set }) => set)]).toEqual([2, [1]]);
		fill();
		expect([array.flush(false), array.entries(), array.flush(false)]).toEqual([3, [], 0]);
		expect([...words.subarray(0, 4), ...words.subarray(516)]).toEqual(new Array(8).fill(-1));
	});

	it('of large pages translates 2 or 4 MiB by one entry', () => {
		for (const [shift, size] of [
			[21, 0x20_0000],
			[22, 0x40_0000]
		]) {
			array = new TlbArray(words, 'data large', 4, 2, 4, 22);
			array.flush(false);
			array.shift = shift;
			array.insert(size + 0x1234, 0, 0x400);
			expect([pfnAt(size), pfnAt(2 * size - 1), pfnAt(2 * size), pfnAt(size - 1)]).toEqual([0x400, 0x400, -1, -1]);
			expect(array.entries()).toMatchObject([{ set: 1, linear: size, large: true }]);
		}
	});

	it('never gives a page another translation than the last one put in', () => {
		const page = fc.nat(7).chain((way) => fc.constantFrom(5, 6).map((set) => (set << 12) + way * SET));
		const step = fc.oneof(
			fc.record({ does: fc.constant('insert' as const), page, pfn: fc.nat(0xfffff), global: fc.boolean() }),
			fc.record({ does: fc.constant('invalidate' as const), page }),
			fc.record({ does: fc.constant('flush' as const), keepGlobal: fc.boolean() })
		);
		const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
			array.flush(false);
			const last = new Map<number, { pfn: number; global: boolean }>();
			for (const it of steps) {
				if (it.does === 'insert') {
					array.insert(it.page, it.global ? TLB_GLOBAL : 0, it.pfn);
					if (array.evicted >= 0) last.delete(array.evicted);
					last.set(it.page, it);
				} else if (it.does === 'invalidate') expect(array.invalidate(it.page)).toBe(Number(last.delete(it.page)));
				else {
					const dropped = [...last].filter(([, { global }]) => !(global && it.keepGlobal));
					for (const [gone] of dropped) last.delete(gone);
					expect(array.flush(it.keepGlobal)).toBe(dropped.length);
				}
				for (const set of [5, 6])
					for (let way = 0; way < 8; way++) {
						const linear = (set << 12) + way * SET;
						expect(pfnAt(linear)).toBe(last.get(linear)?.pfn ?? -1);
					}
			}
		});
		fc.assert(property, { seed: 11, numRuns: 150 });
	});
});

describe('the TLB and the arrays in front of it', () => {
	let s: Int32Array;
	let tlb: Tlb;
	beforeEach(() => {
		s = new Int32Array(FRONT_END + 0x1000);
		tlb = new Tlb(s);
	});
	const front = (): Int32Array => s.subarray(FRONT_DATA_SUPERVISOR, FRONT_END);
	/** Where the six tags of a page stand. */
	const tags = (linear: number): number[] => {
		const slot = (linear >>> 12) & 255;
		return [
			FRONT_DATA_SUPERVISOR + slot * 4,
			FRONT_DATA_SUPERVISOR + slot * 4 + 1,
			FRONT_DATA_USER + slot * 4,
			FRONT_DATA_USER + slot * 4 + 1,
			FRONT_CODE_SUPERVISOR + slot * 2,
			FRONT_CODE_USER + slot * 2
		];
	};
	const fillFront = (linear: number): void => {
		for (const at of tags(linear)) s[at] = linear & ~0xfff;
	};
	const tagsOf = (linear: number): number[] => tags(linear).map((at) => s[at]);

	it('begins with nothing in front', () => expect(front().every((word) => word === -1)).toBe(true));

	it('has the shape of a Pentium M', () => {
		expect(
			[tlb.data, tlb.code, tlb.dataLarge, tlb.codeLarge].map(({ sets, ways, shift }) => [sets, ways, shift])
		).toEqual([
			[32, 4, 12],
			[32, 4, 12],
			[2, 4, 22],
			[1, 2, 22]
		]);
		tlb.setLargeShift(21);
		expect([tlb.data.shift, tlb.code.shift, tlb.dataLarge.shift, tlb.codeLarge.shift]).toEqual([12, 12, 21, 21]);
	});

	it('keeps its arrays apart, full as they may be', () => {
		for (let page = 0; page < 128; page++) {
			tlb.data.insert(page << 12, 0, page);
			tlb.code.insert(page << 12, 0, 1000 + page);
		}
		for (let page = 0; page < 8; page++) tlb.dataLarge.insert(page << 22, 0, 2000 + page);
		for (let page = 0; page < 2; page++) tlb.codeLarge.insert(page << 22, 0, 3000 + page);
		expect(
			tlb
				.entries()
				.map(({ pfn }) => pfn)
				.sort((a, b) => a - b)
		).toEqual([
			...Array.from({ length: 128 }, (_, page) => page),
			...Array.from({ length: 128 }, (_, page) => 1000 + page),
			...Array.from({ length: 8 }, (_, page) => 2000 + page),
			3000,
			3001
		]);
		fillFront(0x5000);
		expect(tlb.flush(false)).toBe(266);
		expect([tlb.entries(), tagsOf(0x5000)]).toEqual([[], new Array(6).fill(-1)]);
	});

	it('drops one page of 4 KiB for code and data, in front too, and no other', () => {
		const other = 0x5000 + 256 * 4096;
		tlb.data.insert(0x5000, TLB_GLOBAL, 1);
		tlb.code.insert(0x5000, 0, 1);
		tlb.data.insert(0x6000, 0, 2);
		fillFront(0x5000);
		fillFront(0x6000);
		expect(tlb.invalidate(0x5123)).toBe(2);
		expect([tagsOf(0x5000), tagsOf(0x6000)]).toEqual([new Array(6).fill(-1), new Array(6).fill(0x6000)]);
		expect([tlb.invalidate(0x5123), tlb.entries().map(({ linear }) => linear)]).toEqual([0, [0x6000]]);
		// Another page of the same slot stays.
		fillFront(other);
		tlb.dropFrontPage(0x5000);
		expect(tagsOf(0x5000)).toEqual(new Array(6).fill(other));
	});

	it('drops all that is in front with a large page, whose parts may stand anywhere', () => {
		tlb.dataLarge.insert(0x40_0000, 0, 0x400);
		tlb.codeLarge.insert(0x40_0000, 0, 0x400);
		for (const page of [0x5000, 0x40_0000, 0x45_6000]) fillFront(page);
		expect(tlb.invalidate(0x45_6789)).toBe(2);
		expect(front().every((word) => word === -1)).toBe(true);
		fillFront(0x5000);
		tlb.codeLarge.insert(0x40_0000, 0, 0x400);
		expect([tlb.invalidate(0x40_0000), tagsOf(0x5000)]).toEqual([1, new Array(6).fill(-1)]);
	});
});
