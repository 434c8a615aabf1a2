import { describe, expect, it } from 'vitest';
import { EINVAL } from '../../abi/errno';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { VCPU_INFO } from '../../abi/structs/xen';
import { allocUnbound, bindInterdomain, closePort, sendEvent } from '../events/channels';
import { audit } from '../mm/audit';
import { toNanoseconds } from '../time/time-scale';
import { call, DATA, FOREVER, poweroff, store, storeEsp, TinyGuest, TinyHost } from './tiny-guest';

const HANDLER = 0x400;
const ARGS = DATA + 0x200;
const callbacks = call(4, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, 0x800);
const block = call(29, 1, 0);
const noTick = call(24, 7, 0, 0);
const bindIpi = call(32, 7, ARGS);
const send = call(32, 4, ARGS + 4);
const setTimer = (ns: number): number[] => call(15, ns, 0);
const MS = 1_000_000;

describe('an event', () => {
	it('becomes an upcall once upcalls are not masked, and the trace tells why', () => {
		const guest = new TinyGuest();
		guest.write(HANDLER, [...storeEsp(DATA), ...poweroff()]);
		guest.start([...callbacks, ...bindIpi, ...send, ...block, ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(ARGS + 4)).toBe(1);
		const [upcall] = guest.recorder.of('upcall');
		const pending = guest.recorder.events[upcall.cause];
		expect(pending.kind).toBe('event_pending');
		const sent = guest.recorder.events[pending.cause];
		expect([sent.kind, sent.args[0], sent.args[1]]).toEqual(['hypercall', 32, 4]);
		const esp = guest.read32(DATA);
		expect(guest.read32(esp)).toBe(callbacks.length + bindIpi.length + send.length + block.length);
		// `block` opened the mask, so the frame says "not masked" and IF is set; on entry it is masked again.
		expect(guest.read32(esp + 4) >>> 16).toBe(0);
		expect(guest.read32(esp + 8) & 0x200).toBe(0x200);
		const info = guest.domain.sharedInfo * 4096;
		expect(guest.machine.memory.read8(info + VCPU_INFO.at.evtchn_upcall_mask)).toBe(1);
		expect(guest.machine.memory.read8(info + VCPU_INFO.at.evtchn_upcall_pending)).toBe(1);
	});

	it('sent on a port that is not open is refused', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, 7);
		guest.start([...call(32, 4, ARGS), ...store(DATA), ...poweroff()]);
		guest.run();
		expect(guest.read32(DATA) | 0).toBe(-EINVAL);
	});
});

describe('the one-shot timer', () => {
	it('wakes a blocked vcpu at its time', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, 0, 0, 0);
		guest.write(HANDLER, poweroff());
		guest.start([...callbacks, ...noTick, ...call(32, 1, ARGS), ...setTimer(5 * MS), ...block, ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		const ns = toNanoseconds(guest.hv.timeScale, guest.machine.clock.now);
		expect(ns).toBeGreaterThanOrEqual(5 * MS);
		expect(ns).toBeLessThan(5.1 * MS);
		const [upcall] = guest.recorder.of('upcall');
		const chain = [];
		for (let seq = upcall.cause; seq >= 0; seq = guest.recorder.events[seq].cause)
			chain.push(guest.recorder.events[seq].kind);
		expect(chain.slice(0, 4)).toEqual(['event_pending', 'virq', 'timer_fire', 'interrupt']);
		// Blocked meanwhile, and accounted so.
		expect(guest.v.sched.runstateTime[2] / 2.4).toBeGreaterThan(4 * MS);
	});

	it('ends a poll that nothing else ends', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, 0, 0, 3 * MS, 0);
		guest.start([...noTick, ...call(29, 3, ARGS), ...poweroff()]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(toNanoseconds(guest.hv.timeScale, guest.machine.clock.now)).toBeGreaterThan(3 * MS);
	});
});

describe('the tick', () => {
	it('comes at the period that the guest sets, while it runs', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, 0, 0, 0);
		guest.write32(ARGS + 16, MS, 0);
		guest.start([...call(32, 1, ARGS), ...call(24, 6, 0, ARGS + 16), ...FOREVER]);
		guest.machine.run(1e9, 6 * 2_400_000);
		expect(guest.recorder.of('timer_fire').length).toBe(5);
		expect(guest.domain.alive).toBe(true);
	});
});

describe('two domains', () => {
	it('share the processor by time slices', () => {
		const host = new TinyHost(1);
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		a.start([...noTick, ...FOREVER]);
		b.start([...noTick, ...FOREVER]);
		host.machine.run(1e9, 6 * 2_400_000);
		const switches = host.recorder.of('sched_switch').map((event) => event.args[2]);
		expect(switches.slice(0, 4)).toEqual([1, 2, 1, 2]);
		expect(audit(host.hv)).toEqual([]);
	});

	it('do not hurt each other: one crashes, the other goes on', () => {
		const host = new TinyHost(1);
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		a.start([...noTick, ...new Array<number>(200).fill(0x90), 0x0f, 0x0b]);
		b.start([...noTick, ...FOREVER]);
		host.machine.run(1e9, 3 * 2_400_000);
		expect([a.domain.alive, b.domain.alive]).toEqual([false, true]);
		expect(host.hv.pcpu.current).toBe(b.v);
		expect(audit(host.hv)).toEqual([]);
	});

	it('signal each other', () => {
		const host = new TinyHost();
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		const far = allocUnbound(host.hv, b.domain, a.domain.id);
		const near = bindInterdomain(host.hv, a.domain, b.domain.id, far);
		b.write(HANDLER, poweroff());
		b.start([...noTick, ...callbacks, ...block, ...FOREVER]);
		host.machine.run(500);
		a.write32(ARGS, near);
		a.start([...noTick, ...call(32, 4, ARGS), ...poweroff()]);
		host.machine.run(5000);
		expect(a.domain.shutdownCode).toBe(0);
		expect(b.domain.shutdownCode).toBe(0);
		expect(host.recorder.of('event_send')[0].args).toEqual([near, b.domain.id, far]);
	});

	it('keep their ends consistent: closing one leaves the other waiting again', () => {
		const host = new TinyHost();
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		const far = allocUnbound(host.hv, b.domain, a.domain.id);
		expect(bindInterdomain(host.hv, b.domain, b.domain.id, far)).toBe(-EINVAL);
		const near = bindInterdomain(host.hv, a.domain, b.domain.id, far);
		expect(b.domain.events.channels[far]).toMatchObject({ state: 2, remoteDom: a.domain.id, remotePort: near });
		expect(closePort(host.hv, a.domain, near)).toBe(0);
		expect(b.domain.events.channels[far]).toMatchObject({ state: 1, remoteDom: a.domain.id });
		expect(sendEvent(host.hv, b.domain, far)).toBe(0);
		expect(sendEvent(host.hv, a.domain, near)).toBe(-EINVAL);
		expect(bindInterdomain(host.hv, a.domain, 99, far)).toBeLessThan(0);
	});
});
