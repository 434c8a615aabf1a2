import type { Cpu } from './cpu';
import { checkPort } from './debug';
import { SYSTEM } from '../../x86/descriptors';
import { TSS_IO_MAP } from '../../x86/tss';

/* I/O ports (SDM vol. 1, ch. 19). Sizes are in bytes: 1, 2 or 4. */

/** Whether CPL and IOPL, or the I/O bitmap in the TSS, allow all `bytes` ports from `port` (SDM vol. 1, 19.5): else #GP(0). */
export function ioPermitted(cpu: Cpu, port: number, bytes: number): boolean {
	if (cpu.cpl <= cpu.iopl) return true;
	const { tr } = cpu;
	const wide = tr.usable && (tr.type === SYSTEM.TSS32 || tr.type === SYSTEM.TSS32_BUSY);
	if (!wide || tr.limit < TSS_IO_MAP + 1) return false;
	const at = cpu.readLinear16((tr.base + TSS_IO_MAP) | 0) + (port >>> 3);
	// Two bytes are always read, so that a port pair across a byte needs no second check.
	if (at + 1 > tr.limit) return false;
	const bits = cpu.readLinear16((tr.base + at) | 0) >>> (port & 7);
	return (bits & ((1 << bytes) - 1)) === 0;
}

/** Reads a port that is permitted; 4 bytes come as an int32. */
export function portIn(cpu: Cpu, port: number, bytes: number): number {
	cpu.engine.sync();
	cpu.clock.charge('portIo');
	checkPort(cpu, port, bytes);
	return cpu.bus.readPort(port, bytes);
}

/** Writes a port that is permitted. */
export function portOut(cpu: Cpu, port: number, bytes: number, value: number): void {
	cpu.engine.sync();
	cpu.clock.charge('portIo');
	checkPort(cpu, port, bytes);
	cpu.bus.writePort(port, bytes, value);
}
