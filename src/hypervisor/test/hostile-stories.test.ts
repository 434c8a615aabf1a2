/** What hostile guests have got wrong out of the hypervisor once, told one by one; none of it may come back. */
import { describe, expect, it } from 'vitest';
import { FLAT_RING1_DS, FLAT_RING3_DS } from '../../abi/structs/cpu';
import { checkDescriptor } from '../mm/descriptor-check';
import { audit } from '../mm/audit';
import { SEGMENT_LIMIT_END } from '../core/layout';
import { destroyDomain } from '../core/domains';
import { Dice } from './hostile-dice';
import { reach, World } from './hostile-world';
import { SegmentRegister } from '../../hardware/cpu/segment-register';
import {
	call,
	DATA,
	IRET,
	le32,
	mov,
	poweroff,
	store,
	TinyGuest,
	TinyHost,
	toUser,
	trap,
	USER_CODE
} from './tiny-guest';
import { ACCESS_BITS } from '../../x86/descriptors';

const ARGS = DATA + 0x200;
const TABLE = DATA + 0x100;
const HANDLER = 0xa000;
/** jmp to itself */
const STAY = [0xeb, 0xfe];

describe('breakpoints', () => {
	it('held back by MOV SS hit the first instruction of a gate, and the hypervisor goes on', () => {
		const guest = new TinyGuest();
		guest.write32(DATA, FLAT_RING1_DS);
		// DR0 watches the word that MOV SS reads: mov DATA, %ss; int $0x82
		const code = [...call(8, 0, DATA), ...call(8, 7, 0x000f_0003), ...mov(0, 17), ...mov(3, 0), ...mov(1, 0)];
		guest.start([...code, 0x8e, 0x15, ...le32(DATA), 0xcd, 0x82, ...store(DATA + 4), ...call(8, 7, 0), ...poweroff()]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(DATA + 4)).toBe(0x4_0011);
	});

	it('met by the hypervisor while it writes a guest\u2019s stack do not reach the next domain', () => {
		const world = new World(0.02);
		const guest = new TinyGuest(world.host);
		// DR0 watches the stack below; an INT n to a handler that is not mapped, again and again.
		guest.write(TABLE, [...trap(0x20, 0x3_0000, 3), ...trap(1, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [IRET]);
		const watch = [...call(0, TABLE), ...call(8, 0, 0x2ff4), ...call(8, 7, 0x000d_0003)];
		guest.start([...watch, 0xcd, 0x20, ...STAY]);
		world.host.machine.run(20_000);
		expect(world.check()).toEqual([]);
	});
});

describe('time', () => {
	const ask = (op: number, ...words: number[]): TinyGuest => {
		const guest = new TinyGuest();
		guest.write32(ARGS, ...words);
		guest.start([...call(24, op, 0, ARGS), ...store(DATA), ...poweroff()]);
		guest.run();
		return guest;
	};

	it.each([
		['one-shot timer', 8, [0, 0x7fff_ffff, 0]],
		['one-shot timer at the end of time', 8, [0xffff_ffff, 0xffff_ffff, 0]],
		['period', 6, [0, 0x20_0000]]
	])('a %s beyond all counting never comes', (_name, op, words) => {
		const guest = ask(op, ...words);
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.domain.shutdownCode).toBe(0);
	});

	it('cannot be led past the numbers that a clock can count, by an idle machine\u2019s next deadline', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, 0, 0xffff_ffff);
		// A watchdog in 136 years; then nothing to do.
		guest.start([...call(29, 6, ARGS), ...call(29, 1, 0), ...STAY]);
		guest.run();
		expect(guest.machine.run(1_000_000)).toBe('idle');
		expect(guest.machine.clock.now).toBeLessThan(2 ** 53);
	});

	it('goes on for the others while one guest sets its timer into the past', () => {
		const world = new World(0.02);
		const guest = new TinyGuest(world.host);
		guest.write32(ARGS, 0, 0, 0);
		const loop = call(15, 1, 0);
		guest.start([...call(32, 1, ARGS), ...loop, 0xeb, 0x100 - loop.length - 2]);
		const { work } = world;
		world.host.machine.run(50_000);
		expect(world.work).toBeGreaterThan(work);
		expect(world.check()).toEqual([]);
	});
});

describe('interrupts', () => {
	it('are held off by the first of several loads of SS alone, so that no row of them keeps the others waiting', () => {
		const guest = new TinyGuest();
		const { cpu } = guest.machine;
		guest.start([...mov(0, FLAT_RING1_DS), 0x8e, 0xd0, 0x8e, 0xd0, 0x8e, 0xd0, ...STAY]);
		while (cpu.cpl !== 1 || cpu.eip !== 5) guest.machine.run(1);
		const held = [1, 2, 3].map(() => (guest.machine.run(1), cpu.inhibit));
		expect(held).toEqual([true, false, true]);
	});
});

describe('one guest\u2019s failure', () => {
	it('to take a callback is not held against the guest that runs next', () => {
		const world = new World();
		/** Loses the segment in GS by an empty GDT, and is sent to its failsafe callback. */
		const start = (failsafe: number[], last: (guest: TinyGuest) => number[]): TinyGuest => {
			const guest = new TinyGuest(world.host);
			guest.write32(8 << 12, 0, 0, 0x0000_67ff, 0x00cf_b200);
			guest.write32(ARGS, guest.mfn(8));
			guest.write(HANDLER, STAY);
			const gdt = [...call(14, 8 << 12, (guest.mfn(8) << 12) | 0x25, 0, 2), ...call(2, ARGS, 512)];
			const callbacks = call(4, 0xe019, HANDLER, ...failsafe);
			guest.start([...gdt, ...callbacks, ...mov(1, 9), 0x8e, 0xe9, ...last(guest), ...STAY]);
			return guest;
		};
		// Xen's own selector: cannot be entered. It waits for a turn, so that the other one is next.
		const bad = start([0xe009, HANDLER], () => [...call(29, 0, 0), ...call(2, ARGS, 0)]);
		const good = start([0xe019, HANDLER], (guest) => {
			// In one batch: set_gdt(none), yield. The loss is seen when it runs again.
			guest.write32(ARGS + 0x40, 2, 0, ARGS, 0, 0, 0, 0, 0, 29, 0, 0, 0, 0, 0, 0, 0);
			return call(13, ARGS + 0x40, 2);
		});
		world.host.machine.run(20_000);
		expect([bad.domain.alive, good.domain.alive]).toEqual([false, true]);
		expect(world.host.recorder.of('failsafe')).toHaveLength(2);
		expect(world.check()).toEqual([]);
	});

	it('a domain can be destroyed while another guest runs', () => {
		const world = new World(0.02);
		const { available } = world;
		const guest = new TinyGuest(world.host);
		guest.start(STAY);
		world.host.machine.run(200);
		while (world.host.hv.pcpu.current !== world.innocent.v || world.host.machine.cpu.cpl !== 1)
			world.host.machine.run(1);
		expect(() => destroyDomain(world.host.hv, guest.domain)).not.toThrow();
		expect(world.available).toBe(available);
		// The frames may be in the TLB still: they are flushed out of it before they are another's.
		expect(() => new TinyGuest(world.host)).not.toThrow();
		expect(world.check()).toEqual([]);
	});
});

/** The segment register that a descriptor gives. */
function loaded({ low, high }: { low: number; high: number }): SegmentRegister {
	const segment = new SegmentRegister();
	const base = (high & 0xff00_0000) | ((high & 0xff) << 16) | (low >>> 16);
	const units = (high & 0xf_0000) | (low & 0xffff);
	const limit = (high & (1 << 23)) !== 0 ? units * 4096 + 0xfff : units;
	segment.set(8, base, limit, high & ACCESS_BITS, true);
	return segment;
}

describe('what a guest can reach', () => {
	it('OUTS with a base or an index in the hypervisor\u2019s memory reads nothing of it', () => {
		const guest = new TinyGuest();
		guest.write(TABLE, [...trap(13, HANDLER), ...trap(14, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...mov(0, 0xbad), ...store(DATA), ...poweroff()]);
		guest.write32(ARGS, 1);
		// outsl from the IDT to the one port that remembers, and back
		const outs = [...mov(6, 0xff00_1000), ...mov(2, 0xcf8), 0x6f, 0xed, ...store(DATA), ...poweroff()];
		guest.start([...call(0, TABLE), ...call(33, 6, ARGS), ...outs]);
		guest.run();
		expect(guest.read32(DATA)).toBe(0xbad);
	});

	it('INS in ring 3 does not write the kernel\u2019s pages', () => {
		const guest = new TinyGuest();
		guest.write(TABLE, [...trap(13, HANDLER), ...trap(14, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...mov(1, FLAT_RING1_DS), 0x8e, 0xd9, ...poweroff()]);
		guest.write32(ARGS, 3);
		guest.write32(7 << 12, 0x600d);
		guest.write(USER_CODE, [...mov(1, FLAT_RING3_DS), 0x8e, 0xc1, ...mov(7, 7 << 12), ...mov(2, 0xcf8), 0x6d, ...STAY]);
		// Page 7 becomes the kernel's own: P RW A D
		const own = call(14, 7 << 12, (guest.mfn(7) << 12) | 0x63, 0, 2);
		guest.start([...call(0, TABLE), ...call(33, 6, ARGS), ...own, ...toUser(USER_CODE)]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(7 << 12)).toBe(0x600d);
	});

	it('no descriptor that is accepted reaches into the hypervisor', () => {
		const { hv, recorder } = new TinyHost();
		const dice = new Dice(5);
		const bases = [
			0, 1, 0xfff, 0x1000, 0x1234, 0x7fff_ffff, 0xf57f_ffff, 0xf67f_e000, 0xf67f_effe, 0xf67f_efff, 0xf680_0000
		];
		const limits = [0, 1, 0xffe, 0xfff, 0x1000, 0xffff, 0xf_67fe, 0xf_67ff, 0xf_6800, 0xf_fffe, 0xf_ffff];
		const wrong: number[][] = [];
		let accepted = 0;
		for (let i = 0; i < 40_000; i++) {
			const base = dice.once(3) ? dice.bits() : dice.pick(bases);
			const limit = dice.once(3) ? dice.roll(0x10_0000) : dice.pick(limits);
			const high =
				(base & 0xff00_0000) |
				((base >>> 16) & 0xff) |
				(limit & 0xf_0000) |
				(dice.roll(16) << 20) |
				(0x90 << 8) |
				(dice.roll(128) << 8);
			const descriptor = checkDescriptor(hv, ((base << 16) | (limit & 0xffff)) >>> 0, high >>> 0);
			recorder.events.length = 0;
			if (!descriptor) continue;
			accepted++;
			const segment = loaded(descriptor);
			if (segment.dpl === 0 || reach(segment) > SEGMENT_LIMIT_END) wrong.push([base, limit, high]);
		}
		expect(wrong).toEqual([]);
		expect(accepted).toBeGreaterThan(10_000);
	});
});

describe('frames', () => {
	const PAGE = 9;
	/** What a page may turn into without its owner being asked to flush; the arguments lie at ARGS. */
	const changes: [string, (guest: TinyGuest) => number[]][] = [
		['an L1 table', (guest) => (guest.write32(ARGS, 0, guest.mfn(PAGE), 0), call(26, ARGS, 1, 0, 0x7ff0))],
		['an L2 table', (guest) => (guest.write32(ARGS, 1, guest.mfn(PAGE), 0), call(26, ARGS, 1, 0, 0x7ff0))],
		['a GDT', (guest) => (guest.write32(ARGS, guest.mfn(PAGE)), call(2, ARGS, 512))],
		[
			'the hypervisor\u2019s',
			(guest) => {
				guest.write32(ARGS, ARGS + 0x40, 1, 0, 0, 0x7ff0);
				guest.write32(ARGS + 0x60, 0x7ff0, 2, 0, ARGS + 0x80);
				// Given back, and taken for the next frame of the grant table.
				return [...call(12, 1, ARGS), ...call(20, 2, ARGS + 0x60, 1)];
			}
		]
	];
	it.each(changes)('a page that becomes %s is not written through what the TLB knows of it', (_name, change) => {
		const guest = new TinyGuest();
		guest.write32(ARGS + 0x40, guest.mfn(PAGE));
		guest.write(TABLE, [...trap(14, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, poweroff());
		const touch = [...mov(0, 0), ...store((PAGE << 12) + 8)];
		const gone = call(14, PAGE << 12, 0, 0, 0);
		const attack = [...mov(0, 0x1063), ...store((PAGE << 12) + 8)];
		guest.start([...call(0, TABLE), ...touch, ...gone, ...change(guest), ...store(DATA), ...attack, ...STAY]);
		guest.run();
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32((PAGE << 12) + 8)).toBe(0);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('a vcpu_info moved onto shared_info itself is counted and given back', () => {
		const world = new World();
		const { available } = world;
		const guest = new TinyGuest(world.host);
		guest.write32(ARGS, guest.domain.sharedInfo, 0, 0x40, 0);
		guest.start([...call(24, 10, 0, ARGS), ...store(DATA), ...STAY]);
		world.host.machine.run(5000);
		expect(guest.read32(DATA)).toBe(0);
		expect(audit(world.host.hv)).toEqual([]);
		expect(world.destroy(guest.domain, available)).toEqual([]);
	});
});
