/**
 * The compiled regions of a processor: which blocks are hot, what is compiled and when, what is dropped, and the way in and out.
 *
 * None of that can be seen from inside: a region does what the interpreter would, and stops where it must, so when one is made and how long it is
 * kept changes the time on the wall alone.
 */
import { compile } from './compile';
import { regionOf, type Node } from './region';
import { Segments } from './segments';
import type { Exit, LeaveReason } from './translator';
import type { Block, BlockCache, Compiled } from '../blocks';
import type { Guard } from '../guard';
import { PROGRESS, type Op } from '../interpreter/op';
import type { Place } from '../place';
import type { Cpu } from '../../cpu/cpu';
import { COUNTS_INDEX, EIP_INDEX, FLAGS_INDEX, HITS_INDEX } from '../../layout';
import { AC } from '../../../x86/flags';
import { CS } from '../../../x86/registers';

/** When to compile, and how much to keep. Tests are impatient. */
export interface Policy {
	/** A block is hot when the fast path has come to it so often; the blocks of its page that are nearly as hot are compiled with it. */
	readonly hot: number;
	readonly warm: number;
	/** A region is made anew, from what is hot by then; each time twice as much heat is asked for, up to so many times. */
	readonly doublings: number;
	/** After a compilation none for so many instructions, for each one that was translated: so a run is not held up where much becomes hot at once. */
	readonly pause: number;
	/** Most frames that have a region at a time; the one that was not entered for the longest goes first. */
	readonly most: number;
	/** An entry rests when so many visits were no longer than so many instructions each: for so many visits, and twice as many each time. */
	readonly visits: number;
	readonly worth: number;
	readonly rest: number;
	/** Two regions become one when the run has gone so often from one to the other, twice as often each time; of so many frames at most. */
	readonly passages: number;
	readonly frames: number;
}

const USUAL: Policy = {
	hot: 400,
	warm: 16,
	doublings: 10,
	pause: 50,
	most: 512,
	visits: 256,
	worth: 6,
	rest: 2048,
	passages: 256,
	frames: 8
};
/** Most times that a rest is doubled. */
const LONGEST_REST = 10;

/** The heat of a block that is not worth asking about again. */
const NEVER = -(2 ** 30);

type Run = (
	entry: number,
	page: number,
	here: number,
	front: number,
	code: number,
	most: number,
	budget: number
) => number;

/** What happened to regions so far. */
export interface RegionCounters {
	compiled: number;
	/** Bytes of all modules that were made. */
	bytes: number;
	/** Dropped: code was written to, or room was needed. */
	dropped: number;
	evicted: number;
	entered: number;
	/** Instructions that retired in regions. */
	instructions: number;
	/** Entries that did not pay, and were left alone for a while. */
	rested: number;
	left: Record<LeaveReason, number>;
}

class Region implements Compiled {
	/** By entry: visits, and instructions of them. */
	readonly visits: Int32Array;
	readonly retired: Float64Array;
	/** Visits up to the end of a rest, and how many rests there were. */
	readonly waits: Int32Array;
	readonly rests: Uint8Array;
	/** The value of `Regions.clock` when it was entered last. */
	last = 0;
	/** How often the run came to it from another one. */
	passages = 0;

	constructor(
		readonly run: Run,
		/** The processor whose registers it keeps; blocks are everybody's. */
		readonly cpu: Cpu,
		/** Of its pages. */
		readonly frames: readonly number[],
		readonly exits: readonly Exit<Node>[],
		readonly nodes: readonly Node[],
		readonly segments: Segments,
		readonly instructions: number,
		entries: number,
		/** One of its blocks was written to, or is decoded no more. */
		readonly drop: () => void
	) {
		this.visits = new Int32Array(entries + 1);
		this.retired = new Float64Array(entries + 1);
		this.waits = new Int32Array(entries + 1);
		this.rests = new Uint8Array(entries + 1);
	}
}

export class Regions {
	readonly counters: RegionCounters = {
		compiled: 0,
		bytes: 0,
		dropped: 0,
		evicted: 0,
		entered: 0,
		instructions: 0,
		rested: 0,
		left: { access: 0, operation: 0, budget: 0, elsewhere: 0 }
	};
	policy = USUAL;
	/** After `enter`: the operation with which the interpreter goes on within the place's block; null between two blocks. */
	next: Op | null = null;
	/** By frame. */
	private readonly regions = new Map<number, Region>();
	/** How often a frame was compiled. */
	private readonly made = new Map<number, number>();
	private clock = 0;
	/** The region that was last left between two blocks. */
	private before: Region | null = null;
	/** The values of icount between which nothing is compiled. */
	private pausedAt = 0;
	private pausedUntil = 0;

	constructor(
		private readonly cpu: Cpu,
		private readonly place: Place,
		private readonly cache: BlockCache
	) {}

	/**
	 * Goes through compiled code from the beginning of the place's block, if there is any. False where nothing was done; else the place is
	 * where the run left it, within a block or between two, and `next` says which.
	 */
	enter(block: Block, guard: Guard | null): boolean {
		const { cpu, place } = this;
		const region = block.compiled as Region | null;
		if (region === null) {
			return ++block.heat < this.policy.hot ? false : this.warm(block);
		}
		if (region.cpu !== this.cpu) return false;
		if (block.entry <= 0) return this.wait(region, block);
		const budget = place.room - place.pending - region.instructions;
		if (budget < 0) return false;
		const { s } = cpu;
		const { limit } = cpu.seg[CS];
		const page = place.start - (block.physical & 0xfff);
		if ((page >>> 0) + 0x1000 > limit || !cpu.stack32 || (s[FLAGS_INDEX] & AC) !== 0) return false;
		if (guard !== null && guard.concerns((cpu.seg[CS].base + page) >>> 0, 0x1000)) return false;
		if (!region.segments.hold(cpu)) return this.remake(region, block);
		// A debugger that waits somewhere is asked about each page.
		this.visit(region, block, page, guard === null ? limit - 0xfff : 0, budget);
		return true;
	}

	private visit(region: Region, block: Block, page: number, most: number, budget: number): void {
		const { cpu, place, counters } = this;
		const { s } = cpu;
		const { entry } = block;
		const here = region.frames.indexOf(block.physical >>> 12) << 12;
		const [front, code] = [s.byteOffset + (cpu.front << 2), s.byteOffset + (cpu.frontCode << 2)];
		const exit = region.run(entry, page, here, front, code, most, budget);
		const retired = budget - s[COUNTS_INDEX + 1];
		s[HITS_INDEX] += s[COUNTS_INDEX];
		place.pending += retired;
		counters.entered++;
		counters.instructions += retired;
		region.last = ++this.clock;
		if (exit < 0) this.leftBetween(block, s[COUNTS_INDEX + 1] < 0);
		else this.leftWithin(region.exits[exit]);
		this.weigh(region, block, retired);
		const { before } = this;
		this.before = exit < 0 ? region : null;
		if (before !== null && before !== region) this.pass(before, region);
	}

	/** Between two blocks: the look-up of the next one has been counted, and is the interpreter's to count. */
	private leftBetween(block: Block, budget: boolean): void {
		const { cpu, place, counters } = this;
		cpu.s[HITS_INDEX]--;
		counters.left[budget ? 'budget' : 'elsewhere']++;
		place.counted = block.count;
		this.next = null;
	}

	private leftWithin({ block: { block }, at, hits, reason }: Exit<Node>): void {
		const { cpu, place, counters } = this;
		const { s } = cpu;
		s[HITS_INDEX] += hits;
		counters.left[reason]++;
		counters.instructions += at;
		place.block = block;
		place.start = s[EIP_INDEX] += block.physical & 0xfff;
		place.counted = 0;
		s[PROGRESS] = at;
		this.next = block.ops[at];
	}

	/** A block that is no entry, which it becomes where one comes to it often; or one that rests: what made its visits short may be over. */
	private wait(region: Region, block: Block): false {
		const entry = -block.entry;
		if (entry === 0) return ++block.heat < this.policy.hot ? false : this.warm(block);
		if (--region.waits[entry] === 0) block.entry = entry;
		return false;
	}

	/** Lets an entry rest that costs more than it saves. */
	private weigh(region: Region, block: Block, retired: number): void {
		const { visits, retired: sums } = region;
		const { entry } = block;
		const { policy } = this;
		sums[entry] += retired;
		if (++visits[entry] < policy.visits) return;
		if (sums[entry] < policy.visits * policy.worth) {
			block.entry = -entry;
			region.waits[entry] = policy.rest << Math.min(region.rests[entry]++, LONGEST_REST);
			this.counters.rested++;
		}
		visits[entry] = sums[entry] = 0;
	}

	// --- making and dropping -----------------------------------------------------------------------------------

	/** A block is hot that is in no region, or can not be entered there. */
	private warm(block: Block): false {
		const { cpu, policy } = this;
		const pfn = block.physical >>> 12;
		const times = this.made.get(pfn) ?? 0;
		if (block.heat < policy.hot << Math.min(times, policy.doublings)) return false;
		if (!block.code32 || block.second >= 0 || block.physical >= cpu.memory.size) {
			block.heat = NEVER;
			return false;
		}
		this.renew(this.regions.get(pfn)?.frames ?? [pfn]);
		return false;
	}

	/** The run went from one region to another: where it does so often, they become one. */
	private pass(from: Region, to: Region): void {
		const { policy, regions } = this;
		const times = Math.max(...to.frames.map((pfn) => this.made.get(pfn) ?? 0));
		if (++to.passages < policy.passages << Math.min(times, policy.doublings)) return;
		to.passages = 0;
		const both = [from, to].every((region) => regions.get(region.frames[0]) === region);
		const frames = [...from.frames, ...to.frames];
		if (both && frames.length <= policy.frames) this.renew(frames);
	}

	/** Compiles the hot blocks of some frames, all frames of a region if one is, unless something was compiled just now. */
	private renew(frames: readonly number[]): void {
		const { cpu, place, policy, regions, made } = this;
		const now = cpu.icount + place.pending;
		// A run that went back has its time again.
		if (now < this.pausedUntil && now >= this.pausedAt) return;
		for (const pfn of frames) {
			made.set(pfn, (made.get(pfn) ?? 0) + 1);
			const old = regions.get(pfn);
			if (old !== undefined) this.remove(old);
		}
		this.pausedAt = now;
		this.pausedUntil = now + policy.pause * this.make(frames);
	}

	/** @returns how many instructions were compiled */
	private make(frames: readonly number[]): number {
		const { cpu, cache, counters, policy } = this;
		const { memory, s } = cpu;
		const blocks = frames
			.flatMap((pfn) => cache.inFrame(pfn))
			.filter(({ heat, second }) => heat >= policy.warm && second < 0);
		const nodes = regionOf(memory, frames, blocks);
		const taken = new Set(nodes.map(({ block }) => block));
		// What is left out, since its first instruction is the interpreter's, need not become hot again.
		for (const block of blocks) if (!taken.has(block)) block.heat = NEVER;
		if (nodes.length === 0) return 0;
		for (const node of nodes) if (node.block.heat >= policy.hot) node.entered = true;
		if (!nodes.some(({ entered }) => entered)) return 0;
		const segments = new Segments(s);
		const places = { page: s.byteOffset, writtenAt: memory.writtenAt, pages: memory.buffer.byteLength >>> 16 };
		const { bytes, exits, entries } = compile(nodes, frames, segments, places);
		const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { m: { m: memory.wasm } });
		const run = instance.exports.run as Run;
		const instructions = nodes.reduce((sum, { block }) => sum + block.count, 0);
		const region: Region = new Region(run, cpu, frames, exits, nodes, segments, instructions, entries.length, () => {
			this.remove(region);
			counters.dropped++;
		});
		region.last = ++this.clock;
		for (const { block } of nodes) block.compiled = region;
		entries.forEach(({ block }, index) => (block.entry = index + 1));
		for (const pfn of frames) this.regions.set(pfn, region);
		counters.compiled++;
		counters.bytes += bytes.length;
		if (this.regions.size > policy.most) this.evict();
		return instructions;
	}

	/** Segments are others than those that it was made for. */
	private remake(region: Region, block: Block): false {
		if (++block.heat < 2 * this.policy.hot) return false;
		block.heat = this.policy.hot;
		region.drop();
		return false;
	}

	/** Forgets a region: its blocks may become hot anew. */
	private remove(region: Region): void {
		for (const { block } of region.nodes) {
			if (block.compiled !== region) continue;
			block.compiled = null;
			block.entry = 0;
		}
		for (const pfn of region.frames) if (this.regions.get(pfn) === region) this.regions.delete(pfn);
	}

	private evict(): void {
		let oldest: Region | null = null;
		for (const each of this.regions.values()) if (oldest === null || each.last < oldest.last) oldest = each;
		if (oldest === null) return;
		this.remove(oldest);
		this.counters.evicted++;
	}
}
