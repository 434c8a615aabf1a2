import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLAT_RING1_DS } from '../../../abi/structs/cpu';
import { MMUEXT, XENMEM } from '../../../abi/structs/mm';
import { VMASST_TYPE_WRITABLE_PAGETABLES } from '../../../abi/structs/xen';
import { emptyRegs, type Domain, type Vcpu } from '../../core/domain';
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

/** What a guest may put in an entry: whose frame, by its place among those that exist or a number of its own, and flag letters. */
interface Entry {
	readonly frame: number;
	readonly stray: boolean;
	readonly flags: string;
}

/** A request as data, so that a failing sequence can be shrunk and read. Frames are places in `Chaos.frames`. */
type Request = { readonly dom: number; readonly frame: number } & (
	| { readonly call: 'mmu_update'; readonly slot: number; readonly command: number; readonly entry: Entry }
	| { readonly call: 'mmuext_op'; readonly command: number; readonly arg1: number; readonly arg2: number }
	| { readonly call: 'update_va_mapping'; readonly page: number; readonly entry: Entry; readonly flush: number }
	| {
			readonly call: 'store';
			readonly page: number;
			readonly slot: number;
			readonly half: number;
			readonly entry: Entry;
	  }
	| { readonly call: 'set_gdt'; readonly second: number; readonly entries: number }
	| { readonly call: 'update_descriptor'; readonly high: number }
	| { readonly call: 'ldt_fault'; readonly page: number }
	| { readonly call: 'memory_op'; readonly command: number }
);

const place = fc.nat(999);
const slot = fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 427, 428, 511);
const entry: fc.Arbitrary<Entry> = fc.record({
	frame: place,
	stray: fc.nat(19).map((die) => die === 19),
	flags: fc.constantFrom('', 'w', 'w', 'u', 'wu', 'wad', 'n', '-', '-', 'g', 's')
});
const COMMANDS = [0, 0, 1, 1, 2, 2, 2, 4, 4, 4, 4, 5, 5, 5, 16, 17, 13];
const RESERVATION = [
	XENMEM.decrease_reservation,
	XENMEM.populate_physmap,
	XENMEM.populate_physmap,
	XENMEM.exchange
] as const;

/** One kind of request, with how often it comes in a hundred. */
const kind = <C extends Request['call']>(
	weight: number,
	call: C,
	fields: { [K in keyof Omit<Extract<Request, { call: C }>, 'call' | 'dom' | 'frame'>]: fc.Arbitrary<unknown> }
): fc.WeightedArbitrary<Request> => ({
	weight,
	arbitrary: fc.record({
		call: fc.constant(call),
		dom: fc.nat(1),
		frame: place,
		...fields
	}) as unknown as fc.Arbitrary<Request>
});

const request = fc.oneof(
	kind(40, 'mmu_update', { slot, command: fc.constantFrom(0, 0, 0, 1, 2, 2), entry }),
	kind(30, 'mmuext_op', { command: fc.constantFrom(...COMMANDS), arg1: fc.nat(7), arg2: fc.nat(1023) }),
	kind(12, 'update_va_mapping', { page: fc.constantFrom(0, 1, 2, 3, 4, 512), entry, flush: fc.nat(2) }),
	kind(6, 'store', { page: fc.nat(5), slot, half: fc.constantFrom(0, 4), entry }),
	kind(4, 'set_gdt', { second: place, entries: fc.nat(1199) }),
	kind(2, 'update_descriptor', { high: fc.constantFrom(0, 0x00cf_9200, 0x0000_8900) }),
	kind(2, 'ldt_fault', { page: fc.nat(7) }),
	kind(4, 'memory_op', { command: fc.constantFrom(...RESERVATION) })
);
const requests = (minLength: number, maxLength = minLength): fc.Arbitrary<Request[]> =>
	fc.noBias(fc.array(request, { minLength, maxLength, size: 'max' }));

/** Two domains that try anything with anything. */
class Chaos {
	readonly bench = new Bench(192);
	readonly domains: Domain[];
	readonly frames: number[];

	constructor() {
		const { bench } = this;
		this.domains = [1, 2].map((id) => bench.addDomain(id, { maxPages: 40 }));
		for (const d of this.domains) {
			bench.draw(d, SMALL);
			bench.draw(
				d,
				'l3 t: 0=a 1=b 3=c\nl2 a: 0=x 1=y\nl2 b: 0=z 1=a\nl2 c: 0=x\nl1 x: 0=p+w 1=q\nl1 y: 0=q+w\nl1 z: 0=x 1=y'
			);
			bench.page(d);
			d.assists = 1 << VMASST_TYPE_WRITABLE_PAGETABLES;
		}
		this.frames = [...bench.frames.owner.keys()].filter((frame) => bench.frames.owner[frame] <= 2);
	}

	/** What the request answers; everything must add up after it. */
	step(asked: Request): number {
		const { bench } = this;
		const v = this.domains[asked.dom].vcpus[0];
		if (bench.pcpu.current !== v) {
			bench.pcpu.current = v;
			switchAddressSpace(bench, v);
		}
		return this.answer(v, asked);
	}

	run(all: readonly Request[]): this {
		for (const one of all) this.step(one);
		return this;
	}

	private frame(at: number): number {
		return this.frames[at % this.frames.length];
	}

	private entry({ frame, stray, flags }: Entry): [number, number] {
		return this.bench.entry(stray ? frame % 200 : this.frame(frame), flags);
	}

	private answer(v: Vcpu, asked: Request): number {
		const { bench } = this;
		const frame = this.frame(asked.frame);
		switch (asked.call) {
			case 'mmu_update':
				bench.words(0x100, (frame << 12) | (asked.slot << 3) | asked.command, 0, ...this.entry(asked.entry));
				return doMmuUpdate(bench, v, 0x100, 1, 0, DOMID_SELF);
			case 'mmuext_op': {
				const [arg1, arg2] =
					asked.command === MMUEXT.SET_LDT ? [asked.arg1 << 12, asked.arg2] : [frame, this.frame(asked.arg2)];
				bench.words(0x100, asked.command, arg1, arg2);
				return doMmuextOp(bench, v, 0x100, 1, 0, DOMID_SELF);
			}
			case 'update_va_mapping':
				return doUpdateVaMapping(bench, v, asked.page << 12, ...this.entry(asked.entry), asked.flush);
			case 'store':
				return this.store(v, (asked.page << 12) | (asked.slot << 3) | asked.half, this.entry(asked.entry)[0]);
			case 'set_gdt':
				bench.words(0x200, frame, this.frame(asked.second));
				return doSetGdt(bench, v, 0x200, asked.entries);
			case 'update_descriptor':
				return doUpdateDescriptor(bench, v, frame << 12, 0, 0, asked.high);
			case 'ldt_fault':
				return handleLdtFault(bench, v, asked.page << 12) ? 0 : -1;
			case 'memory_op':
				return this.reserve(v, asked.command, frame);
		}
	}

	/** mov [address], value: on a page table it faults first. */
	private store(v: Vcpu, address: number, value: number): number {
		const regs = { ...emptyRegs(), cs: 0xe019, ss: FLAT_RING1_DS, eip: 0x8000, ebx: address, eax: value };
		this.bench.scratch.set([0x89, 0x03], 0x8000);
		return tryPageTableWrite(this.bench, v, address, 3, regs) ? 0 : -1;
	}

	private reserve(v: Vcpu, command: number, frame: number): number {
		const { bench } = this;
		bench.words(0x200, frame, 5);
		if (command === XENMEM.exchange) bench.words(0x300, 0x200, 1, 0, 0, DOMID_SELF, 0x204, 1, 0, 0, DOMID_SELF, 0);
		else bench.words(0x300, 0x200, 1, 0, 0, DOMID_SELF);
		return doMemoryOp(bench, v, command, 0x300);
	}
}

/** Runs requests one by one with the auditor behind each, ends both domains, and counts the answers. */
function live(all: readonly Request[], answers: Map<number, number>): void {
	const chaos = new Chaos();
	const { bench } = chaos;
	for (const one of all) {
		const rc = chaos.step(one);
		answers.set(rc, (answers.get(rc) ?? 0) + 1);
		const problems = bench.audit();
		if (problems.length > 0) throw new Error(problems.slice(0, 5).join('; '));
		bench.asked.length = 0;
		bench.recorder.events.length = 0;
	}
	for (const d of chaos.domains) {
		expect(relinquishMemory(bench, d)).toBe(0);
		bench.domains.delete(d.id);
		expect(bench.audit()).toEqual([]);
	}
	expect(bench.heap.available).toBe(new Bench(192).heap.available);
}

describe('random requests', () => {
	for (const seed of [1, 2, 3, 4]) {
		it(`keep every count right, and leave nothing behind (seed ${seed})`, { timeout: 60_000 }, () => {
			const answers = new Map<number, number>();
			const property = fc.property(requests(0, 2500), (all) => live(all, answers));
			fc.assert(property, { seed, numRuns: 2 });
			const asked = [...answers.values()].reduce((sum, count) => sum + count, 0);
			expect(asked).toBeGreaterThan(1000);
			expect(answers.get(0)).toBeGreaterThan(asked / 10);
			expect(answers.size).toBeGreaterThan(3);
		});
	}

	it('give the same frame table every time', () => {
		const property = fc.property(requests(200), (all) => {
			expect(new Chaos().run(all).bench.snapshot()).toBe(new Chaos().run(all).bench.snapshot());
		});
		fc.assert(property, { seed: 77, numRuns: 5 });
	});

	it('go on the same from a saved state', () => {
		const property = fc.property(requests(100), requests(100), (first, then) => {
			const chaos = new Chaos().run(first);
			const { bench } = chaos;
			const state = structuredClone(saveMemory(bench));
			for (const frame of bench.frames.owner.keys()) bench.frames.refCount[frame] = 99;
			restoreMemory(bench, state);
			expect(bench.audit()).toEqual([]);
			expect(chaos.run(then).bench.snapshot()).toBe(new Chaos().run([...first, ...then]).bench.snapshot());
		});
		fc.assert(property, { seed: 99, numRuns: 5 });
	});
});
