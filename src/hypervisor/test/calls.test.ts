import { describe, expect, it } from 'vitest';
import { EEXIST, EFAULT, EINVAL, ENODEV, ENOENT, ENOSYS, EOPNOTSUPP, EPERM } from '../../abi/errno';
import { audit } from '../mm/audit';
import { answers, ARGS } from './answers/ask';
import { destroyDomain } from '../core/domains';
import { call, DATA, FOREVER, mov, poweroff, store, TinyGuest, TinyHost } from './tiny-guest';

describe('refusals', () => {
	it.each<[string, number[], number]>([
		['an operation of event channels that does not exist', call(32, 15, ARGS), -ENOSYS],
		['an event array without queues', call(32, 12, ARGS), -EOPNOTSUPP],
		['a pointer into the hypervisor', call(17, 3, 0xf580_0000), -EFAULT],
		['a pointer to nothing', call(17, 3, 0x0090_0000), -EFAULT],
		['a pointer that wraps', call(0, 0xffff_fff8), -EFAULT],
		['a virtual interrupt that does not exist', call(32, 1, ARGS), -EINVAL],
		['a vcpu that does not exist', call(24, 3, 5, 0), -ENOENT],
		['initialising a vcpu twice', call(24, 0, 0, DATA), -EEXIST],
		['help that does not exist', call(21, 0, 9), -EINVAL],
		['an operation of vm_assist that does not exist', call(21, 2, 2), -ENOSYS],
		['a debug register that does not exist', call(8, 9, 0), -ENODEV],
		['a breakpoint in the hypervisor', call(8, 0, 0xff00_0000), -EPERM],
		['general detect', call(8, 7, 0x2000), -EPERM],
		['reading the hypervisor\u2019s console', call(18, 1, 8, DATA), -EPERM],
		['an interrupt controller of the hardware', call(33, 8, ARGS), -EPERM],
		['an I/O privilege level of 4', call(33, 6, ARGS + 32), -EINVAL],
		['too many ports to poll', call(29, 3, ARGS + 48), -EINVAL],
		['a page size asked for with an argument', call(17, 7, ARGS), -EINVAL],
		['another domain\u2019s ports', call(32, 5, ARGS + 64), -EPERM]
	])('%s', (_name, bytes, expected) => {
		const prepare = (guest: TinyGuest): void => {
			guest.write32(ARGS, 99, 0, 0);
			guest.write32(ARGS + 32, 4);
			guest.write32(ARGS + 48, DATA, 129, 0, 0);
			guest.write32(ARGS + 64, 0, 1, 0, 0, 0, 0);
		};
		expect(answers([bytes], prepare)).toEqual([expected]);
	});
});

describe('xen_version', () => {
	it('is 4.17 with the features of a 32-bit PV guest', () => {
		const guest = new TinyGuest();
		guest.start([
			...call(21, 0, 3),
			...call(17, 6, ARGS),
			...call(17, 3, ARGS + 0x100),
			...call(17, 5, ARGS + 8),
			...poweroff()
		]);
		guest.run();
		expect(guest.read32(ARGS + 4)).toBe(0x220e0 | (1 << 4));
		expect(guest.read32(ARGS + 8)).toBe(0xf580_0000);
		const text = String.fromCharCode(
			...[0, 4, 8, 12].flatMap((at) => [0, 1, 2, 3].map((n) => (guest.read32(ARGS + 0x100 + at) >>> (8 * n)) & 0xff))
		);
		expect(text).toBe('xen-3.0-x86_32p ');
	});
});

describe('console_io', () => {
	it('takes what a guest writes', () => {
		const guest = new TinyGuest();
		guest.write(ARGS, [...new TextEncoder().encode('hello')]);
		guest.start([...call(18, 0, 5, ARGS), ...poweroff()]);
		guest.run();
		expect(String.fromCharCode(...guest.host.console)).toBe('hello');
	});
});

describe('multicall', () => {
	const entry = (op: number, ...args: number[]): number[] => [
		op,
		0xdead,
		...args,
		...new Array<number>(6 - args.length).fill(0)
	];

	it('makes each call and writes each result beside it', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, ...entry(17, 0), ...entry(99), ...entry(37), ...entry(13, ARGS, 1));
		guest.start([...call(13, ARGS, 4), ...store(DATA), ...poweroff()]);
		guest.run();
		const at = (index: number): number => guest.read32(ARGS + index * 32 + 4) | 0;
		expect([0, 1, 2, 3].map(at)).toEqual([(4 << 16) | 17, -ENOSYS, -EPERM, -EINVAL]);
		expect(guest.read32(DATA)).toBe(0);
		const [batch] = guest.recorder.of('hypercall');
		const calls = guest.recorder.of('subcall');
		expect(calls.map((event) => guest.recorder.events[event.cause] === batch)).toEqual([true, true, true, true]);
	});

	it('goes on after an entry that made the vcpu wait', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS + 128, 0, 0, 1_000_000, 0);
		guest.write32(ARGS, ...entry(29, 3, ARGS + 128), ...entry(17, 7, 0));
		guest.start([...call(24, 7, 0, 0), ...call(13, ARGS, 2), ...store(DATA), ...poweroff()]);
		guest.run();
		expect(guest.read32(ARGS + 36)).toBe(4096);
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.recorder.of('hypercall').filter((event) => event.args[0] === 13)).toHaveLength(2);
	});

	it('ends at a pointer that is bad', () => {
		expect(answers([call(13, 0x0090_0000, 1), call(13, 0xf57f_ffff, 9)])).toEqual([-EFAULT, -EFAULT]);
	});
});

describe('vcpu_op', () => {
	it('keeps a record of runstates where the guest wants it', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, ARGS + 16, 0);
		guest.start([
			...call(24, 5, 0, ARGS),
			...store(DATA),
			...call(24, 4, 0, ARGS + 64),
			...store(DATA + 4),
			...poweroff()
		]);
		guest.run();
		expect([guest.read32(DATA), guest.read32(DATA + 4)]).toEqual([0, 0]);
		expect(guest.read32(ARGS + 16)).toBe(0);
		expect(guest.read32(ARGS + 64 + 12)).toBeGreaterThan(0);
	});

	it('moves vcpu_info once, with everything marked pending', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, guest.mfn(6), 0, 0x80, 0);
		const register = call(24, 10, 0, ARGS);
		guest.start([...register, ...store(DATA), ...register, ...store(DATA + 4), ...poweroff()]);
		guest.run();
		expect([guest.read32(DATA), guest.read32(DATA + 4) | 0]).toEqual([0, -EINVAL]);
		expect(guest.read32(0x6080) & 0xff).toBe(1);
		expect(guest.read32(0x6084)).toBe(0xffff_ffff);
		expect(audit(guest.hv)).toEqual([]);
	});
});

describe('a run', () => {
	const program = (guest: TinyGuest): void => {
		guest.write32(ARGS, 0, 0, 2_000_000, 0);
		guest.start([...call(24, 7, 0, 0), ...call(29, 3, ARGS), ...mov(0, 7), ...store(DATA), ...poweroff()]);
	};

	it('continued from a saved state records the same events', () => {
		const straight = new TinyGuest();
		program(straight);
		straight.machine.run(14);
		const [machine, hypervisor] = [straight.machine.save(), structuredClone(straight.hv.save())];
		const seen = straight.recorder.events.length;
		straight.run();
		const first = straight.recorder.events.slice(seen);
		straight.machine.restore(machine);
		straight.hv.restore(hypervisor);
		expect(straight.domain.alive).toBe(true);
		const again = straight.recorder.events.length;
		straight.run();
		const second = straight.recorder.events.slice(again);
		expect(second.map(({ kind, args }) => ({ kind, args }))).toEqual(first.map(({ kind, args }) => ({ kind, args })));
		expect(straight.domain.shutdownCode).toBe(0);
	});
});

describe('destroying a domain', () => {
	it('gives back every frame, also while it runs', () => {
		const host = new TinyHost();
		const free = host.hv.heap.save().reduce((sum, byte) => sum + byte, 0);
		const guest = new TinyGuest(host);
		guest.start(FOREVER);
		host.machine.run(1000);
		destroyDomain(host.hv, guest.domain);
		expect(host.hv.domains.has(guest.domain.id)).toBe(true);
		host.machine.run(1000);
		expect(host.hv.domains.has(guest.domain.id)).toBe(false);
		expect(host.hv.heap.save().reduce((sum, byte) => sum + byte, 0)).toBe(free);
		expect(audit(host.hv)).toEqual([]);
	});
});

describe('a call that takes long', () => {
	it('is preempted and made again with what is left, alone and inside a batch', () => {
		const guest = new TinyGuest();
		const rows = Array.from({ length: 300 }, (_, n) => [(n & 0xff) | (0xe019 << 16), 0x1000 + n]).flat();
		guest.write32(0x8000, ...rows, 0, 0);
		guest.write32(ARGS, 0, 0xdead, 0x8000, 0, 0, 0, 0, 0);
		guest.start([...call(0, 0x8000), ...store(DATA), ...call(13, ARGS, 1), ...store(DATA + 4), ...poweroff()]);
		guest.run();
		expect([guest.read32(DATA), guest.read32(DATA + 4), guest.read32(ARGS + 4)]).toEqual([0, 0, 0]);
		expect(guest.v.pv.traps[299 & 0xff]?.eip).toBe(0x1000 + 299);
		expect(guest.recorder.of('hypercall').map((event) => event.args[0])).toEqual([0, 0, 13, 13, 29]);
		expect(guest.domain.crash).toBeNull();
	});
});
