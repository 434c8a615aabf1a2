/**
 * A domain that sends events without end, to two that work. What it takes from them, in virtual time: no more of the processor than if it
 * computed, since it sends in its own slices alone, and one upcall for each of theirs, since a port that is pending cannot become so again.
 */
import { describe, expect, it } from 'vitest';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { VCPU_INFO } from '../../abi/structs/xen';
import { allocUnbound, bindInterdomain } from '../events/channels';
import { audit } from '../mm/audit';
import { call, DATA, FOREVER, le32, store, TinyGuest, TinyHost } from './tiny-guest';

const SLICE_MS = 0.1;
const SLICE = 240_000;
/** So many slices are measured. */
const SLICES = 24;

const HANDLER = 0x400;
/** Each turn of the work adds one here. */
const TURNS = DATA;
const ARGS = DATA + 0x200;
/** Where a worker maps its shared_info. */
const INFO = 0x1_0000;
const PENDING = INFO + 32 * VCPU_INFO.size;
/** SCHEDOP_yield, SCHEDOP_block. */
const yields = call(29, 0, 0);
const blocks = call(29, 1, 0);
const noTick = call(24, 7, 0, 0);

/** The same again and again. */
const forever = (code: readonly number[]): number[] => [...code, 0xe9, ...le32(-code.length - 5)];
/** incl TURNS, and some more. */
const WORK = forever([0xff, 0x05, ...le32(TURNS), ...new Array<number>(61).fill(0x90)]);
/** push %eax; xor %eax, %eax; nothing is pending any more; iret. */
const TAKE_EVENTS = [
	...[0x50, 0x31, 0xc0, 0xa2, ...le32(INFO + VCPU_INFO.at.evtchn_upcall_pending)],
	...[...store(INFO + VCPU_INFO.at.evtchn_pending_sel), ...store(PENDING)],
	...call(23)
];

/** Maps shared_info, takes events, and works, or sleeps until one comes. */
function worker(host: TinyHost, then: readonly number[]): TinyGuest {
	const guest = new TinyGuest(host);
	guest.write(HANDLER, TAKE_EVENTS);
	const map = call(14, INFO, ((guest.domain.sharedInfo << 12) | 0x27) >>> 0, 0, 2);
	const open = [0xc6, 0x05, ...le32(INFO + VCPU_INFO.at.evtchn_upcall_mask), 0];
	guest.start([...noTick, ...map, ...call(4, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, 0x800), ...open, ...then]);
	return guest;
}

/** What each of two workers had in so many slices, beside a neighbour that does `then` for ever; it may send to both. */
function measure(then: (sends: number[]) => readonly number[], work = WORK) {
	const host = new TinyHost(SLICE_MS);
	const workers = [worker(host, WORK), worker(host, work)];
	const neighbour = new TinyGuest(host);
	const sends = workers.flatMap(({ domain }, n) => {
		const far = allocUnbound(host.hv, domain, neighbour.domain.id);
		neighbour.write32(ARGS + 4 * n, bindInterdomain(host.hv, neighbour.domain, domain.id, far));
		return call(32, 4, ARGS + 4 * n);
	});
	neighbour.start([...noTick, ...then(sends)]);
	const { clock } = host.machine;
	host.machine.run(1e9, clock.now + 6 * SLICE);
	const read = () =>
		workers.map((guest) => {
			const { sched } = guest.v;
			const since = sched.runstate === 0 ? clock.now - sched.runstateSince : 0;
			return { turns: guest.read32(TURNS), ran: sched.runstateTime[0] + since };
		});
	const [from, before, first] = [clock.now, read(), host.recorder.next];
	host.machine.run(1e9, clock.now + SLICES * SLICE);
	const after = read();
	const window = clock.now - from;
	const events = host.recorder.events.slice(first);
	expect(audit(host.hv)).toEqual([]);
	return workers.map(({ domain: { id } }, n) => ({
		share: (after[n].ran - before[n].ran) / window,
		turns: after[n].turns - before[n].turns,
		upcalls: events.filter(({ kind, dom }) => kind === 'upcall' && dom === id).length,
		slices: events.filter(({ kind, args }) => kind === 'sched_switch' && args[2] === id).length
	}));
}

const CYCLES_A_TURN = 63;
const computing = measure(() => FOREVER);
const flooding = measure((sends) => forever(sends));

describe('two domains that work', () => {
	it('share the processor beside one that sleeps, and have a third each beside one that computes', () => {
		const sleeping = measure(() => forever(blocks));
		for (const { share } of sleeping) expect(share).toBeCloseTo(1 / 2, 2);
		for (const { share } of computing) expect(share).toBeCloseTo(1 / 3, 2);
	});

	it('have as much of it beside one that sends them events without end', () => {
		for (const n of [0, 1]) expect(flooding[n].share).toBeCloseTo(computing[n].share, 4);
	});

	it('lose one upcall of each slice, of 1,400 cycles: with the usual slice of 10 ms, 6 of 100,000', () => {
		for (const n of [0, 1]) {
			const { upcalls, slices, turns } = flooding[n];
			expect(upcalls).toBe(slices);
			const each = ((computing[n].turns - turns) * CYCLES_A_TURN) / upcalls;
			expect(each).toBeGreaterThan(1300);
			expect(each).toBeLessThan(1400);
		}
	});

	it('have nearly half of it beside one that sends and gives the processor away each time', () => {
		for (const { share, upcalls, slices } of measure((sends) => forever([...sends, ...yields]))) {
			expect(share).toBeGreaterThan(0.48);
			expect(upcalls).toBe(slices);
		}
	});

	it('and where one of them sleeps, being woken for each event costs the other no more than one in 400', () => {
		const [other, woken] = measure((sends) => forever(sends), forever(blocks));
		expect(other.share).toBeGreaterThan(0.4975);
		expect(woken.share).toBeLessThan(0.005);
		expect(woken.upcalls).toBeGreaterThan(10);
	});
});
