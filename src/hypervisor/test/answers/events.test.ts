import { describe, expect, it } from 'vitest';
import { EBUSY, EFAULT, EINVAL, ENOENT, ENOSYS, EPERM, ESRCH } from '../../../abi/errno';
import { EVTCHNOP } from '../../../abi/structs/events';
import { CHANNEL } from '../../events/records';
import { call, DATA, mov, poweroff, store, TinyGuest } from '../tiny-guest';
import { answers, ARGS } from './ask';

/* event_channel_op and its old form (xen/common/event_channel.c, xen/arch/x86/compat.c of Xen 4.17). */

const SELF = 0x7ff0;
const words = (...values: number[]): number[] =>
	values.flatMap((value, index) => [...mov(0, value), ...store(ARGS + index * 4)]);
const op = (cmd: number, ...args: number[]): number[] => [...words(...args), ...call(32, cmd, ARGS)];
const open = op(EVTCHNOP.alloc_unbound, SELF);
const BAD = 0x0090_0000;

describe('a port without a channel', () => {
	it.each<[string, number[], number]>([
		['has a status: closed', op(EVTCHNOP.status, SELF, 5), 0],
		['port 0 too', op(EVTCHNOP.status, SELF, 0), 0],
		['up to the end of its bucket', op(EVTCHNOP.status, SELF, 63), 0],
		['beyond there is no such port', op(EVTCHNOP.status, SELF, 64), -EINVAL],
		['can be unmasked', op(EVTCHNOP.unmask, 5), 0],
		['beyond it cannot', op(EVTCHNOP.unmask, 64), -EINVAL],
		['cannot be closed', op(EVTCHNOP.close, 5), -EINVAL],
		['cannot be sent on', op(EVTCHNOP.send, 5), -EINVAL],
		['cannot be told of to a vcpu', op(EVTCHNOP.bind_vcpu, 5, 0), -EINVAL],
		['the vcpu is looked at first', op(EVTCHNOP.bind_vcpu, 5, 9), -ENOENT],
		['a priority needs queues', op(EVTCHNOP.set_priority, 5, 0), -ENOSYS],
		['but first the port', op(EVTCHNOP.set_priority, 64, 0), -EINVAL]
	])('%s', (_name, bytes, expected) => expect(answers([bytes])).toEqual([expected]));

	it('64 opened ports make room for 64 more', () => {
		const guest = new TinyGuest();
		const loop = Array.from({ length: 64 }, () => open).flat();
		guest.write(0x8000, [...loop, ...op(EVTCHNOP.status, SELF, 127), ...store(DATA), ...poweroff()]);
		guest.start([...mov(0, 0x8000), 0xff, 0xe0]);
		guest.run(100_000);
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.domain.events.channels[64].state).toBe(CHANNEL.unbound);
	});
});

describe('whose port', () => {
	it('of another domain: first whether it is there, then whether the port is, then whether one may ask', () =>
		expect(answers([op(EVTCHNOP.status, 77, 1), op(EVTCHNOP.status, 0, 5000), op(EVTCHNOP.status, 0, 1)])).toEqual([
			-ESRCH,
			-EINVAL,
			-EPERM
		]));
	it('opening one for another domain, and resetting it', () =>
		expect(
			answers([
				op(EVTCHNOP.alloc_unbound, 0),
				op(EVTCHNOP.alloc_unbound, 77),
				op(EVTCHNOP.reset, 0),
				op(EVTCHNOP.reset, 77)
			])
		).toEqual([-EPERM, -ESRCH, -EPERM, -ESRCH]));
});

describe('operations', () => {
	it('interrupts of the machine: there are 48, and none is given', () =>
		expect(answers([op(EVTCHNOP.bind_pirq, 47), op(EVTCHNOP.bind_pirq, 48)])).toEqual([-EPERM, -EINVAL]));
	it('a reset that is not under way cannot go on; another number is none', () =>
		expect(answers([op(14, SELF), call(32, 15, ARGS), call(32, 0xffff_ffff, ARGS)])).toEqual([
			-EBUSY,
			-ENOSYS,
			-ENOSYS
		]));
	it('each needs its struct', () =>
		expect(answers(Object.values(EVTCHNOP).map((cmd) => call(32, cmd, BAD)))).toEqual(
			Object.values(EVTCHNOP).map(() => -EFAULT)
		));
});

describe('the old call', () => {
	const old = (cmd: number, ...args: number[]): number[] => [...words(cmd, ...args), ...call(16, ARGS)];
	it('takes the same operations up to unmask', () =>
		expect(
			answers([old(EVTCHNOP.alloc_unbound, SELF), old(EVTCHNOP.status, SELF, 1), old(EVTCHNOP.unmask, 1)])
		).toEqual([0, 0, 0]));
	it.each([EVTCHNOP.reset, EVTCHNOP.init_control, EVTCHNOP.expand_array, EVTCHNOP.set_priority, 99])(
		'does not know %i',
		(cmd) => expect(answers([old(cmd, SELF)])).toEqual([-ENOSYS])
	);
	it('reads all of its struct, whatever the operation', () => {
		const unmap = call(14, 0x1_e000, 0, 0, 0);
		expect(answers([[...unmap, ...call(16, 0x1_e000 - 16)], call(16, BAD)])).toEqual([-EFAULT, -EFAULT]);
	});
});
