import { beforeEach, describe, expect, it } from 'vitest';
import { EBUSY, EINVAL, EPERM, ESRCH } from '../../../abi/errno';
import { KIND, type CheckName } from '../../../trace/events';
import { ALL_PRIVILEGES, UNPRIVILEGED, type Domain, type Privileges, type Vcpu } from '../../core/domain';
import { privateL3, switchAddressSpace } from '../address-space';
import { DOMID_IO, DOMID_SELF, DOMID_XEN } from '../context';
import { setGdt, setLdt } from '../descriptors';
import { entryHigh } from '../entries';
import { FLAG, TYPE } from '../frame-table';
import { doMmuUpdate } from '../mmu-update';
import { pinTable, setGuestTable, unpinTable } from '../pinning';
import { Bench, SMALL } from './bench';

/** An entry's bits but P and the frame number: what the levels disagree about (SDM vol. 3, 4.4.2). */
const BITS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63];
/** R/W, U/S, A, D and the three that software has. */
const HARMLESS = [1, 2, 5, 6, 9, 10, 11];

interface Level {
	readonly name: string;
	readonly level: number;
	readonly nx: boolean;
	readonly privileges: Privileges;
	readonly allowed: readonly number[];
	/** The question that refuses a bit. */
	readonly question: (bit: number) => CheckName;
}

const of = (level: number, allowed: number[], { nx = true, privileges = UNPRIVILEGED, name = '' } = {}): Level => ({
	name: `an L${level} entry${name}`,
	level,
	nx,
	privileges,
	allowed: [...HARMLESS, ...allowed],
	question: (bit) => (level === 1 ? 'l1_flags' : level === 3 ? 'l3_flags' : bit === 7 ? 'l2_no_superpage' : 'l2_flags')
});

const LEVELS: Level[] = [
	of(1, [63]),
	of(1, [], { nx: false, name: ' without no-execute' }),
	of(1, [3, 4, 7, 63], { privileges: { control: false, hardware: true }, name: ' of a domain with I/O rights' }),
	of(2, [63]),
	of(2, [], { nx: false, name: ' without no-execute' }),
	of(3, []),
	of(3, [], { nx: false, name: ' without no-execute' })
];

const TYPES = [0, TYPE.l1, TYPE.l2, TYPE.l3];
/** Slot 0 of `t` names `below`; an R/W bit in it must not matter, so `below` of an L1 is a page. */
const PICTURES = ['', 'l1 t: 0=below', 'l2 t: 0=below\nl1 below:', 'l3 t: 0=below 3=top\nl2 below:\nl2 top:'];

const withBit = ([low, high]: [number, number], bit: number): [number, number] =>
	bit < 32 ? [(low | (1 << bit)) >>> 0, high] : [low, (high | (1 << (bit - 32))) >>> 0];

let bench: Bench;
let d: Domain;
let v: Vcpu;

/** A new bench with one domain. */
function start(privileges = UNPRIVILEGED, nx = true): void {
	bench = new Bench();
	Object.assign(bench.processor, { nx });
	d = bench.addDomain(1, { privileges });
	v = d.vcpus[0];
	bench.pcpu.current = v;
}

function update(frame: number, slot: number, [low, high]: [number, number], foreign = DOMID_SELF): number {
	bench.words(0x100, ((frame << 12) | (slot << 3)) >>> 0, Math.floor(frame / 0x10_0000), low, high);
	return doMmuUpdate(bench, v, 0x100, 1, 0, foreign);
}

describe('each bit of', () => {
	for (const { name, level, nx, privileges, allowed, question } of LEVELS) {
		it(`${name} passes or is refused, in a whole table and in one entry`, () => {
			for (const bit of BITS) {
				start(privileges, nx);
				const t = bench.draw(d, PICTURES[level]);
				const plain = bench.peek(t.t, 0);
				const bitten = withBit(plain, bit);
				const passes = allowed.includes(bit);
				bench.poke(t.t, 0, ...bitten);
				const before = bench.snapshot();
				bench.refusals();
				expect([bit, pinTable(bench, t.t, d, TYPES[level])]).toEqual([bit, passes ? 0 : -EINVAL]);
				expect(bench.refusals()).toEqual(passes ? [] : [question(bit), 'table_valid']);
				if (passes) unpinTable(bench, t.t, d);
				expect(bench.snapshot()).toBe(before);

				bench.poke(t.t, 0, ...plain);
				expect(pinTable(bench, t.t, d, TYPES[level])).toBe(0);
				bench.refusals();
				expect([bit, update(t.t, 0, bitten)]).toEqual([bit, passes ? 0 : -EINVAL]);
				expect(bench.refusals()).toEqual(passes ? [] : [question(bit)]);
				expect(bench.peek(t.t, 0)).toEqual(passes ? bitten : plain);
				expect(bench.audit()).toEqual([]);
			}
		});
	}
});

describe('garbage in entries that are not present', () => {
	// The high half of slot 0 lies right before slot 1: read as part of it, it would name another frame.
	const cases: [string, string, number][] = [
		['an L1', 'l1 t: 0=#5000001+- 1=p+w', TYPE.l1],
		['an L2', 'l2 t: 0=#5000001+- 1=a\nl1 a:', TYPE.l2],
		['an L3', 'l3 t: 0=#5000001+- 1=a 2=#5000001+- 3=b\nl2 a:\nl2 b:', TYPE.l3]
	];
	for (const [name, picture, type] of cases) {
		it(`of ${name} belongs to no entry beside it`, () => {
			start();
			const t = bench.draw(d, picture);
			const before = bench.snapshot();
			expect(pinTable(bench, t.t, d, type)).toBe(0);
			expect(bench.audit()).toEqual([]);
			const entry = bench.peek(t.t, 1);
			const counted = bench.snapshot();
			bench.recorder.events.length = 0;
			expect(update(t.t, 1, withBit(entry, 5))).toBe(0);
			expect(bench.snapshot()).toBe(counted);
			const [write] = bench.recorder.events.filter(([kind]) => kind === KIND.pte_write);
			expect(write).toEqual([KIND.pte_write, t.t, 1, ...entry, ...withBit(entry, 5), TYPES.indexOf(type)]);
			expect(update(t.t, 1, [0, 0])).toBe(0);
			expect(bench.audit()).toEqual([]);
			expect(unpinTable(bench, t.t, d)).toBe(0);
			expect(bench.snapshot()).toBe(before);
		});
	}
});

describe('one entry changed', () => {
	let t: Record<string, number>;
	beforeEach(() => {
		start();
		t = bench.draw(d, `${SMALL.replace('0=low', '0=low 2=spare')}\nl2 spare:`);
		t.other = bench.page(bench.addDomain(2));
		expect(setGuestTable(bench, v, t.top)).toBe(0);
		switchAddressSpace(bench, v);
		bench.refusals();
		bench.flushes.length = 0;
		bench.recorder.events.length = 0;
	});
	const asked = (): CheckName[] => bench.asked.map(({ name }) => name);

	it('to the same frame with the same rights takes nothing: only its flags are looked at', () => {
		for (const [table, slot, question] of [
			['leaf', 0, ['l1_flags']],
			['low', 0, ['l2_guest_slot', 'l2_flags', 'l2_no_superpage']],
			['top', 0, ['l3_slot', 'l3_flags']]
		] as const) {
			bench.asked.length = 0;
			const counted = bench.snapshot();
			expect(update(t[table], slot, withBit(bench.peek(t[table], slot), 9))).toBe(0);
			expect(asked()).toEqual([
				'mmu_command',
				'frame_exists',
				'frame_owner',
				...(table === 'leaf' ? [] : ['table_not_foreign']),
				...question
			]);
			expect(bench.snapshot()).toBe(counted);
		}
	});

	it('in an L3 is in the copy that the processor walks, even where the frame stays', () => {
		expect(update(t.top, 0, withBit(bench.peek(t.top, 0), 9))).toBe(0);
		expect(bench.flushes).toEqual([`cr3 ${privateL3(bench, v).toString(16)}`]);
	});

	it('to a frame that differs above 4 GiB only is another frame', () => {
		const [low] = bench.peek(t.leaf, 0);
		expect(update(t.leaf, 0, [low, 1])).toBe(-EPERM);
		expect(update(t.low, 0, [bench.peek(t.low, 0)[0], 1])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['l1_io_memory', 'frame_exists']);
	});

	it('that is refused changes neither the entry nor a count, on any level', () => {
		for (const [table, slot, frame, rc] of [
			['leaf', 0, t.other, -EBUSY],
			['low', 0, t.page, -EINVAL],
			['low', 3, t.other, -EINVAL],
			['top', 0, t.leaf, -EINVAL],
			['top', 1, t.other, -EINVAL]
		] as const) {
			const [counted, entry] = [bench.snapshot(), bench.peek(t[table], slot)];
			expect(update(t[table], slot, bench.entry(frame))).toBe(rc);
			expect(bench.snapshot()).toBe(counted);
			expect(bench.peek(t[table], slot)).toEqual(entry);
		}
	});

	it('from one L2 to another gives the old one back', () => {
		expect(bench.frames.typeCount[t.spare]).toBe(1);
		expect(update(t.top, 2, bench.entry(t.low))).toBe(0);
		expect([bench.frames.typeCount[t.spare], bench.frames.typeCount[t.low]]).toEqual([0, 2]);
		expect(bench.audit()).toEqual([]);
	});

	it('of a page of descriptors is refused: update_descriptor is the way', () => {
		const gdt = bench.page(d);
		expect(setGdt(bench, v, [gdt], 512)).toBe(0);
		bench.refusals();
		expect(update(gdt, 0, [1, 2])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['type_compatible']);
		expect(bench.peek(gdt, 0)).toEqual([0, 0]);
	});

	it('in plain memory is the word at its place, up to the last, and leaves no count', () => {
		const page = bench.page(d);
		const counted = bench.snapshot();
		expect(update(page, 511, [0x1234_5678, 0x9abc_def0])).toBe(0);
		expect(bench.peek(page, 511)).toEqual([0x1234_5678, 0x9abc_def0]);
		expect(bench.snapshot()).toBe(counted);
	});

	it('in a table that was one is plain memory again', () => {
		const old = bench.draw(d, 'l1 old:').old;
		expect(pinTable(bench, old, d, TYPE.l1)).toBe(0);
		expect(unpinTable(bench, old, d)).toBe(0);
		expect(update(old, 0, bench.entry(t.other, 'wg'))).toBe(0);
		expect(bench.peek(old, 0)).toEqual(bench.entry(t.other, 'wg'));
	});

	it('is recorded with all its words, and command 3 is as 0 for a guest without translation', () => {
		const [low, high] = bench.entry(t.page, 'n');
		bench.words(0x100, (t.leaf << 12) | (9 << 3) | 3, 0, low, high);
		expect(doMmuUpdate(bench, v, 0x100, 1, 0, DOMID_SELF)).toBe(0);
		const [begun] = bench.recorder.events.filter(([kind]) => kind === KIND.mmu_entry);
		expect(begun).toEqual([KIND.mmu_entry, 3, (t.leaf << 12) | (9 << 3) | 3, 0, low, high, 0]);
		expect(bench.peek(t.leaf, 9)).toEqual([low, high]);
	});

	it('has an address of which every bit counts', () => {
		for (const beyond of [0x10_0000, 0x1000_0000_0000]) expect(update(t.page + beyond, 0, [0, 0])).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['frame_exists', 'frame_exists']);
	});
});

describe('tables of another domain', () => {
	let t: Record<string, number>;
	let theirs: Record<string, number>;
	let guest: Domain;
	beforeEach(() => {
		start(ALL_PRIVILEGES);
		guest = bench.addDomain(2);
		t = bench.draw(d, SMALL);
		theirs = bench.draw(guest, SMALL);
		for (const [domain, top] of [
			[d, t.top],
			[guest, theirs.top]
		] as const)
			expect(setGuestTable(bench, domain.vcpus[0], top)).toBe(0);
		bench.refusals();
	});
	/** Bits 31-16 of `foreigndom`: whose tables. */
	const tablesOf = (id: number): number => (id + 1) << 16;

	it('are nobody\u2019s to change before it has a vcpu', () => {
		guest.vcpus.length = 0;
		expect(update(theirs.leaf, 9, [0, 0], tablesOf(2) | 2)).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['table_owner_has_vcpu']);
	});

	it('are there only if the domain is', () => {
		bench.recorder.events.length = 0;
		expect(update(theirs.leaf, 9, [0, 0], tablesOf(9) | 2)).toBe(-ESRCH);
		expect(bench.refusals()).toEqual(['table_owner_exists']);
		const [check] = bench.recorder.events.filter(([kind]) => kind === KIND.check);
		expect(check[3]).toBe(9);
	});

	it('are not for a guest that names its own frames', () => {
		v = guest.vcpus[0];
		bench.pcpu.current = v;
		expect(update(t.leaf, 9, [0, 0], tablesOf(1) | DOMID_SELF)).toBe(-EPERM);
		expect(update(theirs.leaf, 9, [0, 0])).toBe(0);
	});

	it('take no M2P entries along', () => {
		expect(update(theirs.page, 0, [0, 0], tablesOf(2) | 2)).toBe(0);
		bench.words(0x100, (theirs.page << 12) | 1, 0, 7, 0);
		expect(doMmuUpdate(bench, v, 0x100, 1, 0, tablesOf(2) | 2)).toBe(-EPERM);
		expect(bench.refusals()).toEqual(['machphys_own_tables']);
	});

	it('name no tables of a third: an L2 entry is of one owner', () => {
		const mine = bench.draw(d, 'l1 mine:').mine;
		expect(update(theirs.low, 9, bench.entry(mine), tablesOf(2) | DOMID_SELF)).toBe(-EINVAL);
		expect(update(theirs.top, 1, bench.entry(t.low), tablesOf(2) | DOMID_SELF)).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['table_not_foreign', 'table_not_foreign']);
		expect(update(theirs.low, 9, bench.entry(bench.draw(guest, 'l1 own:').own), tablesOf(2) | 2)).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('map device memory only if both may', () => {
		expect(update(t.leaf, 9, bench.entry(1), DOMID_IO)).toBe(0);
		expect(update(theirs.leaf, 9, bench.entry(1), tablesOf(2) | DOMID_IO)).toBe(-EPERM);
		expect(bench.refusals()).toEqual(['l1_io_memory']);
	});

	it('map device memory in the name of no other who may not', () => {
		expect(update(t.leaf, 9, bench.entry(1), 2)).toBe(-EPERM);
		expect(bench.refusals()).toEqual(['l1_io_memory']);
	});

	it('map frames of a third only in the name of one that controls it', () => {
		const third = bench.page(bench.addDomain(3));
		expect(update(t.leaf, 9, bench.entry(third, 'w'), 2)).toBe(-EBUSY);
		expect(update(theirs.leaf, 9, bench.entry(third, 'w'), tablesOf(2) | DOMID_SELF)).toBe(0);
		expect(update(theirs.leaf, 10, bench.entry(bench.spaces.m2pBase), tablesOf(2) | DOMID_SELF)).toBe(-EBUSY);
		expect(bench.refusals()).toEqual(['l1_target_owner', 'l1_target_owner']);
		expect(bench.audit()).toEqual([]);
	});

	it('show frames of Xen\u2019s to those who may look, and let nobody write them', () => {
		expect(update(t.leaf, 9, bench.entry(bench.spaces.m2pBase), DOMID_XEN)).toBe(0);
		expect(update(t.leaf, 10, bench.entry(bench.spaces.m2pBase, 'w'), DOMID_XEN)).toBe(-EBUSY);
		expect(bench.refusals()).toEqual(['l1_target_owner']);
	});

	it('map device memory as far as the processor has address bits', () => {
		expect(update(t.leaf, 9, [0xffff_f001, 0xf])).toBe(0);
		expect(update(t.leaf, 10, [0x0000_0001, 0x10])).toBe(-EPERM);
		expect(update(t.leaf, 10, [0xffff_f001, 0xf_ffff])).toBe(-EINVAL);
	});
});

describe('a read-only mapping', () => {
	const frameEvents = (): number[] =>
		bench.recorder.events.filter(([kind]) => kind === KIND.frame_type).map(([, frame]) => frame);

	it('that comes or goes alone is an event of its frame, in a table that comes or goes it is none', () => {
		start();
		const t = bench.draw(d, 'l1 t: 0=seen');
		bench.recorder.events.length = 0;
		expect(pinTable(bench, t.t, d, TYPE.l1)).toBe(0);
		expect(frameEvents()).not.toContain(t.seen);
		bench.recorder.events.length = 0;
		expect(update(t.t, 1, bench.entry(t.seen))).toBe(0);
		expect(frameEvents()).toEqual([t.seen]);
		expect(update(t.t, 1, [0, 0])).toBe(0);
		expect(frameEvents()).toEqual([t.seen, t.seen]);
		bench.recorder.events.length = 0;
		expect(unpinTable(bench, t.t, d)).toBe(0);
		expect(frameEvents()).not.toContain(t.seen);
	});

	it('that goes takes the LDT along only if it was one of its pages', () => {
		start();
		const t = bench.draw(d, SMALL.replace('4=top', '4=top 8=ldt 9=page2 10=gdt'));
		expect(setGuestTable(bench, v, t.top)).toBe(0);
		switchAddressSpace(bench, v);
		expect(setLdt(bench, v, 0x8000, 512)).toBe(0);
		bench.flushes.length = 0;
		for (const slot of [1, 9, 10]) expect(update(t.leaf, slot, [0, 0])).toBe(0);
		expect(v.mm.ldtFrames[0]).toBe(t.ldt);
		expect(bench.flushes).toEqual([]);
		expect(update(t.leaf, 8, [0, 0])).toBe(0);
		expect(v.mm.ldtFrames[0]).toBeNull();
		expect(bench.flushes).toEqual(['all']);
		expect(bench.audit()).toEqual([]);
	});
});

describe('what a table takes', () => {
	const PICTURE = 'l2 t: 0=leaf\nl1 leaf: 0=page+w 1=page+w';
	/** Frames whose change was recorded, in order. */
	const told = (work: () => void): number[] => {
		bench.recorder.events.length = 0;
		work();
		return bench.recorder.events.filter(([kind]) => kind === KIND.frame_type).map(([, frame]) => frame);
	};

	it('is told of as tables, not page by page', () => {
		start();
		const t = bench.draw(d, PICTURE);
		expect(told(() => pinTable(bench, t.t, d, TYPE.l2))).toEqual([t.leaf, t.t]);
		expect(told(() => update(t.leaf, 2, bench.entry(t.page, 'w')))).toEqual([t.page]);
		expect(told(() => update(t.leaf, 2, [0, 0]))).toEqual([t.page]);
		expect(told(() => unpinTable(bench, t.t, d))).toEqual([t.leaf, t.t]);
	});

	it('is told of only if it is taken', () => {
		start();
		const t = bench.draw(d, `${PICTURE} 2=#1`);
		expect(told(() => pinTable(bench, t.t, d, TYPE.l2))).toEqual([]);
	});
});

describe('a linear map', () => {
	it('is made of no table that another maps so', () => {
		start();
		const t = bench.draw(d, 'l2 a: 0=leaf\nl2 b: 1=a\nl2 c:\nl1 leaf:');
		for (const table of [t.a, t.b, t.c]) expect(pinTable(bench, table, d, TYPE.l2)).toBe(0);
		expect([bench.frames.linear[t.a], bench.frames.linear[t.b]]).toEqual([1, -1]);
		bench.refusals();
		expect(update(t.a, 5, bench.entry(t.c))).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['type_compatible', 'linear_not_nested']);
		expect(update(t.b, 1, [0, 0])).toBe(0);
		expect([bench.frames.linear[t.a], bench.frames.linear[t.b]]).toEqual([0, 0]);
		expect(update(t.a, 5, bench.entry(t.c))).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('is of one\u2019s own tables', () => {
		start();
		const other = bench.addDomain(2);
		const theirs = bench.draw(other, 'l2 t:').t;
		const mine = bench.draw(d, 'l2 t:').t;
		expect(pinTable(bench, theirs, other, TYPE.l2)).toBe(0);
		expect(pinTable(bench, mine, d, TYPE.l2)).toBe(0);
		bench.refusals();
		expect(update(mine, 0, bench.entry(theirs))).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['frame_owner']);
	});
});

describe('the L2 of L3[3]', () => {
	it('may hold anything where the hypervisor\u2019s slots will be: they are filled anew', () => {
		start();
		const t = bench.draw(d, SMALL.replace('l2 high:', 'l2 high: 428=#1+s 511=#70000+w'));
		expect(pinTable(bench, t.top, d, TYPE.l3)).toBe(0);
		expect(bench.peek(t.high, 428)).toEqual(bench.peek(bench.spaces.xenL2, 428));
		expect(bench.audit()).toEqual([]);
	});
});

describe('the type of a frame', () => {
	it('that serves L3[3] is forgotten with its last use', () => {
		start();
		const t = bench.draw(d, SMALL);
		expect(pinTable(bench, t.top, d, TYPE.l3)).toBe(0);
		expect(bench.frames.has(t.high, FLAG.xenL2)).toBe(true);
		expect(unpinTable(bench, t.top, d)).toBe(0);
		expect(bench.frames.has(t.high, FLAG.xenL2)).toBe(false);
		expect(pinTable(bench, t.top, d, TYPE.l3)).toBe(0);
	});

	it('names frames above 4 GiB by the high half of an entry', () => {
		expect([entryHigh(0xf_ffff), entryHigh(0x10_0000), entryHigh(0xff_ffff)]).toEqual([0, 1, 0xf]);
	});
});
