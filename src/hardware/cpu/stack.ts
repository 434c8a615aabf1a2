import type { Cpu } from './cpu';
import type { Descriptor } from './descriptors';
import { TYPE_EXPAND_DOWN } from '../../x86/descriptors';
import { CF, PF, AF, ZF, SF, TF, DF, OF, NT, RF, AC, ID, IF, IOPL } from '../../x86/flags';
import { SS } from '../../x86/registers';

/*
 * Frames: what gates push and returns pop. A frame is checked as a whole before a word of it is written, so that a fault leaves
 * nothing behind. A frame does not wrap around the end of its segment: that is a stack fault.
 */

/** A stack to build a frame on: a segment's hidden part and the stack pointer in it. */
export class StackFrame {
	base = 0;
	limit = 0;
	big = true;
	expandDown = false;
	/** Stack pointer, unsigned; 16 bits count unless `big`. */
	sp = 0;
	/** Access rights of the frame's ring for paging. */
	user = false;
	/** Linear address of the frame's lowest byte, once it is reserved. */
	linear = 0;

	/** The stack that the processor uses now. */
	fromCurrent(cpu: Cpu): this {
		const r = cpu.seg[SS];
		this.base = r.base;
		this.limit = r.limit;
		this.big = r.db === 1;
		this.expandDown = (r.type & TYPE_EXPAND_DOWN) !== 0;
		this.sp = cpu.esp;
		this.user = cpu.cpl === 3;
		return this;
	}

	/** A stack that a descriptor describes, for ring `level`. */
	fromDescriptor(d: Descriptor, sp: number, level: number): this {
		this.base = d.base;
		this.limit = d.limit;
		this.big = d.big;
		this.expandDown = (d.type & TYPE_EXPAND_DOWN) !== 0;
		this.sp = sp >>> 0;
		this.user = level === 3;
		return this;
	}

	/**
	 * Makes room for `bytes` below the stack pointer, if the segment and the pages allow writing there: else throws a fault of `vector`
	 * with `error`, or #PF. Afterwards `sp` and `linear` are the frame's lowest byte.
	 */
	reserve(cpu: Cpu, bytes: number, vector: number, error: number): void {
		const top = this.big ? this.sp : this.sp & 0xffff;
		const start = (top - bytes) & (this.big ? -1 : 0xffff);
		const first = start >>> 0;
		const last = first + bytes - 1;
		if (!this.holds(first, last)) throw cpu.fault(vector, error);
		this.linear = (this.base + first) | 0;
		cpu.mmu.checkRange(this.linear, bytes, true, this.user);
		this.sp = this.big ? first : ((this.sp & 0xffff_0000) | first) >>> 0;
	}

	private holds(first: number, last: number): boolean {
		if (!this.expandDown) return last <= this.limit;
		return first > this.limit && last <= (this.big ? 0xffff_ffff : 0xffff);
	}

	/** Writes slot `index` (0 is the lowest) of a reserved frame of 4- or 2-byte words. */
	put(cpu: Cpu, wide: boolean, index: number, value: number): void {
		const at = this.linear + index * (wide ? 4 : 2);
		if (!wide) cpu.writeAt(at | 0, value & 0xffff, 2, this.user);
		else if (this.user) cpu.writeAt(at | 0, value, 4, true);
		else cpu.writeLinear32(at | 0, value);
	}
}

/** Reads slot `index` above the top of the current stack, in words of 4 or 2 bytes; 4-byte words as int32. */
export const peek = (cpu: Cpu, wide: boolean, index: number): number =>
	wide ? cpu.peek32(index * 4) : cpu.peek16(index * 2);

/** EFLAGS bits that only privilege can change (SDM vol. 2, IRET and POPF). */
export function changeableFlags(cpu: Cpu, wide: boolean): number {
	const always = CF | PF | AF | ZF | SF | TF | DF | OF | NT | (wide ? RF | AC | ID : 0);
	return always | (cpu.cpl <= cpu.iopl ? IF : 0) | (cpu.cpl === 0 ? IOPL : 0);
}
