/**
 * Pieces of 4 KiB, kept in slabs and named by number. Many snapshots name the same piece; a piece that none names any more is
 * found by a sweep and used again.
 */
import { PAGE_SIZE } from '../../../base';

/** Pieces in a slab: 1 MiB of them. */
const SLAB_SHIFT = 8;
const SLAB_MASK = (1 << SLAB_SHIFT) - 1;

/** The piece that holds nothing but zeros. */
export const ZERO_PAGE = 0;

/** Where pieces lie. A piece never changes once it has been put in. */
export class PageStore {
	private readonly slabs: Uint8Array<ArrayBuffer>[] = [];
	private free: number[] = [];
	private next = 0;

	constructor() {
		this.allocate();
	}

	/** Bytes of the pieces in use, those included that a sweep would free. */
	get bytes(): number {
		return (this.next - this.free.length) * PAGE_SIZE;
	}

	private allocate(): number {
		const known = this.free.pop();
		if (known !== undefined) return known;
		if ((this.next & SLAB_MASK) === 0) this.slabs.push(new Uint8Array(PAGE_SIZE << SLAB_SHIFT));
		return this.next++;
	}

	/** Keeps a copy of `length` bytes (at most 4 KiB) of `source` from `at` on; the number of the piece. */
	put(source: Uint8Array, at: number, length = PAGE_SIZE): number {
		const id = this.allocate();
		this.slabs[id >>> SLAB_SHIFT].set(source.subarray(at, at + length), (id & SLAB_MASK) * PAGE_SIZE);
		return id;
	}

	/** The bytes of a piece; not to be written to. */
	get(id: number, length = PAGE_SIZE): Uint8Array<ArrayBuffer> {
		const at = (id & SLAB_MASK) * PAGE_SIZE;
		return this.slabs[id >>> SLAB_SHIFT].subarray(at, at + length);
	}

	/** The same as words, `length` a multiple of 4. */
	words(id: number, length = PAGE_SIZE): Int32Array<ArrayBuffer> {
		return new Int32Array(this.slabs[id >>> SLAB_SHIFT].buffer, (id & SLAB_MASK) * PAGE_SIZE, length >>> 2);
	}

	/** Frees every piece that `name` is not called with. */
	sweep(visit: (name: (id: number) => void) => void): void {
		const named = new Uint8Array(this.next);
		named[ZERO_PAGE] = 1;
		visit((id) => (named[id] = 1));
		this.free = [];
		for (let id = this.next - 1; id >= 0; id--) if (named[id] === 0) this.free.push(id);
	}
}
