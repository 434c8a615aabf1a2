import { describe, expect } from 'vitest';
import { EFAULT, EINVAL } from '../../../abi/errno';
import { FORBIDDEN, NOWHERE, questions, SPARE, TABLES, UNMAPPED, type Scene } from './scene';

const [SET_GDT, UPDATE_DESCRIPTOR] = [2, 10];
/** A flat ring-1 data segment of one page. */
const DATA1 = [0, 0x00c0_b200] as const;

/** arch/x86/pv/descriptor-tables.c: compat_set_gdt, pv_set_gdt */
describe('set_gdt', () => {
	const frames = (s: Scene, ...list: number[]): number => s.put(...list);
	questions(SET_GDT, [
		['no entries', () => [NOWHERE, 0], 0],
		['no entries, in the hypervisor', () => [0xffff_ffff, 0], 0],
		['too many entries', () => [NOWHERE, 7169], -EINVAL],
		['a bad pointer', () => [NOWHERE, 1], -EFAULT],
		['a pointer into the hypervisor', () => [FORBIDDEN, 1], -EFAULT],
		['a list that is cut off', (s) => (s.guest.write32(0x1_fffc, s.guest.mfn(SPARE)), [0x1_fffc, 513]), -EFAULT],
		['a page that is mapped writable', (s) => [frames(s, s.guest.mfn(SPARE)), 1], -EINVAL],
		['a table', (s) => [frames(s, s.guest.mfn(TABLES.l1)), 1], -EINVAL],
		['another\u2019s page', (s) => [frames(s, s.other.mfn(SPARE)), 1], -EINVAL],
		['the hypervisor\u2019s page', (s) => [frames(s, s.guest.hv.spaces.m2pBase), 1], -EINVAL],
		['a page that is not', (s) => [frames(s, 0x10_0000), 1], -EINVAL]
	]);
});

/** arch/x86/pv/descriptor-tables.c: do_update_descriptor, check_descriptor */
describe('update_descriptor', () => {
	const at = (s: Scene, page = SPARE, offset = 8): number => s.slot(page, 0) + offset;
	const written =
		(low: number, high: number) =>
		(s: Scene): void =>
			expect([8, 12].map((offset) => s.guest.read32(SPARE * 4096 + offset))).toEqual([low, high]);
	questions(UPDATE_DESCRIPTOR, [
		['into a page of its own', (s) => [at(s), 0, ...DATA1], 0, written(...DATA1)],
		['at an address that is not aligned', (s) => [at(s, SPARE, 4), 0, ...DATA1], -EINVAL, written(0, 0)],
		['at an address of more than 52 bits', (s) => [at(s), 0xfff0_0000, ...DATA1], -EINVAL, written(0, 0)],
		['beyond RAM', () => [0, 1, ...DATA1], -EINVAL],
		['into a table', (s) => [at(s, TABLES.l1), 0, ...DATA1], -EINVAL],
		['into another\u2019s page', (s) => [s.entry(SPARE, 8, s.other), 0, ...DATA1], -EINVAL],
		['into the hypervisor\u2019s page', (s) => [s.guest.hv.spaces.m2pBase << 12, 0, ...DATA1], -EINVAL],
		['what is not present', (s) => [at(s), 0, 0x1234, 0xffff_7fff], 0, written(0x1234, 0xffff_7fff)],
		['a system descriptor of type 0', (s) => [at(s), 0, 0x1234, 0x5600_8078], 0, written(0x1234, 0x5600_8078)],
		['an LDT', (s) => [at(s), 0, 0xffff, 0x8200], -EINVAL],
		['a TSS', (s) => [at(s), 0, 0x67, 0x8900], -EINVAL],
		['an interrupt gate', (s) => [at(s), 0, 0xe019_0000, 0x8e00], -EINVAL],
		['a call gate to a reserved selector', (s) => [at(s), 0, 0xe009_0000, 0xec00], -EINVAL],
		['a call gate to its own code', (s) => [at(s, UNMAPPED), 0, 0x0009_0000, 0xec00], 0]
	]);
});
