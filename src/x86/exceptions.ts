/** The processor's exceptions and their error codes (SDM vol. 3, chapter 6). */

/** Classes that decide between two faults in a row and a double fault (SDM vol. 3, table 6-4). */
export const BENIGN = 0;
export const CONTRIBUTORY = 1;
export const PAGE_FAULT = 2;
export const DOUBLE_FAULT = 3;
export type FaultClass = 0 | 1 | 2 | 3;

/** What is known of an exception by its vector (SDM vol. 3, tables 6-1 and 6-4). */
export interface ExceptionRow {
	readonly vector: number;
	readonly name: string;
	readonly class: FaultClass;
	/** It pushes an error code. */
	readonly error: boolean;
}

const row = <V extends number>(vector: V, name: string, error = false, kind: FaultClass = BENIGN) =>
	({ vector, name, class: kind, error }) as const satisfies ExceptionRow;

/** Every exception, by the letters behind `#` in its mnemonic; NMI has no `#`. */
export const EXCEPTIONS = {
	DE: row(0, 'divide error', false, CONTRIBUTORY),
	DB: row(1, 'debug exception'),
	NMI: row(2, 'non-maskable interrupt'),
	BP: row(3, 'breakpoint'),
	OF: row(4, 'overflow'),
	BR: row(5, 'BOUND range exceeded'),
	UD: row(6, 'invalid opcode'),
	NM: row(7, 'device not available'),
	DF: row(8, 'double fault', true, DOUBLE_FAULT),
	TS: row(10, 'invalid TSS', true, CONTRIBUTORY),
	NP: row(11, 'segment not present', true, CONTRIBUTORY),
	SS: row(12, 'stack-segment fault', true, CONTRIBUTORY),
	GP: row(13, 'general protection', true, CONTRIBUTORY),
	PF: row(14, 'page fault', true, PAGE_FAULT),
	MF: row(16, 'x87 floating-point error'),
	AC: row(17, 'alignment check', true),
	MC: row(18, 'machine check'),
	XM: row(19, 'SIMD floating-point exception')
} as const;
type Mnemonic = keyof typeof EXCEPTIONS;

const MNEMONICS = Object.keys(EXCEPTIONS) as Mnemonic[];

/** Vectors by mnemonic. */
export const VECTOR = Object.fromEntries(MNEMONICS.map((name) => [name, EXCEPTIONS[name].vector])) as {
	readonly [M in Mnemonic]: (typeof EXCEPTIONS)[M]['vector'];
};

/** Vectors below this are the processor's own (SDM vol. 3, 6.2). */
export const FIRST_USER_VECTOR = 32;

const ROWS: readonly (ExceptionRow | undefined)[] = Array.from({ length: FIRST_USER_VECTOR }, (_, vector) =>
	Object.values(EXCEPTIONS).find((each) => each.vector === vector)
);

/** Class of each vector below 32. */
export const FAULT_CLASS: readonly FaultClass[] = ROWS.map((each) => each?.class ?? BENIGN);

/** True for exceptions that push an error code. */
export const pushesError = (vector: number): boolean => vector < FIRST_USER_VECTOR && ROWS[vector]?.error === true;

const written = (name: Mnemonic): string => (name === 'NMI' ? name : `#${name}`);
/** Mnemonics as the SDM writes them, in the order of the vectors. */
export const EXCEPTION_NAMES: readonly string[] = MNEMONICS.map(written);
const NAME_OF: ReadonlyMap<number, string> = new Map(MNEMONICS.map((name) => [VECTOR[name], written(name)]));
/** `#PF` for 14; undefined for a vector that no exception has. */
export const exceptionName = (vector: number): string | undefined => NAME_OF.get(vector);

/** What the processor pushes for every event, above the error code, lowest address first; the last two where the ring changes (SDM vol. 3, figure 6-4). */
export const FRAME_NAMES = ['EIP', 'CS', 'EFLAGS', 'ESP', 'SS'] as const;

/** No error code is pushed for this event. */
export const NO_ERROR = -1;

/**
 * Error code of a page fault (SDM vol. 3, 4.7).
 *
 *      31..5  4    3     2    1    0
 *             I/D  RSVD  U/S  W/R  P
 */
export const PF_PRESENT = 1;
export const PF_WRITE = 2;
export const PF_USER = 4;
export const PF_RESERVED = 8;
export const PF_FETCH = 16;

/**
 * Error code of the exceptions that name a selector or a gate (SDM vol. 3, 6.13).
 *
 *      31..16  15..3  2   1    0
 *              index  TI  IDT  EXT
 */
export const ERROR_EXT = 1;
export const ERROR_IDT = 2;
export const ERROR_LDT = 4;
/** Number of the index's lowest bit. */
export const ERROR_INDEX_SHIFT = 3;

/** The error code names a selector or a gate. */
export const errorNamesSelector = (vector: number): boolean => vector >= VECTOR.TS && vector <= VECTOR.GP;
