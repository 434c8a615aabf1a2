/** Segment descriptors that a guest may have (SDM vol. 3, 3.4.5 and 3.5). */
import { EINVAL } from '../../abi/errno';
import { FIRST_RESERVED_GDT_ENTRY, FLAT_RING1_CS } from '../../abi/structs/cpu';
import { CHECK } from '../../trace/events';
import { SEGMENT_LIMIT_END } from '../core/layout';
import type { Mm } from './context';
import { entryAddress } from './entries';
import { ENTRIES } from '../../x86/paging';
import {
	baseOf,
	CALL_GATE_RESERVED,
	DPL_MASK,
	DPL_SHIFT,
	dplOf,
	gateSelectorOf,
	isLocal,
	PAGES,
	PRESENT,
	rawLimitOf,
	SEGMENT,
	SELECTOR_RPL,
	SYSTEM,
	TYPE_CODE,
	TYPE_EXPAND_DOWN,
	TYPE_MASK,
	TYPE_SHIFT,
	withLimit
} from '../../x86/descriptors';

const CALL_GATE = SYSTEM.CALL_GATE32 << TYPE_SHIFT;
const CODE = TYPE_CODE << TYPE_SHIFT;
const EXPAND_DOWN = TYPE_EXPAND_DOWN << TYPE_SHIFT;
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
	if ((high & (SEGMENT | TYPE_MASK)) === 0) return { low, high };
	const raised = dplOf(high) < KERNEL_RING ? (high & ~DPL_MASK) | (KERNEL_RING << DPL_SHIFT) : high;
	return (raised & SEGMENT) === 0 ? checkGate(mm, low, raised) : checkSegment(mm, low, raised);
}

function checkGate(mm: Mm, low: number, high: number): Descriptor | null {
	if (!mm.ask(CHECK.descriptor_kind, (high & TYPE_MASK) === CALL_GATE, low, high)) return null;
	const selector = withoutRing0(gateSelectorOf(low));
	if (!mm.ask(CHECK.gate_target, gateSelectorOkay(selector), selector, FIRST_RESERVED_GDT_ENTRY)) return null;
	if (!mm.ask(CHECK.gate_reserved_bits, (high & CALL_GATE_RESERVED) === 0, low, high)) return null;
	return { low: ((selector << 16) | (low & 0xffff)) >>> 0, high: high >>> 0 };
}

/** A selector with requested privilege 0 gets 1. */
const withoutRing0 = (selector: number): number =>
	(selector & SELECTOR_RPL) < KERNEL_RING ? (selector & ~SELECTOR_RPL) | KERNEL_RING : selector;

/** Whether a guest's handler or gate may name this code selector: its own GDT entries, its LDT, or Xen's flat ring-1 segment. */
const gateSelectorOkay = (selector: number): boolean =>
	selector >>> 3 < FIRST_RESERVED_GDT_ENTRY || selector === FLAT_RING1_CS || isLocal(selector);

function checkSegment(mm: Mm, low: number, high: number): Descriptor | null {
	const base = baseOf(low, high);
	if (!mm.ask(CHECK.descriptor_base, base < SEGMENT_LIMIT_END - 4096, base, SEGMENT_LIMIT_END)) return null;
	const units = rawLimitOf(low, high) + 1;
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
	if (!mm.ask(CHECK.descriptor_limit, (high & PAGES) !== 0, low, high)) return null;
	const limit = Math.floor((size >>> 0) / 4096) - 1;
	const [cutLow, cutHigh] = withLimit(low, high, limit);
	return { low: cutLow, high: cutHigh };
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
