import { describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSYS } from '../../../abi/errno';
import { FLAT_RING1_CS } from '../../../abi/structs/cpu';
import { call, DATA, FOREVER, le32, poweroff, TinyGuest, trap } from '../tiny-guest';
import { answers, ARGS } from './ask';

/* callback_op and nmi_op (xen/arch/x86/pv/callback.c of Xen 4.17). */

const HANDLER = 0x400;
const MASK = 1;
const types = { event: 0, failsafe: 1, syscall: 2, sysenterDeprecated: 3, nmi: 4, sysenter: 5, six: 6, syscall32: 7 };
const at = (type: number): number => ARGS + type * 16;
const register = (type: number): number[] => call(30, 0, at(type));
const unregister = (type: number): number[] => call(30, 1, at(type));
const prepare = (guest: TinyGuest): void => {
	for (const type of [...Object.values(types), 8]) guest.write32(at(type), type | (MASK << 16), 0x0010, HANDLER);
};

describe('registering a callback', () => {
	it.each<[string, number, number]>([
		['event', types.event, 0],
		['failsafe', types.failsafe, 0],
		['syscall, of 64-bit guests', types.syscall, -ENOSYS],
		['the older sysenter', types.sysenterDeprecated, -ENOSYS],
		['nmi', types.nmi, 0],
		['sysenter', types.sysenter, 0],
		['no type', types.six, -ENOSYS],
		['syscall32', types.syscall32, 0],
		['a type beyond the last', 8, -ENOSYS]
	])('%s', (_name, type, expected) => expect(answers([register(type)], prepare)).toEqual([expected]));

	it('keeps sysenter and syscall32, with a selector of ring 1', () => {
		const guest = new TinyGuest();
		prepare(guest);
		guest.start([...register(types.sysenter), ...register(types.syscall32), ...poweroff()]);
		guest.run();
		const kept = { cs: 0x0011, eip: HANDLER, masks: true };
		expect(guest.v.pv.sysenterCallback).toEqual(kept);
		expect(guest.v.pv.syscall32Callback).toEqual(kept);
	});
});

describe('taking a callback back', () => {
	it.each<[string, number, number]>([
		['event', types.event, -EINVAL],
		['failsafe', types.failsafe, -EINVAL],
		['syscall, of 64-bit guests', types.syscall, -ENOSYS],
		['the older sysenter', types.sysenterDeprecated, -ENOSYS],
		['nmi', types.nmi, 0],
		['sysenter', types.sysenter, -EINVAL],
		['syscall32', types.syscall32, -EINVAL],
		['a type beyond the last', 8, -ENOSYS]
	])('%s', (_name, type, expected) => expect(answers([unregister(type)], prepare)).toEqual([expected]));
});

describe('callback_op', () => {
	it('knows two operations', () =>
		expect(answers([call(30, 2, ARGS), call(30, 0xffff_ffff, ARGS)])).toEqual([-EINVAL, -EINVAL]));
	it('needs a struct that can be read', () =>
		expect(answers([call(30, 0, 0x0090_0000), call(30, 1, 0x0090_0000)])).toEqual([-EFAULT, -EFAULT]));
});

describe('the NMI\u2019s handler', () => {
	const nmi = call(24, 11, 0, 0);
	const handler = [0xff, 0x05, ...le32(DATA), ...poweroff()];
	const run = (code: number[]): TinyGuest => {
		const guest = new TinyGuest();
		prepare(guest);
		guest.write(HANDLER, handler);
		guest.write(DATA + 0x100, [...trap(2, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.start([...code, ...FOREVER]);
		guest.run();
		return guest;
	};
	it('may come by callback_op or from the trap table', () => {
		expect(run([...register(types.nmi), ...nmi]).read32(DATA)).toBe(1);
		expect(run([...call(0, DATA + 0x100), ...nmi]).read32(DATA)).toBe(1);
	});
	it('masks upcalls where callback_op set it', () => {
		const guest = run([...register(types.nmi), ...nmi]);
		expect(guest.v.pv.traps[2]).toEqual({ cs: FLAT_RING1_CS, eip: HANDLER, dpl: 0, masks: true });
	});
	it('without one the NMI is lost', () => {
		const guest = run([...register(types.nmi), ...unregister(types.nmi), ...nmi]);
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.domain.alive).toBe(true);
		expect(guest.v.pv.nmiPending).toBe(false);
	});
	it('nmi_op: the older way', () =>
		expect(answers([call(28, 0, ARGS), call(28, 1, 0), call(28, 2, 0), call(28, 0, 0x0090_0000)], prepare)).toEqual([
			0,
			0,
			-ENOSYS,
			-EFAULT
		]));
});
