import { FLAGS_INDEX, RAM_BASE } from '../layout';
import { REFUSED } from '../mmu/mmu';
import type { Cpu } from './cpu';
import { checkData } from './debug';
import { CR0 } from '../../x86/control';
import { TYPE_CODE, TYPE_EXPAND_DOWN, TYPE_RW } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { AC } from '../../x86/flags';
import { SS } from '../../x86/registers';

/*
 * The full rules of a data access, for whatever the hit paths of `Cpu` do not decide: segment checks, alignment,
 * translation, accesses across two pages, devices, watched addresses. Sizes are 1, 2 or 4 bytes.
 *
 * A page fault is thrown like any other fault, or held back by the engine until the instruction is over: then a read gives 0, a write does nothing,
 * and what the instruction makes of that is undone.
 */

/** The linear address of a checked access (SDM vol. 3, 5.3 and 5.5): #GP(0), or #SS(0) through SS. `size` may be larger here. */
export function checkedLinear(cpu: Cpu, seg: number, offset: number, size: number, write: boolean): number {
	const r = cpu.seg[seg];
	const first = offset >>> 0;
	const last = first + size - 1;
	const code = (r.type & TYPE_CODE) !== 0;
	const rw = (r.type & TYPE_RW) !== 0;
	const allowed = r.usable && (write ? !code && rw : !code || rw);
	const expandDown = !code && (r.type & TYPE_EXPAND_DOWN) !== 0;
	const inside = expandDown ? first > r.limit && last <= (r.db === 1 ? 0xffff_ffff : 0xffff) : last <= r.limit;
	if (!allowed || !inside) throw cpu.fault(seg === SS ? VECTOR.SS : VECTOR.GP, 0);
	return (r.base + first) | 0;
}

/** #AC(0) for an unaligned access in ring 3 with CR0.AM and EFLAGS.AC (SDM vol. 3, 6.15, interrupt 17). */
function checkAlignment(cpu: Cpu, linear: number, size: number): void {
	if ((linear & (size - 1)) === 0 || cpu.cpl !== 3) return;
	if ((cpu.cr0 & CR0.AM) !== 0 && (cpu.s[FLAGS_INDEX] & AC) !== 0) throw cpu.fault(VECTOR.AC, 0);
}

/** Reads through a segment. */
export function readSlow(cpu: Cpu, seg: number, offset: number, size: number): number {
	const linear = checkedLinear(cpu, seg, offset, size, false);
	checkAlignment(cpu, linear, size);
	return readAt(cpu, linear, size, cpu.cpl === 3);
}

/** Writes through a segment. */
export function writeSlow(cpu: Cpu, seg: number, offset: number, value: number, size: number): void {
	const linear = checkedLinear(cpu, seg, offset, size, true);
	checkAlignment(cpu, linear, size);
	writeAt(cpu, linear, value, size, cpu.cpl === 3);
}

/**
 * Reads what `writeBackSlow` will write: takes all permissions of the write first. Within a page it counts as one look-up, as it does
 * on the fast path.
 */
export function readForWriteSlow(cpu: Cpu, seg: number, offset: number, size: number): number {
	const linear = checkedLinear(cpu, seg, offset, size, true);
	checkAlignment(cpu, linear, size);
	const user = cpu.cpl === 3;
	cpu.back = cpu.backPhysical = -1;
	cpu.backLinear = linear;
	if ((linear & 0xfff) + size > 0x1000) {
		cpu.mmu.checkRange(linear, size, true, user);
		return readAcross(cpu, linear, size, user);
	}
	const pa = cpu.mmu.lookUp(linear, true, user);
	if (pa === REFUSED) {
		cpu.refused(linear);
		cpu.back = cpu.nowhere;
		return 0;
	}
	cpu.backPhysical = pa;
	return readPhysical(cpu, pa, size);
}

export function writeBackSlow(cpu: Cpu, value: number, size: number): void {
	if (cpu.backPhysical < 0) return writeAcross(cpu, cpu.backLinear, value, size, cpu.cpl === 3);
	writePhysical(cpu, cpu.backPhysical, value, size);
	if (cpu.watching) checkData(cpu, cpu.backLinear, size, true);
}

/** Reads at a linear address with the rights of a user or supervisor access. */
export function readAt(cpu: Cpu, linear: number, size: number, user: boolean): number {
	if ((linear & 0xfff) + size > 0x1000) return readAcross(cpu, linear, size, user);
	const pa = cpu.mmu.lookUp(linear, false, user);
	if (pa === REFUSED) return cpu.refused(linear);
	if (cpu.watching) checkData(cpu, linear, size, false);
	return readPhysical(cpu, pa, size);
}

/** Reads within a page, RAM or a device. */
function readPhysical(cpu: Cpu, pa: number, size: number): number {
	if (!cpu.memory.holds(pa, size)) {
		cpu.engine.sync();
		return cpu.bus.readMemory(pa, size);
	}
	cpu.memory.readTouched(pa, size);
	if (size === 4) return cpu.view.getInt32(RAM_BASE + pa, true);
	return size === 2 ? cpu.view.getUint16(RAM_BASE + pa, true) : cpu.all8[RAM_BASE + pa];
}

/** Writes at a linear address with the rights of a user or supervisor access. */
export function writeAt(cpu: Cpu, linear: number, value: number, size: number, user: boolean): void {
	if ((linear & 0xfff) + size > 0x1000) return writeAcross(cpu, linear, value, size, user);
	const pa = cpu.mmu.lookUp(linear, true, user);
	if (pa === REFUSED) return void cpu.refused(linear);
	if (cpu.watching) checkData(cpu, linear, size, true);
	writePhysical(cpu, pa, value, size);
}

/** Writes within a page, RAM or a device. */
function writePhysical(cpu: Cpu, pa: number, value: number, size: number): void {
	if (!cpu.memory.holds(pa, size)) {
		cpu.engine.sync();
		cpu.bus.writeMemory(pa, size, value);
	} else if (size === 4) cpu.memory.write32(pa, value);
	else if (size === 2) cpu.memory.write16(pa, value);
	else cpu.memory.write8(pa, value);
}

function readAcross(cpu: Cpu, linear: number, size: number, user: boolean): number {
	cpu.mmu.checkRange(linear, size, false, user);
	let value = 0;
	for (let i = size - 1; i >= 0; i--) value = (value << 8) | readAt(cpu, (linear + i) | 0, 1, user);
	return value;
}

function writeAcross(cpu: Cpu, linear: number, value: number, size: number, user: boolean): void {
	cpu.mmu.checkRange(linear, size, true, user);
	for (let i = 0; i < size; i++) writeAt(cpu, (linear + i) | 0, (value >>> (8 * i)) & 0xff, 1, user);
}
