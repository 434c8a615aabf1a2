import { describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSPC, ENOSYS, ENXIO, EPERM, ESRCH } from '../../../abi/errno';
import { SHUTDOWN } from '../../../abi/structs/sched';
import { setPortPending } from '../../events/channels';
import { maskPort } from '../../events/ports';
import { call, DATA, FOREVER, le32, mov, poweroff, store, TinyGuest } from '../tiny-guest';
import { answers, ARGS } from './ask';

/* sched_op, its old form, and vcpu_op's areas (xen/common/sched/core.c, domain.c of Xen 4.17). */

const BAD = 0x0090_0000;
const put = (address: number, value: number): number[] => [...mov(0, value), ...store(address)];

describe('shutting down', () => {
	const end = (code: number[], word = 0): TinyGuest => {
		const guest = new TinyGuest();
		guest.write32(ARGS, word);
		guest.start([...code, ...FOREVER]);
		guest.run();
		return guest;
	};
	it.each([0, 1, 2, 4, 5, 6, 7, 100, 255])('with reason %i', (reason) => {
		expect(end(call(29, 2, ARGS), reason).domain.shutdownCode).toBe(reason);
		expect(end(call(6, 2, reason)).domain.shutdownCode).toBe(reason);
	});
	it('of a reason\u2019s 32 bits the low eight count', () => {
		expect(end(call(29, 2, ARGS), 0xffff_ff02).domain.shutdownCode).toBe(2);
		expect(end(call(6, 2, 0xc010_0000)).domain.shutdownCode).toBe(0);
		expect(end(call(6, 2, 0x0104)).domain.shutdownCode).toBe(4);
	});
	it('a low byte of 3 is a crash', () => {
		const { domain } = end(call(6, 2, 0x1234_5603));
		expect([domain.shutdownCode, domain.crash === null]).toEqual([SHUTDOWN.crash, false]);
	});
	it('a code announced before is the one that counts', () => {
		const { domain } = end([...call(29, 5, ARGS), ...put(ARGS, 1), ...call(29, 2, ARGS)], 0x0106);
		expect(domain.shutdownCode).toBe(6);
	});
});

describe('sched_op', () => {
	it.each<[string, number[], number]>([
		['shutdown, nothing there', call(29, 2, BAD), -EFAULT],
		['shutdown_code, nothing there', call(29, 5, BAD), -EFAULT],
		['remote_shutdown, nothing there', call(29, 4, BAD), -EFAULT],
		['remote_shutdown of nobody', [...put(ARGS, 77), ...call(29, 4, ARGS)], -ESRCH],
		['remote_shutdown of domain 0', [...put(ARGS, 0), ...call(29, 4, ARGS)], -EPERM],
		['watchdog, nothing there', call(29, 6, BAD), -EFAULT],
		['watchdog 3', [...put(ARGS, 3), ...put(ARGS + 4, 1), ...call(29, 6, ARGS)], -EINVAL],
		['watchdog 1, which does not run', [...put(ARGS, 1), ...put(ARGS + 4, 1), ...call(29, 6, ARGS)], -EINVAL],
		['pin_override, for the hardware domain', call(29, 7, BAD), -EPERM],
		['no operation', call(29, 8, ARGS), -ENOSYS],
		['the old form\u2019s poll', call(6, 3, ARGS), -ENOSYS],
		['the old form, no operation', call(6, 9, ARGS), -ENOSYS]
	])('%s', (_name, bytes, expected) => expect(answers([bytes])).toEqual([expected]));

	it('there are two watchdogs', () => {
		const arm = [...put(ARGS, 0), ...put(ARGS + 4, 60), ...call(29, 6, ARGS)];
		const stop = [...put(ARGS, 1), ...put(ARGS + 4, 0), ...call(29, 6, ARGS)];
		expect(answers([arm, arm, arm, stop, stop, arm])).toEqual([1, 2, -ENOSPC, 0, -EINVAL, 1]);
	});
	it('a watchdog of no seconds goes off at once', () => {
		const guest = new TinyGuest();
		guest.start([...call(29, 6, ARGS), ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(SHUTDOWN.watchdog);
	});
});

describe('polling', () => {
	/** alloc_unbound of a port for domain 0, into ARGS + 0x44; the list of ports lies there too. */
	const open = [...put(ARGS + 0x40, 0x7ff0), ...call(32, 6, ARGS + 0x40)];
	const close = call(32, 3, ARGS + 0x44);
	const poll = (list: number, count: number): number[] => [
		...put(ARGS, list),
		...put(ARGS + 4, count),
		...put(ARGS + 8, 1),
		...put(ARGS + 12, 0),
		...call(29, 3, ARGS)
	];
	it.each<[string, number[], number]>([
		['port 0, which is never used', poll(ARGS + 0x48, 1), -EINVAL],
		['a port that never was', [...put(ARGS + 0x48, 5), ...poll(ARGS + 0x48, 1)], -EINVAL],
		['a port beyond the last', [...put(ARGS + 0x48, 0xffff_ffff), ...poll(ARGS + 0x48, 1)], -EINVAL],
		['an open port, until the time is over', [...open, ...poll(ARGS + 0x44, 1)], 0],
		['a port that was closed', [...open, ...close, ...poll(ARGS + 0x44, 1)], -EINVAL],
		['an open port and a closed one', [...open, ...put(ARGS + 0x48, 9), ...poll(ARGS + 0x44, 2)], -EINVAL],
		['a list that is not there', poll(BAD, 1), -EFAULT],
		['no port, and no list', poll(0xf600_0000, 0), 0],
		['129 ports', poll(ARGS, 129), -EINVAL]
	])('%s', (_name, bytes, expected) => expect(answers([bytes])).toEqual([expected]));
});

describe('who polls', () => {
	/** Polls `count` of its ports for ever; another, whose mask keeps it from being an upcall, is signalled. */
	const wakes = (count: number): boolean => {
		const guest = new TinyGuest();
		const open = [...put(ARGS + 0x40, 0x7ff0), ...call(32, 6, ARGS + 0x40)];
		const list = [1, 2].flatMap((port, index) => put(ARGS + 0x50 + index * 4, port));
		const poll = [...put(ARGS, ARGS + 0x50), ...put(ARGS + 4, count), ...put(ARGS + 8, 0), ...call(29, 3, ARGS)];
		guest.start([...open, ...open, ...open, ...list, ...poll, ...poweroff()]);
		guest.run();
		expect(guest.domain.alive).toBe(true);
		maskPort(guest.hv, guest.domain, 3);
		setPortPending(guest.hv, guest.domain, 3);
		guest.run();
		return !guest.domain.alive;
	};
	it('one port, is woken by that; several or none, by any', () =>
		expect([wakes(0), wakes(1), wakes(2)]).toEqual([true, false, true]));
});

describe('areas that a guest registers', () => {
	const area = (op: number, address: number, vcpu = 0): number[] => [
		...put(ARGS, address),
		...put(ARGS + 4, 0),
		...call(24, op, vcpu, ARGS)
	];
	const [RUNSTATE, TIME] = [5, 13];
	it.each<[string, number]>([
		['runstate', RUNSTATE],
		['time', TIME]
	])('%s: may lie where nothing is mapped yet, not in the hypervisor', (_name, op) => {
		expect(answers([area(op, BAD), area(op, 0xf580_0000), area(op, 0xffff_fff0), call(24, op, 0, BAD)])).toEqual([
			0,
			-EFAULT,
			-EFAULT,
			-EFAULT
		]);
	});
	it('the runstate is written once there is a page', () => {
		const guest = new TinyGuest();
		const page = 31 * 4096;
		/** update_va_mapping(page, *entry, UVMF_INVLPG) */
		const mapFrom = (entry: number): number[] => [
			...mov(3, page),
			...[0x8b, 0x0d, ...le32(entry)],
			...mov(2, 0),
			...mov(6, 2),
			...mov(0, 14),
			...[0xcd, 0x82]
		];
		const sleep = [
			...put(ARGS, 0),
			...put(ARGS + 4, 0),
			...put(ARGS + 8, 1),
			...put(ARGS + 12, 0),
			...call(29, 3, ARGS)
		];
		const [none, whole] = [DATA + 0x300, DATA + 0x304];
		guest.write32(whole, guest.mfn(31) * 4096 + 0x27);
		guest.start([
			...mapFrom(none),
			...area(RUNSTATE, page),
			...store(DATA),
			...mapFrom(whole),
			...sleep,
			...poweroff()
		]);
		guest.run();
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.domain.shutdownCode).toBe(0);
		// state_entry_time: when it got the processor back after the poll.
		expect(guest.read32(page + 4)).toBeGreaterThan(0);
	});
	it('vcpu_info: an offset that does not fit its page, or is no multiple of 4, is -ENXIO', () => {
		const info = (offset: number): number[] => [
			...put(ARGS, 0),
			...put(ARGS + 4, 0),
			...put(ARGS + 8, offset),
			...call(24, 10, 0, ARGS)
		];
		expect(answers([info(4096 - 60), info(0xffff_fff0), info(2), info(0)])).toEqual([-ENXIO, -ENXIO, -ENXIO, -EINVAL]);
	});
	it('a one-shot timer: first the struct, then whose it is', () =>
		expect(answers([call(24, 8, 0, BAD)])).toEqual([-EFAULT]));
});

describe('set_timer_op', () => {
	const due = (low: number, high: number): number => {
		const guest = new TinyGuest();
		guest.start([...call(15, low, high), ...poweroff()]);
		guest.run();
		return guest.v.time.singleshot / guest.hv.timeScale.hz;
	};
	it('takes a deadline within 2^50 ns from now; beyond, or negative, it is 100 ms', () => {
		expect(due(0, 0x3_ffff)).toBeGreaterThan(1_000_000);
		expect(due(0, 0x4_1000)).toBeCloseTo(0.1, 3);
		expect(due(0, 0x8000_0000)).toBeCloseTo(0.1, 3);
	});
});
