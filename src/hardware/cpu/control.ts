import { FLUSH } from '../mmu/mmu';
import type { Cpu } from './cpu';
import { writableCr4 } from './features';
import { CR0, CR4 } from '../../x86/control';
import { VECTOR } from '../../x86/exceptions';

/* The control registers (SDM vol. 3, 2.5) and the instructions that change them. */

const CR0_WRITABLE = CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD | CR0.PG;

/** #GP(0) outside ring 0: what every privileged instruction asks first. */
export function requireRing0(cpu: Cpu): void {
	if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
}

/** Whether there is a CRn. */
export const isControlRegister = (n: number): boolean => n === 0 || n === 2 || n === 3 || n === 4;

function checkNumber(cpu: Cpu, n: number): void {
	if (!isControlRegister(n)) throw cpu.fault(VECTOR.UD);
}

/** MOV CRn, r32. */
export function movToCr(cpu: Cpu, n: number, value: number): void {
	checkNumber(cpu, n);
	requireRing0(cpu);
	cpu.clock.charge('movCr');
	if (n === 0) setCr0(cpu, value);
	else if (n === 2) cpu.cr2 = value >>> 0;
	else if (n === 3) cpu.mmu.loadCr3(value);
	else setCr4(cpu, value);
}

/** MOV r32, CRn, as an int32. */
export function movFromCr(cpu: Cpu, n: number): number {
	checkNumber(cpu, n);
	requireRing0(cpu);
	return [cpu.cr0, 0, cpu.cr2, cpu.cr3, cpu.cr4][n] | 0;
}

/** Writes CR0. Real mode is absent: clearing PE is #GP(0), as are PG without PE and NW without CD. */
function setCr0(cpu: Cpu, value: number): void {
	const next = (value & CR0_WRITABLE) | CR0.ET;
	if ((next & CR0.PE) === 0 || (next & (CR0.NW | CR0.CD)) === CR0.NW) throw cpu.fault(VECTOR.GP, 0);
	const changed = next ^ cpu.cr0;
	const pages = (next & CR0.PG) !== 0 && (cpu.cr4 & CR4.PAE) !== 0;
	if (pages && (changed & (CR0.PG | CR0.CD | CR0.NW)) !== 0) cpu.mmu.loadPdptes(cpu.cr3);
	cpu.mmu.foldHits();
	cpu.cr0 = next >>> 0;
	cpu.mmu.configure();
	if ((changed & CR0.PG) !== 0) cpu.mmu.flush(FLUSH.MOV_CR0);
}

/** Writes CR4: #GP(0) for bits that this processor does not have. */
function setCr4(cpu: Cpu, value: number): void {
	if ((value & ~writableCr4(cpu.features)) !== 0) throw cpu.fault(VECTOR.GP, 0);
	const changed = value ^ cpu.cr4;
	const paging = changed & (CR4.PSE | CR4.PAE | CR4.PGE);
	if ((cpu.cr0 & CR0.PG) !== 0 && (value & CR4.PAE) !== 0 && paging !== 0) cpu.mmu.loadPdptes(cpu.cr3);
	if (paging === 0) {
		cpu.cr4 = value >>> 0;
		return;
	}
	// Flushed in the old shape: the arrays of large pages may hold another page size afterwards.
	cpu.mmu.flush(FLUSH.MOV_CR4);
	cpu.cr4 = value >>> 0;
	cpu.mmu.configure();
}

/** SMSW: the low word of CR0 (callers with a 32-bit register take it all). Not privileged: there is no UMIP. */
export const smsw = (cpu: Cpu): number => cpu.cr0 | 0;

/** What LMSW sets and clears. */
const LMSW_CLEARS = CR0.MP | CR0.EM | CR0.TS;

/** LMSW: bits 3:0 of CR0; PE can be set but not cleared. */
export function lmsw(cpu: Cpu, value: number): void {
	requireRing0(cpu);
	setCr0(cpu, (cpu.cr0 & ~LMSW_CLEARS) | (value & (CR0.PE | LMSW_CLEARS)));
}

/** CLTS. */
export function clts(cpu: Cpu): void {
	requireRing0(cpu);
	cpu.cr0 = (cpu.cr0 & ~CR0.TS) >>> 0;
}

/** INVLPG. */
export function invlpg(cpu: Cpu, linear: number): void {
	requireRing0(cpu);
	cpu.mmu.flushPage(linear);
}
