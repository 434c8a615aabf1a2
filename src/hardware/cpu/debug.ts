import { FLAGS_INDEX } from '../layout';
import type { Cpu } from './cpu';
import {
	BREAK_ACCESS,
	BREAK_EXECUTE,
	BREAK_IO,
	BREAK_WRITE,
	breakEnabled,
	breakKind,
	breakLength,
	BREAKPOINTS,
	DR6_BD,
	DR6_ONES,
	DR6_ZEROS,
	DR7_ENABLES,
	DR7_GD,
	DR7_ONES,
	DR7_ZEROS
} from '../../x86/debug';
import { CR4 } from '../../x86/control';
import { VECTOR } from '../../x86/exceptions';
import { RF } from '../../x86/flags';

/* Debug registers and single-stepping (SDM vol. 3, 17.2 and 17.3). */

const DR6_WRITABLE = ~(DR6_ONES | DR6_ZEROS);
const DR7_WRITABLE = ~(DR7_ONES | DR7_ZEROS);

/** State of the debug registers at reset. */
export function resetDebug(cpu: Cpu): void {
	cpu.dr.fill(0);
	cpu.dr[6] = DR6_ONES;
	cpu.dr[7] = DR7_ONES;
	cpu.watching = false;
	cpu.pendingDebug = 0;
}

/** The number that DRn really is: 4 and 5 are 6 and 7, or #UD with CR4.DE. */
function resolve(cpu: Cpu, n: number): number {
	if (n !== 4 && n !== 5) return n;
	if ((cpu.cr4 & CR4.DE) !== 0) throw cpu.fault(VECTOR.UD);
	return n + 2;
}

/** Before MOV to or from DR: ring 0, and #DB with BD set while DR7.GD guards the registers. */
function checkAccess(cpu: Cpu, n: number): number {
	const real = resolve(cpu, n);
	if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
	if ((cpu.dr[7] & DR7_GD) !== 0) {
		cpu.dr[6] |= DR6_BD;
		cpu.dr[7] &= ~DR7_GD;
		throw cpu.fault(VECTOR.DB);
	}
	return real;
}

/** MOV DRn, r32. */
export function movToDr(cpu: Cpu, n: number, value: number): void {
	setDr(cpu, checkAccess(cpu, n), value);
}

/** MOV r32, DRn, as an int32. */
export function movFromDr(cpu: Cpu, n: number): number {
	return cpu.dr[checkAccess(cpu, n)];
}

/** Sets DR0..3, 6 or 7 without privilege checks: for native code that switches debug state. */
export function setDr(cpu: Cpu, n: number, value: number): void {
	if (n === 6) cpu.dr[6] = (value & DR6_WRITABLE) | DR6_ONES;
	else if (n === 7) cpu.dr[7] = (value & DR7_WRITABLE) | DR7_ONES;
	else cpu.dr[n] = value;
	if (n !== 7) return;
	cpu.watching = (cpu.dr[7] & DR7_ENABLES) !== 0;
	cpu.mmu.dropFront();
}

/**
 * Notes data breakpoints that an access of `size` bytes at `linear` meets, the processor's own to its tables and stacks among
 * them; #DB follows after the instruction, or after the delivery.
 */
export function checkData(cpu: Cpu, linear: number, size: number, write: boolean): void {
	match(cpu, linear, size, (kind) => (kind === BREAK_WRITE && write) || kind === BREAK_ACCESS);
}

/** Notes I/O breakpoints (CR4.DE) that a port access meets. */
export function checkPort(cpu: Cpu, port: number, size: number): void {
	if (cpu.watching && (cpu.cr4 & CR4.DE) !== 0) match(cpu, port, size, (kind) => kind === BREAK_IO);
}

function match(cpu: Cpu, address: number, size: number, wanted: (kind: number) => boolean): void {
	const dr7 = cpu.dr[7];
	for (let n = 0; n < BREAKPOINTS; n++) {
		if (!breakEnabled(dr7, n) || !wanted(breakKind(dr7, n))) continue;
		const length = breakLength(dr7, n);
		const start = (cpu.dr[n] & -length) >>> 0;
		const first = address >>> 0;
		if (first < start + length && start < first + size) cpu.pendingDebug |= 1 << n;
	}
}

/**
 * Notes the execution breakpoints at the instruction at `linear`, unless EFLAGS.RF holds them off; true where #DB takes its place.
 * To be asked only while `cpu.watching`.
 */
export function executionBreakpoint(cpu: Cpu, linear: number): boolean {
	const dr7 = cpu.dr[7];
	if ((cpu.s[FLAGS_INDEX] & RF) !== 0) return false;
	let hit = 0;
	for (let n = 0; n < BREAKPOINTS; n++) {
		if (breakEnabled(dr7, n) && breakKind(dr7, n) === BREAK_EXECUTE && cpu.dr[n] === (linear | 0)) hit |= 1 << n;
	}
	cpu.pendingDebug |= hit;
	return hit !== 0;
}
