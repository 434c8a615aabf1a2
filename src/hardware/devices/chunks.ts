/** Bytes of a chunk. */
export const CHUNK = 4096;
const LEAF_SHIFT = 6;
const LEAF = 1 << LEAF_SHIFT;

type Leaf = readonly (Uint8Array | null)[];

/** Chunks by number, 64 in a leaf; leaves without any are left out. Neither a tree that was shared nor a chunk ever changes. */
export type ChunkTree = Readonly<Record<number, Leaf>>;

/**
 * Chunks that differ from what lies beneath. The tree is handed out without a copy: what has been handed out is copied before it is
 * changed, a leaf at a time, so that a hundred trees of one disk cost little more than what was written.
 */
export class Chunks {
	private root: Record<number, Leaf> = {};
	/** Leaves of `root` that nobody else knows; null while `root` itself is known. */
	private own: Set<number> | null = new Set();

	/** The chunk with a number, if there is one. */
	get(number: number): Uint8Array | null {
		return this.root[number >>> LEAF_SHIFT]?.[number & (LEAF - 1)] ?? null;
	}

	/** @param chunk given away: it must not change any more */
	set(number: number, chunk: Uint8Array): void {
		const at = number >>> LEAF_SHIFT;
		if (this.own === null) {
			this.root = { ...this.root };
			this.own = new Set();
		}
		if (!this.own.has(at)) this.root[at] = this.root[at]?.slice() ?? new Array<null>(LEAF).fill(null);
		this.own.add(at);
		(this.root[at] as (Uint8Array | null)[])[number & (LEAF - 1)] = chunk;
	}

	/** What is there now, for others to keep. */
	share(): ChunkTree {
		this.own = null;
		return this.root;
	}

	/** Takes over a tree that was shared. */
	become(tree: ChunkTree): void {
		this.root = tree;
		this.own = null;
	}

	/** All of them by their numbers, ascending. */
	*entries(): Generator<[number: number, chunk: Uint8Array]> {
		for (const [at, leaf] of Object.entries(this.root))
			for (const [n, chunk] of leaf.entries()) if (chunk) yield [Number(at) * LEAF + n, chunk];
	}

	/** How many there are. */
	get count(): number {
		return Object.values(this.root).reduce((sum, leaf) => sum + leaf.filter((chunk) => chunk !== null).length, 0);
	}
}
