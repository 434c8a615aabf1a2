import { beforeEach, describe, expect, it } from 'vitest';
import { EFAULT, EINVAL } from '../../../abi/errno';
import { MMUEXT } from '../../../abi/structs/mm';
import type { Domain, Vcpu } from '../../core/domain';
import { switchAddressSpace } from '../address-space';
import { checkDescriptor } from '../descriptor-check';
import { doSetGdt, doUpdateDescriptor, handleLdtFault, setGdt, setLdt } from '../descriptors';
import { TYPE } from '../frame-table';
import { doMmuextOp } from '../mmuext-op';
import { setGuestTable } from '../pinning';
import { doUpdateVaMapping } from '../va-mapping';
import { Bench, SMALL } from './bench';

let bench: Bench;
let d: Domain;
let v: Vcpu;
let t: Record<string, number>;

beforeEach(() => {
	bench = new Bench();
	d = bench.addDomain(1);
	v = d.vcpus[0];
	t = bench.draw(d, SMALL.replace('4=top', '4=top 8=ldt 9=ldt2'));
	setGuestTable(bench, v, t.top);
	switchAddressSpace(bench, v);
	bench.pcpu.current = v;
	bench.refusals();
});

/** A descriptor: base, limit (20 bits), then access bits 23–8 of the high half without the limit. */
const segment = (base: number, limit: number, access: number): [low: number, high: number] => [
	((base << 16) | (limit & 0xffff)) >>> 0,
	((base & 0xff00_0000) | ((base >>> 16) & 0xff) | (limit & 0xf_0000) | (access << 8)) >>> 0
];
const CODE1 = 0xc0ba;
const DATA1 = 0xc0b2;
const DATA1_BYTES = 0x40b2;
const DATA0 = 0xc092;
const DOWN1 = 0xc0b6;

describe('descriptors a guest may have', () => {
	const cases: [string, [number, number], [number, number] | string][] = [
		['nothing', [0, 0], [0, 0]],
		['anything that is not present', segment(0xffff_0000, 0xfffff, 0xc010), segment(0xffff_0000, 0xfffff, 0xc010)],
		['flat code, its limit cut', segment(0, 0xf_ffff, CODE1), segment(0, 0xf_67ff, CODE1)],
		['data below the hypervisor, as it is', segment(0x1000, 0x100, DATA1), segment(0x1000, 0x100, DATA1)],
		[
			'data with a base, its limit cut so that it ends at the same place',
			segment(0x1000_0000, 0xf_ffff, DATA1),
			segment(0x1000_0000, 0xe_67ff, DATA1)
		],
		['ring 0 raised to ring 1', segment(0, 0x1000, DATA0), segment(0, 0x1000, DATA1)],
		['data that grows down with nothing above', segment(0, 0xf_ffff, DOWN1), segment(0, 0xf_ffff, DOWN1)],
		['data that grows down over the hypervisor, cut to nothing', segment(0, 0, DOWN1), segment(0, 0xf_ffff, DOWN1)],
		['a call gate to its own code', [0x0009_0000, 0x0000_ec00], [0x0009_0000, 0x0000_ec00]],
		['a call gate to ring 1 flat code', [0xe019_1234, 0x0000_ec00], [0xe019_1234, 0x0000_ec00]],
		['a call gate with a ring-0 selector, raised', [0x0008_0000, 0x0000_ec00], [0x0009_0000, 0x0000_ec00]],
		['what is the second half of a 64-bit gate', [0x1234_5678, 0x0000_8000], [0x1234_5678, 0x0000_8000]],
		['a call gate for ring 3, its selector as it is', [0x000b_0000, 0x0000_ec00], [0x000b_0000, 0x0000_ec00]],
		['a call gate to the LDT, however high', [0xe00d_0000, 0x0000_ec00], [0xe00d_0000, 0x0000_ec00]],
		['a call gate to the first of Xen\u2019s entries', [0xe001_0000, 0x0000_ec00], 'gate_target'],
		['a byte in the last page but one', segment(0xf67f_efff, 0, DATA1_BYTES), segment(0xf67f_efff, 0, DATA1_BYTES)],
		['a segment in the last page before the hypervisor', segment(0xf67f_f000, 0, DATA1_BYTES), 'descriptor_base'],
		[
			'byte limits that end where the hypervisor begins',
			segment(0xf670_0000, 0xf_ffff, DATA1_BYTES),
			segment(0xf670_0000, 0xf_ffff, DATA1_BYTES)
		],
		[
			'data that grows down over the hypervisor, its limit at the 4 GiB wrap',
			segment(0x1000, 0, DOWN1),
			segment(0x1000, 0xf_fffe, DOWN1)
		],
		[
			'data that grows down only around 4 GiB, as it is',
			segment(0x8000_0000, 0x8_ffff, DOWN1),
			segment(0x8000_0000, 0x8_ffff, DOWN1)
		],
		['a call gate to Xen\u2019s code', [0xe008_0000, 0x0000_ec00], 'gate_target'],
		['a call gate with reserved bits', [0x0009_0000, 0x0000_ec20], 'gate_reserved_bits'],
		['a TSS', segment(0x1000, 0x67, 0x00a9), 'descriptor_kind'],
		['an LDT', segment(0x1000, 0x67, 0x00a2), 'descriptor_kind'],
		['a task gate', [0x0009_0000, 0x0000_a500], 'descriptor_kind'],
		['an interrupt gate', [0x0009_0000, 0x0000_ae00], 'descriptor_kind'],
		['a segment that starts in the hypervisor', segment(0xf680_0000, 0, DATA1), 'descriptor_base'],

		['byte limits that reach into the hypervisor', segment(0xf670_1000, 0xf_ffff, DATA1_BYTES), 'descriptor_limit']
	];
	for (const [name, [low, high], expected] of cases) {
		it(`${typeof expected === 'string' ? 'not ' : ''}${name}`, () => {
			const answer = checkDescriptor(bench, low, high);
			if (typeof expected === 'string') {
				expect(answer).toBeNull();
				expect(bench.refusals()).toEqual([expected]);
			} else expect(answer).toEqual({ low: expected[0], high: expected[1] });
		});
	}
});

describe('set_gdt', () => {
	it('types the frames, maps them for Xen and gives the old ones back', () => {
		const [a, b] = [bench.page(d), bench.page(d)];
		bench.poke(a, 1, ...segment(0, 0xf_ffff, CODE1));
		bench.words(0, a, b);
		expect(doSetGdt(bench, v, 0, 1024)).toBe(0);
		expect(bench.frames.type[a]).toBe(TYPE.segDesc);
		expect(bench.peek(a, 1)).toEqual(segment(0, 0xf_67ff, CODE1));
		expect(bench.peek(bench.spaces.domains.get(1)!.l1s[0], 1)[0] >>> 12).toBe(b);
		expect(bench.pcpu.reloadSegments).toBe(true);
		expect(bench.audit()).toEqual([]);
		expect(setGdt(bench, v, [b], 16)).toBe(0);
		expect(bench.frames.typeCount[a]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('refuses writable frames, tables, foreign frames and too many entries, keeping the old', () => {
		const [a, other] = [bench.page(d), bench.page(bench.addDomain(2))];
		expect(setGdt(bench, v, [a], 512)).toBe(0);
		const before = bench.snapshot();
		for (const bad of [t.page, t.leaf, other, 100_000])
			expect(setGdt(bench, v, [bench.page(d), bad], 1024)).toBe(-EINVAL);
		expect(doSetGdt(bench, v, 0, 7169)).toBe(-EINVAL);
		expect(doSetGdt(bench, v, 0x20_0000, 1)).toBe(-EFAULT);
		expect(v.mm.gdtFrames).toEqual([a]);
		expect(bench.snapshot().split('\n')[a]).toBe(before.split('\n')[a]);
		expect(bench.audit()).toEqual([]);
	});

	it('looks at every descriptor of a page and at none of the next', () => {
		const [gdt, next] = [bench.page(d), bench.page(d)];
		expect(Math.abs(next - gdt)).toBe(1);
		const first = Math.min(gdt, next);
		bench.poke(first + 1, 0, ...segment(0x1000, 0x67, 0x00a9));
		bench.poke(first, 511, ...segment(0, 0x1000, DATA0));
		expect(setGdt(bench, v, [first], 512)).toBe(0);
		expect(bench.peek(first, 511)).toEqual(segment(0, 0x1000, DATA1));
		expect(setGdt(bench, v, [first + 1], 512)).toBe(-EINVAL);
		expect(bench.refusals()).toEqual(['descriptor_kind', 'table_valid']);
		expect(bench.frames.typeCount[first + 1]).toBe(0);
	});

	it('keeps its frames from being mapped writable', () => {
		const a = bench.page(d);
		expect(setGdt(bench, v, [a], 512)).toBe(0);
		expect(doUpdateVaMapping(bench, v, 0x5000, ...bench.entry(a, 'w'), 0)).toBeLessThan(0);
		expect(doUpdateVaMapping(bench, v, 0x5000, ...bench.entry(a), 0)).toBe(0);
		expect(bench.audit()).toEqual([]);
	});
});

describe('update_descriptor', () => {
	it('writes a checked descriptor into a GDT frame or a plain page', () => {
		const a = bench.page(d);
		setGdt(bench, v, [a], 512);
		expect(doUpdateDescriptor(bench, v, (a << 12) | 16, 0, ...segment(0, 0xf_ffff, DATA0))).toBe(0);
		expect(bench.peek(a, 2)).toEqual(segment(0, 0xf_67ff, DATA1));
		expect(doUpdateDescriptor(bench, v, t.page << 12, 0, ...segment(0, 1, DATA1))).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('refuses tables, bad descriptors, odd addresses and foreign frames', () => {
		const other = bench.page(bench.addDomain(2));
		const good = segment(0, 1, DATA1);
		expect(doUpdateDescriptor(bench, v, t.leaf << 12, 0, ...good)).toBe(-EINVAL);
		expect(doUpdateDescriptor(bench, v, (t.page << 12) | 4, 0, ...good)).toBe(-EINVAL);
		expect(doUpdateDescriptor(bench, v, other << 12, 0, ...good)).toBe(-EINVAL);
		expect(doUpdateDescriptor(bench, v, t.page << 12, 0, ...segment(0, 0x67, 0x00a9))).toBe(-EINVAL);
		expect(bench.audit()).toEqual([]);
	});
});

describe('the LDT', () => {
	it('is mapped page by page on use, and forgotten when the guest unmaps it', () => {
		expect(setLdt(bench, v, 0x8000, 1024)).toBe(0);
		expect([v.mm.ldtFrames[0], v.mm.ldtFrames[1]]).toEqual([t.ldt, null]);
		expect(handleLdtFault(bench, v, 0x1008)).toBe(true);
		expect(v.mm.ldtFrames[1]).toBe(t.ldt2);
		expect(bench.audit()).toEqual([]);
		expect(handleLdtFault(bench, v, 0x2000)).toBe(false);
		expect(doUpdateVaMapping(bench, v, 0x9000, 0, 0, 0)).toBe(0);
		expect(v.mm.ldtFrames.every((frame) => frame === null)).toBe(true);
		expect(handleLdtFault(bench, v, 0x1008)).toBe(false);
		expect(handleLdtFault(bench, v, 0x0008)).toBe(true);
		expect(bench.audit()).toEqual([]);
		expect(setLdt(bench, v, 0, 0)).toBe(0);
		expect(bench.frames.typeCount[t.ldt]).toBe(0);
		expect(bench.audit()).toEqual([]);
	});

	it('is not taken from a writable page', () => {
		expect(setLdt(bench, v, 0, 8)).toBe(0);
		expect(handleLdtFault(bench, v, 0)).toBe(false);
		expect(bench.refusals()).toContain('type_compatible');
	});

	it('has to be a page-aligned, small and low', () => {
		const call = (base: number, entries: number): number => {
			bench.words(0x100, MMUEXT.SET_LDT, base, entries);
			return doMmuextOp(bench, v, 0x100, 1, 0, 0x7ff0);
		};
		expect(call(0x8004, 8)).toBe(-EINVAL);
		expect(call(0x8000, 8193)).toBe(-EINVAL);
		expect(call(0xf57f_f000, 1024)).toBe(-EINVAL);
		expect(call(0x8000, 8)).toBe(0);
		expect(bench.refusals()).toEqual(['ldt_arguments', 'ldt_arguments', 'ldt_arguments']);
	});
});
