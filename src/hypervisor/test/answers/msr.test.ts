import { describe, expect, it } from 'vitest';
import { DATA, mov } from '../tiny-guest';
import { outcome } from './ask';

/* Model-specific registers by RDMSR and WRMSR (xen/arch/x86/msr.c, pv/emul-priv-op.c, cpu/mcheck/vmce.c of Xen 4.17). */

const RDMSR = [0x0f, 0x32];
const WRMSR = [0x0f, 0x30];
const read = (index: number, setup: number[] = []): [number, number] | 'GP' => {
	const { vector, eax, edx } = outcome([...setup, ...mov(1, index), ...RDMSR], {});
	return vector === null ? [edx, eax] : 'GP';
};
const writing = (index: number, low: number, high = 0): number[] => [
	...mov(1, index),
	...mov(0, low),
	...mov(2, high),
	...WRMSR
];
const write = (index: number, low: number, high = 0): number | null => outcome(writing(index, low, high)).vector;

const PAT = 0x277;
const MISC_ENABLE = 0x1a0;
const APIC_BASE = 0x1b;
const EFER = 0xc000_0080;

describe('RDMSR', () => {
	it.each<[string, number, [number, number] | 'GP']>([
		['PAT as Xen loads it', PAT, [0x0501, 0x0007_0406]],
		['MISC_ENABLE: no branch trace, no PEBS, no xTPR', MISC_ENABLE, [0, 0x0080_1800]],
		['APIC_BASE of the first vcpu', APIC_BASE, [0, 0xfee0_0900]],
		['FEATURE_CONTROL: locked', 0x3a, [0, 1]],
		['MCG_CAP: two banks', 0x179, [0, 0x0100_0c02]],
		['MCG_CTL, which is not announced', 0x17b, [0, 0]],
		['MC0_CTL: all ones', 0x400, [0xffff_ffff, 0xffff_ffff]],
		['MC1_STATUS', 0x405, [0, 0]],
		['MC2_CTL, a bank that is not there', 0x408, [0, 0]],
		['PERF_STATUS', 0x198, [0, 0]],
		['PERFEVTSEL0, without a virtual PMU', 0x186, [0, 0]],
		['the number of the hypercall page', 0x4000_0000, [0, 0]],
		['Xen\u2019s next number', 0x4000_0001, 'GP'],
		['MCG_EXT_CTL', 0x4d0, 'GP'],
		['MPERF, which can only be written', 0xe7, 'GP'],
		['the LAPIC\u2019s own numbers', 0x802, 'GP'],
		['SYSENTER_CS, hidden', 0x174, 'GP'],
		['LSTAR, of 64-bit processors', 0xc000_0082, 'GP'],
		['no register at all', 0x1234_5678, 'GP']
	])('%s', (_name, index, expected) => expect(read(index)).toEqual(expected));

	it('outside the kernel is #GP, whatever the number', () =>
		expect(outcome([...mov(1, PAT), ...RDMSR], { user: true }).vector).toBe(13));

	it('of the machine\u2019s own register is zero for a guest that has no #GP handler yet', () => {
		const { vector, eax, edx } = outcome([...mov(0, 5), ...mov(2, 5), ...mov(1, 0x174), ...RDMSR], { unhandled: [13] });
		expect([vector, eax, edx]).toEqual([null, 0, 0]);
	});
});

describe('WRMSR', () => {
	it.each<[string, number, number, number, number | null]>([
		['MISC_ENABLE: any value is dropped', MISC_ENABLE, 0xffff_ffff, 0xffff_ffff, null],
		['PAT: even the value that is there is #GP', PAT, 0x0007_0406, 0x0501, 13],
		['APIC_BASE: even the value that is there is #GP', APIC_BASE, 0xfee0_0900, 0, 13],
		['EFER: the value that is there', EFER, 0x800, 0, null],
		['EFER: another', EFER, 0, 0, 13],
		['PERF_CTL: dropped', 0x199, 0x1234, 0, null],
		['PERF_STATUS: read-only', 0x198, 0, 0, 13],
		['PMC0: dropped', 0xc1, 5, 0, null],
		['MISC_FEATURES_ENABLES: zero', 0x140, 0, 0, null],
		['MISC_FEATURES_ENABLES: a feature', 0x140, 1, 0, 13],
		['MC0_STATUS: cleared', 0x401, 0, 0, null],
		['MC0_STATUS: set', 0x401, 1, 0, 13],
		['MC0_CTL: dropped', 0x400, 0, 0, null],
		['MCG_CAP: read-only', 0x179, 0, 0, 13],
		['TIME_STAMP_COUNTER', 0x10, 0, 0, 13],
		['no register at all', 0x1234_5678, 0, 0, 13]
	])('%s', (_name, index, low, high, vector) => expect(write(index, low, high)).toBe(vector));

	it('what was dropped does not show', () => {
		expect(read(MISC_ENABLE, writing(MISC_ENABLE, 0xffff_ffff))).toEqual([0, 0x0080_1800]);
		expect(read(0x400, writing(0x400, 0))).toEqual([0xffff_ffff, 0xffff_ffff]);
	});
	it('MCG_STATUS and MC1_CTL2 keep what is written', () => {
		expect(read(0x17a, writing(0x17a, 7, 8))).toEqual([8, 7]);
		expect(read(0x281, writing(0x281, 9, 1))).toEqual([1, 9]);
		expect(read(0x280, writing(0x281, 9, 1))).toEqual([0, 0]);
	});
	it('of the hypercall page takes the address of a page of the guest, and nothing else', () => {
		const page = (address: (frame: number) => number): number | null => {
			const code = [...mov(1, 0x4000_0000), 0xa1, 0, 0x13, 0, 0, ...mov(2, 0), ...WRMSR];
			return outcome(code, {
				prepare: (guest) => guest.write32(DATA + 0x300, address(guest.mfn(20)))
			}).vector;
		};
		expect(page((frame) => frame * 4096)).toBeNull();
		expect(page((frame) => frame * 4096 + 1)).toBe(13);
		expect(page(() => 0xff_f000)).toBe(13);
	});
});
