/** Names of the bits in the processor's registers. */

/** EFLAGS (SDM vol. 1, 3.4.3). */
export const EFLAGS = {
	CF: 1 << 0,
	FIXED: 1 << 1,
	PF: 1 << 2,
	AF: 1 << 4,
	ZF: 1 << 6,
	SF: 1 << 7,
	TF: 1 << 8,
	IF: 1 << 9,
	DF: 1 << 10,
	OF: 1 << 11,
	IOPL: 3 << 12,
	NT: 1 << 14,
	RF: 1 << 16,
	VM: 1 << 17,
	AC: 1 << 18,
	VIF: 1 << 19,
	VIP: 1 << 20,
	ID: 1 << 21
} as const;

/** CR0 (SDM vol. 3, 2.5). */
export const CR0 = {
	PE: 1 << 0,
	MP: 1 << 1,
	EM: 1 << 2,
	TS: 1 << 3,
	ET: 1 << 4,
	NE: 1 << 5,
	WP: 1 << 16,
	AM: 1 << 18,
	NW: 1 << 29,
	CD: 1 << 30,
	PG: 1 << 31
} as const;

/** CR4, the bits that this processor has (SDM vol. 3, 2.5). */
export const CR4 = { TSD: 1 << 2, DE: 1 << 3, PSE: 1 << 4, PAE: 1 << 5, PGE: 1 << 7, PCE: 1 << 8 } as const;

/** IA32_EFER: only the no-execute enable. */
export const EFER_NXE = 1 << 11;
