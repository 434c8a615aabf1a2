import { describe, expect, it } from 'vitest';
import { FLAT_RING1_DS } from '../../../abi/structs/cpu';
import { MMUEXT, XENMEM } from '../../../abi/structs/mm';
import { VMASST_TYPE_WRITABLE_PAGETABLES } from '../../../abi/structs/xen';
import { emptyRegs, type Domain } from '../../core/domain';
import { switchAddressSpace } from '../address-space';
import { DOMID_SELF } from '../context';
import { doSetGdt, doUpdateDescriptor, handleLdtFault } from '../descriptors';
import { doMemoryOp } from '../memory-op';
import { doMmuUpdate } from '../mmu-update';
import { doMmuextOp } from '../mmuext-op';
import { tryPageTableWrite } from '../ptwr';
import { relinquishMemory } from '../relinquish';
import { restoreMemory, saveMemory } from '../state';
import { doUpdateVaMapping } from '../va-mapping';
import { Bench, SMALL } from './bench';

/** A small generator of pseudo-random numbers (xorshift32), so that a failing seed can be run again. */
class Dice {
	constructor(private state: number) {}
	roll(sides: number): number {
		this.state ^= this.state << 13;
		this.state ^= this.state >>> 17;
		this.state ^= this.state << 5;
		return (this.state >>> 0) % sides;
	}
	pick<T>(items: readonly T[]): T {
		return items[this.roll(items.length)];
	}
}

const FLAG_SETS = ['', 'w', 'w', 'u', 'wu', 'wad', 'n', '-', '-', 'g', 's'];

/** Two domains that try anything with anything. */
class Chaos {
	readonly bench = new Bench(192);
	readonly domains: Domain[];
	readonly frames: number[];
	readonly results = new Map<number, number>();

	constructor(private readonly dice: Dice) {
		const { bench } = this;
		this.domains = [1, 2].map((id) => bench.addDomain(id, { maxPages: 40, privileged: false }));
		for (const d of this.domains) {
			bench.draw(d, SMALL);
			const spare = bench.draw(
				d,
				'l3 t: 0=a 1=b 3=c\nl2 a: 0=x 1=y\nl2 b: 0=z 1=a\nl2 c: 0=x\nl1 x: 0=p+w 1=q\nl1 y: 0=q+w\nl1 z: 0=x 1=y'
			);
			bench.page(d);
			void spare;
			d.assists = 1 << VMASST_TYPE_WRITABLE_PAGETABLES;
		}
		this.frames = [...bench.frames.owner.keys()].filter((frame) => bench.frames.owner[frame] <= 2);
	}

	private entry(): [number, number] {
		const { dice } = this;
		const frame = dice.roll(20) === 0 ? dice.roll(200) : dice.pick(this.frames);
		return this.bench.entry(frame, dice.pick(FLAG_SETS));
	}

	private slot(): number {
		return this.dice.pick([0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 427, 428, 511]);
	}

	/** One random request of a random domain. */
	step(): void {
		const { dice, bench } = this;
		const d = dice.pick(this.domains);
		const v = d.vcpus[0];
		if (bench.current !== v) {
			bench.current = v;
			switchAddressSpace(bench, v);
		}
		const rc = this.request(d);
		this.results.set(rc, (this.results.get(rc) ?? 0) + 1);
	}

	private request(d: Domain): number {
		const { dice, bench } = this;
		const v = d.vcpus[0];
		const frame = dice.pick(this.frames);
		const kind = dice.roll(100);
		if (kind < 40) {
			bench.words(0x100, (frame << 12) | (this.slot() << 3) | dice.pick([0, 0, 0, 1, 2, 2]), 0, ...this.entry());
			return doMmuUpdate(bench, v, [0x100, 1, 0, DOMID_SELF, 0]);
		}
		if (kind < 70) {
			const cmd = dice.pick([0, 0, 1, 1, 2, 2, 2, 4, 4, 4, 4, 5, 5, 5, 16, 17, 13]);
			const arg1 = cmd === MMUEXT.SET_LDT ? dice.roll(8) << 12 : frame;
			bench.words(0x100, cmd, arg1, cmd === MMUEXT.SET_LDT ? dice.roll(1024) : dice.pick(this.frames));
			return doMmuextOp(bench, v, [0x100, 1, 0, DOMID_SELF, 0]);
		}
		if (kind < 82)
			return doUpdateVaMapping(bench, v, [dice.pick([0, 1, 2, 3, 4, 512]) << 12, ...this.entry(), dice.roll(3), 0]);
		if (kind < 88) {
			const regs = {
				...emptyRegs(),
				cs: 0xe019,
				ss: FLAT_RING1_DS,
				eip: 0x8000,
				ebx: (dice.roll(6) << 12) | (this.slot() << 3) | (dice.roll(2) << 2),
				eax: this.entry()[0]
			};
			bench.scratch.set([0x89, 0x03], 0x8000);
			return tryPageTableWrite(bench, v, regs.ebx, 3, regs) ? 0 : -1;
		}
		if (kind < 92) {
			bench.words(0x200, dice.pick(this.frames), dice.pick(this.frames));
			return doSetGdt(bench, v, [0x200, dice.roll(1200), 0, 0, 0]);
		}
		if (kind < 94)
			return doUpdateDescriptor(bench, v, [frame << 12, 0, 0, dice.pick([0, 0x00cf_9200, 0x0000_8900]), 0]);
		if (kind < 96) return handleLdtFault(bench, v, dice.roll(8) << 12) ? 0 : -1;
		const op = dice.pick([
			XENMEM.decrease_reservation,
			XENMEM.populate_physmap,
			XENMEM.populate_physmap,
			XENMEM.exchange
		]);
		bench.words(0x200, frame, 5);
		if (op === XENMEM.exchange) bench.words(0x300, 0x200, 1, 0, 0, DOMID_SELF, 0x204, 1, 0, 0, DOMID_SELF, 0);
		else bench.words(0x300, 0x200, 1, 0, 0, DOMID_SELF);
		return doMemoryOp(bench, v, [op, 0x300, 0, 0, 0]);
	}
}

describe('random requests', () => {
	for (const seed of [1, 2, 3, 4]) {
		it(`keep every count right, and leave nothing behind (seed ${seed})`, { timeout: 60_000 }, () => {
			const chaos = new Chaos(new Dice(seed * 0x9e37_79b9));
			const { bench } = chaos;
			const free = bench.heap.available;
			for (let i = 0; i < 2500; i++) {
				chaos.step();
				const problems = bench.audit();
				if (problems.length > 0) throw new Error(`after step ${i}: ${problems.slice(0, 5).join('; ')}`);
				bench.asked.length = 0;
				bench.recorder.events.length = 0;
			}
			const accepted = chaos.results.get(0) ?? 0;
			expect(accepted).toBeGreaterThan(250);
			expect(chaos.results.size).toBeGreaterThan(3);
			expect(free).toBeGreaterThan(0);
			for (const d of chaos.domains) {
				expect(relinquishMemory(bench, d)).toBe(0);
				bench.domains.delete(d.id);
				expect(bench.audit()).toEqual([]);
			}
			expect(bench.heap.available).toBe(new Bench(192).heap.available);
		});
	}

	it('give the same frame table for the same seed', () => {
		const run = (): string => {
			const chaos = new Chaos(new Dice(77));
			for (let i = 0; i < 500; i++) chaos.step();
			return chaos.bench.snapshot();
		};
		expect(run()).toBe(run());
	});

	it('go on the same from a saved state', () => {
		const chaos = new Chaos(new Dice(99));
		for (let i = 0; i < 300; i++) chaos.step();
		const { bench } = chaos;
		const state = structuredClone(saveMemory(bench));
		const before = bench.snapshot();
		for (const frame of bench.frames.owner.keys()) bench.frames.refCount[frame] = 99;
		restoreMemory(bench, state);
		expect(bench.snapshot()).toBe(before);
		expect(bench.audit()).toEqual([]);
	});
});
