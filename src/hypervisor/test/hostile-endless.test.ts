/**
 * Calls with nearly endless work. One page appears at every address from 2 MiB to 1 GiB, so a guest can hand over
 * lists of millions of entries; others get their turn all the same, and the machine can be stopped.
 */
import { describe, expect, it } from 'vitest';
import { World } from './hostile-world';
import { call, TinyGuest } from './tiny-guest';

/** Where the page begins to repeat itself, and how many bytes follow. */
const LIST = 0x20_0000;
const BYTES = 0x3fc0_0000;
const ARGS = 0x1800;
const PAGE = 8;

interface Case {
	readonly name: string;
	/** What the repeated page holds, again and again. */
	readonly words: (guest: TinyGuest) => readonly number[];
	/** At ARGS. */
	readonly args?: readonly number[];
	readonly code: readonly number[];
}

class Endless {
	readonly world = new World(0.02);
	readonly guest = new TinyGuest(this.world.host);

	constructor({ words, args, code }: Case) {
		const { guest } = this;
		const { hv, machine } = this.world.host;
		guest.domain.mm.maxPages++;
		const table = hv.heap.allocateDomainPage(guest.domain);
		for (let i = 0; i < 512; i++) machine.memory.write32(table * 4096 + i * 8, (guest.mfn(PAGE) << 12) | 0x27);
		for (let i = 1; i < 512; i++) machine.memory.write32(guest.mfn(25) * 4096 + i * 8, (table << 12) | 0x27);
		guest.write32(PAGE << 12, ...Array.from({ length: 1024 }, (_, i) => words(guest)[i % words(guest).length]));
		guest.write32(ARGS, ...(args ?? []));
		guest.start([...code, 0xeb, 0xfe]);
	}

	/** Lets everybody run, and says how often the innocent guest had its turn while the call went on. */
	turns(): number {
		const { machine, recorder } = this.world.host;
		const before = this.world.work;
		for (let i = 0; i < 150; i++) {
			machine.run(4);
			recorder.events.length = 0;
		}
		return this.world.work - before;
	}

	/** Whether the guest is still where the call was made. */
	goesOn(end: number): boolean {
		this.world.settle();
		const { hv, machine } = this.world.host;
		const eip = hv.pcpu.current === this.guest.v ? machine.cpu.eip : this.guest.v.regs.eip;
		return this.guest.domain.alive && eip < end;
	}
}

const own = (guest: TinyGuest): number => guest.mfn(PAGE);

const CASES: readonly Case[] = [
	{ name: 'console_io of a gigabyte', words: () => [0x41], code: call(18, 0, BYTES, LIST) },
	{ name: 'a trap table without an end', words: () => [0x20, 0x1000], code: call(0, LIST) },
	{ name: 'a batch of millions', words: () => [17, 0, 0, 0, 0, 0, 0, 0], code: call(13, LIST, BYTES / 32) },
	{
		name: 'page-table updates',
		words: (guest) => [(own(guest) << 12) | 1, 0, PAGE, 0],
		code: call(1, LIST, 0x3f0_0000, 0, 0x7ff0)
	},
	{ name: 'flushes', words: () => [6], code: call(26, LIST, 0x100_0000, 0, 0x7ff0) },
	{
		name: 'giving back what is in use',
		words: (guest) => [own(guest)],
		args: [LIST, 0x3f_ffff, 0, 0, 0x7ff0],
		code: call(12, 1, ARGS)
	}
];

describe('a call that would take for ever', () => {
	it.each(CASES)('$name lets others run', { timeout: 10_000 }, (attack) => {
		const endless = new Endless(attack);
		const turns = endless.turns();
		expect(endless.goesOn(attack.code.length)).toBe(true);
		expect(turns).toBeGreaterThan(2);
		expect(endless.world.check()).toEqual([]);
	});

	it('exchanges frames in parts, each of them whole', () => {
		const world = new World(0.02);
		const { available } = world;
		const guest = new TinyGuest(world.host);
		const { hv, machine } = world.host;
		guest.domain.mm.maxPages += 1024;
		const spare = Array.from({ length: 1024 }, () => hv.heap.allocateDomainPage(guest.domain));
		guest.write32(PAGE << 12, ...spare);
		// The list is its own answer: frames come back that are exchanged again.
		const whole = [PAGE << 12, 1024, 0, 0, 0x7ff0];
		guest.write32(ARGS, ...whole, ...whole, 0);
		const again = call(12, 11, ARGS);
		guest.start([...again, 0xa3, 0, 0x10, 0, 0, 0xeb, 0xfe]);
		machine.run(5000);
		expect(guest.read32(0x1000)).toBe(0);
		expect(guest.read32(ARGS + 40)).toBe(1024);
		expect(world.check()).toEqual([]);
		expect(world.destroy(guest.domain, available)).toEqual([]);
	});
});
