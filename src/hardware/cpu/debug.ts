import { FLAGS_INDEX } from '../layout';
import type { Cpu } from './cpu';
import { CR4, EFLAGS } from './registers';
import { VECTOR } from './fault';

/*
 * Debug registers and single-stepping (SDM vol. 3, 17.2 and 17.3).
 *
 *      DR7  31..30 29..28 ... 17..16   13   9..8   7..6  5..4  3..2  1..0
 *           LEN3   R/W3   ... R/W0     GD   GE LE  G3 L3 ...         G0 L0
 *      DR6  15 BT  14 BS  13 BD  3..0 B3..B0
 */
export const DR6_BD = 1 << 13;
export const DR6_BS = 1 << 14;
export const DR6_BT = 1 << 15;
export const DR7_GD = 1 << 13;
/** Bits that always read as one. */
const DR6_ONES = 0xffff_0ff0 | 0;
const DR6_WRITABLE = 0xe00f;
const DR7_ONE = 1 << 10;
const DR7_WRITABLE = 0xffff_23ff | 0;

const EXECUTE = 0;
const WRITE = 1;
const IO = 2;
const LENGTHS = [1, 2, 8, 4] as const;

const enabled = (dr7: number, n: number): boolean => ((dr7 >>> (n * 2)) & 3) !== 0;
const kindOf = (dr7: number, n: number): number => (dr7 >>> (16 + n * 4)) & 3;
const lengthOf = (dr7: number, n: number): number => LENGTHS[(dr7 >>> (18 + n * 4)) & 3];

/** State of the debug registers at reset. */
export function resetDebug(cpu: Cpu): void {
	cpu.dr.fill(0);
	cpu.dr[6] = DR6_ONES;
	cpu.dr[7] = DR7_ONE;
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
	else if (n === 7) cpu.dr[7] = (value & DR7_WRITABLE) | DR7_ONE;
	else cpu.dr[n] = value;
	if (n !== 7) return;
	cpu.watching = (cpu.dr[7] & 0xff) !== 0;
	cpu.mmu.dropFront();
}

/**
 * Notes data breakpoints that an access of `size` bytes at `linear` meets, the processor's own to its tables and stacks among
 * them; #DB follows after the instruction, or after the delivery.
 */
export function checkData(cpu: Cpu, linear: number, size: number, write: boolean): void {
	match(cpu, linear, size, (kind) => (kind === WRITE && write) || kind === 3);
}

/** Notes I/O breakpoints (CR4.DE) that a port access meets. */
export function checkPort(cpu: Cpu, port: number, size: number): void {
	if (cpu.watching && (cpu.cr4 & CR4.DE) !== 0) match(cpu, port, size, (kind) => kind === IO);
}

function match(cpu: Cpu, address: number, size: number, wanted: (kind: number) => boolean): void {
	const dr7 = cpu.dr[7];
	for (let n = 0; n < 4; n++) {
		if (!enabled(dr7, n) || !wanted(kindOf(dr7, n))) continue;
		const length = lengthOf(dr7, n);
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
	if ((cpu.s[FLAGS_INDEX] & EFLAGS.RF) !== 0) return false;
	let hit = 0;
	for (let n = 0; n < 4; n++) {
		if (enabled(dr7, n) && kindOf(dr7, n) === EXECUTE && cpu.dr[n] === (linear | 0)) hit |= 1 << n;
	}
	cpu.pendingDebug |= hit;
	return hit !== 0;
}
