/** The locals of a region's function, in their order: its parameters first. */
export const PARAMETERS = 7;
export const LOCAL = {
	/** Number of the entry to go to; 0 where none is asked for. */
	NEXT: 0,
	/** EIP of the first byte of the page where the run is, and the place of that page in the region, in bytes. */
	PAGE: 1,
	HERE: 2,
	/** Bytes of the memory where the front arrays begin that this privilege uses, for data and for code (layout.ts). */
	FRONT: 3,
	CODE: 4,
	/** Other pages may be gone to whose first byte has an EIP below this. */
	MOST: 5,
	/** Instructions that may retire. */
	BUDGET: 6,
	/** General registers, eight from here on. */
	EAX: 7,
	/** The two words of the flags, and what they are (flags.ts). */
	FLAG_A: 15,
	FLAG_B: 16,
	FLAG_KIND: 17,
	/** Which exit it is, while one may be taken. */
	EXIT: 18,
	/** EIP of the next block, where it is left between two. */
	EIP: 19,
	/** Of an access: linear address, slot of the front array, and byte of the memory to be written. */
	LINEAR: 20,
	SLOT: 21,
	WHERE: 22,
	/** Operands and result of an instruction. */
	X: 23,
	Y: 24,
	R: 25,
	/** The budget that is left in the upper half, look-ups that hit in the lower: one addition counts both. */
	COUNTS: 26,
	WIDE: 27,
	QUOTIENT: 28
} as const;
