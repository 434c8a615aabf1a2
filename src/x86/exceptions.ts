/** The processor's exceptions and their error codes (SDM vol. 3, chapter 6). */

/** Classes that decide between two faults in a row and a double fault (SDM vol. 3, table 6-4). */
export const BENIGN = 0;
export const CONTRIBUTORY = 1;
export const PAGE_FAULT = 2;
export const DOUBLE_FAULT = 3;
export type FaultClass = 0 | 1 | 2 | 3;

/** Vectors by the letters behind `#` in the mnemonic; NMI has no `#`. */
export const VECTOR = {
	DE: 0,
	DB: 1,
	NMI: 2,
	BP: 3,
	OF: 4,
	BR: 5,
	UD: 6,
	NM: 7,
	DF: 8,
	TS: 10,
	NP: 11,
	SS: 12,
	GP: 13,
	PF: 14,
	MF: 16,
	AC: 17,
	MC: 18,
	XM: 19
} as const;
type Mnemonic = keyof typeof VECTOR;

/** What is known of an exception by its vector (SDM vol. 3, tables 6-1 and 6-4). */
export interface ExceptionRow {
	readonly vector: number;
	readonly name: string;
	readonly class: FaultClass;
	/** It pushes an error code. */
	readonly error: boolean;
}

const row = (vector: number, name: string, error = false, kind: FaultClass = BENIGN): ExceptionRow => ({
	vector,
	name,
	class: kind,
	error
});

/** What is known of every exception. */
export const EXCEPTIONS: Readonly<Record<Mnemonic, ExceptionRow>> = {
	DE: row(VECTOR.DE, 'divide error', false, CONTRIBUTORY),
	DB: row(VECTOR.DB, 'debug exception'),
	NMI: row(VECTOR.NMI, 'non-maskable interrupt'),
	BP: row(VECTOR.BP, 'breakpoint'),
	OF: row(VECTOR.OF, 'overflow'),
	BR: row(VECTOR.BR, 'BOUND range exceeded'),
	UD: row(VECTOR.UD, 'invalid opcode'),
	NM: row(VECTOR.NM, 'device not available'),
	DF: row(VECTOR.DF, 'double fault', true, DOUBLE_FAULT),
	TS: row(VECTOR.TS, 'invalid TSS', true, CONTRIBUTORY),
	NP: row(VECTOR.NP, 'segment not present', true, CONTRIBUTORY),
	SS: row(VECTOR.SS, 'stack-segment fault', true, CONTRIBUTORY),
	GP: row(VECTOR.GP, 'general protection', true, CONTRIBUTORY),
	PF: row(VECTOR.PF, 'page fault', true, PAGE_FAULT),
	MF: row(VECTOR.MF, 'x87 floating-point error'),
	AC: row(VECTOR.AC, 'alignment check', true),
	MC: row(VECTOR.MC, 'machine check'),
	XM: row(VECTOR.XM, 'SIMD floating-point exception')
};

const MNEMONICS = Object.keys(EXCEPTIONS) as Mnemonic[];

/** Vectors below this are the processor's own (SDM vol. 3, 6.2). */
export const FIRST_USER_VECTOR = 32;
/** How many there are. */
export const VECTORS = 256;

const ROWS: readonly (ExceptionRow | undefined)[] = Array.from({ length: FIRST_USER_VECTOR }, (_, vector) =>
	Object.values(EXCEPTIONS).find((each) => each.vector === vector)
);

/** Class of each vector below 32. */
export const FAULT_CLASS: readonly FaultClass[] = ROWS.map((each) => each?.class ?? BENIGN);

/** By vector: 1 for exceptions that push an error code. Every entry into the hypervisor asks. */
const PUSHES_ERROR = Uint8Array.from({ length: VECTORS }, (_, vector) => (ROWS[vector]?.error === true ? 1 : 0));

/** True for exceptions that push an error code. */
export const pushesError = (vector: number): boolean => PUSHES_ERROR[vector] === 1;

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
