import { describe, expect, it } from 'vitest';
import { EINVAL } from '../../../abi/errno';
import { FRAME_TYPES } from '../../../trace/events';
import { DOMID_INVALID } from '../context';
import { FLAG, getPage, putPage, TYPE } from '../frame-table';
import { getPageAndType, getPageType, putPageAndType, putPageType } from '../page-types';
import { unshareXenPage } from '../sharing';
import { Bench, SMALL } from './bench';

const USABLE = [TYPE.l1, TYPE.l2, TYPE.segDesc, TYPE.writable];

describe('types of a frame', () => {
	for (const held of USABLE) {
		for (const wanted of USABLE) {
			const verdict = held === wanted ? 'shared by' : 'refused to';
			it(`a frame in use as ${FRAME_TYPES[held]} is ${verdict} a second use as ${FRAME_TYPES[wanted]}`, () => {
				const bench = new Bench();
				const d = bench.addDomain(1);
				const page = bench.page(d);
				expect(getPageAndType(bench, page, d.id, held)).toBe(0);
				expect(getPageAndType(bench, page, d.id, wanted)).toBe(held === wanted ? 0 : -EINVAL);
				expect([bench.frames.typeCount[page], bench.frames.refCount[page]]).toEqual(held === wanted ? [2, 3] : [1, 2]);
				expect(bench.refusals()).toEqual(held === wanted ? [] : ['type_compatible']);
			});
		}
	}

	it('may change once nobody depends on the old one', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const page = bench.page(d);
		for (const type of USABLE) {
			expect(getPageAndType(bench, page, d.id, type)).toBe(0);
			expect(bench.frames.type[page]).toBe(type);
			putPageAndType(bench, page);
			expect(bench.frames.typeCount[page]).toBe(0);
		}
		expect(bench.audit()).toEqual([]);
	});

	it('flushes translations of its former life, once', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		bench.spaces.loaded = d.vcpus[0];
		const [a, b] = [bench.page(d), bench.page(d)];
		for (const page of [a, b]) {
			getPageAndType(bench, page, d.id, TYPE.writable);
			putPageAndType(bench, page);
		}
		bench.flushes.length = 0;
		getPageAndType(bench, a, d.id, TYPE.l1);
		getPageAndType(bench, b, d.id, TYPE.l1);
		expect(bench.flushes).toEqual(['all']);
	});
});

describe('references to a frame', () => {
	it('only its owner gets them', () => {
		const bench = new Bench();
		const [a, b] = [bench.addDomain(1), bench.addDomain(2)];
		const page = bench.page(a);
		expect(getPage(bench, page, b.id)).toBe(false);
		expect(getPage(bench, 100_000, a.id)).toBe(false);
		expect(bench.refusals()).toEqual(['frame_owner', 'frame_exists']);
		expect(getPage(bench, page, a.id)).toBe(true);
		expect(bench.frames.refCount[page]).toBe(2);
	});

	it('keep it from being freed', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const page = bench.page(d);
		getPage(bench, page, d.id);
		putPage(bench, page);
		expect(bench.frames.owner[page]).toBe(1);
		putPage(bench, page);
		expect(bench.frames.owner[page]).toBe(DOMID_INVALID);
		expect(d.mm.totalPages).toBe(0);
	});

	it('below zero are a bug of ours', () => {
		const bench = new Bench();
		const page = bench.page(bench.addDomain(1));
		expect(() => putPageType(bench, page)).toThrow('type count below zero');
		putPage(bench, page);
		expect(() => putPage(bench, page)).toThrow('reference count below zero');
	});
});

describe('a page shared by Xen', () => {
	it('is writable for its domain, never a table, and not part of the reservation', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		expect(d.mm.totalPages).toBe(0);
		expect(getPageAndType(bench, d.sharedInfo, d.id, TYPE.l1)).toBe(-EINVAL);
		expect(getPageAndType(bench, d.sharedInfo, d.id, TYPE.writable)).toBe(0);
		unshareXenPage(bench, d.sharedInfo);
		expect(bench.frames.owner[d.sharedInfo]).toBe(1);
		putPageAndType(bench, d.sharedInfo);
		expect(bench.frames.owner[d.sharedInfo]).toBe(DOMID_INVALID);
	});
});

describe('validating a hierarchy', () => {
	it('types every table below and counts every page', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const t = bench.draw(d, SMALL);
		expect(getPage(bench, t.top, d.id) && getPageType(bench, t.top, TYPE.l3)).toBe(0);
		const f = bench.frames;
		expect(
			[t.top, t.low, t.high, t.leaf, t.page].map((frame) => [
				FRAME_TYPES[f.type[frame]],
				f.typeCount[frame],
				f.refCount[frame]
			])
		).toEqual([
			['l3_page_table', 1, 3],
			['l2_page_table', 1, 3],
			['l2_page_table', 1, 2],
			['l1_page_table', 1, 3],
			['writable', 1, 3]
		]);
		expect(f.has(t.high, FLAG.xenL2)).toBe(true);
		putPageAndType(bench, t.top);
		expect([t.top, t.low, t.high, t.leaf, t.page].map((frame) => [f.typeCount[frame], f.refCount[frame]])).toEqual(
			Array(5).fill([0, 1])
		);
		expect(bench.audit()).toEqual([]);
	});
});
