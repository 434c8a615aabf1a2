/** Structures that lie in memory at known places, and bytes that were read. */

/** A structure of the public interface where it lies now. */
export interface KnownPlace {
	/** Unique: `dom1/shared_info`. */
	id: string;
	/** For people: `dom1 · shared_info`. */
	label: string;
	/** Name of the layout (src/abi/structs), or `page_table`, `trap_frame`, `tss`, which are not of the ABI. */
	structure: string;
	/** Physical address of its first byte. */
	physical: number;
	/** How many stand one after another. */
	count: number;
}

/** Memory as it was asked for. */
export interface MemoryBytes {
	space: 'linear' | 'physical';
	start: number;
	/** Shorter than asked where mapping or memory ends. */
	bytes: Uint8Array;
	/** Physical address of the first byte, or -1 where nothing is mapped. */
	physical: number;
}
