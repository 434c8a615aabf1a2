import { describe, expect, it } from 'vitest';
import { CR0, CR4, EFER_NXE } from '../../x86/control';
import { movToCr } from '../cpu/control';
import { FRONT_CODE_SUPERVISOR, FRONT_CODE_USER, FRONT_DATA_SUPERVISOR, FRONT_DATA_USER, RAM_BASE } from '../layout';
import { MARK } from '../memory';
import { faultOf, flatRings, inRing, makeCpu, type TestCpu } from '../testing';
import { FLUSH, REFUSED } from './mmu';

const [P, RW, US, A, D, PS, G] = [1, 2, 4, 0x20, 0x40, 0x80, 0x100];
const [PD, PT, PDPT] = [0x2_0000, 0x2_1000, 0x2_2000];
const USABLE = P | RW | US;
/** Where the tests' pages begin: slot 0 of PT. */
const BASE = 0x40_0000;
const FRAME = 0x5_0000;

interface Paged {
	pdes?: Record<number, number>;
	wp?: boolean;
	ring?: number;
	pge?: boolean;
}

/** Two-level paging in ring 3; `ptes` are the first entries of the table at BASE, `pdes` further ones of the directory by slot. */
function paged(ptes: number[] = [], { pdes = {}, wp = true, ring = 3, pge = true }: Paged = {}): TestCpu {
	const t = makeCpu();
	flatRings(t);
	t.memory.write32(PD, P | RW | PS);
	t.memory.write32(PD + 4, PT | USABLE);
	ptes.forEach((entry, slot) => t.memory.write32(PT + slot * 4, entry));
	for (const [slot, entry] of Object.entries(pdes)) t.memory.write32(PD + Number(slot) * 4, entry);
	movToCr(t.cpu, 4, CR4.PSE | (pge ? CR4.PGE : 0));
	movToCr(t.cpu, 3, PD);
	movToCr(t.cpu, 0, CR0.PG | CR0.PE | (wp ? CR0.WP : 0));
	inRing(t.cpu, ring);
	t.recorder.events.length = 0;
	return t;
}

/** Read tag, write tag and physical address that stand in front for a page's data. */
function data({ cpu }: TestCpu, linear: number, user = true): [number, number, number] {
	const at = (user ? FRONT_DATA_USER : FRONT_DATA_SUPERVISOR) + ((linear >>> 12) & 255) * 4;
	return [cpu.s[at], cpu.s[at + 1], (linear + cpu.s[at + 2] - RAM_BASE) | 0];
}
const code = ({ cpu }: TestCpu, linear: number, user = true): [number, number] => {
	const at = (user ? FRONT_CODE_USER : FRONT_CODE_SUPERVISOR) + ((linear >>> 12) & 255) * 2;
	return [cpu.s[at], cpu.s[at + 1]];
};

describe('the fast path to a page', () => {
	it('leads to the same bytes as the walk, where the page lies so far below its address that the way there wraps', () => {
		const [far, ds] = [0x8000_0000, 3];
		const t = paged([FRAME | USABLE], { pdes: { 512: PT | USABLE } });
		for (const byte of [0x5a, 0xa5]) {
			t.cpu.write8(ds, far + 3, byte);
			expect(t.cpu.read8(ds, far + 3)).toBe(byte);
			expect(t.memory.read8(FRAME + 3)).toBe(byte);
			expect(t.cpu.mmu.translate(far | 3, true, true)).toBe(FRAME + 3);
		}
		expect(data(t, far)).toEqual([far | 0, far | 0, FRAME]);
	});

	it('opens for reads with the first read, for writes with the first write', () => {
		const t = paged([FRAME | USABLE]);
		expect(t.cpu.mmu.translate(BASE + 0x123, false, true)).toBe(FRAME + 0x123);
		expect(data(t, BASE)).toEqual([BASE, -1, FRAME]);
		expect(t.cpu.mmu.translate(BASE + 0x456, true, true)).toBe(FRAME + 0x456);
		expect(data(t, BASE)).toEqual([BASE, BASE, FRAME]);
		expect(data(t, BASE, false)[0]).toBe(-1);
		expect(code(t, BASE)[0]).toBe(-1);
	});

	it('opens for writes at once where the page is dirty, never where it is read-only', () => {
		const t = paged([FRAME | USABLE | A | D, FRAME | P | US | A | D]);
		for (const page of [0, 1]) t.cpu.mmu.translate(BASE + page * 4096, false, true);
		expect([data(t, BASE)[1], data(t, BASE + 4096)[1]]).toEqual([BASE, -1]);
	});

	it('without WP opens for writes of rings 0 to 2 to a page that is read-only, and not for ring 3', () => {
		const t = paged([FRAME | P | US | A | D], { wp: false });
		t.cpu.mmu.translate(BASE, false, false);
		t.cpu.mmu.translate(BASE, false, true);
		expect([data(t, BASE, false)[1], data(t, BASE, true)[1]]).toEqual([BASE, -1]);
		expect(t.cpu.mmu.lookUp(BASE, true, true)).toBe(REFUSED);
		expect([t.cpu.mmu.error, t.cpu.mmu.lookUp(BASE, true, false)]).toEqual([7, FRAME]);
	});

	it('opens for code apart from data, each ring 3 and the rest', () => {
		const t = paged([FRAME | USABLE]);
		expect(t.cpu.mmu.fetch(BASE + 0x10, true)).toBe(FRAME + 0x10);
		expect([code(t, BASE), code(t, BASE, false)[0], data(t, BASE)[0]]).toEqual([[BASE, FRAME], -1, -1]);
		expect(t.cpu.mmu.fetch(BASE + 0x20, false)).toBe(FRAME + 0x20);
		expect(code(t, BASE, false)).toEqual([BASE, FRAME]);
	});

	it('stays closed to what is no RAM; code there is fetched from where nobody answers', () => {
		const t = paged([0x10_0000 | USABLE, 0xff_f000 | USABLE]);
		for (const page of [BASE, BASE + 4096]) {
			t.cpu.mmu.translate(page, true, true);
			expect(data(t, page).slice(0, 2)).toEqual([-1, -1]);
			expect(t.cpu.mmu.fetch(page + 5, true)).toBe(0xffff_f005);
			expect(code(t, page)[0]).toBe(-1);
		}
		expect(t.cpu.mmu.translate(BASE + 5, false, true)).toBe(0x10_0005);
	});

	it('stays closed below a device\u2019s window, and while data is watched', () => {
		const t = paged([FRAME | USABLE]);
		t.memory.cover(FRAME >> 12, FRAME >> 12);
		t.cpu.mmu.translate(BASE, true, true);
		expect([data(t, BASE)[0], t.cpu.mmu.fetch(BASE, true)]).toEqual([-1, 0xffff_f000]);
		t.memory.uncover(FRAME >> 12);
		t.cpu.watching = true;
		t.cpu.mmu.translate(BASE, true, true);
		expect(data(t, BASE)[0]).toBe(-1);
		t.cpu.watching = false;
		t.cpu.mmu.translate(BASE, true, true);
		expect(data(t, BASE)).toEqual([BASE, BASE, FRAME]);
		t.memory.cover(FRAME >> 12, FRAME >> 12);
		expect(data(t, BASE)[0]).toBe(-1);
	});

	it('is closed for writes to a frame that is marked, for reads where they are watched, on every page that maps it', () => {
		const t = paged([FRAME | USABLE, FRAME | USABLE, 0x6_0000 | USABLE]);
		const open = (): void => [0, 1, 2].forEach((page) => t.cpu.mmu.translate(BASE + page * 4096, true, true));
		const tags = (): [boolean, boolean][] =>
			[0, 1, 2].map(
				(page) =>
					data(t, BASE + page * 4096)
						.slice(0, 2)
						.map((tag) => tag !== -1) as [boolean, boolean]
			);
		open();
		t.memory.mark(FRAME >> 12, MARK.CODE);
		expect(tags()).toEqual([
			[true, false],
			[true, false],
			[true, true]
		]);
		open();
		expect(tags()[0]).toEqual([true, false]);
		t.memory.mark(FRAME >> 12, MARK.READ);
		expect(tags()).toEqual([
			[false, false],
			[false, false],
			[true, true]
		]);
		open();
		expect(tags()[0]).toEqual([false, false]);
		t.memory.markAllClean();
		expect(tags()).toEqual([
			[false, false],
			[false, false],
			[true, false]
		]);
	});
});

describe('a large page', () => {
	const LARGE = { 2: PS | USABLE, 3: PS | USABLE | 0x40_0000 };

	it('is one translation for all that lies in it', () => {
		const { cpu } = paged([], { pdes: LARGE });
		const before = cpu.mmu.readCounters();
		expect(cpu.mmu.translate(0x80_0000, false, true)).toBe(0);
		expect(cpu.mmu.translate(0x80_5123, false, true)).toBe(0x5123);
		expect(cpu.mmu.translate(0xbf_fffc, false, true)).toBe(0x3f_fffc);
		expect(cpu.mmu.translate(0xc0_1004, false, true)).toBe(0x40_1004);
		const { hits, dataMisses, codeMisses } = cpu.mmu.readCounters();
		expect([hits - before.hits, dataMisses - before.dataMisses]).toEqual([2, 2]);
		expect([cpu.mmu.fetch(0x80_0001, true), cpu.mmu.fetch(0x80_5123, true)]).toEqual([1, 0x5123]);
		const after = cpu.mmu.readCounters();
		expect([after.hits - hits, after.codeMisses - codeMisses]).toEqual([1, 1]);
	});

	it('that is displaced takes its fast paths with it', () => {
		const pdes = Object.fromEntries([2, 4, 6, 8, 10].map((slot) => [slot, PS | USABLE]));
		const t = paged([], { pdes });
		for (const slot of [2, 4, 6, 8]) t.cpu.mmu.translate(slot * 0x40_0000 + slot * 4096, false, true);
		expect(data(t, 0x80_2000)[0]).toBe(0x80_2000);
		t.cpu.mmu.translate(10 * 0x40_0000, false, true);
		expect(data(t, 0x80_2000)[0]).toBe(-1);
		const fetched = paged([], { pdes });
		for (const slot of [2, 4]) fetched.cpu.mmu.fetch(slot * 0x40_0000 + slot * 4096, true);
		expect(code(fetched, 0x80_2000)[0]).toBe(0x80_2000);
		fetched.cpu.mmu.fetch(6 * 0x40_0000, true);
		expect(code(fetched, 0x80_2000)[0]).toBe(-1);
	});
});

it('a small page that is displaced takes its own fast paths and no others', () => {
	const ptes = Array.from({ length: 129 }, (_, page) => FRAME | USABLE | (page === 1 ? D : 0));
	const t = paged(ptes);
	for (const way of [0, 1, 2, 3]) t.cpu.mmu.translate(BASE + way * 32 * 4096, false, true);
	t.cpu.mmu.translate(BASE + 4096, false, true);
	for (const way of [0, 1, 2, 3]) t.cpu.mmu.fetch(BASE + way * 32 * 4096, true);
	t.cpu.mmu.fetch(BASE + 4096, true);
	t.cpu.mmu.translate(BASE + 128 * 4096, false, true);
	expect([data(t, BASE)[0], data(t, BASE + 4096)[0]]).toEqual([-1, BASE + 4096]);
	expect([code(t, BASE + 4096)[0], code(t, BASE + 32 * 4096)[0]]).toEqual([BASE + 4096, BASE + 32 * 4096]);
	t.cpu.mmu.translate(BASE, false, true);
	t.cpu.mmu.fetch(BASE, true);
	t.cpu.mmu.fetch(BASE + 128 * 4096, true);
	expect([code(t, BASE)[0], code(t, BASE + 4096)[0]]).toEqual([-1, BASE + 4096]);
});

describe('a range', () => {
	const t = paged([FRAME | USABLE, FRAME | P | US]);
	const check = (linear: number, size: number, write: boolean): unknown =>
		faultOf(() => t.cpu.mmu.checkRange(linear, size, write, true)) && t.cpu.cr2;

	it('is checked where it begins and where it goes on, and no further', () => {
		expect(check(BASE + 0xffc, 4, true)).toBeNull();
		expect(check(BASE + 0xffd, 4, true)).toBe(BASE + 0x1000);
		expect(check(BASE + 0xffd, 4, false)).toBeNull();
		expect(check(BASE, 0x1000, true)).toBeNull();
		expect(check(BASE + 1, 0x1000, true)).toBe(BASE + 0x1000);
		expect(check(BASE + 0x1ffe, 2, false)).toBeNull();
		expect(check(BASE + 0x1ffe, 3, false)).toBe(BASE + 0x2000);
		expect(check(BASE + 0x1004, 4, true)).toBe(BASE + 0x1004);
	});
});

describe('what a look-up believes', () => {
	it('is the TLB, but not that a page may not be used: it asks again', () => {
		const { cpu, memory } = paged([FRAME | P | RW | A]);
		expect([cpu.mmu.lookUp(BASE, false, false), cpu.mmu.lookUp(BASE, false, true), cpu.mmu.error]).toEqual([
			FRAME,
			REFUSED,
			5
		]);
		memory.write32(PT, 0x6_0000 | USABLE);
		expect(cpu.mmu.lookUp(BASE, false, true)).toBe(0x6_0000);
		expect(cpu.mmu.error).toBe(-1);
		expect(cpu.mmu.fetch(BASE, false)).toBe(0x6_0000);
		memory.write32(PT, P | RW);
		expect(cpu.mmu.fetch(BASE, true)).toBe(0x6_0000);
	});

	it('of code too: rings 0 to 2 and ring 3 do not share what only one may use', () => {
		const { cpu } = paged([FRAME | P | RW]);
		expect(cpu.mmu.fetch(BASE, false)).toBe(FRAME);
		expect([cpu.mmu.fetch(BASE, true), cpu.mmu.error]).toEqual([REFUSED, 5]);
	});

	it('a page that nobody may fetch from can be data', () => {
		const t = makeCpu();
		flatRings(t);
		t.memory.write32(PDPT, PD | P);
		t.memory.write32(PD, PS | P | RW);
		t.memory.write32(PD + 16, PT | USABLE);
		t.memory.write32(PT, FRAME | USABLE);
		t.memory.write32(PT + 4, 0);
		t.cpu.efer = EFER_NXE;
		movToCr(t.cpu, 4, CR4.PAE);
		movToCr(t.cpu, 3, PDPT);
		movToCr(t.cpu, 0, CR0.PG | CR0.PE);
		expect(t.cpu.mmu.fetch(BASE, true)).toBe(FRAME);
		t.memory.write32(PT + 4, 0x8000_0000);
		expect(t.cpu.mmu.fetch(BASE, true)).toBe(FRAME);
		t.cpu.mmu.flushPage(BASE);
		expect([t.cpu.mmu.fetch(BASE, true), t.cpu.mmu.error]).toEqual([REFUSED, 0x15]);
		expect(t.cpu.mmu.translate(BASE, false, true)).toBe(FRAME);
	});
});

describe('without paging', () => {
	it('addresses are physical ones, of any size, and no look-up counts', () => {
		const t = makeCpu();
		flatRings(t);
		const { cpu } = t;
		expect([cpu.mmu.translate(0x5123, true, true), cpu.mmu.fetch(0x5123, true)]).toEqual([0x5123, 0x5123]);
		expect(cpu.mmu.translate(0xfee0_0020 | 0, false, false)).toBe(0xfee0_0020);
		expect([data(t, 0x5000), code(t, 0x5000)]).toEqual([
			[0x5000, 0x5000, 0x5000],
			[0x5000, 0x5000]
		]);
		cpu.mmu.translate(0x5124, false, true);
		expect(cpu.mmu.readCounters()).toMatchObject({ hits: 0, dataMisses: 0, codeMisses: 0 });
		expect(cpu.mmu.inspect(0xfee0_0020 | 0)).toEqual({ physical: 0xfee0_0020, error: -1, large: false, entries: [] });
	});
});

describe('a flush', () => {
	it('keeps global pages where CR4.PGE is set', () => {
		for (const pge of [true, false]) {
			const { cpu, recorder } = paged([FRAME | USABLE | G, FRAME | USABLE], { pge });
			for (const page of [0, 1]) cpu.mmu.translate(BASE + page * 4096, false, true);
			cpu.mmu.loadCr3(PD);
			const small = cpu.mmu.tlb.entries().filter(({ large }) => !large);
			expect(small.map(({ linear }) => linear)).toEqual(pge ? [BASE] : []);
			expect(recorder.events.at(-1)?.slice(1)).toEqual([FLUSH.MOV_CR3, 0, pge ? 1 : 2]);
		}
	});

	it('is counted by its cause, and tells who wants to know of a new address space', () => {
		const { cpu } = paged([FRAME | USABLE]);
		let told = 0;
		cpu.mmu.onSpace = () => void told++;
		const before = cpu.mmu.readCounters().flushes;
		cpu.mmu.flush(FLUSH.CONTEXT_SWITCH);
		cpu.mmu.flush();
		cpu.mmu.loadCr3(PD);
		cpu.mmu.flushPage(BASE);
		expect(cpu.mmu.readCounters().flushes.map((count, cause) => count - before[cause])).toEqual([1, 1, 0, 0, 1, 1]);
		expect(told).toBe(3);
		cpu.mmu.configure();
		expect(told).toBe(4);
		cpu.mmu.setCr3(PD);
		expect(told).toBe(4);
	});
});

describe('what is saved', () => {
	it('is the TLB and its counters: translations that the tables have lost come back', () => {
		const { cpu, memory } = paged([FRAME | USABLE, 0x6_0000 | USABLE]);
		cpu.mmu.translate(BASE, true, true);
		cpu.mmu.translate(BASE + 8, true, true);
		memory.write32(PT, 0);
		const state = structuredClone(cpu.mmu.save());
		const [counters, entries] = [cpu.mmu.readCounters(), cpu.mmu.tlb.entries()];
		expect(counters.hits).toBeGreaterThan(0);
		cpu.mmu.translate(BASE + 4096, false, true);
		cpu.mmu.flush();
		expect(cpu.mmu.lookUp(BASE, false, true)).toBe(REFUSED);
		cpu.mmu.restore(state);
		expect([cpu.mmu.readCounters(), cpu.mmu.tlb.entries()]).toEqual([counters, entries]);
		expect(cpu.mmu.lookUp(BASE, false, true)).toBe(FRAME);
		// The state is not what the processor works on.
		cpu.mmu.flush();
		expect(state.counters).toEqual(counters);
	});
});

describe('a walk to look at', () => {
	it('tells a large page, and no address where there is none', () => {
		const { cpu } = paged([], { pdes: { 2: PS | USABLE } });
		expect(cpu.mmu.inspect(0x80_5123)).toMatchObject({
			physical: 0x5123,
			error: -1,
			large: true,
			entries: [{ level: 2 }]
		});
		expect(cpu.mmu.inspect(BASE)).toMatchObject({ physical: -1, error: 0, large: false, entries: [{}, { level: 1 }] });
		expect(cpu.mmu.inspect(BASE, { write: true, user: true })).toMatchObject({ physical: -1, error: 6 });
		const [first] = cpu.mmu.inspect(0x80_5123).entries;
		cpu.mmu.inspect(BASE);
		expect(first.low).toBe(PS | USABLE);
	});
});
