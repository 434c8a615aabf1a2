import { describe, expect, it } from 'vitest';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { RUNSTATES } from '../../trace/events';
import { EINVAL, ENOENT } from '../../abi/errno';
import { VIRQ } from '../../abi/structs/xen';
import { allocUnbound, bindIpi, bindVcpu, bindVirq, setPortPending } from '../events/channels';
import { audit } from '../mm/audit';
import { doMmuextOp } from '../mm/mmuext-op';
import { upcallPending } from '../events/shared-info';
import {
	call,
	DATA,
	FOREVER,
	int,
	IRET,
	le32,
	loadDs,
	poweroff,
	push,
	store,
	storeEsp,
	TinyGuest,
	TinyHost,
	toUser,
	trap,
	USER_CODE
} from './tiny-guest';

const HANDLER = 0x400;
const TABLE = DATA + 0x100;
const ARGS = DATA + 0x200;
/** A vcpu_guest_context fills the pages from 12 on. */
const CONTEXT = 12 << 12;
const noTick = call(24, 7, 0, 0);

/** The context of a second vcpu: its code at page 6, its stack below page 8. */
const writeContext = (guest: TinyGuest): void =>
	guest.write(CONTEXT, [...new Uint8Array(guest.context(0x6000, 0x8000).buffer)]);

describe('a second vcpu', () => {
	it('is initialised, comes up, runs beside the first, and goes down', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const second = [...call(24, 7, 1, 0), 0xff, 0x05, ...le32(DATA), ...call(24, 2, 1), ...FOREVER];
		guest.write(0x6000, second);
		guest.start([
			...noTick,
			...call(24, 0, 1, CONTEXT),
			...store(DATA + 4),
			...call(24, 1, 1),
			...store(DATA + 8),
			...call(24, 3, 1),
			...store(DATA + 12),
			...FOREVER
		]);
		writeContext(guest);
		guest.machine.run(1e9, 3 * 2_400_000);
		expect([1, 2, 3].map((n) => guest.read32(DATA + n * 4))).toEqual([0, 0, 1]);
		expect(guest.read32(DATA)).toBe(1);
		expect(guest.domain.vcpus.map((v) => v.sched.down)).toEqual([false, true]);
		expect(guest.domain.alive).toBe(true);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('is signalled by an IPI', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		guest.write(HANDLER, poweroff());
		guest.write(0x6000, [
			...call(24, 7, 1, 0),
			...call(4, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, HANDLER),
			...call(29, 1, 0),
			...FOREVER
		]);
		guest.write32(ARGS, 1, 0);
		guest.start([
			...noTick,
			...call(24, 0, 1, CONTEXT),
			...call(24, 1, 1),
			...call(29, 0, 0),
			...call(32, 7, ARGS),
			...call(32, 4, ARGS + 4),
			...FOREVER
		]);
		writeContext(guest);
		guest.machine.run(1e9, 5 * 2_400_000);
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.recorder.of('event_pending').at(-1)!.args).toEqual([guest.domain.id, 1, 0, 1]);
	});
});

describe('what belongs to each vcpu', () => {
	/** bind_virq(VIRQ_TIMER) for vcpu `id`, by words at `at`; a deadline that has passed; block; the handler counts at `count`. */
	const ticker = (id: number, handler: number): number[] => [
		...call(24, 7, id, 0),
		...call(4, FLAT_RING1_CS, handler, FLAT_RING1_CS, handler),
		...call(32, 1, ARGS + id * 16),
		...call(15, 1, 0),
		...call(29, 1, 0),
		...FOREVER
	];

	it('its timer, its port, its upcall', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const handlers = [HANDLER, 0x6400];
		handlers.forEach((at, id) => guest.write(at, [0xff, 0x05, ...le32(DATA + id * 4), ...FOREVER]));
		[0, 1].forEach((id) => guest.write32(ARGS + id * 16, 0, id, 0));
		guest.write(0x6000, ticker(1, handlers[1]));
		const begin = [...call(24, 0, 1, CONTEXT), ...call(24, 1, 1)];
		guest.start([...begin, ...ticker(0, handlers[0])]);
		writeContext(guest);
		guest.machine.run(1e9, 5 * 2_400_000);
		expect([guest.read32(DATA), guest.read32(DATA + 4)]).toEqual([1, 1]);
		const ports = [0, 1].map((id) => guest.read32(ARGS + id * 16 + 8));
		expect(new Set(ports).size).toBe(2);
		const pending = guest.recorder.of('event_pending').map(({ args }) => [args[1], args[3]]);
		expect(pending.sort()).toEqual(ports.map((port, id) => [port, id]).sort());
		expect(guest.domain.vcpus.map((v) => v.events.virqPort[0])).toEqual(ports);
	});

	it('its runstate: one that waits and is taken down is offline once what it waits for has come', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const code = [...call(24, 7, 1, 0), ...call(29, 1, 0), ...FOREVER];
		guest.write(0x6000, code);
		guest.write32(ARGS, 1, 0);
		const begin = [...noTick, ...call(24, 0, 1, CONTEXT), ...call(24, 1, 1), ...call(29, 0, 0)];
		guest.start([...begin, ...call(24, 2, 1), ...call(32, 7, ARGS), ...FOREVER]);
		writeContext(guest);
		guest.machine.run(1e9, 2_400_000);
		const [, v] = guest.domain.vcpus;
		expect([v.sched.blocked, v.sched.down, RUNSTATES[v.sched.runstate]]).toEqual([true, true, 'blocked']);
		setPortPending(guest.hv, guest.domain, guest.read32(ARGS + 4));
		expect([v.sched.blocked, v.sched.down, RUNSTATES[v.sched.runstate]]).toEqual([false, true, 'offline']);
	});

	it('ports that may be moved are told to it, and others stay', () => {
		const { hv, domain } = new TinyGuest(new TinyHost(1), 2);
		const open = allocUnbound(hv, domain, 0);
		const [ipi, timer, global] = [
			bindIpi(hv, domain, 0),
			bindVirq(hv, domain, VIRQ.TIMER, 0),
			bindVirq(hv, domain, VIRQ.DOM_EXC, 0)
		];
		const moved = (port: number, vcpu: number): number => bindVcpu(hv, domain, port, vcpu);
		expect([moved(open, 1), moved(global, 1), moved(ipi, 1), moved(timer, 1)]).toEqual([0, 0, -EINVAL, -EINVAL]);
		// The vcpu is looked at before the port.
		expect([moved(99, 2), moved(99, 1), moved(open, 2)]).toEqual([-ENOENT, -EINVAL, -ENOENT]);
		expect([
			bindIpi(hv, domain, 2),
			bindVirq(hv, domain, VIRQ.TIMER, 2),
			bindVirq(hv, domain, VIRQ.DOM_EXC, 1)
		]).toEqual([-ENOENT, -ENOENT, -EINVAL]);
		setPortPending(hv, domain, open);
		expect(domain.vcpus.map((v) => upcallPending(hv, v))).toEqual([false, true]);
	});

	it('a flush by a mask of vcpus is done for the one that is on the processor', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const [MASK, OP] = [ARGS + 0x40, ARGS];
		const flushes = (mask: number): number => {
			guest.write32(MASK, mask);
			const before = guest.recorder.of('tlb_flush').length;
			expect(doMmuextOp(guest.hv, guest.v, OP, 1, 0, 0x7ff0)).toBe(0);
			return guest.recorder.of('tlb_flush').length - before;
		};
		guest.start([0xeb, 0xfe]);
		guest.machine.run(20);
		guest.write32(OP, 8, 0, MASK);
		expect([flushes(0), flushes(2), flushes(1), flushes(3)]).toEqual([0, 0, 1, 1]);
	});
});

describe('an NMI', () => {
	it('enters its callback, and not again before iret', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, HANDLER, 0);
		const nmi = call(24, 11, 0, 0);
		guest.write(HANDLER, [0xff, 0x05, ...le32(DATA), ...nmi, ...poweroff()]);
		guest.start([...call(28, 0, ARGS), ...nmi, ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(DATA)).toBe(1);
		expect(guest.recorder.of('bounce').map((event) => event.args[0])).toEqual([2]);
	});
});

describe('debugging', () => {
	const handlers = (guest: TinyGuest): void => {
		guest.write(TABLE, [...trap(1, HANDLER), ...trap(0x81, 0x600, 3), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...loadDs, ...storeEsp(DATA), ...call(9, 6), ...store(DATA + 4), ...poweroff()]);
	};

	it('a breakpoint that the guest sets stops its own code', () => {
		const guest = new TinyGuest();
		handlers(guest);
		const setup = [...call(0, TABLE), ...call(8, 0, 0x300), ...call(8, 7, 0x402)];
		guest.write(0x300, poweroff());
		guest.start([...setup, 0xe9, ...le32(0x300 - setup.length - 5)]);
		guest.run();
		expect(guest.read32(guest.read32(DATA))).toBe(0x300);
		expect(guest.read32(DATA + 4) & 0xf).toBe(1);
	});

	it('single step does not step the hypervisor', () => {
		const guest = new TinyGuest();
		handlers(guest);
		guest.write(0x600, [IRET]);
		guest.write(USER_CODE, [...int(0x81), 0x90, 0x90]);
		guest.start([...call(0, TABLE), ...toUser(USER_CODE, 0x302)]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		const esp = guest.read32(DATA);
		expect(guest.read32(esp + 8) & 0x100).toBe(0x100);
		expect(guest.read32(DATA + 4) & 0x4000).toBe(0x4000);
	});
});

describe('a return to user code', () => {
	it('nulls the kernel\u2019s data segments, as the processor does', () => {
		const guest = new TinyGuest();
		guest.write(TABLE, [...trap(0x81, 0x600, 3), ...new Array<number>(8).fill(0)]);
		// mov %ds, %eax; push it; the handler loads its own and notes what user code saw
		guest.write(USER_CODE, [0x8c, 0xd8, ...int(0x81)]);
		guest.write(0x600, [...loadDs, ...store(DATA), ...poweroff()]);
		guest.start([...call(0, TABLE), ...push(0), 0x58, ...toUser(USER_CODE)]);
		guest.run();
		expect(guest.read32(DATA) & 0xfffc).toBe(0);
	});
});
