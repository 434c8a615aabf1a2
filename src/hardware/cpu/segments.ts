import type { Cpu } from './cpu';
import { commitSegment, type Descriptor, isPrivate, markAccessed, readDescriptor, tryDescriptor } from './descriptors';
import { isNull, selectorError, SYSTEM, LAR_BITS, SELECTOR_RPL } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { DS, ES, FS, GS, SS } from '../../x86/registers';

/*
 * Loading data segment registers, and the instructions that only ask about a selector (SDM vol. 3, 5.4 to 5.6 and 5.10).
 */

/** MOV, POP or LxS to a segment register other than CS, with all checks (SDM vol. 2, MOV). */
export function loadSegment(cpu: Cpu, index: number, selector: number): void {
	const d = cpu.scratch.segment;
	const sel = selector & 0xffff;
	if (index === SS) return loadStackSegment(cpu, sel);
	if (isNull(sel)) {
		cpu.seg[index].clear(sel);
		cpu.segmentChanged(index);
		return;
	}
	readDescriptor(cpu, sel, d);
	if (!d.isReadable) throw cpu.fault(VECTOR.GP, selectorError(sel));
	if (isPrivate(d.type) && ((sel & SELECTOR_RPL) > d.dpl || cpu.cpl > d.dpl))
		throw cpu.fault(VECTOR.GP, selectorError(sel));
	if (!d.present) throw cpu.fault(VECTOR.NP, selectorError(sel));
	markAccessed(cpu, d);
	commitSegment(cpu, index, d);
}

function loadStackSegment(cpu: Cpu, sel: number): void {
	const d = cpu.scratch.segment;
	if (isNull(sel)) throw cpu.fault(VECTOR.GP, 0);
	readDescriptor(cpu, sel, d);
	if ((sel & SELECTOR_RPL) !== cpu.cpl || !d.isWritableData || d.dpl !== cpu.cpl)
		throw cpu.fault(VECTOR.GP, selectorError(sel));
	if (!d.present) throw cpu.fault(VECTOR.SS, selectorError(sel));
	markAccessed(cpu, d);
	commitSegment(cpu, SS, d);
}

/**
 * Checks a stack segment for a switch to `level`, as gates and far returns do; `d` receives it. A bad one is a fault of
 * `vector`: #TS when the selector came from a TSS, #GP when it came from a stack. `ext` is 0 or 1.
 */
export function checkNewStack(
	cpu: Cpu,
	selector: number,
	level: number,
	into: Descriptor,
	vector: number,
	ext = 0
): void {
	if (isNull(selector)) throw cpu.fault(vector, ext);
	readDescriptor(cpu, selector, into, vector, ext);
	if ((selector & SELECTOR_RPL) !== level || into.dpl !== level || !into.isWritableData) {
		throw cpu.fault(vector, selectorError(selector) | ext);
	}
	if (!into.present) throw cpu.fault(VECTOR.SS, selectorError(selector) | ext);
}

const DATA = [ES, DS, FS, GS] as const;

/** After a return to an outer ring: data segments that it may not see become null (SDM vol. 3, 5.8.6). */
export function dropPrivilegedSegments(cpu: Cpu): void {
	const { cpl, seg } = cpu;
	for (const index of DATA) {
		const r = seg[index];
		if (!r.usable || r.dpl >= cpl || !isPrivate(r.type)) continue;
		r.clear();
		cpu.segmentChanged(index);
	}
}

/** System descriptors that LAR reports (SDM vol. 2, table 3-53), and those that LSL does (table 3-56). */
const LAR_TYPES: ReadonlySet<number> = new Set([
	SYSTEM.TSS16,
	SYSTEM.LDT,
	SYSTEM.TSS16_BUSY,
	SYSTEM.CALL_GATE16,
	SYSTEM.TASK_GATE,
	SYSTEM.TSS32,
	SYSTEM.TSS32_BUSY,
	SYSTEM.CALL_GATE32
]);
const LSL_TYPES: ReadonlySet<number> = new Set([
	SYSTEM.TSS16,
	SYSTEM.LDT,
	SYSTEM.TSS16_BUSY,
	SYSTEM.TSS32,
	SYSTEM.TSS32_BUSY
]);

/** Reads the descriptor of `selector` for a question; false where CPL and RPL may not see it. */
function visible(cpu: Cpu, selector: number): boolean {
	const d = cpu.scratch.segment;
	if (isNull(selector) || !tryDescriptor(cpu, selector & 0xffff, d)) return false;
	return (d.isSegment && !isPrivate(d.type)) || (cpu.cpl <= d.dpl && (selector & SELECTOR_RPL) <= d.dpl);
}

/** LAR: the access rights (bits 23:8 of the descriptor's second word), or -1 for ZF = 0. */
export function lar(cpu: Cpu, selector: number): number {
	const d = cpu.scratch.segment;
	if (!visible(cpu, selector) || (!d.isSegment && !LAR_TYPES.has(d.type))) return -1;
	return d.high & LAR_BITS;
}

/** LSL: the limit in bytes (unsigned), or -1 for ZF = 0. */
export function lsl(cpu: Cpu, selector: number): number {
	const d = cpu.scratch.segment;
	if (!visible(cpu, selector) || (!d.isSegment && !LSL_TYPES.has(d.type))) return -1;
	return d.limit;
}

/** VERR: may the segment be read from here? */
export const verr = (cpu: Cpu, selector: number): boolean => visible(cpu, selector) && cpu.scratch.segment.isReadable;

/** VERW: may the segment be written from here? */
export const verw = (cpu: Cpu, selector: number): boolean =>
	visible(cpu, selector) && cpu.scratch.segment.isWritableData;
