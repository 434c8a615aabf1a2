/**
 * Xen's own descriptors (SDM vol. 3, 3.4.5 and 6.11). A descriptor's two words:
 *
 *     high  31..24 base  23 G  22 D/B  20 AVL  19..16 limit  15 P  14..13 DPL  12 S  11..8 type  7..0 base
 *     low   31..16 base  15..0 limit
 */
import { SEGMENT_LIMIT_END } from './layout';

export type Descriptor = readonly [low: number, high: number];

/** Access words: bits 23–8 of the high word. */
const PAGES_32BIT = 0x00c0_0000;
const PRESENT = 0x8000;
const CODE = 0x1a00;
const DATA = 0x1200;
export const SYSTEM_LDT = PRESENT | 0x0200;
export const SYSTEM_TSS = PRESENT | 0x0900;
const INTERRUPT_GATE = PRESENT | 0x0e00;
const TRAP_GATE = PRESENT | 0x0f00;

/** A descriptor with this base, limit in the unit that `access` says, and access word. */
export const descriptor = (base: number, limit: number, access: number): Descriptor => [
	((base << 16) | (limit & 0xffff)) >>> 0,
	((base & 0xff00_0000) | ((base >>> 16) & 0xff) | (limit & 0xf_0000) | access) >>> 0
];

/** A flat segment of `dpl` that ends where the hypervisor begins; the whole address space for ring 0. */
const flat = (type: number, dpl: number): Descriptor =>
	descriptor(0, dpl === 0 ? 0xf_ffff : (SEGMENT_LIMIT_END >>> 12) - 1, PAGES_32BIT | PRESENT | type | (dpl << 13));

/** A gate to `offset` in `selector` (SDM vol. 3, 6.11). */
const gate = (selector: number, offset: number, access: number, dpl: number): Descriptor => [
	((selector << 16) | (offset & 0xffff)) >>> 0,
	((offset & 0xffff_0000) | access | (dpl << 13)) >>> 0
];
/** A gate that clears IF on the way in. */
export const interruptGate = (selector: number, offset: number, dpl: number): Descriptor =>
	gate(selector, offset, INTERRUPT_GATE, dpl);
/** A gate that leaves IF as it is. */
export const trapGate = (selector: number, offset: number, dpl: number): Descriptor =>
	gate(selector, offset, TRAP_GATE, dpl);

/**
 * The reserved entries, from FIRST_RESERVED_GDT_ENTRY on (xen/include/public/arch-x86/xen-x86_32.h gives the
 * selectors). TSS and LDT are filled in at boot and at each switch.
 */
export const XEN_DESCRIPTORS: readonly Descriptor[] = [
	[0, 0],
	flat(CODE, 0), // 0xe008 Xen's code
	flat(DATA, 0), // 0xe010 Xen's data
	flat(CODE, 1), // 0xe019 FLAT_RING1_CS
	flat(DATA, 1), // 0xe021 FLAT_RING1_DS, SS
	flat(CODE, 3), // 0xe02b FLAT_RING3_CS
	flat(DATA, 3) // 0xe033 FLAT_RING3_DS, SS
];
