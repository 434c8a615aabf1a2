import { regIndex, REG } from '../layout';
import { requireRing0 } from './control';
import type { Cpu } from './cpu';
import { APIC_BASE_BSP, APIC_BASE_RESERVED, MSR, PAT_TYPES } from '../../x86/msr';
import { CR4, EFER_NXE } from '../../x86/control';
import { VECTOR } from '../../x86/exceptions';

/* Model-specific registers (SDM vol. 4) and the time-stamp counter (SDM vol. 3, 17.17). */

const EAX = regIndex(REG.EAX);
const ECX = regIndex(REG.ECX);
const EDX = regIndex(REG.EDX);

interface MsrRow {
	read(cpu: Cpu): readonly [low: number, high: number];
	/** Returns false for a value that the register refuses. */
	write(cpu: Cpu, low: number, high: number): boolean;
}

const TWO32 = 0x1_0000_0000;
const split = (value: number): readonly [number, number] => [value % TWO32, Math.floor(value / TWO32)];
const join = (low: number, high: number): number => (high >>> 0) * TWO32 + (low >>> 0);

const plain = (name: 'sysenterCs' | 'sysenterEsp' | 'sysenterEip'): MsrRow => ({
	read: (cpu) => [cpu[name], 0],
	write: (cpu, low) => {
		cpu[name] = low >>> 0;
		return true;
	}
});

/** Cycles of the time-stamp counter now. */
export const readTsc = (cpu: Cpu): number => cpu.clock.now + cpu.tscOffset;

const validPat = (word: number): boolean =>
	[0, 8, 16, 24].every((shift) => PAT_TYPES.includes((word >>> shift) & 0xff));

const ROWS: ReadonlyMap<number, MsrRow> = new Map<number, MsrRow>([
	[
		MSR.TSC,
		{
			read: (cpu) => split(readTsc(cpu)),
			write: (cpu, low, high) => {
				// Time stays below 2^53: a counter set higher than that keeps its low bits only.
				cpu.tscOffset = join(low, high & 0x1f_ffff) - cpu.clock.now;
				return true;
			}
		}
	],
	[
		MSR.APIC_BASE,
		{
			read: (cpu) => [cpu.apicBase, 0],
			write: (cpu, low, high) => {
				if (high !== 0 || (low & APIC_BASE_RESERVED) !== 0) return false;
				cpu.setApicBase(((low & ~APIC_BASE_BSP) | (cpu.apicBase & APIC_BASE_BSP)) >>> 0);
				return true;
			}
		}
	],
	[MSR.SYSENTER_CS, plain('sysenterCs')],
	[MSR.SYSENTER_ESP, plain('sysenterEsp')],
	[MSR.SYSENTER_EIP, plain('sysenterEip')],
	[
		MSR.PAT,
		{
			read: (cpu) => [cpu.pat[0], cpu.pat[1]],
			write: (cpu, low, high) => {
				if (!validPat(low) || !validPat(high)) return false;
				cpu.pat[0] = low;
				cpu.pat[1] = high;
				return true;
			}
		}
	],
	[
		MSR.TSC_DEADLINE,
		{
			read: (cpu) => split(cpu.deadline.read()),
			write: (cpu, low, high) => {
				cpu.deadline.write(join(low, high));
				return true;
			}
		}
	],
	[
		MSR.EFER,
		{
			read: (cpu) => [cpu.efer, 0],
			write: (cpu, low, high) => {
				if (high !== 0 || (low & ~(cpu.features.nx ? EFER_NXE : 0)) !== 0) return false;
				cpu.efer = low >>> 0;
				cpu.mmu.configure();
				return true;
			}
		}
	]
]);

/** Whether this processor has register `index`. */
export const hasMsr = (index: number): boolean => ROWS.has(index);

function find(cpu: Cpu): MsrRow {
	requireRing0(cpu);
	const row = ROWS.get(cpu.s[ECX] >>> 0);
	if (row === undefined) throw cpu.fault(VECTOR.GP, 0);
	cpu.clock.charge('msr');
	return row;
}

/** RDMSR: EDX:EAX from the register in ECX; #GP(0) where there is none. */
export function rdmsr(cpu: Cpu): void {
	const [low, high] = find(cpu).read(cpu);
	cpu.s[EAX] = low;
	cpu.s[EDX] = high;
}

/** WRMSR: EDX:EAX to the register in ECX; #GP(0) for reserved bits. */
export function wrmsr(cpu: Cpu): void {
	if (!find(cpu).write(cpu, cpu.s[EAX], cpu.s[EDX])) throw cpu.fault(VECTOR.GP, 0);
}

/** RDTSC: #GP(0) outside ring 0 while CR4.TSD is set. */
export function rdtsc(cpu: Cpu): void {
	if ((cpu.cr4 & CR4.TSD) !== 0 && cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
	const [low, high] = split(readTsc(cpu));
	cpu.s[EAX] = low;
	cpu.s[EDX] = high;
}

/** RDPMC: this processor has no performance counters, so every number in ECX is wrong. */
export function rdpmc(cpu: Cpu): void {
	throw cpu.fault(VECTOR.GP, 0);
}
