/**
 * The heap of free frames. Deterministic: the lowest free frame is always the next one given out, so
 * that a new domain gets ascending frames and two runs of a scenario get the same ones.
 */
import { assert, Bug, PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import { DOMID_INVALID, DOMID_XEN, type Mm } from './context';
import { FLAG, TYPE } from './frame-table';
import { invalidateM2p } from './m2p';
import { flushStale, stampFrame } from './tlb';

/** Gives frames to domains and to Xen, and takes them back. */
export class FrameHeap {
	/** 1 for each free frame. */
	private readonly isFree: Uint8Array<ArrayBuffer>;
	/** 1 for each frame that has been given back once: others still hold the zeros that RAM has at power-on. */
	private readonly used: Uint8Array<ArrayBuffer>;
	/** No frame below this one is free. */
	private lowest = 0;
	private count = 0;

	constructor(private readonly mm: Mm) {
		this.isFree = new Uint8Array(mm.frames.size);
		this.used = new Uint8Array(mm.frames.size);
	}

	/** Frames that nobody owns. */
	get available(): number {
		return this.count;
	}

	/** Whether frame `mfn` is in the heap. */
	isFreeFrame(mfn: number): boolean {
		return this.isFree[mfn] === 1;
	}

	/** Puts frames `from` to `to` (exclusive) into the heap at boot. */
	add(from: number, to: number): void {
		for (let i = from; i < to; i++) if (this.isFree[i] === 0) this.release(i);
	}

	/** A zeroed frame for the hypervisor itself. Its absence is our bug: domains are refused memory long before. */
	allocate(owner = DOMID_XEN): number {
		const frame = this.take(0);
		if (frame < 0) throw new Bug('out of frames for the hypervisor');
		this.clear(frame);
		return this.own(frame, owner);
	}

	/** Makes a frame all zeros, as it already is while nobody has had it. */
	clear(frame: number): void {
		if (this.used[frame] === 1) this.mm.machine.memory.fill(frame * PAGE_SIZE, PAGE_SIZE, 0);
	}

	/** `count` zeroed frames in a row for the hypervisor; returns the first. */
	allocateRun(count: number): number {
		let start = this.lowest;
		for (let i = start; i - start < count; i++) {
			if (i >= this.isFree.length) throw new Bug('no run of frames for the hypervisor', { count });
			if (this.isFree[i] === 0) start = i + 1;
		}
		for (let i = start; i < start + count; i++) {
			this.withdraw(i);
			this.clear(i);
			this.own(i, DOMID_XEN);
		}
		return start;
	}

	/**
	 * A frame for a domain, counted in its reservation.
	 * @returns its number, or -1 when the domain has all it may have or the heap is empty
	 */
	allocateDomainPage(d: Domain): number | -1 {
		return this.allocateExtent(d, 0);
	}

	/** 2^`order` frames in a row, aligned to their size, for a domain; the first, or -1. */
	allocateExtent(d: Domain, order: number): number | -1 {
		const pages = 1 << order;
		if (
			!this.mm.ask(
				CHECK.reservation_room,
				d.mm.totalPages + pages <= d.mm.maxPages,
				d.mm.totalPages + pages,
				d.mm.maxPages
			)
		)
			return -1;
		const first = this.allocateAnonymous(order);
		if (first < 0) return -1;
		for (let i = 0; i < pages; i++) this.own(first + i, d.id);
		d.mm.totalPages += pages;
		return first;
	}

	/** Withdraws 2^`order` aligned frames without giving them an owner yet; the first, or -1. */
	allocateAnonymous(order: number): number {
		const first = this.take(order);
		this.mm.ask(CHECK.heap_has_frames, first >= 0, 1 << order, this.count);
		return first;
	}

	/** Makes `d` the owner of a withdrawn frame, without touching its reservation's count. */
	assign(mfn: number, d: Domain): number {
		return this.own(mfn, d.id);
	}

	/** Returns a withdrawn frame that never got an owner. */
	giveBack(mfn: number): void {
		this.release(mfn);
	}

	/** Takes back a frame whose last reference is gone. */
	free(frame: number): void {
		const f = this.mm.frames;
		assert(f.typeCount[frame] === 0, 'a typed frame was freed', {
			frame,
			type: f.type[frame],
			count: f.typeCount[frame]
		});
		assert(this.isFree[frame] === 0, 'a frame was freed twice', { frame });
		this.used[frame] = 1;
		const owner = this.mm.domains.get(f.owner[frame]);
		if (owner && !f.has(frame, FLAG.xenHeap)) owner.mm.totalPages--;
		// A living domain clears what it wants kept secret; for a dead one, and for itself, Xen does.
		if (!owner || owner.dying) this.mm.machine.memory.fill(frame * PAGE_SIZE, PAGE_SIZE, 0);
		f.refCount[frame] = 0;
		f.owner[frame] = DOMID_INVALID;
		f.type[frame] = TYPE.none;
		f.flags[frame] = 0;
		invalidateM2p(this.mm, frame);
		stampFrame(this.mm, frame);
		this.release(frame);
	}

	/** Plain data: which frames are free. */
	save(): Uint8Array {
		return this.isFree.slice();
	}

	restore(state: Uint8Array): void {
		this.isFree.set(state);
		this.used.fill(1);
		this.recount();
	}

	/** All that it knows of each frame. */
	get columns(): readonly ArrayBufferView<ArrayBuffer>[] {
		return [this.isFree, this.used];
	}

	/** After the columns were written to. */
	recount(): void {
		const { isFree } = this;
		let count = 0;
		for (let frame = 0; frame < isFree.length; frame++) count += isFree[frame];
		this.count = count;
		this.lowest = 0;
	}

	private own(frame: number, owner: number): number {
		const f = this.mm.frames;
		flushStale(this.mm, frame);
		f.owner[frame] = owner;
		f.type[frame] = TYPE.none;
		f.typeCount[frame] = 0;
		f.refCount[frame] = 1;
		f.linear[frame] = 0;
		f.flags[frame] = FLAG.allocated;
		return frame;
	}

	/** The lowest aligned run of 2^`order` free frames, taken out of the heap, or -1. */
	private take(order: number): number {
		const size = 1 << order;
		const end = this.isFree.length;
		while (this.lowest < end && this.isFree[this.lowest] === 0) this.lowest++;
		for (let start = Math.ceil(this.lowest / size) * size; start + size <= end; start += size) {
			let i = start;
			while (i < start + size && this.isFree[i] === 1) i++;
			if (i < start + size) continue;
			for (i = start; i < start + size; i++) this.withdraw(i);
			return start;
		}
		return -1;
	}

	private withdraw(frame: number): void {
		this.isFree[frame] = 0;
		this.count--;
	}

	private release(frame: number): void {
		this.isFree[frame] = 1;
		this.count++;
		if (frame < this.lowest) this.lowest = frame;
	}
}
