import { assert, PAGE_SHIFT, PAGE_SIZE } from '../base';
import { PROCESSOR_BYTES, RAM_BASE } from './layout';

/**
 * What is special about a frame: bits of `PhysicalMemory.marks`. A frame with any mark has no fast write path, one with
 * `READ` or `WINDOW` no fast read path either; the guest can tell none but `WINDOW`.
 */
export const MARK = {
	/** It holds decoded code. */
	CODE: 1,
	/** It was not written to since its contents were last kept; the first write takes the mark away and lists the frame in `dirty`. */
	CLEAN: 2,
	/** Somebody wants to hear of each write. */
	WRITE: 4,
	/** Somebody wants to hear of each read, too. */
	READ: 8,
	/** A device's memory window lies over it (bus.ts): its RAM cannot be reached until that is gone. */
	WINDOW: 16
} as const;

/** Told of each access that touches a watched frame: before a write, after a read. */
export type Watcher = (pa: number, length: number, write: boolean) => void;

/**
 * The machine's RAM, inside the one WebAssembly.Memory that also holds registers and TLB. Physical
 * addresses are byte offsets from 0. Reads and writes of numbers are those of page walks and native code, which reach RAM alone:
 * beyond its end, and where a device's window lies over it, reads give all ones and writes are lost, as on an open bus. So whoever
 * only looks never touches a device; an access that a device must see goes by the bus. Reads and writes of bytes at once (`bytes`,
 * `copyIn`, `fill`) are the loader's and the snapshots': they reach the RAM beneath a window too.
 *
 * Every write made here is announced when it touches a marked frame.
 */
export class PhysicalMemory {
	/** The memory itself, for compiled code; it never grows. */
	readonly wasm: WebAssembly.Memory;
	/** All of it (layout.ts). */
	readonly buffer: ArrayBuffer;
	readonly i32: Int32Array;
	readonly u16: Uint16Array;
	readonly u8: Uint8Array;
	readonly view: DataView;
	/** RAM alone: physical address 0 is element 0. */
	readonly ram: Uint8Array;
	/** Bytes of RAM, a multiple of 4096. */
	readonly size: number;
	/** Page frames of RAM. */
	readonly frames: number;
	/** Bits of MARK for each frame. */
	readonly marks: Uint8Array;
	/**
	 * A byte for each word of the memory (all of it, so the index is that of `i32`), 1 where RAM was written to since its frame was marked
	 * clean. Whoever writes sets it: `touch`, and the processor's fast paths.
	 */
	readonly written: Uint8Array;
	/** Where these bytes lie in the memory, for compiled code. */
	readonly writtenAt: number;
	/** Frames that lost their CLEAN mark, in the order of their first write. */
	readonly dirty: number[] = [];
	/** Called before a write of `length` bytes that touches a frame with decoded code: the engines', then their blocks'. */
	readonly onCodeWrite: ((pa: number, length: number) => void)[] = [];
	/** Called when a frame gets a mark, or with -1 when many do, so that fast paths to it are closed: one for each processor. */
	readonly onMark: ((pfn: number) => void)[] = [];
	/** Called when windows came over frames of RAM, so that every fast path to them is closed: one for each processor. */
	readonly onWindow: (() => void)[] = [];
	/** Hears of accesses to frames marked WRITE or READ. */
	watcher: Watcher | null = null;
	private readsAnnounced = false;
	/** Frames with the mark WINDOW. */
	private covered = 0;

	/** @param size bytes of RAM; `processors` how many have a page */
	constructor(
		size: number,
		private readonly processors = 1
	) {
		assert(size > 0 && size % PAGE_SIZE === 0 && size <= 0x7000_0000, 'RAM size must be whole pages, below 1.75 GiB', {
			size
		});
		this.writtenAt = RAM_BASE + size + (processors - 1) * PROCESSOR_BYTES;
		const words = (RAM_BASE + size) >>> 2;
		const pages = Math.ceil((this.writtenAt + words) / 0x10000);
		this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages });
		this.buffer = this.wasm.buffer;
		this.i32 = new Int32Array(this.buffer);
		this.u16 = new Uint16Array(this.buffer);
		this.u8 = new Uint8Array(this.buffer);
		this.view = new DataView(this.buffer);
		this.ram = new Uint8Array(this.buffer, RAM_BASE, size);
		this.written = new Uint8Array(this.buffer, this.writtenAt, words);
		this.size = size;
		this.frames = size >>> PAGE_SHIFT;
		this.marks = new Uint8Array(this.frames);
	}

	/** Offset of a processor's page. */
	processorPage(number: number): number {
		assert(number < this.processors, 'a processor without a page', { number });
		return number === 0 ? 0 : RAM_BASE + this.size + (number - 1) * PROCESSOR_BYTES;
	}

	/** Whether an access to `length` bytes, at least 1, reaches RAM alone: none lies beyond its end or under a device's window. */
	holds(pa: number, length: number): boolean {
		if (pa + length > this.size) return false;
		return this.covered === 0 || this.uncovered(pa >>> PAGE_SHIFT, (pa + length - 1) >>> PAGE_SHIFT);
	}

	/** How many of `length` bytes from `pa` on can be reached as RAM, up to the first that cannot. */
	reach(pa: number, length: number): number {
		let reached = 0;
		while (reached < length && this.holds(pa + reached, 1)) reached += PAGE_SIZE - ((pa + reached) % PAGE_SIZE);
		return Math.min(reached, length);
	}

	private uncovered(first: number, last: number): boolean {
		for (let pfn = first; pfn <= last; pfn++) if ((this.marks[pfn] & MARK.WINDOW) !== 0) return false;
		return true;
	}

	/** Unsigned 8-bit read. */
	read8(pa: number): number {
		return this.holds(pa, 1) ? this.ram[pa] : 0xff;
	}

	/** Unsigned 16-bit read, any alignment. */
	read16(pa: number): number {
		return this.holds(pa, 2) ? this.view.getUint16(RAM_BASE + pa, true) : 0xffff;
	}

	/** Unsigned 32-bit read, any alignment. */
	read32(pa: number): number {
		return this.holds(pa, 4) ? this.view.getUint32(RAM_BASE + pa, true) : 0xffff_ffff;
	}

	/** Unsigned 64-bit read, any alignment. */
	read64(pa: number): bigint {
		return this.holds(pa, 8) ? this.view.getBigUint64(RAM_BASE + pa, true) : 0xffff_ffff_ffff_ffffn;
	}

	write8(pa: number, value: number): void {
		if (!this.holds(pa, 1)) return;
		this.touch(pa, 1);
		this.ram[pa] = value;
	}

	write16(pa: number, value: number): void {
		if (!this.holds(pa, 2)) return;
		this.touch(pa, 2);
		this.view.setUint16(RAM_BASE + pa, value, true);
	}

	write32(pa: number, value: number): void {
		if (!this.holds(pa, 4)) return;
		this.touch(pa, 4);
		this.view.setInt32(RAM_BASE + pa, value, true);
	}

	write64(pa: number, value: bigint): void {
		if (!this.holds(pa, 8)) return;
		this.touch(pa, 8);
		this.view.setBigUint64(RAM_BASE + pa, value, true);
	}

	/** A window on RAM, to be read only: writing through it would miss the code check. */
	bytes(pa: number, length: number): Uint8Array {
		assert(pa >= 0 && pa + length <= this.size, 'bytes() beyond RAM', { pa, length });
		return this.ram.subarray(pa, pa + length);
	}

	/** Copies `bytes` to physical address `pa`. */
	copyIn(pa: number, bytes: Uint8Array): void {
		assert(pa >= 0 && pa + bytes.length <= this.size, 'copyIn() beyond RAM', { pa, length: bytes.length });
		this.touch(pa, bytes.length);
		this.ram.set(bytes, pa);
	}

	/** Sets `length` bytes from `pa` to `byte`. */
	fill(pa: number, length: number, byte: number): void {
		assert(pa >= 0 && pa + length <= this.size, 'fill() beyond RAM', { pa, length });
		this.touch(pa, length);
		this.ram.fill(byte, pa, pa + length);
	}

	// --- marks -------------------------------------------------------------------------------------------

	/** Gives a frame a mark, which closes the fast paths to it. */
	mark(pfn: number, bit: number): void {
		if (pfn >= this.frames || (this.marks[pfn] & bit) !== 0) return;
		this.marks[pfn] |= bit;
		for (const hear of this.onMark) hear(pfn);
	}

	/** Takes a mark away. */
	unmark(pfn: number, bit: number): void {
		if (pfn < this.frames) this.marks[pfn] &= ~bit;
	}

	/** Lays a device's window over the frames `first` to `last`, of which some may lie beyond RAM. */
	cover(first: number, last: number): void {
		if (first >= this.frames) return;
		for (let pfn = first; pfn <= last && pfn < this.frames; pfn++) {
			if ((this.marks[pfn] & MARK.WINDOW) === 0) this.covered++;
			this.marks[pfn] |= MARK.WINDOW;
		}
		for (const hear of this.onWindow) hear();
	}

	/** Takes the window from a frame: its RAM is there again, as it was left. No fast path leads there yet. */
	uncover(pfn: number): void {
		if (pfn >= this.frames || (this.marks[pfn] & MARK.WINDOW) === 0) return;
		this.marks[pfn] &= ~MARK.WINDOW;
		this.covered--;
	}

	/** From now on the contents of all frames are known: `dirty` begins anew. */
	markAllClean(): void {
		const { marks } = this;
		for (let pfn = 0; pfn < marks.length; pfn++) marks[pfn] |= MARK.CLEAN;
		this.dirty.length = 0;
		for (const hear of this.onMark) hear(-1);
	}

	/** The contents of the frames in `dirty` are known now; it begins anew. */
	markDirtyClean(): void {
		for (const pfn of this.dirty) {
			this.marks[pfn] |= MARK.CLEAN;
			const first = (RAM_BASE + pfn * PAGE_SIZE) >>> 2;
			this.written.fill(0, first, first + (PAGE_SIZE >>> 2));
		}
		this.dirty.length = 0;
		for (const hear of this.onMark) hear(-1);
	}

	/** Notes a coming write of `length` bytes at `pa`, and announces it to whoever has marked those frames. */
	touch(pa: number, length: number): void {
		const end = (RAM_BASE + pa + length - 1) >>> 2;
		for (let at = (RAM_BASE + pa) >>> 2; at <= end; at++) this.written[at] = 1;
		const last = (pa + length - 1) >>> PAGE_SHIFT;
		for (let pfn = pa >>> PAGE_SHIFT; pfn <= last; pfn++) {
			if (this.marks[pfn] === 0) continue;
			this.announce(pa, length);
			return;
		}
	}

	private announce(pa: number, length: number): void {
		const { marks } = this;
		const last = (pa + length - 1) >>> PAGE_SHIFT;
		let all = 0;
		for (let pfn = pa >>> PAGE_SHIFT; pfn <= last; pfn++) {
			const bits = marks[pfn];
			all |= bits;
			if ((bits & MARK.CLEAN) === 0) continue;
			marks[pfn] = bits & ~MARK.CLEAN;
			this.dirty.push(pfn);
		}
		if ((all & MARK.WRITE) !== 0) this.watcher?.(pa, length, true);
		if ((all & MARK.CODE) !== 0) for (const hear of this.onCodeWrite) hear(pa, length);
	}

	/** Announces a read, after the processor's slow path made it. */
	readTouched(pa: number, length: number): void {
		const last = (pa + length - 1) >>> PAGE_SHIFT;
		for (let pfn = pa >>> PAGE_SHIFT; pfn <= last; pfn++) {
			if ((this.marks[pfn] & MARK.READ) === 0) continue;
			this.watcher?.(pa, length, false);
			return;
		}
	}

	/** Whether reads by page walks, devices and native code are announced too. They cost nothing more while they are not. */
	announceReads(on: boolean): void {
		if (on === this.readsAnnounced) return;
		this.readsAnnounced = on;
		const own = this as unknown as Record<string, unknown>;
		// The last one first: so the engine finds the object as it was before.
		if (!on) for (const [name] of [...READS].reverse()) delete own[name];
		else for (const [name, bytes] of READS) own[name] = this.announced(name, bytes);
	}

	private announced(name: (typeof READS)[number][0], bytes: number): unknown {
		const read = this[name] as (pa: number, length: number) => unknown;
		return (pa: number, length = bytes) => {
			this.readTouched(pa, length);
			return read.call(this, pa, length);
		};
	}
}

/** The ways to read, and how many bytes each takes where it does not say. */
const READS = [
	['read8', 1],
	['read16', 2],
	['read32', 4],
	['read64', 8],
	['bytes', 0]
] as const;
