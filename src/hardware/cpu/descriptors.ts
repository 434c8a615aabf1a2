import type { Cpu } from './cpu';
import {
	ACCESS_BITS,
	BIG,
	isLocal,
	PRESENT,
	SEGMENT,
	selectorError,
	TYPE_ACCESSED,
	TYPE_CODE,
	TYPE_CONFORMING,
	TYPE_RW,
	TYPE_SHIFT,
	tableOffset,
	DPL_SHIFT,
	BASE_HIGH,
	BASE_MIDDLE,
	LIMIT_HIGH,
	PAGES,
	SELECTOR_RPL
} from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';

/** A descriptor as it lies in a table. Every gate that is passed is read by this: it does without the helpers of src/x86. */
export class Descriptor {
	selector = 0;
	/** Linear address of the descriptor. */
	address = 0;
	low = 0;
	high = 0;

	get base(): number {
		return (((this.low >>> 16) | ((this.high & BASE_MIDDLE) << 16)) + (this.high & BASE_HIGH)) >>> 0;
	}
	/** Limit in bytes, granularity applied; unsigned. */
	get limit(): number {
		const raw = (this.low & 0xffff) | (this.high & LIMIT_HIGH);
		return (this.high & PAGES) !== 0 ? ((raw << 12) | 0xfff) >>> 0 : raw;
	}
	get access(): number {
		return this.high & ACCESS_BITS;
	}
	get type(): number {
		return (this.high >>> TYPE_SHIFT) & 15;
	}
	get dpl(): number {
		return (this.high >>> DPL_SHIFT) & 3;
	}
	get present(): boolean {
		return (this.high & PRESENT) !== 0;
	}
	/** D/B: 32-bit. */
	get big(): boolean {
		return (this.high & BIG) !== 0;
	}
	/** A code or data segment, not a system descriptor. */
	get isSegment(): boolean {
		return (this.high & SEGMENT) !== 0;
	}
	get isCode(): boolean {
		return (this.high & CODE) === CODE;
	}
	get isConforming(): boolean {
		return (this.high & CONFORMING) === CONFORMING;
	}
	get isWritableData(): boolean {
		return (this.high & (CODE | WRITABLE)) === (SEGMENT | WRITABLE);
	}
	/** Data, or code that may be read. */
	get isReadable(): boolean {
		return this.isSegment && (this.type & (TYPE_CODE | TYPE_RW)) !== TYPE_CODE;
	}

	/** Target selector of a gate. */
	get gateSelector(): number {
		return this.low >>> 16;
	}
	/** Target offset of a gate; a 16-bit gate has only the low half. */
	gateOffset(wide: boolean): number {
		return wide ? ((this.high & 0xffff_0000) | (this.low & 0xffff)) >>> 0 : this.low & 0xffff;
	}
}

/** What the high word of code, of conforming code, and of what may be written has set. */
const CODE = SEGMENT | (TYPE_CODE << TYPE_SHIFT);
const CONFORMING = CODE | (TYPE_CONFORMING << TYPE_SHIFT);
const WRITABLE = TYPE_RW << TYPE_SHIFT;

/** True for code whose privilege is checked exactly: data and non-conforming code. */
export const isPrivate = (type: number): boolean =>
	(type & (TYPE_CODE | TYPE_CONFORMING)) !== (TYPE_CODE | TYPE_CONFORMING);

/** Reads the descriptor of a selector that is not null. Returns false if it lies outside its table; may throw #PF. */
export function tryDescriptor(cpu: Cpu, selector: number, into: Descriptor): boolean {
	const local = isLocal(selector);
	const table = local ? cpu.ldtr : cpu.gdtr;
	const offset = tableOffset(selector);
	if ((local && !cpu.ldtr.usable) || offset + 7 > table.limit) return false;
	into.selector = selector;
	into.address = (table.base + offset) | 0;
	into.low = cpu.readLinear32(into.address);
	into.high = cpu.readLinear32((into.address + 4) | 0);
	return true;
}

/** Reads a descriptor; outside its table it is a fault of `vector` with the selector as error code. `ext` is 0 or 1. */
export function readDescriptor(
	cpu: Cpu,
	selector: number,
	into: Descriptor,
	vector: number = VECTOR.GP,
	ext = 0
): void {
	if (!tryDescriptor(cpu, selector, into)) throw cpu.fault(vector, selectorError(selector) | ext);
}

/** Sets the accessed bit of a segment in its table, if it is clear (SDM vol. 3, 3.4.5.1). May throw #PF. */
export function markAccessed(cpu: Cpu, d: Descriptor): void {
	const bit = TYPE_ACCESSED << TYPE_SHIFT;
	if ((d.high & bit) !== 0) return;
	cpu.writeLinear32((d.address + 4) | 0, d.high | bit);
	d.high |= bit;
}

/** Fills segment register `index` from a checked descriptor; `rpl` goes to the selector. */
export function commitSegment(cpu: Cpu, index: number, d: Descriptor, rpl = d.selector & SELECTOR_RPL): void {
	cpu.setSegment(index, (d.selector & 0xfffc) | rpl, d.base, d.limit, d.access);
}
