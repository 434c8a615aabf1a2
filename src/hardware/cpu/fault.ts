/**
 * Exceptions of the processor (SDM vol. 3, ch. 6). A fault is thrown as the processor's one preallocated `Fault`,
 * before any state has changed, and caught by the engine, which delivers it through the IDT.
 */
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
	MC: 18
} as const;

/** No error code is pushed for this event. */
export const NO_ERROR = -1;

/** Bits of the error code of a page fault (SDM vol. 3, 4.7). */
export const PF_PRESENT = 1;
export const PF_WRITE = 2;
export const PF_USER = 4;
export const PF_RESERVED = 8;
export const PF_FETCH = 16;

/** Bit of a selector error code: it names a gate of the IDT (SDM vol. 3, 6.13). */
export const ERROR_IDT = 2;

/** Classes that decide between two faults in a row and a double fault (SDM vol. 3, table 6-4). */
export const BENIGN = 0;
export const CONTRIBUTORY = 1;
export const PAGE_FAULT = 2;
export const DOUBLE_FAULT = 3;
export type FaultClass = 0 | 1 | 2 | 3;

/** Class of each vector below 32. */
export const FAULT_CLASS: readonly FaultClass[] = Array.from({ length: 32 }, (_, vector): FaultClass => {
	if (vector === VECTOR.PF) return PAGE_FAULT;
	if (vector === VECTOR.DF) return DOUBLE_FAULT;
	return vector === VECTOR.DE || (vector >= VECTOR.TS && vector <= VECTOR.GP) ? CONTRIBUTORY : BENIGN;
});

/** True for exceptions that push an error code. */
export const pushesError = (vector: number): boolean =>
	vector === VECTOR.DF || (vector >= VECTOR.TS && vector <= VECTOR.PF) || vector === VECTOR.AC;

/** What is thrown: not an `Error`, since it is an everyday event and must cost nothing to make. */
export class Fault {
	vector = 0;
	/** Error code to push, or NO_ERROR. */
	error: number = NO_ERROR;
	/** The linear address that failed, for #PF only; CR2 takes it at delivery. */
	address = 0;

	get class(): FaultClass {
		return FAULT_CLASS[this.vector] ?? BENIGN;
	}
}
