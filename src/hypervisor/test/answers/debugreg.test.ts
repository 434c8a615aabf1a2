import { describe, expect, it } from 'vitest';
import { ENODEV, EPERM } from '../../../abi/errno';
import { call, DATA, mov, store } from '../tiny-guest';
import { answers, outcome, setFlags, setIopl } from './ask';

/* Debug registers by hypercall and by MOV (xen/arch/x86/pv/misc-hypercalls.c: set_debugreg of Xen 4.17). */

const set = (reg: number, value: number): number[] => call(8, reg, value);
const get = (reg: number): number[] => call(9, reg);
const CR4_DE = 8;
const enableDe = [...mov(0, CR4_DE), 0x0f, 0x22, 0xe0];
/** DR7: slot 0 breaks on ports; slot 0 and slot 1 enabled. */
const IO_0 = 2 << 16;
const [L0, L1] = [1 << 0, 1 << 2];
/** mov %dr, %eax and mov %eax, %dr */
const fromDr = (n: number): number[] => [0x0f, 0x21, 0xc0 | (n << 3)];
const toDr = (n: number): number[] => [0x0f, 0x23, 0xc0 | (n << 3)];

describe('DR7 with a breakpoint on ports', () => {
	it('is kept as long as no slot is enabled, though CR4.DE is clear', () =>
		expect(answers([set(7, IO_0), get(7)])).toEqual([0, IO_0 | 0x400]));
	it('is refused without CR4.DE once any slot is enabled', () =>
		expect(answers([set(7, IO_0 | L0), set(7, IO_0 | L1), get(7)])).toEqual([-EPERM, -EPERM, 0x400]));
	it('is kept with CR4.DE, and reads back whole', () =>
		expect(answers([[...enableDe, ...set(7, IO_0 | L0)], get(7)])).toEqual([0, IO_0 | L0 | 0x400]));
	it('general detect is refused', () => expect(answers([set(7, 0x2000)])).toEqual([-EPERM]));

	it('stops behind the port access that meets it, with the slot in DR6', () => {
		const setup = [...setIopl(1), ...enableDe, ...set(0, 0x60), ...set(7, IO_0 | L0)];
		const met = outcome([0xe4, 0x60, 0x90], { setup });
		expect([met.vector, met.eip, met.dr6 & 0x400f]).toEqual([1, 2, 1]);
		expect(outcome([0xe4, 0x61, 0x90], { setup }).vector).toBeNull();
		expect(outcome([0xe5, 0x5d, 0x90], { setup }).vector).toBe(1);
		expect(outcome([...mov(2, 0x60), 0xee, 0x90], { setup }).vector).toBe(1);
		expect(outcome([0xe4, 0x60, 0x90], { setup: [...setup, ...set(7, 0)] }).vector).toBeNull();
	});
	it('of four bytes covers its aligned neighbours', () => {
		const setup = [...setIopl(1), ...enableDe, ...set(0, 0x62), ...set(7, IO_0 | L0 | (3 << 18))];
		expect(outcome([0xe4, 0x60, 0x90], { setup }).vector).toBe(1);
		expect(outcome([0xe4, 0x64, 0x90], { setup }).vector).toBeNull();
	});
	it('stops a repeated OUTS after the element that met it', () => {
		const setup = [...setIopl(1), ...enableDe, ...set(0, 0x60), ...set(7, IO_0 | L0)];
		const code = [...mov(6, DATA), ...mov(1, 3), ...mov(2, 0x60), 0xf3, 0x6e];
		const { vector, eip, guest } = outcome(code, { setup });
		expect([vector, eip]).toEqual([1, code.length - 2]);
		expect(guest.recorder.of('emulate').filter((event) => event.args[1] === 0x6e)).toHaveLength(1);
	});
});

describe('DR4 and DR5', () => {
	it('are DR6 and DR7 while CR4.DE is clear, by hypercall', () =>
		expect(answers([set(5, 0x300), get(7), get(5), set(4, 0xf), get(6)])).toEqual([
			0,
			0x700,
			0x700,
			0,
			0xffff_0fff | 0
		]));
	it('and by MOV', () => {
		expect(outcome([...mov(0, 0x300), ...toDr(5), ...fromDr(7)], {}).eax).toBe(0x700);
		expect(outcome(fromDr(4), {}).eax).toBe(0xffff_0ff0);
	});
	it('do not exist with CR4.DE: -ENODEV by hypercall, #UD by MOV', () => {
		expect(answers([[...enableDe, ...set(4, 0)], get(4), set(5, 0), get(5)])).toEqual([
			-ENODEV,
			-ENODEV,
			-ENODEV,
			-ENODEV
		]);
		expect(outcome(fromDr(4), { setup: enableDe }).vector).toBe(6);
		expect(outcome(toDr(5), { setup: enableDe }).vector).toBe(6);
	});
	it('beyond DR7 there is none', () =>
		expect(answers([set(8, 0), get(8), get(0xffff_ffff)])).toEqual([-ENODEV, -ENODEV, -ENODEV]));
});

describe('DR6', () => {
	it('adds up what happened until the guest clears it', () => {
		// A single step, whose handler leaves DR6 as it is; then a breakpoint on data.
		const watch = [...set(0, DATA + 0x60), ...set(7, (1 << 16) | (3 << 18) | L0)];
		const first = outcome([0x90, 0x90], { setup: [...set(6, 0), ...setFlags(0x100)] });
		expect(first.dr6).toBe(0xffff_4ff0);
		const second = outcome(store(DATA + 0x60), { setup: [...set(6, 0x4000), ...watch] });
		expect([second.vector, second.dr6]).toEqual([1, 0xffff_4ff1]);
	});
});

describe('a refused MOV to a debug register', () => {
	it('is #GP, and user code gets #GP for any', () => {
		expect(outcome([...mov(0, 0xff00_0000), ...toDr(0)], {}).vector).toBe(13);
		expect(outcome([...mov(0, 0x2000), ...toDr(7)], {}).vector).toBe(13);
		expect(outcome(fromDr(6), { user: true }).vector).toBe(13);
	});
});
