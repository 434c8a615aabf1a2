import type { Cpu } from './cpu';
import { VECTOR } from './fault';
import { ACCESS_BITS, TYPE_ACCESSED, TYPE_CODE, TYPE_CONFORMING, TYPE_RW } from './segment-register';

/** The selector part of an error code: table bit and index, no RPL. */
export const selectorError = (selector: number): number => selector & 0xfffc;

/** True for the null selectors 0..3. */
export const isNull = (selector: number): boolean => (selector & 0xfffc) === 0;

/**
 * A segment descriptor as it lies in a table (SDM vol. 3, 3.4.5):
 *
 *      high  31..24  23 22  21 20   19..16  15 14..13 12 11..8  7..0
 *            base    G  D/B -  AVL  limit   P  DPL    S  type   base 23..16
 *      low   31..16  base 15..0     15..0   limit 15..0
 */
export class Descriptor {
	selector = 0;
	/** Linear address of the descriptor. */
	address = 0;
	low = 0;
	high = 0;

	get base(): number {
		return (((this.low >>> 16) | ((this.high & 0xff) << 16)) + (this.high & 0xff00_0000)) >>> 0;
	}
	/** Limit in bytes, granularity applied; unsigned. */
	get limit(): number {
		const raw = (this.low & 0xffff) | (this.high & 0xf_0000);
		return (this.high & 0x80_0000) !== 0 ? ((raw << 12) | 0xfff) >>> 0 : raw;
	}
	get access(): number {
		return this.high & ACCESS_BITS;
	}
	get type(): number {
		return (this.high >>> 8) & 15;
	}
	get dpl(): number {
		return (this.high >>> 13) & 3;
	}
	get present(): boolean {
		return (this.high & 0x8000) !== 0;
	}
	/** D/B: 32-bit. */
	get big(): boolean {
		return (this.high & 0x40_0000) !== 0;
	}
	/** A code or data segment, not a system descriptor. */
	get isSegment(): boolean {
		return (this.high & 0x1000) !== 0;
	}
	get isCode(): boolean {
		return (this.high & 0x1800) === 0x1800;
	}
	get isConforming(): boolean {
		return (this.high & 0x1c00) === 0x1c00;
	}
	get isWritableData(): boolean {
		return (this.high & 0x1a00) === 0x1200;
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

/** True for code whose privilege is checked exactly: data and non-conforming code. */
export const isPrivate = (type: number): boolean =>
	(type & (TYPE_CODE | TYPE_CONFORMING)) !== (TYPE_CODE | TYPE_CONFORMING);

/** Reads the descriptor of a selector that is not null. Returns false if it lies outside its table; may throw #PF. */
export function tryDescriptor(cpu: Cpu, selector: number, into: Descriptor): boolean {
	const local = (selector & 4) !== 0;
	const table = local ? cpu.ldtr : cpu.gdtr;
	const offset = selector & 0xfff8;
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
	const bit = TYPE_ACCESSED << 8;
	if ((d.high & bit) !== 0) return;
	cpu.writeLinear32((d.address + 4) | 0, d.high | bit);
	d.high |= bit;
}

/** Fills segment register `index` from a checked descriptor; `rpl` goes to the selector. */
export function commitSegment(cpu: Cpu, index: number, d: Descriptor, rpl = d.selector & 3): void {
	cpu.setSegment(index, (d.selector & 0xfffc) | rpl, d.base, d.limit, d.access);
}
