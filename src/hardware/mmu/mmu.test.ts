import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { movToCr } from '../cpu/control';
import { FRONT_DATA_USER } from '../layout';
import { MARK } from '../memory';
import type { TestCpu } from '../testing';
import { faultOf, flatRings, inRing, makeCpu } from '../testing';
import { EFER_NXE, CR0, CR4 } from '../../x86/control';
import { VECTOR } from '../../x86/exceptions';
import { DS } from '../../x86/registers';

const PD = 0x2_0000;
const PT = 0x2_1000;
const PDPT = 0x2_2000;
const P = 1;
const RW = 2;
const US = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;

/** Linear address that the tests map, its frame, and its slots in the tables. */
const AT = 0x0040_5123;
const FRAME = 0x5_0000;

interface Setup {
	pae?: boolean;
	pde?: number;
	pte?: number;
	pteHigh?: number;
	pdeHigh?: number;
	wp?: boolean;
	nx?: boolean;
	ring?: number;
	cr4?: number;
}

/** Paging switched on, with one page mapped at AT through one PDE and one PTE with the given flags. */
function paged(setup: Setup = {}): TestCpu {
	const {
		pae = false,
		pde = P | RW | US,
		pte = P | RW | US,
		pteHigh = 0,
		pdeHigh = 0,
		wp = true,
		nx = false,
		ring = 3,
		cr4 = 0
	} = setup;
	const t = makeCpu();
	const { cpu, memory } = t;
	flatRings(t);
	if (pae) {
		memory.write32(PDPT, PD | P);
		for (const [slot, entry, high] of [
			[0, PS | P | RW, 0],
			[2, PT | pde, pdeHigh]
		] as const) {
			memory.write32(PD + slot * 8, entry);
			memory.write32(PD + slot * 8 + 4, high);
		}
		memory.write32(PT + 5 * 8, FRAME | pte);
		memory.write32(PT + 5 * 8 + 4, pteHigh);
	} else {
		memory.write32(PD, P | RW | PS);
		memory.write32(PD + 4, PT | pde);
		memory.write32(PT + 5 * 4, FRAME | pte);
	}
	cpu.efer = nx ? EFER_NXE : 0;
	movToCr(cpu, 4, (pae ? CR4.PAE : CR4.PSE) | CR4.PGE | cr4);
	movToCr(cpu, 3, pae ? PDPT : PD);
	movToCr(cpu, 0, CR0.PG | CR0.PE | (wp ? CR0.WP : 0));
	inRing(cpu, ring);
	return t;
}

const pteAt = (pae: boolean): number => (pae ? PT + 40 : PT + 20);

describe.each([false, true])('page walk, PAE %s (SDM vol. 3, 4.3 to 4.7)', (pae) => {
	it('finds the byte', () => {
		const { cpu, memory } = paged({ pae });
		memory.write8(FRAME + 0x123, 0x5a);
		expect(cpu.read8(DS, AT)).toBe(0x5a);
		cpu.write8(DS, AT, 0xa5);
		expect(memory.read8(FRAME + 0x123)).toBe(0xa5);
	});

	// Rights of both levels x who asks x CR0.WP, against the rules of SDM vol. 3, 4.6.1.
	it('grants and refuses by U/S, R/W and WP, with the error code of 4.7', () => {
		for (const pde of [0, RW, US, RW | US]) {
			for (const pte of [0, RW, US, RW | US]) {
				for (const ring of [0, 1, 2, 3]) {
					for (const wp of [false, true]) {
						const user = ring === 3;
						const rights = pde & pte;
						const mayRead = !user || (rights & US) !== 0;
						const mayWrite = mayRead && ((rights & RW) !== 0 || (!user && !wp));
						const error = (write: boolean) => 1 | (write ? 2 : 0) | (user ? 4 : 0);
						const make = () => paged({ pae, pde: pde | P, pte: pte | P, ring, wp }).cpu;
						expect(faultOf(() => make().read32(DS, AT & ~3))).toEqual(mayRead ? null : [VECTOR.PF, error(false)]);
						expect(faultOf(() => make().write32(DS, AT & ~3, 0))).toEqual(mayWrite ? null : [VECTOR.PF, error(true)]);
					}
				}
			}
		}
	});

	it('reports what is not present without the P bit, and where', () => {
		for (const [pde, pte] of [
			[0, P | RW | US],
			[P | RW | US, 0]
		]) {
			const { cpu } = paged({ pae, pde, pte });
			expect(faultOf(() => cpu.write8(DS, AT, 0))).toEqual([VECTOR.PF, 6]);
			expect(cpu.cr2).toBe(AT);
			cpu.setCpl(0);
			expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 0]);
		}
	});

	it('sets A on a read, A and D on a write, and nothing on a fault', () => {
		const t = paged({ pae });
		const bits = () => t.memory.read32(pteAt(pae)) & (A | D);
		t.cpu.read8(DS, AT);
		expect(bits()).toBe(A);
		t.cpu.write8(DS, AT, 1);
		expect(bits()).toBe(A | D);
		const refused = paged({ pae, pte: P });
		faultOf(() => refused.cpu.read8(DS, AT));
		expect(refused.memory.read32(pteAt(pae)) & (A | D)).toBe(0);
	});

	it('maps large pages', () => {
		const { cpu, memory } = paged({ pae, pde: P });
		memory.write32(PD + (pae ? 16 : 4), P | RW | US | PS);
		memory.write32(0x5008, 0xfeed);
		expect(cpu.read32(DS, 0x0040_5008)).toBe(0xfeed);
		expect(memory.read32(PD + (pae ? 16 : 4)) & (A | D)).toBe(A);
		cpu.write32(DS, 0x0040_5008, 1);
		expect(memory.read32(PD + (pae ? 16 : 4)) & (A | D)).toBe(A | D);
		expect(cpu.mmu.tlb.entries().filter((entry) => entry.large && entry.linear === 0x40_0000)).toHaveLength(1);
	});

	it('faults on reserved bits of a large page', () => {
		const { cpu, memory } = paged({ pae });
		memory.write32(PD + (pae ? 16 : 4), P | RW | US | PS | 0x2000);
		expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 13]);
	});

	it('an access across two pages needs both, and writes nothing if the second fails', () => {
		const { cpu, memory } = paged({ pae });
		expect(faultOf(() => cpu.write32(DS, 0x0040_5ffe, -1))).toEqual([VECTOR.PF, 6]);
		expect(cpu.cr2).toBe(0x0040_6000);
		expect(memory.read16(FRAME + 0xffe)).toBe(0);
		memory.write32(pteAt(pae) + (pae ? 8 : 4), 0x6_0000 | P | RW | US);
		cpu.write32(DS, 0x0040_5ffe, 0x1122_3344);
		expect([memory.read16(FRAME + 0xffe), memory.read16(0x6_0000)]).toEqual([0x3344, 0x1122]);
		expect(cpu.read32(DS, 0x0040_5ffe)).toBe(0x1122_3344);
	});
});

describe('PAE', () => {
	it('faults on address bits above 36', () => {
		expect(faultOf(() => paged({ pae: true, pteHigh: 0x10 }).cpu.read8(DS, AT))).toEqual([VECTOR.PF, 13]);
		expect(faultOf(() => paged({ pae: true, pdeHigh: 0x10 }).cpu.read8(DS, AT))).toEqual([VECTOR.PF, 13]);
	});

	it('XD is reserved without EFER.NXE, and stops fetches with it', () => {
		const XD = 0x8000_0000;
		expect(faultOf(() => paged({ pae: true, pteHigh: XD }).cpu.read8(DS, AT))).toEqual([VECTOR.PF, 13]);
		for (const setup of [{ pteHigh: XD }, { pdeHigh: XD }]) {
			const { cpu } = paged({ pae: true, nx: true, ...setup });
			expect(faultOf(() => cpu.read8(DS, AT))).toBeNull();
			expect(faultOf(() => cpu.translateCode(AT))).toEqual([VECTOR.PF, 0x15]);
		}
		expect(faultOf(() => paged({ pae: true, pte: 0 }).cpu.translateCode(AT))).toEqual([VECTOR.PF, 4]);
		expect(faultOf(() => paged({ pae: true, pte: 0, nx: true }).cpu.translateCode(AT))).toEqual([VECTOR.PF, 0x14]);
	});

	it('a load of CR3 checks the four PDPTEs and caches them', () => {
		const { cpu, memory } = paged({ pae: true, ring: 0 });
		memory.write32(PDPT, 0);
		expect(faultOf(() => cpu.read8(DS, AT))).toBeNull();
		movToCr(cpu, 3, PDPT);
		expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 0]);
		for (const [low, high] of [
			[P | RW, 0],
			[P | US, 0],
			[P | 0x20, 0],
			[P | 0x100, 0],
			[P, 0x10]
		]) {
			memory.write32(PDPT + 8, low);
			memory.write32(PDPT + 12, high);
			const before = cpu.cr3;
			expect(faultOf(() => movToCr(cpu, 3, PDPT + 32 - 32))).toEqual([VECTOR.GP, 0]);
			expect(cpu.cr3).toBe(before);
		}
		memory.write32(PDPT + 8, RW | US);
		expect(faultOf(() => movToCr(cpu, 3, PDPT))).toBeNull();
	});

	it('reads beyond RAM are an open bus', () => {
		expect(paged({ pae: true, pteHigh: 1 }).cpu.read32(DS, AT & ~3)).toBe(-1);
	});
});

describe('the TLB', () => {
	it('keeps a translation that the tables have lost, until it is flushed', () => {
		const { cpu, memory } = paged();
		memory.write32(FRAME + 0x100, 1);
		memory.write32(0x6_0100, 2);
		expect(cpu.read32(DS, 0x0040_5100)).toBe(1);
		memory.write32(pteAt(false), 0x6_0000 | P | RW | US);
		expect(cpu.read32(DS, 0x0040_5100)).toBe(1);
		cpu.mmu.flushPage(0x0040_5000);
		expect(cpu.read32(DS, 0x0040_5100)).toBe(2);
	});

	it('keeps rights that were taken away, but walks again before it refuses what was granted since', () => {
		const { cpu, memory } = paged();
		cpu.write8(DS, AT, 1);
		memory.write32(pteAt(false), FRAME | P | US | A | D);
		expect(faultOf(() => cpu.write8(DS, AT, 1))).toBeNull();
		cpu.mmu.flush();
		expect(faultOf(() => cpu.write8(DS, AT, 1))).toEqual([VECTOR.PF, 7]);
		memory.write32(pteAt(false), FRAME | P | RW | US | A | D);
		expect(faultOf(() => cpu.write8(DS, AT, 1))).toBeNull();
	});

	it('holds code and data apart: a fetch does not see what data has cached', () => {
		const { cpu, memory } = paged();
		cpu.read8(DS, AT);
		memory.write32(pteAt(false), 0);
		expect(faultOf(() => cpu.read8(DS, AT))).toBeNull();
		expect(faultOf(() => cpu.translateCode(AT))).toEqual([VECTOR.PF, 4]);
		// The fault itself drops the page (SDM vol. 3, 4.10.4.1).
		expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 4]);
	});

	it('keeps global pages across MOV CR3, and loses them by INVLPG and by a change of CR4', () => {
		const { cpu, memory } = paged({ pte: P | RW | US | G });
		cpu.read8(DS, AT);
		memory.write32(pteAt(false), 0);
		cpu.setCpl(0);
		movToCr(cpu, 3, PD);
		expect(faultOf(() => cpu.read8(DS, AT))).toBeNull();
		movToCr(cpu, 4, CR4.PSE);
		expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 0]);
	});

	it('has 32 sets of 4 ways: the fifth page of a set displaces the first', () => {
		const { cpu, memory } = paged();
		const slot = (way: number) => PT + (5 + 32 * way) * 4;
		const address = (way: number) => AT + way * 32 * 4096;
		for (let way = 0; way < 5; way++) memory.write32(slot(way), FRAME | P | RW | US);
		for (let way = 0; way < 5; way++) cpu.read8(DS, address(way));
		for (let way = 0; way < 5; way++) memory.write32(slot(way), 0);
		expect([1, 2, 3, 4].map((way) => faultOf(() => cpu.read8(DS, address(way))))).toEqual([null, null, null, null]);
		expect(faultOf(() => cpu.read8(DS, address(0)))).toEqual([VECTOR.PF, 4]);
	});

	it('counts hits and misses, and records each flush with its cause', () => {
		const t = paged();
		const { cpu } = t;
		const before = cpu.mmu.readCounters();
		for (let i = 0; i < 10; i++) cpu.read32(DS, AT & ~3);
		cpu.translateCode(AT);
		const after = cpu.mmu.readCounters();
		expect([
			after.hits - before.hits,
			after.dataMisses - before.dataMisses,
			after.codeMisses - before.codeMisses
		]).toEqual([9, 1, 1]);
		t.recorder.events.length = 0;
		cpu.setCpl(0);
		cpu.mmu.flushPage(AT);
		movToCr(cpu, 3, PD);
		movToCr(cpu, 4, CR4.PSE);
		movToCr(cpu, 0, CR0.PE);
		expect(t.recorder.of(KIND.tlb_flush)).toEqual([
			[1, AT, 2],
			[0, 0, 0],
			[3, 0, 0],
			[2, 0, 0]
		]);
	});

	it('the front arrays hold a subset: dropping them changes nothing', () => {
		const { cpu, memory } = paged();
		cpu.write8(DS, AT, 1);
		expect(cpu.s[FRONT_DATA_USER + 5 * 4]).toBe(0x0040_5000);
		memory.write32(pteAt(false), 0);
		const hits = cpu.mmu.readCounters().hits;
		cpu.mmu.dropFront();
		expect(faultOf(() => cpu.write8(DS, AT, 2))).toBeNull();
		expect(cpu.mmu.readCounters().hits).toBe(hits + 1);
	});

	it('rings 0 to 2 and ring 3 never share a way around the rights', () => {
		const { cpu } = paged({ pte: P | RW, ring: 0 });
		cpu.write8(DS, AT, 1);
		cpu.setCpl(3);
		expect(faultOf(() => cpu.read8(DS, AT))).toEqual([VECTOR.PF, 5]);
	});

	it('changes of WP count at once', () => {
		const { cpu } = paged({ pte: P, ring: 0, wp: false });
		expect(faultOf(() => cpu.write8(DS, AT, 1))).toBeNull();
		movToCr(cpu, 0, CR0.PE | CR0.PG | CR0.WP);
		expect(faultOf(() => cpu.write8(DS, AT, 1))).toEqual([VECTOR.PF, 3]);
	});
});

describe('writes to decoded code', () => {
	it('are announced before they happen, on every way', () => {
		const { cpu, memory } = paged();
		const heard: number[][] = [];
		memory.onCodeWrite.push((pa, length) => heard.push([pa, length, memory.read8(FRAME + 0x123)]));
		cpu.write8(DS, AT, 7);
		memory.mark(FRAME >> 12, MARK.CODE);
		cpu.write8(DS, AT, 8);
		memory.write32(FRAME, 0);
		cpu.write8(DS, AT, 9);
		expect(heard).toEqual([
			[FRAME + 0x123, 1, 7],
			[FRAME, 4, 8],
			[FRAME + 0x123, 1, 8]
		]);
		memory.unmark(FRAME >> 12, MARK.CODE);
		cpu.write8(DS, AT, 10);
		expect(heard).toHaveLength(3);
	});
});

describe('marked frames', () => {
	it('are told of by their first write after they were marked clean, and then left alone', () => {
		const { cpu, memory } = paged();
		cpu.write8(DS, AT, 1);
		memory.markAllClean();
		cpu.write8(DS, AT, 2);
		expect(memory.dirty).toEqual([FRAME >> 12]);
		cpu.write8(DS, AT, 3);
		cpu.write8(DS, AT, 4);
		expect(cpu.s[FRONT_DATA_USER + ((AT >>> 10) & 0x3fc) + 1]).toBe(AT & ~0xfff);
		memory.markDirtyClean();
		expect(memory.dirty).toEqual([]);
		cpu.writeBack32((cpu.readForWrite32(DS, AT & ~3), 5));
		expect(memory.dirty).toEqual([FRAME >> 12]);
	});

	it('tell of reads too where that is asked, and count look-ups as ever', () => {
		const [plain, watched] = [paged(), paged()];
		const heard: [number, boolean][] = [];
		watched.memory.watcher = (pa, _length, write) => heard.push([pa, write]);
		watched.memory.mark(FRAME >> 12, MARK.READ | MARK.WRITE);
		for (const { cpu } of [plain, watched]) {
			cpu.read8(DS, AT);
			cpu.writeBack8(cpu.readForWrite8(DS, AT) + 1);
			cpu.write16(DS, AT + 1, 7);
			cpu.read32(DS, AT);
		}
		expect(heard).toEqual([
			[FRAME + 0x123, false],
			[FRAME + 0x123, false],
			[FRAME + 0x123, true],
			[FRAME + 0x124, true],
			[FRAME + 0x123, false]
		]);
		expect(watched.cpu.mmu.readCounters()).toEqual(plain.cpu.mmu.readCounters());
	});
});

describe('inspect', () => {
	it('walks without a trace in TLB or tables', () => {
		const { cpu, memory } = paged({ pae: true });
		const seen = cpu.mmu.inspect(AT, { user: true });
		expect([seen.physical, seen.error, seen.entries.map((entry) => [entry.level, entry.index])]).toEqual([
			FRAME + 0x123,
			-1,
			[
				[3, 0],
				[2, 2],
				[1, 5]
			]
		]);
		expect(memory.read32(pteAt(true)) & A).toBe(0);
		expect(cpu.mmu.tlb.entries().some((entry) => entry.linear === 0x40_5000)).toBe(false);
		expect(cpu.mmu.inspect(0x0080_0000, { write: true }).error).toBe(2);
	});
});
