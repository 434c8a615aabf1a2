import { beforeEach, describe, expect, it } from 'vitest';
import { VMASST_TYPE_WRITABLE_PAGETABLES } from '../../../abi/structs/xen';
import { CHECK_NAMES, KIND } from '../../../trace/events';
import { emptyRegs, type Domain, type UserRegs, type Vcpu } from '../../core/domain';
import { TYPE } from '../frame-table';
import { pinTable, setGuestTable, unpinTable } from '../pinning';
import { tryPageTableWrite } from '../ptwr';
import { doUpdateVaMapping } from '../va-mapping';
import { Bench, SMALL } from './bench';

const CODE = 0x8000;
/** SMALL maps its own L1 read-only at 0x2000. */
const TABLE = 0x2000;
const WRITE_TO_READ_ONLY = 3;

let bench: Bench;
let d: Domain;
let v: Vcpu;
let t: Record<string, number>;
let regs: UserRegs;

beforeEach(() => {
	bench = new Bench();
	d = bench.addDomain(1);
	d.assists = 1 << VMASST_TYPE_WRITABLE_PAGETABLES;
	v = d.vcpus[0];
	t = bench.draw(d, SMALL);
	t.fresh = bench.page(d);
	setGuestTable(bench, v, t.top);
	bench.pcpu.current = v;
	regs = { ...emptyRegs(), cs: 0xe019, eip: CODE };
	bench.refusals();
});

/** Runs instruction bytes (hex) that fault at `address`. */
function store(bytes: string, address: number, error = WRITE_TO_READ_ONLY): boolean {
	bench.scratch.set(Buffer.from(bytes.replace(/\s/g, ''), 'hex'), CODE);
	regs.eip = CODE;
	return tryPageTableWrite(bench, v, address, error, regs);
}
const slot = (index: number): number => TABLE + index * 8;

describe('a store to a read-only L1', () => {
	it('is validated, written and recorded, and EIP moves on', () => {
		regs.eax = (t.fresh << 12) | 3;
		regs.ebx = slot(9);
		expect(store('89 03', slot(9))).toBe(true); // mov [ebx], eax
		expect(bench.peek(t.leaf, 9)[0]).toBe((t.fresh << 12) | 3);
		expect(bench.frames.typeCount[t.fresh]).toBe(1);
		expect(regs.eip).toBe(CODE + 2);
		const event = bench.recorder.events.find(([kind]) => kind === KIND.ptwr);
		expect(event).toEqual([KIND.ptwr, (t.fresh << 12) | 3, 0, slot(9), CODE]);
		expect(bench.audit()).toEqual([]);
	});

	it('releases what the entry held', () => {
		regs.eax = 0;
		regs.edi = slot(0);
		expect(store('89 07', slot(0))).toBe(true);
		expect(bench.frames.typeCount[t.page]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('is the guest\u2019s fault when the entry is refused', () => {
		regs.eax = (t.low << 12) | 3;
		regs.ebx = slot(9);
		const before = bench.snapshot();
		expect(store('89 03', slot(9))).toBe(false);
		expect(regs.eip).toBe(CODE);
		expect(bench.peek(t.leaf, 9)).toEqual([0, 0]);
		expect(bench.snapshot()).toBe(before);
		expect(bench.refusals()).toEqual(['type_compatible', 'ptwr_half_entry']);
	});

	it('may write the high half first: the entry is not present until the low half follows', () => {
		regs.eax = (t.fresh << 12) | 3;
		regs.ebx = slot(9);
		expect(store('89 03', slot(9))).toBe(true);
		regs.eax = 0x7000;
		expect(store('89 43 04', slot(9) + 4)).toBe(true); // mov [ebx+4], eax: frame far beyond RAM
		expect(bench.peek(t.leaf, 9)).toEqual([(t.fresh << 12) | 2, 0x7000]);
		expect(bench.frames.typeCount[t.fresh]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});
});

describe('a table that is one no longer', () => {
	it('is the guest\u2019s own business', () => {
		const old = bench.draw(d, 'l1 old:').old;
		expect(doUpdateVaMapping(bench, v, 0x9000, ...bench.entry(old), 0)).toBe(0);
		expect(pinTable(bench, old, d, TYPE.l1)).toBe(0);
		regs.ebx = 0x9000;
		expect(store('89 03', 0x9000)).toBe(true);
		expect(unpinTable(bench, old, d)).toBe(0);
		bench.refusals();
		expect(store('89 03', 0x9000)).toBe(false);
		expect(bench.refusals()).toEqual(['ptwr_read_only_table']);
		expect(bench.audit()).toEqual([]);
	});
});

describe('the code that stores', () => {
	/** The last bytes that can be read: bench.ts gives the guest 64 KiB. */
	const END = 0x1_0000;
	const storeAtEnd = (bytes: string): boolean => {
		const code = Buffer.from(bytes.replace(/\s/g, ''), 'hex');
		bench.scratch.set(code, END - code.length);
		Object.assign(regs, { eip: END - code.length, ebx: slot(9), eax: 0x770 });
		return tryPageTableWrite(bench, v, slot(9), WRITE_TO_READ_ONLY, regs);
	};
	const decodedEvent = (): number[] | undefined =>
		bench.recorder.events.find(([kind, name]) => kind === KIND.check && name === CHECK_NAMES.indexOf('ptwr_decoded'));

	it('may end where the next page cannot be read', () => {
		expect(storeAtEnd('89 03')).toBe(true);
		expect(bench.peek(t.leaf, 9)[0]).toBe(0x770);
	});

	it('may not go on where it cannot be read', () => expect(storeAtEnd('89')).toBe(false));

	it('is told of by its first four bytes, where there are so many', () => {
		for (const [bytes, word] of [
			['0f ff 03 44', 0x0fff_0344],
			['0f ff 03', 0]
		] as const) {
			bench.recorder.events.length = 0;
			expect(storeAtEnd(bytes)).toBe(false);
			expect(decodedEvent()?.slice(2)).toEqual([0, regs.eip, word]);
		}
	});
});

describe('what is not emulated', () => {
	const cases: [string, () => boolean][] = [
		['without the assist', () => ((d.assists = 0), store('89 03', slot(9)))],
		['from ring 3', () => ((regs.cs = 0xe02b), store('89 03', slot(9)))],
		['a read', () => store('89 03', slot(9), 1)],
		['a page that is not present', () => store('89 03', slot(9), 2)],
		['a read-only page that is no table', () => ((regs.ebx = 0x1000), store('89 03', 0x1000))],
		['an L2', () => ((regs.ebx = 0x3000), store('89 03', 0x3000))],
		['an address without a page', () => store('89 03', 0x7000_0000)],
		['a misaligned store', () => ((regs.ebx = slot(9) + 2), store('89 03', slot(9) + 2))],
		['a store that began on another page', () => ((regs.ebx = TABLE - 4), store('89 03', TABLE))],
		['before there are page tables', () => ((v.mm.guestTable = null), store('89 03', slot(9)))],
		[
			'a copy from where nothing can be read',
			() => (Object.assign(regs, { esi: 0x20_0000, edi: slot(9) }), store('a5', slot(9)))
		],
		[
			'a word that spoils the high half of a present entry',
			() => (Object.assign(regs, { ebx: slot(0), eax: 0x7000 }), store('66 89 43 04', slot(0) + 4))
		],
		['an unknown instruction', () => ((regs.ebx = slot(9)), store('0f ff 03', slot(9)))],
		[
			'an instruction that cannot be read',
			() => ((regs.eip = 0x20_0000), tryPageTableWrite(bench, v, slot(9), 3, regs))
		]
	];
	for (const [name, run] of cases) {
		it(name, () => {
			regs.ebx = slot(9);
			const before = bench.snapshot();
			expect(run()).toBe(false);
			expect(bench.snapshot()).toBe(before);
		});
	}
});

describe('instructions', () => {
	/** [name, bytes, registers before, entry low before, expected low after, registers after]. Slot 9 maps nothing (present bit clear). */
	const rows: [string, string, Partial<UserRegs>, number, number, Partial<UserRegs>][] = [
		['mov byte', '88 23', { eax: 0x5a00 }, 0x1000, 0x105a, {}],
		['mov word', '66 89 03', { eax: 0x1234_5670 }, 0xabcd_0000, 0xabcd_5670, {}],
		['mov imm', 'c7 03 70560000', {}, 0, 0x5670, {}],
		['mov imm8', 'c6 03 70', {}, 0xff00, 0xff70, {}],
		['mov moffs', 'a3 48200000', { eax: 0x770 }, 0, 0x770, { eip: CODE + 5 }],
		['or', '09 03', { eax: 0x20 }, 0x1000, 0x1020, { eflags: 0x202 }],
		['and imm', '81 23 00f0ffff', {}, 0x1fe0, 0x1000, {}],
		['and imm8 sign-extended', '83 23 f0', {}, 0x1ffe, 0x1ff0, {}],
		['add', '01 03', { eax: 0xffff_fff0 | 0 }, 0x10, 0, { eflags: 0x247 }],
		['sub to negative', '29 03', { eax: 0x20 }, 0x10, 0xffff_fff0, { eflags: 0x287 }],
		['xor', '31 03', { eax: 0xff0 }, 0xf00, 0x0f0, {}],
		['inc of the second byte keeps CF', 'fe 43 01', { eflags: 0x203 }, 0x0f00, 0x1000, { eflags: 0x213 }],
		['dec of the second byte', 'fe 4b 01', {}, 0x1000, 0x0f00, { eflags: 0x216 }],
		['not of the upper word', '66 f7 53 02', {}, 0x0f0f_0000, 0xf0f0_0000, {}],
		['neg', 'f7 1b', {}, 0x10, 0xffff_fff0, { eflags: 0x287 }],
		['xchg', '87 03', { eax: 0x440 }, 0x550, 0x440, { eax: 0x550 }],
		['xadd', '0f c1 03', { eax: 0x10 }, 0x20, 0x30, { eax: 0x20 }],
		['cmpxchg that matches', 'f0 0f b1 0b', { eax: 0x50, ecx: 0x60 }, 0x50, 0x60, { eflags: 0x246 }],
		['cmpxchg that does not', 'f0 0f b1 0b', { eax: 0x40, ecx: 0x60 }, 0x50, 0x50, { eax: 0x50, eflags: 0x287 }],
		[
			'cmpxchg8b that matches',
			'f0 0f c7 0b',
			{ eax: 0x50, edx: 0, ebx: 0x2048, ecx: 7 },
			0x50,
			0x2048,
			{ eflags: 0x242 }
		],
		['cmpxchg8b that does not', '0f c7 0b', { eax: 0x51, edx: 3 }, 0x50, 0x50, { eax: 0x50, edx: 0, eflags: 0x202 }],
		['setne of the second byte', '0f 95 43 01', { eflags: 0x202 }, 0x3344, 0x0144, { eflags: 0x202 }],
		['bts', '0f ab 03', { eax: 5 }, 0, 0x20, {}],
		['btr imm', '0f ba 33 05', {}, 0x30, 0x10, { eflags: 0x203 }],
		['btc', '0f bb 03', { eax: 5 }, 0x20, 0, { eflags: 0x203 }],
		['stos', 'ab', { eax: 0x880, edi: 0x2048 }, 0, 0x880, { edi: 0x204c, eip: CODE + 1 }],
		[
			'rep stos, one of many',
			'f3 ab',
			{ eax: 0x880, edi: 0x2048, ecx: 3 },
			0,
			0x880,
			{ edi: 0x204c, ecx: 2, eip: CODE }
		],
		['movs', 'a5', { esi: 0x9000, edi: 0x2048 }, 0, 0x990, { esi: 0x9004, edi: 0x204c }],
		['SIB and displacement', '89 44 8b 08', { eax: 0x120, ebx: 0x2000, ecx: 0x10 }, 0, 0x120, { eip: CODE + 4 }],
		['[ebp] through SS', '89 45 00', { eax: 0x130, ebp: 0x2048 }, 0, 0x130, {}],
		['16-bit addressing', '67 89 07', { eax: 0x140, ebx: 0x2048 }, 0, 0x140, {}],
		['an absolute address', '89 05 48200000', { eax: 0x150 }, 0, 0x150, { eip: CODE + 6 }]
	];
	for (const [name, bytes, before, old, expected, after] of rows) {
		it(name, () => {
			bench.poke(t.leaf, 9, old & ~1, 0);
			bench.words(0x9000, 0x990);
			Object.assign(regs, { ebx: slot(9) }, before);
			expect(store(bytes, slot(9))).toBe(true);
			expect(bench.peek(t.leaf, 9)[0]).toBe(expected);
			expect(regs).toMatchObject(after);
			expect(bench.audit()).toEqual([]);
		});
	}
});
