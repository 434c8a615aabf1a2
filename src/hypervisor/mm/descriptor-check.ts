/**
 * Segment descriptors that a guest may have (SDM vol. 3, 3.4.5 and 3.5).
 *
 *     high half                                                        low half
 *     31   24 23 22 21 20  19    16 15 14 13 12 11   8 7       0       31       16 15        0
 *     base    G  DB L  AVL limit    P  DPL   S  type   base            base 15–0   limit 15–0
 *     31–24                19–16                       23–16
 *
 * A call gate has its target offset in 31–16 of the high half and 15–0 of the low half, the target
 * selector in 31–16 of the low half, and a count of parameters in 4–0 of the high half.
 */
import { EINVAL } from '../../abi/errno';
import { FIRST_RESERVED_GDT_ENTRY, FLAT_RING1_CS } from '../../abi/structs/cpu';
import { SEGMENT_LIMIT_END } from '../core/layout';
import type { Mm } from './context';
import { ENTRIES, entryAddress } from './entries';

const PRESENT = 1 << 15;
const DPL = 3 << 13;
const CODE_OR_DATA = 1 << 12;
const TYPE_MASK = 0xf00;
const CALL_GATE = 0xc00;
const CODE = 1 << 11;
const EXPAND_DOWN = 1 << 10;
const PAGES = 1 << 23;
/** Bits 7–5 of a call gate's high half. */
const GATE_RESERVED = 0xe0;
const KERNEL_RING = 1;

/** A descriptor as it may be installed: possibly with its DPL raised and its limit cut. */
export interface Descriptor {
	readonly low: number;
	readonly high: number;
}

/**
 * What becomes of a descriptor that a guest wants.
 * DPL 0 is raised to 1, limits are cut to end below 0xF6800000, a gate's target selector loses ring 0.
 * @returns null when it must not exist: system descriptors other than call gates, gates to reserved
 * selectors, a base in the hypervisor's area, byte-granular limits that reach into it
 */
export function checkDescriptor(mm: Mm, low: number, high: number): Descriptor | null {
	if ((high & PRESENT) === 0) return { low, high };
	// The second half of a 64-bit gate looks so; the processor refuses to load it, so it harms nobody.
	if ((high & (CODE_OR_DATA | TYPE_MASK)) === 0) return { low, high };
	const raised = (high & DPL) < KERNEL_RING << 13 ? (high & ~DPL) | (KERNEL_RING << 13) : high;
	return (raised & CODE_OR_DATA) === 0 ? checkGate(mm, low, raised) : checkSegment(mm, low, raised);
}

function checkGate(mm: Mm, low: number, high: number): Descriptor | null {
	if (!mm.ask('descriptor_kind', (high & TYPE_MASK) === CALL_GATE, low, high)) return null;
	const selector = withoutRing0(low >>> 16);
	if (!mm.ask('gate_target', gateSelectorOkay(selector), selector, FIRST_RESERVED_GDT_ENTRY)) return null;
	if (!mm.ask('gate_reserved_bits', (high & GATE_RESERVED) === 0, low, high)) return null;
	return { low: ((selector << 16) | (low & 0xffff)) >>> 0, high: high >>> 0 };
}

/** A selector with requested privilege 0 gets 1. */
const withoutRing0 = (selector: number): number =>
	(selector & 3) < KERNEL_RING ? (selector & ~3) | KERNEL_RING : selector;

/** Whether a guest's handler or gate may name this code selector: its own GDT entries, its LDT, or Xen's flat ring-1 segment. */
const gateSelectorOkay = (selector: number): boolean =>
	selector >>> 3 < FIRST_RESERVED_GDT_ENTRY || selector === FLAT_RING1_CS || (selector & 4) !== 0;

function checkSegment(mm: Mm, low: number, high: number): Descriptor | null {
	const base = ((high & 0xff00_0000) | ((high & 0xff) << 16) | (low >>> 16)) >>> 0;
	if (!mm.ask('descriptor_base', base < SEGMENT_LIMIT_END - 4096, base, SEGMENT_LIMIT_END)) return null;
	const units = ((high & 0xf_0000) | (low & 0xffff)) + 1;
	const size = (high & PAGES) !== 0 ? units * 4096 : units;
	const end = base + size;
	if ((high & (CODE | EXPAND_DOWN)) === EXPAND_DOWN) {
		// Grows down: everything above the limit is reachable, so the limit must lie past the 4 GiB wrap.
		const reaches = end % 0x1_0000_0000 > base && size < 0x1_0000_0000;
		return reaches ? cutLimit(mm, low, high, 0x1_0000_0000 - (base & ~0xfff)) : { low, high: high >>> 0 };
	}
	return end > SEGMENT_LIMIT_END ? cutLimit(mm, low, high, SEGMENT_LIMIT_END - base) : { low, high: high >>> 0 };
}

/** Sets the limit to `size` bytes; only page-granular limits can be cut without surprise. */
function cutLimit(mm: Mm, low: number, high: number, size: number): Descriptor | null {
	if (!mm.ask('descriptor_limit', (high & PAGES) !== 0, low, high)) return null;
	const limit = Math.floor((size >>> 0) / 4096) - 1;
	return { low: ((low & 0xffff_0000) | (limit & 0xffff)) >>> 0, high: ((high & ~0xf_0000) | (limit & 0xf_0000)) >>> 0 };
}

/** Validates a page of descriptors for a GDT or LDT; raised privileges and cut limits are written into it. */
export function validateDescriptors(mm: Mm, mfn: number): number {
	const { memory } = mm.machine;
	mm.processor.validated(ENTRIES);
	for (let i = 0; i < ENTRIES; i++) {
		const at = entryAddress(mfn, i);
		const low = memory.read32(at);
		const high = memory.read32(at + 4);
		const allowed = checkDescriptor(mm, low, high);
		if (allowed === null) return -EINVAL;
		if (allowed.low !== low || allowed.high !== high) {
			memory.write32(at, allowed.low);
			memory.write32(at + 4, allowed.high);
		}
	}
	return 0;
}
