/**
 * Selectors and descriptors (SDM vol. 3, 3.4.2, 3.4.5, 3.5 and 6.11).
 *
 *      selector  15..3 index  2 TI: in the LDT  1..0 RPL
 *
 *      segment   high  31..24  23 22  21 20   19..16  15 14..13 12 11..8  7..0
 *                      base    G  D/B -  AVL  limit   P  DPL    S  type   base 23..16
 *                low   31..16  base 15..0     15..0   limit 15..0
 *
 *      gate      high  31..16  offset 31..16  15 P  14..13 DPL  12 S = 0  11..8 type  4..0 words that a call gate copies
 *                low   31..16  selector       15..0 offset 15..0
 */

import { bit, span, type BitField } from './bits';

/** Requested privilege level. */
export const SELECTOR_RPL = 3;
/** The descriptor is one of the LDT. */
export const SELECTOR_LDT = 4;

/** The selector part of an error code: table bit and index, no RPL. */
export const selectorError = (selector: number): number => selector & 0xfffc;
/** True for the null selectors 0..3. */
export const isNull = (selector: number): boolean => (selector & 0xfffc) === 0;
/** Bytes from the start of its table to the descriptor that a selector names. */
export const tableOffset = (selector: number): number => selector & 0xfff8;
/** True where the selector names a descriptor of the LDT. */
export const isLocal = (selector: number): boolean => (selector & SELECTOR_LDT) !== 0;

/** Bits of the high word. */
export const TYPE_SHIFT = 8;
export const SEGMENT_SHIFT = 12;
export const PRESENT_SHIFT = 15;
export const BIG_SHIFT = 22;
export const PAGES_SHIFT = 23;
export const TYPE_MASK = 15 << TYPE_SHIFT;
/** S: code or data, not a system descriptor. */
export const SEGMENT = 1 << SEGMENT_SHIFT;
export const DPL_SHIFT = 13;
export const DPL_MASK = 3 << DPL_SHIFT;
export const PRESENT = 1 << PRESENT_SHIFT;
/** D/B: 32-bit. */
export const BIG = 1 << BIG_SHIFT;
/** G: the limit counts pages. */
export const PAGES = 1 << PAGES_SHIFT;
/** The bits of the high word that say neither base nor limit, but for the one that is reserved. */
export const ACCESS_BITS = 0x00f0_ff00;

/** What LAR gives of the high word (SDM vol. 2, LAR). */
export const LAR_BITS = 0x00ff_ff00;

/** Parts of base and limit in the high word. */
export const BASE_HIGH = 0xff00_0000;
export const BASE_MIDDLE = 0xff;
export const LIMIT_HIGH = 0xf_0000;

/** Type bits of code and data segments (SDM vol. 3, table 3-1). */
export const TYPE_CODE = 8;
export const TYPE_CONFORMING = 4;
export const TYPE_EXPAND_DOWN = 4;
/** Readable for code, writable for data. */
export const TYPE_RW = 2;
export const TYPE_ACCESSED = 1;

/** Types of system descriptors (SDM vol. 3, table 3-2). */
export const SYSTEM = {
	TSS16: 1,
	LDT: 2,
	TSS16_BUSY: 3,
	CALL_GATE16: 4,
	TASK_GATE: 5,
	INTERRUPT_GATE16: 6,
	TRAP_GATE16: 7,
	TSS32: 9,
	TSS32_BUSY: 11,
	CALL_GATE32: 12,
	INTERRUPT_GATE32: 14,
	TRAP_GATE32: 15
} as const;
/** The bit of a TSS's type that makes it busy, and the one that makes a system descriptor a 32-bit one. */
export const TYPE_BUSY = 2;
export const TYPE_WIDE = 8;
/** The bit of a gate's type that makes it a trap gate, which leaves IF as it is. */
export const TYPE_TRAP = 1;
/** Bits 7:5 of a call gate's high word. */
export const CALL_GATE_RESERVED = 0xe0;

/** First byte of a segment, unsigned. */
export const baseOf = (low: number, high: number): number =>
	((low >>> 16) | ((high & BASE_MIDDLE) << 16) | (high & BASE_HIGH)) >>> 0;
/** The 20 bits of a segment's limit, in the unit that G says. */
export const rawLimitOf = (low: number, high: number): number => (low & 0xffff) | (high & LIMIT_HIGH);
/** Limit in bytes, granularity applied; unsigned. */
export const limitOf = (low: number, high: number): number =>
	(high & PAGES) !== 0 ? ((rawLimitOf(low, high) << 12) | 0xfff) >>> 0 : rawLimitOf(low, high);
export const typeOf = (high: number): number => (high >>> TYPE_SHIFT) & 15;
export const dplOf = (high: number): number => (high >>> DPL_SHIFT) & 3;
export const isPresentDescriptor = (high: number): boolean => (high & PRESENT) !== 0;
export const isSegment = (high: number): boolean => (high & SEGMENT) !== 0;
/** Where a gate leads: its offset, of a 16-bit gate only the low half; unsigned. */
export const gateOffsetOf = (low: number, high: number, wide = true): number =>
	wide ? ((high & 0xffff_0000) | (low & 0xffff)) >>> 0 : low & 0xffff;
export const gateSelectorOf = (low: number): number => low >>> 16;

/** The two words of a descriptor, unsigned. */
export type DescriptorWords = readonly [low: number, high: number];

/** A segment or system descriptor: base, limit of 20 bits in the unit that `access` says, and the bits of ACCESS_BITS. */
export const descriptorWords = (base: number, limit: number, access: number): DescriptorWords => [
	((base << 16) | (limit & 0xffff)) >>> 0,
	((base & BASE_HIGH) | ((base >>> 16) & BASE_MIDDLE) | (limit & LIMIT_HIGH) | access) >>> 0
];

/** The same descriptor with another 20-bit limit. */
export const withLimit = (low: number, high: number, limit: number): DescriptorWords => [
	((low & 0xffff_0000) | (limit & 0xffff)) >>> 0,
	((high & ~LIMIT_HIGH) | (limit & LIMIT_HIGH)) >>> 0
];

/** A gate to `offset` in `selector`; `access` is P, DPL, type and, of a call gate, the count. */
export const gateWords = (selector: number, offset: number, access: number): DescriptorWords => [
	((selector << 16) | (offset & 0xffff)) >>> 0,
	((offset & 0xffff_0000) | access) >>> 0
];

/** P, DPL and type: the access bits of a system descriptor or gate. */
export const systemAccess = (type: number, dpl = 0): number => PRESENT | (dpl << DPL_SHIFT) | (type << TYPE_SHIFT);
/** Access bits of a present code or data segment in 32-bit mode whose limit counts pages. */
export const flatAccess = (type: number, dpl = 0): number => systemAccess(type, dpl) | SEGMENT | BIG | PAGES;
/** Types of what kernels call flat segments: code that may be read, data that may be written. */
export const READABLE_CODE = TYPE_CODE | TYPE_RW;
export const WRITABLE_DATA = TYPE_RW;
/** Access bits of such segments of ring 0 once they are loaded, as SYSENTER sets them (SDM vol. 2, SYSENTER). */
export const LOADED_CODE = flatAccess(READABLE_CODE | TYPE_ACCESSED);
export const LOADED_DATA = flatAccess(WRITABLE_DATA | TYPE_ACCESSED);

/** The fields of a segment descriptor, highest first. */
export const SEGMENT_FIELDS: readonly BitField[] = [
	span(63, 56, 'base', 'bits 31–24 of the first byte'),
	bit(55, 'G', 'the limit counts pages of 4 KiB, not bytes'),
	bit(54, 'D/B', '32-bit code, or a 32-bit stack pointer'),
	bit(52, 'AVL', 'for software'),
	span(51, 48, 'limit', 'bits 19–16'),
	bit(47, 'P', 'present: loading it does not fault'),
	span(46, 45, 'DPL', 'the ring that it asks for'),
	bit(44, 'S', 'code or data, not a system descriptor'),
	span(43, 40, 'type', 'code or data and its rights; bit 40: has been loaded'),
	span(39, 32, 'base', 'bits 23–16'),
	span(31, 16, 'base', 'bits 15–0'),
	span(15, 0, 'limit', 'bits 15–0')
];

/** The fields of a gate. */
export const GATE_FIELDS: readonly BitField[] = [
	span(63, 48, 'offset', 'bits 31–16 of the handler'),
	bit(47, 'P', 'present'),
	span(46, 45, 'DPL', 'lowest privilege that may come here by INT n'),
	bit(44, 'S', '0: a system descriptor'),
	span(43, 40, 'type', '14 clears IF on the way in, 15 does not'),
	span(31, 16, 'selector', 'code segment of the handler'),
	span(15, 0, 'offset', 'bits 15–0')
];
