import { assert, PAGE_SHIFT, PAGE_SIZE } from '../base';
import { RAM_BASE } from './layout';

/**
 * The machine's RAM, inside the one WebAssembly.Memory that also holds registers and TLB. Physical
 * addresses are byte offsets from 0. Reads beyond the end give all ones, writes there are lost: an open bus.
 *
 * Every write made here is announced when it touches a page that holds decoded code.
 */
export class PhysicalMemory {
	/** The whole WebAssembly.Memory, registers first (layout.ts). */
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
	/** 1 for each frame that holds decoded code. */
	readonly codeFrames: Uint8Array;
	/** Called before a write of `length` bytes that touches a frame with decoded code. */
	onCodeWrite: (pa: number, length: number) => void = () => {};
	/** Called when a frame gets its mark, so that fast write paths to it are closed. */
	onCodeMark: (pfn: number) => void = () => {};

	constructor(size: number) {
		assert(size > 0 && size % PAGE_SIZE === 0 && size <= 0x7000_0000, 'RAM size must be whole pages, below 1.75 GiB', {
			size
		});
		const pages = Math.ceil((RAM_BASE + size) / 0x10000);
		this.buffer = new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
		this.i32 = new Int32Array(this.buffer);
		this.u16 = new Uint16Array(this.buffer);
		this.u8 = new Uint8Array(this.buffer);
		this.view = new DataView(this.buffer);
		this.ram = new Uint8Array(this.buffer, RAM_BASE, size);
		this.size = size;
		this.frames = size >>> PAGE_SHIFT;
		this.codeFrames = new Uint8Array(this.frames);
	}

	/** Unsigned 8-bit read. */
	read8(pa: number): number {
		return pa < this.size ? this.ram[pa] : 0xff;
	}

	/** Unsigned 16-bit read, any alignment. */
	read16(pa: number): number {
		return pa + 1 < this.size ? this.view.getUint16(RAM_BASE + pa, true) : 0xffff;
	}

	/** Unsigned 32-bit read, any alignment. */
	read32(pa: number): number {
		return pa + 3 < this.size ? this.view.getUint32(RAM_BASE + pa, true) : 0xffff_ffff;
	}

	/** Unsigned 64-bit read, any alignment. */
	read64(pa: number): bigint {
		return pa + 7 < this.size ? this.view.getBigUint64(RAM_BASE + pa, true) : 0xffff_ffff_ffff_ffffn;
	}

	write8(pa: number, value: number): void {
		if (pa >= this.size) return;
		this.touch(pa, 1);
		this.ram[pa] = value;
	}

	write16(pa: number, value: number): void {
		if (pa + 1 >= this.size) return;
		this.touch(pa, 2);
		this.view.setUint16(RAM_BASE + pa, value, true);
	}

	write32(pa: number, value: number): void {
		if (pa + 3 >= this.size) return;
		this.touch(pa, 4);
		this.view.setInt32(RAM_BASE + pa, value, true);
	}

	write64(pa: number, value: bigint): void {
		if (pa + 7 >= this.size) return;
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

	/** Marks a frame as holding decoded code: from now on `onCodeWrite` hears of writes to it. */
	markCode(pfn: number): void {
		if (pfn >= this.frames || this.codeFrames[pfn] === 1) return;
		this.codeFrames[pfn] = 1;
		this.onCodeMark(pfn);
	}

	/** Takes the mark away: no decoded code of this frame is left. */
	unmarkCode(pfn: number): void {
		if (pfn < this.frames) this.codeFrames[pfn] = 0;
	}

	/** Announces a coming write of `length` bytes at `pa` to whoever holds decoded code of those frames. */
	touch(pa: number, length: number): void {
		const last = (pa + length - 1) >>> PAGE_SHIFT;
		for (let pfn = pa >>> PAGE_SHIFT; pfn <= last; pfn++) {
			if (this.codeFrames[pfn] === 0) continue;
			this.onCodeWrite(pa, length);
			return;
		}
	}
}
