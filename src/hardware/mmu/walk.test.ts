import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../memory';
import { TLB_DIRTY, TLB_GLOBAL, TLB_NX, TLB_USER, TLB_WRITE } from './tlb';
import { Walker, type Access, type PagingMode } from './walk';

const [P, RW, US, A, D, PS, G] = [1, 2, 4, 0x20, 0x40, 0x80, 0x100];
const XD = 0x8000_0000;

/** Where the tables lie, and a linear address with its slots: PDPTE 1 of 4, then PDE and PTE by mode. */
const [PD, PT, FRAME] = [0x1000, 0x2000, 0x7000];
const AT = 0x4d68_5abc;

interface Case {
	readonly mode: Pick<PagingMode, 'wp' | 'pse' | 'pae' | 'pge' | 'nx'>;
	readonly access: Access;
	readonly pdpte: number;
	readonly pde: { readonly flags: number; readonly high: number; readonly stray: number };
	readonly pte: { readonly flags: number; readonly high: number };
}

interface Answer {
	readonly error: number;
	readonly pfn?: number;
	readonly flags?: number;
	/** PDE and PTE as the processor leaves them. */
	readonly after: readonly [number, number];
}

const flags = fc
	.record({
		present: fc.nat(9).map((die) => (die === 0 ? 0 : P)),
		rest: fc.subarray([RW, US, A, D, G])
	})
	.map(({ present, rest }) => rest.reduce((sum, bit) => sum | bit, present));
/** Mostly nothing; XD, a frame above 4 GiB, and the first and last reserved bit. */
const high = fc.constantFrom(0, 0, 0, 0, 0, XD, 1, 0xf, 0x10, 0x4000_0000);
const aCase: fc.Arbitrary<Case> = fc.record({
	mode: fc.record({ wp: fc.boolean(), pse: fc.boolean(), pae: fc.boolean(), pge: fc.boolean(), nx: fc.boolean() }),
	access: fc.constantFrom<Access[]>(
		...[false, true].flatMap((user) => [
			{ write: false, user, fetch: false },
			{ write: true, user, fetch: false },
			{ write: false, user, fetch: true }
		])
	),
	pdpte: fc.constantFrom(P, P, P, P, P, 0),
	pde: fc.record({
		flags: fc.tuple(flags, fc.constantFrom(0, PS)).map(([a, b]) => a | b),
		high,
		// In a large page's entry: bits below its frame number, the last of them a frame number bit of 2 MiB pages.
		stray: fc.constantFrom(0, 0, 0, 0x2000, 0x10_0000, 0x20_0000)
	}),
	pte: fc.record({ flags, high })
});

const isLarge = ({ mode, pde }: Case): boolean => (mode.pae || mode.pse) && (pde.flags & PS) !== 0;
const pdeLow = (c: Case): number => (isLarge(c) ? 0x40_0000 | c.pde.stray : PT) | c.pde.flags;
const pteLow = (c: Case): number => FRAME | c.pte.flags;
const pdeAt = ({ mode }: Case): number => PD + (mode.pae ? ((AT >>> 21) & 511) * 8 : (AT >>> 22) * 4);
const pteAt = ({ mode }: Case): number => PT + (mode.pae ? ((AT >>> 12) & 511) * 8 : ((AT >>> 12) & 1023) * 4);

/** What SDM vol. 3, 4.3 to 4.7 says of the case, rule by rule. */
function expected(c: Case): Answer {
	const { mode, access, pde, pte } = c;
	const large = isLarge(c);
	const before: [number, number] = [pdeLow(c), pteLow(c)];
	const refuse = (bits: number): Answer => ({
		error: bits | (access.write ? 2 : 0) | (access.user ? 4 : 0) | (access.fetch && mode.nx ? 16 : 0),
		after: before
	});
	const reserved = (word: number): boolean =>
		mode.pae && ((word & 0x7fff_fff0) !== 0 || (!mode.nx && (word & XD) !== 0));
	if (mode.pae && c.pdpte === 0) return refuse(0);
	if ((pde.flags & P) === 0) return refuse(0);
	const strayBits = mode.pae ? 0x1f_e000 : 0x3f_e000;
	if (reserved(pde.high) || (large && (pde.stray & strayBits) !== 0)) return refuse(9);
	if (!large && (pde.high & 0xf) !== 0 && mode.pae) return elsewhere(refuse);
	if (!large && (pte.flags & P) === 0) return refuse(0);
	if (!large && reserved(pte.high)) return refuse(9);
	const both = large ? pde.flags : pde.flags & pte.flags;
	const noExecute = mode.pae && ((pde.high & XD) !== 0 || (!large && (pte.high & XD) !== 0));
	if (access.user && (both & US) === 0) return refuse(1);
	if (access.fetch && noExecute) return refuse(1);
	if (access.write && (both & RW) === 0 && (access.user || mode.wp)) return refuse(1);
	const leaf = (large ? pde.flags : pte.flags) | A | (access.write ? D : 0);
	const top = mode.pae ? (large ? pde.high & 0xf : pte.high & 0xf) * 0x10_0000 : 0;
	const inside = mode.pae ? (AT >>> 12) & 511 : (AT >>> 12) & 1023;
	return {
		error: -1,
		pfn: top + (large ? ((0x40_0000 | pde.stray) >>> 12) + inside : FRAME >>> 12),
		flags:
			((both & RW) !== 0 ? TLB_WRITE : 0) |
			((both & US) !== 0 ? TLB_USER : 0) |
			((leaf & D) !== 0 ? TLB_DIRTY : 0) |
			((leaf & G) !== 0 && mode.pge ? TLB_GLOBAL : 0) |
			(noExecute ? TLB_NX : 0),
		after: large
			? [before[0] | A | (access.write ? D : 0), before[1]]
			: [before[0] | A, before[1] | A | (access.write ? D : 0)]
	};
}

/** A table above RAM reads as ones: present, and every reserved bit set. */
const elsewhere = (refuse: (bits: number) => Answer): Answer => refuse(9);

/** Memory, a walker, and what it answers. */
function walked(c: Case, commit: boolean): Answer {
	const memory = new PhysicalMemory(8 * 4096);
	const put = (at: number, low: number, word: number): void => {
		memory.write32(at, low);
		if (c.mode.pae) memory.write32(at + 4, word);
	};
	put(pdeAt(c), pdeLow(c), c.pde.high);
	put(pteAt(c), pteLow(c), c.pte.high);
	const pdptes = new Int32Array(8);
	pdptes[2] = PD | c.pdpte;
	const walker = new Walker(memory, { ...c.mode, on: true, cr3: PD, pdptes });
	const error = walker.walk(AT | 0, c.access, commit);
	const after = [memory.read32(pdeAt(c)) >>> 0, memory.read32(pteAt(c)) >>> 0] as const;
	return error < 0 ? { error, pfn: walker.pfn, flags: walker.flags, after } : { error, after };
}

/** NX needs PAE (configure() sees to it). */
const legal = ({ mode }: Case): boolean => mode.pae || !mode.nx;

describe('a walk of any tables', () => {
	it('answers as the rules of SDM vol. 3, 4.3 to 4.7 say, and marks what it used', () => {
		const answers = new Map<number, number>();
		const property = fc.property(aCase.filter(legal), (c) => {
			const answer = walked(c, true);
			answers.set(answer.error, (answers.get(answer.error) ?? 0) + 1);
			expect(answer).toEqual(expected(c));
		});
		fc.assert(property, { seed: 4, numRuns: 3000 });
		// Translations, and refusals of every kind: not present, rights, reserved bits; of reads, writes and fetches.
		for (const error of [-1, 0, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17, 21])
			expect([error, answers.get(error) ?? 0]).not.toEqual([error, 0]);
	});

	it('marks nothing where it only looks', () => {
		const property = fc.property(aCase.filter(legal), (c) => {
			expect(walked(c, false)).toEqual({ ...expected(c), after: [pdeLow(c), pteLow(c)] });
		});
		fc.assert(property, { seed: 5, numRuns: 300 });
	});
});
