import { describe, expect, it } from 'vitest';
import { UNPRIVILEGED, type Privileges } from '../../core/domain';
import { EBUSY, EINVAL, EPERM } from '../../../abi/errno';
import type { CheckName } from '../../../trace/events';
import { FIRST_XEN_SLOT } from '../entries';
import { FLAG, TYPE } from '../frame-table';
import { getPageAndType } from '../page-types';
import { pinTable, setGuestTable, unpinTable } from '../pinning';
import { Bench, IO_FRAMES, SMALL } from './bench';

interface Case {
	readonly name: string;
	readonly picture: string;
	/** The table to pin, and as what. */
	readonly pin: string;
	readonly level: number;
	readonly result: number;
	readonly refused?: CheckName[];
	readonly privileges?: Privileges;
}

const L1 = TYPE.l1;
const L2 = TYPE.l2;
const L3 = TYPE.l3;

const ACCEPTED: Case[] = [
	{ name: 'an empty L1', picture: 'l1 t:', pin: 't', level: L1, result: 0 },
	{ name: 'the same page twice writable', picture: 'l1 t: 0=p+w 1=p+w', pin: 't', level: L1, result: 0 },
	{ name: 'a read-only map of the table itself', picture: 'l1 t: 0=t', pin: 't', level: L1, result: 0 },
	{ name: 'user, no-execute, accessed and dirty bits', picture: 'l1 t: 0=p+wuadn', pin: 't', level: L1, result: 0 },
	{
		name: 'cache bits for a domain with I/O rights',
		picture: 'l1 t: 0=p+c',
		pin: 't',
		level: L1,
		result: 0,
		privileges: { control: false, hardware: true }
	},
	{
		name: 'device memory for a domain with I/O rights',
		picture: 'l1 t: 0=#1+w 1=#70000+w',
		pin: 't',
		level: L1,
		result: 0,
		privileges: { control: false, hardware: true }
	},
	{ name: 'garbage in an entry that is not present', picture: 'l1 t: 0=#99999+-wg', pin: 't', level: L1, result: 0 },
	{ name: 'one L1 in two slots', picture: 'l2 t: 0=a 7=a\nl1 a: 0=p', pin: 't', level: L2, result: 0 },
	{ name: 'an L2 that maps itself read-only', picture: 'l2 t: 0=t 1=a\nl1 a:', pin: 't', level: L2, result: 0 },
	{
		name: 'L3 entries with R/W, U/S, A and D as tools write them',
		picture: 'l3 t: 0=a+wuad 3=b+wuad\nl2 a:\nl2 b:',
		pin: 't',
		level: L3,
		result: 0
	},
	{ name: 'one L2 in two low slots', picture: 'l3 t: 0=a 1=a 3=b\nl2 a:\nl2 b:', pin: 't', level: L3, result: 0 },
	{
		name: 'an L3 of which only four entries count',
		picture: 'l3 t: 3=b 4=#99999 511=t+w\nl2 b:',
		pin: 't',
		level: L3,
		result: 0
	}
];

const REFUSED: Case[] = [
	{
		name: 'a writable map of the table itself',
		picture: 'l1 t: 0=p+w 1=t+w',
		pin: 't',
		level: L1,
		result: -EBUSY,
		refused: ['type_compatible', 'table_valid']
	},
	{
		name: 'another domain\u2019s frame',
		picture: 'l1 t: 0=p+w 5=#OTHER',
		pin: 't',
		level: L1,
		result: -EBUSY,
		refused: ['l1_target_owner', 'table_valid']
	},
	{
		name: 'a free frame',
		picture: 'l1 t: 0=p+w 5=#FREE',
		pin: 't',
		level: L1,
		result: -EBUSY,
		refused: ['l1_target_owner', 'table_valid']
	},
	{
		name: 'a frame of Xen\u2019s',
		picture: 'l1 t: 0=#XEN',
		pin: 't',
		level: L1,
		result: -EBUSY,
		refused: ['l1_target_owner', 'table_valid']
	},
	{
		name: 'the global bit',
		picture: 'l1 t: 0=p+w 1=p+g',
		pin: 't',
		level: L1,
		result: -EINVAL,
		refused: ['l1_flags', 'table_valid']
	},
	{
		name: 'cache bits without I/O rights',
		picture: 'l1 t: 0=p+c',
		pin: 't',
		level: L1,
		result: -EINVAL,
		refused: ['l1_flags', 'table_valid']
	},
	{
		name: 'device memory without I/O rights',
		picture: 'l1 t: 0=p 1=#1',
		pin: 't',
		level: L1,
		result: -EPERM,
		refused: ['l1_io_memory', 'table_valid']
	},
	{
		name: 'frames beyond RAM without I/O rights',
		picture: 'l1 t: 0=#70000',
		pin: 't',
		level: L1,
		result: -EPERM,
		refused: ['l1_io_memory', 'table_valid']
	},
	{
		name: 'a page that is mapped writable, as an L1',
		picture: 'l2 t: 0=a 1=b\nl1 a: 0=b+w\nl1 b:',
		pin: 't',
		level: L2,
		result: -EINVAL,
		refused: ['type_compatible', 'table_valid']
	},
	{
		name: 'a large page',
		picture: 'l2 t: 0=a 1=p+s\nl1 a: 0=p+w',
		pin: 't',
		level: L2,
		result: -EINVAL,
		refused: ['l2_no_superpage', 'table_valid']
	},
	{
		name: 'a writable linear map',
		picture: 'l2 t: 0=a 1=t+w\nl1 a: 0=p+w',
		pin: 't',
		level: L2,
		result: -EINVAL,
		refused: ['type_compatible', 'linear_read_only', 'table_valid']
	},
	{
		name: 'a bad L1 below',
		picture: 'l2 t: 0=a 1=b\nl1 a: 0=p+w\nl1 b: 0=p+w 1=#OTHER',
		pin: 't',
		level: L2,
		result: -EBUSY,
		refused: ['l1_target_owner', 'table_valid', 'table_valid']
	},
	{
		name: 'an L3 without its fourth entry',
		picture: 'l3 t: 0=a\nl2 a: 0=b\nl1 b: 0=p+w',
		pin: 't',
		level: L3,
		result: -EINVAL,
		refused: ['l3_top_present', 'table_valid']
	},
	{
		name: 'one L2 both low and in the fourth entry',
		picture: 'l3 t: 0=a 3=a\nl2 a: 0=b\nl1 b: 0=p+w',
		pin: 't',
		level: L3,
		result: -EINVAL,
		refused: ['type_compatible', 'table_valid']
	},
	{
		name: 'no-execute in an L3 entry',
		picture: 'l3 t: 0=a+n 3=b\nl2 a:\nl2 b:',
		pin: 't',
		level: L3,
		result: -EINVAL,
		refused: ['l3_flags', 'table_valid']
	},
	{
		name: 'an L3 that names itself',
		picture: 'l3 t: 0=t 3=b\nl2 b:',
		pin: 't',
		level: L3,
		result: -EINVAL,
		refused: ['type_compatible', 'table_valid']
	},
	{
		name: 'an L1 in an L3 entry',
		picture: 'l3 t: 0=a 3=c\nl2 a: 0=b\nl1 b: 0=a+w\nl2 c:',
		pin: 't',
		level: L3,
		result: -EBUSY,
		refused: ['type_compatible', 'table_valid', 'table_valid', 'table_valid']
	}
];

function build({ picture, privileges = UNPRIVILEGED }: Case): {
	bench: Bench;
	frames: Record<string, number>;
	owner: number;
} {
	const bench = new Bench();
	const d = bench.addDomain(1, { privileges });
	const other = bench.page(bench.addDomain(2));
	const text = picture
		.replace('OTHER', String(other))
		.replace('FREE', String(bench.frames.size - 1))
		.replace('XEN', String(bench.spaces.xenL2));
	return { bench, frames: bench.draw(d, text), owner: 1 };
}

describe('validation accepts', () => {
	for (const c of ACCEPTED) {
		it(c.name, () => {
			const { bench, frames } = build(c);
			const before = bench.snapshot();
			const d = bench.domains.get(1)!;
			expect(pinTable(bench, frames[c.pin], d, c.level)).toBe(0);
			expect(bench.audit()).toEqual([]);
			expect(unpinTable(bench, frames[c.pin], d)).toBe(0);
			expect(bench.audit()).toEqual([]);
			expect(bench.snapshot()).toBe(before);
		});
	}
});

describe('validation refuses, and leaves the frame table as it was,', () => {
	for (const c of REFUSED) {
		it(c.name, () => {
			const { bench, frames } = build(c);
			const before = bench.snapshot();
			bench.asked.length = 0;
			expect(pinTable(bench, frames[c.pin], bench.domains.get(1)!, c.level)).toBe(c.result);
			expect(bench.refusals()).toEqual(c.refused);
			expect(bench.snapshot()).toBe(before);
			expect(bench.audit()).toEqual([]);
		});
	}
});

describe('the L2 of L3[3]', () => {
	it('carries the hypervisor\u2019s slots and belongs to one L3', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const t = bench.draw(d, `${SMALL}\nl3 second: 3=high\nl3 third: 0=high 3=own\nl2 own:`);
		expect(pinTable(bench, t.top, d, L3)).toBe(0);
		expect(bench.peek(t.high, FIRST_XEN_SLOT)[0]).toBe(bench.peek(bench.spaces.xenL2, FIRST_XEN_SLOT)[0]);
		bench.refusals();
		expect(pinTable(bench, t.second, d, L3)).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['l3_top_unshared', 'table_valid']);
		expect(pinTable(bench, t.third, d, L3)).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['type_compatible', 'table_valid']);
		expect(pinTable(bench, t.high, d, L2)).toBe(-EINVAL);
		expect(bench.audit()).toEqual([]);
	});

	it('cannot be a table that is in use as an ordinary L2', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const t = bench.draw(d, SMALL);
		expect(pinTable(bench, t.high, d, L2)).toBe(0);
		expect(bench.frames.has(t.high, FLAG.xenL2)).toBe(false);
		expect(pinTable(bench, t.top, d, L3)).toBe(-EINVAL);
		expect(bench.audit()).toEqual([]);
	});
});

describe('linear maps of other tables', () => {
	it('are read-only, of validated tables, and never nested', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const t = bench.draw(d, 'l2 a: 0=leaf\nl2 b: 0=a\nl2 c: 0=b\nl1 leaf: 0=page+w');
		expect(pinTable(bench, t.b, d, L2)).toBe(0);
		expect(bench.frames.type[t.a]).toBe(TYPE.l1);
		expect(unpinTable(bench, t.b, d)).toBe(0);
		expect(pinTable(bench, t.a, d, L2)).toBe(0);
		expect(pinTable(bench, t.b, d, L2)).toBe(0);
		expect(bench.frames.typeCount[t.a]).toBe(2);
		expect(bench.audit()).toEqual([]);
		bench.refusals();
		expect(pinTable(bench, t.c, d, L2)).toBe(-EINVAL);
		expect(bench.refusals()).toContain('linear_not_nested');
		expect(unpinTable(bench, t.a, d)).toBe(0);
		expect(bench.frames.typeCount[t.a]).toBe(1);
		expect(bench.audit()).toEqual([]);
		expect(unpinTable(bench, t.b, d)).toBe(0);
		expect(bench.frames.typeCount[t.a]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});
});

describe('CR3', () => {
	it('takes an L3 and gives back the old one; a refused one leaves the old', () => {
		const bench = new Bench();
		const d = bench.addDomain(1);
		const v = d.vcpus[0];
		const a = bench.draw(d, SMALL);
		const b = bench.draw(d, SMALL);
		expect(setGuestTable(bench, v, a.top)).toBe(0);
		expect(setGuestTable(bench, v, b.leaf)).toBe(-EINVAL);
		expect(v.mm.guestTable).toBe(a.top);
		expect(setGuestTable(bench, v, b.top)).toBe(0);
		expect(bench.frames.typeCount[a.top]).toBe(0);
		expect(setGuestTable(bench, v, b.top)).toBe(0);
		expect(bench.frames.typeCount[b.top]).toBe(1);
		expect(bench.audit()).toEqual([]);
	});

	it('keeps frames below the I/O hole for nobody', () => {
		const bench = new Bench();
		expect(bench.frames.isIo(IO_FRAMES - 1)).toBe(true);
		expect(getPageAndType(bench, IO_FRAMES - 1, bench.addDomain(1).id, TYPE.writable)).toBe(-EINVAL);
	});
});
