/** The locals of a region's function, in their order: its four parameters first. */
export const LOCAL = {
	/** Number of the entry to go to; 0 where none is asked for. */
	NEXT: 0,
	/** EIP of the page's first byte. */
	PAGE: 1,
	/** Byte of the memory where the front array for data begins that this privilege uses (layout.ts). */
	FRONT: 2,
	/** Instructions that may retire. */
	BUDGET: 3,
	/** General registers, eight from here on. */
	EAX: 4,
	/** The two words of the flags, and what they are (flags.ts). */
	FLAG_A: 12,
	FLAG_B: 13,
	FLAG_KIND: 14,
	/** Which exit it is, while one may be taken. */
	EXIT: 15,
	/** EIP of the next block, where it is left between two. */
	EIP: 16,
	/** Of an access: linear address, slot of the front array, and byte of the memory to be written. */
	LINEAR: 17,
	SLOT: 18,
	WHERE: 19,
	/** Operands and result of an instruction. */
	X: 20,
	Y: 21,
	R: 22,
	/** The budget that is left in the upper half, look-ups that hit in the lower: one addition counts both. */
	COUNTS: 23,
	WIDE: 24,
	QUOTIENT: 25
} as const;
