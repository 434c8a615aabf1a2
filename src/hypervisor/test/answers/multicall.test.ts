import { describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSYS } from '../../../abi/errno';
import { FLAT_RING1_CS } from '../../../abi/structs/cpu';
import { call, DATA, mov, poweroff, push, store, TinyGuest } from '../tiny-guest';
import { FORBIDDEN, NOWHERE, questions, type Scene } from './scene';

const MULTICALL = 13;
/** One entry: a call and its arguments, with a result that nobody gave. */
const entry = (nr: number, ...args: number[]): number[] => [
	nr,
	0xdead,
	...args,
	...new Array<number>(6 - args.length).fill(0)
];
const VERSION = entry(17, 0);
const result =
	(list: number, index: number) =>
	(s: Scene): number =>
		s.guest.read32(list + index * 32 + 4) | 0;
/** Where the first list of a scene lies. */
const LIST = DATA + 0x100;

/** common/multicall.c, by way of common/compat/multicall.c; arch/x86/pv/hypercall.c: pv_do_multicall_call */
describe('multicall', () => {
	questions(MULTICALL, [
		['nothing', () => [NOWHERE, 0], 0],
		['nothing, in the hypervisor', () => [0xffff_fff0, 0], 0],
		['a bad pointer', () => [NOWHERE, 1], -EFAULT],
		['a pointer into the hypervisor', () => [FORBIDDEN, 1], -EFAULT],
		[
			'two calls',
			(s) => [s.put(...VERSION, ...entry(99)), 2],
			0,
			(s) => expect([result(LIST, 0)(s), result(LIST, 1)(s)]).toEqual([0x4_0011, -ENOSYS])
		],
		[
			'a batch in a batch',
			(s) => [s.put(...entry(MULTICALL, 0, 0)), 1],
			0,
			(s) => expect(result(LIST, 0)(s)).toBe(-EINVAL)
		],
		[
			'calls up to one that cannot be read',
			(s) => (s.guest.write32(0x1_ffe0, ...VERSION), [0x1_ffe0, 0xffff_ffff]),
			-EFAULT,
			(s) => expect(result(0x1_ffe0, 0)(s)).toBe(0x4_0011)
		],
		[
			'a list that cannot be written: the first call is made',
			(s) => (s.guest.write32(24 * 4096 + 0x800, ...entry(33, 6, s.put(1))), [24 * 4096 + 0x800, 2]),
			-EFAULT,
			(s) => expect(s.guest.v.pv.iopl).toBe(1)
		]
	]);

	it('ends with a return to ring 1, whose EAX is its own result', () => {
		const guest = new TinyGuest();
		guest.write32(LIST, ...entry(23), ...VERSION);
		const after = 0x400;
		// The frame of the iret call: EAX, EIP, CS, EFLAGS.
		guest.start([...[0x202, FLAT_RING1_CS, after, 0x77].flatMap(push), ...call(MULTICALL, LIST, 2)]);
		guest.write(after, [...store(DATA), ...mov(0, 1), ...store(DATA + 4), ...poweroff()]);
		guest.run();
		expect([guest.read32(DATA), guest.read32(DATA + 4)]).toEqual([0x77, 1]);
		expect(guest.read32(LIST + 32 + 4)).toBe(0xdead);
	});
});
