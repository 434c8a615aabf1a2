/**
 * The frame table: one row for each 4 KiB frame of RAM, as columns of typed arrays. `refCount` and
 * `typeCount` are explained at the head of page-types.ts.
 */
import { assert } from '../../base';
import { CHECK, KIND, word } from '../../trace/events';
import { DOMID_INVALID, DOMID_IO, type Mm } from './context';

/** Numbers of the frame types: indices of FRAME_TYPES. */
export const TYPE = { none: 0, l1: 1, l2: 2, l3: 3, l4: 4, segDesc: 5, writable: 6 } as const;
/** Whether frames of the type are page tables. */
export const isTable = (type: number): boolean => type >= TYPE.l1 && type <= TYPE.l4;

/** Bits of the `flags` column (PGT_* and PGC_* of Xen's asm-x86/mm.h have the same meanings). */
export const FLAG = {
	/** The contents have been checked for the type that the frame has now. */
	validated: 1,
	/** The guest pinned it: one type and one plain reference are held for it. */
	pinned: 2,
	/** The allocator's own reference: cleared when the frame is given back. */
	allocated: 4,
	/** An L2 that serves L3[3] and therefore carries the hypervisor's slots. */
	xenL2: 8,
	/** A page of Xen's that a guest may map: not part of the domain's reservation. */
	xenHeap: 16
} as const;

/** Plain data: copies of the columns. */
export interface FrameTableState {
	owner: Uint16Array;
	type: Uint8Array;
	flags: Uint8Array;
	typeCount: Uint32Array;
	refCount: Uint32Array;
	linear: Int32Array;
	stamp: Float64Array;
}

/** A column a property, a row a frame: `owner[mfn]`, `typeCount[mfn]` and so on. */
export class FrameTable {
	/** The domain that owns each frame; DOMID_INVALID when free, DOMID_XEN and DOMID_IO for those that no domain has. */
	readonly owner: Uint16Array<ArrayBuffer>;
	/** A number of TYPE. Kept after the count fell to zero: then it only tells what the frame was last. */
	readonly type: Uint8Array<ArrayBuffer>;
	readonly flags: Uint8Array<ArrayBuffer>;
	readonly typeCount: Uint32Array<ArrayBuffer>;
	readonly refCount: Uint32Array<ArrayBuffer>;
	/** Above zero: how many other tables map this L2 as if it were an L1. Below: how many it maps so. */
	readonly linear: Int32Array<ArrayBuffer>;
	/** `flushClock` when the frame last lost a type or its owner. */
	readonly stamp: Float64Array<ArrayBuffer>;
	/** Counts TLB flushes: a frame stamped with the present value may still have stale translations. */
	flushClock = 1;

	constructor(
		/** Frames of RAM. */
		readonly size: number
	) {
		this.owner = new Uint16Array(size).fill(DOMID_INVALID);
		this.type = new Uint8Array(size);
		this.flags = new Uint8Array(size);
		this.typeCount = new Uint32Array(size);
		this.refCount = new Uint32Array(size);
		this.linear = new Int32Array(size);
		this.stamp = new Float64Array(size);
	}

	/** All columns. */
	get columns(): readonly ArrayBufferView<ArrayBuffer>[] {
		return [this.owner, this.type, this.flags, this.typeCount, this.refCount, this.linear, this.stamp];
	}

	/** Whether there is RAM at that frame number. */
	exists(mfn: number): boolean {
		return mfn < this.size;
	}

	has(mfn: number, flag: number): boolean {
		return (this.flags[mfn] & flag) !== 0;
	}

	/** A page of a device rather than of RAM: no references are kept for it. */
	isIo(mfn: number): boolean {
		return mfn >= this.size || this.owner[mfn] === DOMID_IO;
	}

	save(): FrameTableState {
		return {
			owner: this.owner.slice(),
			type: this.type.slice(),
			flags: this.flags.slice(),
			typeCount: this.typeCount.slice(),
			refCount: this.refCount.slice(),
			linear: this.linear.slice(),
			stamp: this.stamp.slice()
		};
	}

	restore(state: FrameTableState): void {
		this.owner.set(state.owner);
		this.type.set(state.type);
		this.flags.set(state.flags);
		this.typeCount.set(state.typeCount);
		this.refCount.set(state.refCount);
		this.linear.set(state.linear);
		this.stamp.set(state.stamp);
	}
}

/** Records what a frame is now; `oldType` is the type that it had. */
export function recordFrame(mm: Mm, mfn: number, oldType: number): void {
	const f = mm.frames;
	mm.recorder.record(
		KIND.frame_type,
		word('mfn', mfn),
		word('old_type', oldType),
		word('type', f.type[mfn]),
		word('type_count', f.typeCount[mfn]),
		word('ref_count', f.refCount[mfn]),
		word('owner', f.owner[mfn])
	);
}

/**
 * Takes a plain reference, which keeps the frame from being freed, if `domain` owns it.
 * @returns false, with nothing taken, when there is no such frame or another domain owns it
 */
export function getPage(mm: Mm, mfn: number, domain: number): mfn is number {
	const f = mm.frames;
	const exists = f.exists(mfn);
	if (!mm.ask(CHECK.frame_exists, exists, mfn, f.size)) return false;
	const owned = f.owner[mfn] === domain && f.refCount[mfn] > 0;
	if (!mm.ask(CHECK.frame_owner, owned, mfn, f.owner[mfn])) return false;
	f.refCount[mfn]++;
	return true;
}

/** Drops a plain reference; with the last one the frame goes back to the heap. */
export function putPage(mm: Mm, mfn: number): void {
	const f = mm.frames;
	assert(f.refCount[mfn] > 0, 'reference count below zero', { mfn, owner: f.owner[mfn] });
	if (--f.refCount[mfn] === 0) mm.heap.free(mfn);
}

/** Drops the allocator's own reference, if it is still held: the domain gave the frame up. */
export function putAllocReference(mm: Mm, mfn: number): void {
	if (!mm.frames.has(mfn, FLAG.allocated)) return;
	mm.frames.flags[mfn] &= ~FLAG.allocated;
	putPage(mm, mfn);
}
