/** Control registers and IA32_EFER (SDM vol. 3, 2.5 and 2.2.1), with the bits that 32-bit processors have. */
import { namedBits } from './bits';

/**
 *      31  30  29  28..19  18  17  16  15..6  5   4   3   2   1   0
 *      PG  CD  NW          AM      WP         NE  ET  TS  EM  MP  PE
 */
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

/**
 *      21    20    14    13    11    10          9       8    7    6    5    4    3   2    1    0
 *      SMAP  SMEP  SMXE  VMXE  UMIP  OSXMMEXCPT  OSFXSR  PCE  PGE  MCE  PAE  PSE  DE  TSD  PVI  VME
 */
export const CR4 = {
	VME: 1 << 0,
	PVI: 1 << 1,
	TSD: 1 << 2,
	DE: 1 << 3,
	PSE: 1 << 4,
	PAE: 1 << 5,
	MCE: 1 << 6,
	PGE: 1 << 7,
	PCE: 1 << 8,
	OSFXSR: 1 << 9,
	OSXMMEXCPT: 1 << 10,
	UMIP: 1 << 11,
	VMXE: 1 << 13,
	SMXE: 1 << 14,
	SMEP: 1 << 20,
	SMAP: 1 << 21
} as const;

export const CR0_NAMES = namedBits(CR0);
export const CR4_NAMES = namedBits(CR4);

/** IA32_EFER: the no-execute enable, the one bit of it that does something in 32-bit paging. */
export const EFER_NXE = 1 << 11;
