import { KIND, word } from '../../trace/events';
import { REG, regIndex } from '../layout';
import { requireRing0 } from './control';
import type { Cpu, TableRegister } from './cpu';
import { readDescriptor } from './descriptors';
import { cpuidLeaf } from './features';
import { changeableFlags } from './stack';
import { CR0 } from '../../x86/control';
import { isNull, selectorError, SYSTEM, isLocal, TYPE_BUSY, TYPE_SHIFT } from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { VM, RF, IF } from '../../x86/flags';

/*
 * Instructions of the system (SDM vol. 2 and vol. 3, ch. 2). This file holds flags, descriptor-table registers and the small
 * ones; control registers, debug registers, MSRs and ports have files of their own and are passed on from here.
 */
export { clts, invlpg, isControlRegister, lmsw, movFromCr, movToCr, smsw } from './control';
export { movFromDr, movToDr } from './debug';
export { rdmsr, rdpmc, rdtsc, wrmsr } from './msr';
export { ioPermitted, portIn, portOut } from './ports';

// --- EFLAGS ----------------------------------------------------------------------------------------

/** What PUSHF pushes: VM and RF read as zero. */
export function pushFlagsValue(cpu: Cpu, size: 16 | 32): number {
	const flags = cpu.getEflags() & ~(VM | RF);
	return size === 32 ? flags : flags & 0xffff;
}

/**
 * POPF: takes what the ring may change and silently keeps the rest: IF where CPL > IOPL, IOPL outside ring 0. No fault
 * tells the program that its CLI by POPF did nothing (SDM vol. 2, POPF).
 */
export function popFlags(cpu: Cpu, value: number, size: 16 | 32): void {
	const changed = changeableFlags(cpu, size === 32);
	cpu.setEflags(((cpu.getEflags() & ~changed) | (value & changed)) & ~RF);
}

/** CLI: #GP(0) where CPL > IOPL. */
export function cli(cpu: Cpu): void {
	if (cpu.cpl > cpu.iopl) return cpu.raise(VECTOR.GP, 0);
	cpu.clearSystemFlags(IF);
}

/** STI: #GP(0) where CPL > IOPL; the next instruction still runs without interrupts if there were none before. */
export function sti(cpu: Cpu): void {
	if (cpu.cpl > cpu.iopl) return cpu.raise(VECTOR.GP, 0);
	if ((cpu.getEflags() & IF) !== 0) return;
	cpu.setEflags(cpu.getEflags() | IF);
	cpu.inhibit = true;
}

// --- descriptor-table registers ----------------------------------------------------------------------

function loadTable(cpu: Cpu, register: TableRegister, base: number, limit: number): void {
	requireRing0(cpu);
	register.base = base >>> 0;
	register.limit = limit & 0xffff;
}

/** LGDT with a base (24 bits for 16-bit operands: the caller cuts it) and a limit. */
export const lgdt = (cpu: Cpu, base: number, limit: number): void => loadTable(cpu, cpu.gdtr, base, limit);

/** LIDT. */
export const lidt = (cpu: Cpu, base: number, limit: number): void => loadTable(cpu, cpu.idtr, base, limit);

/** Reads a system descriptor from the GDT for LLDT and LTR. */
function readSystem(cpu: Cpu, selector: number, types: readonly number[]): void {
	const d = cpu.scratch.system;
	const error = selectorError(selector);
	if (isLocal(selector)) throw cpu.fault(VECTOR.GP, error);
	readDescriptor(cpu, selector, d);
	if (d.isSegment || !types.includes(d.type)) throw cpu.fault(VECTOR.GP, error);
	if (!d.present) throw cpu.fault(VECTOR.NP, error);
}

/** LLDT: a null selector makes every use of the LDT fault. */
export function lldt(cpu: Cpu, selector: number): void {
	const d = cpu.scratch.system;
	requireRing0(cpu);
	const sel = selector & 0xffff;
	if (isNull(sel)) return cpu.ldtr.clear(sel);
	readSystem(cpu, sel, [SYSTEM.LDT]);
	cpu.ldtr.set(sel, d.base, d.limit, d.access, true);
}

/** LTR: the TSS must be available; its descriptor becomes busy. */
export function ltr(cpu: Cpu, selector: number): void {
	const d = cpu.scratch.system;
	requireRing0(cpu);
	const sel = selector & 0xffff;
	if (isNull(sel)) throw cpu.fault(VECTOR.GP, 0);
	readSystem(cpu, sel, [SYSTEM.TSS16, SYSTEM.TSS32]);
	const busy = d.high | (TYPE_BUSY << TYPE_SHIFT);
	cpu.writeLinear32((d.address + 4) | 0, busy);
	d.high = busy;
	cpu.tr.set(sel, d.base, d.limit, d.access, true);
}

/** SLDT: the selector in LDTR; not privileged. */
export const sldt = (cpu: Cpu): number => cpu.ldtr.selector;

/** STR: the selector in TR; not privileged. */
export const str = (cpu: Cpu): number => cpu.tr.selector;

// --- the rest --------------------------------------------------------------------------------------

/** CPUID: the leaf in EAX. */
export function cpuid(cpu: Cpu): void {
	const { s } = cpu;
	const answer = cpuidLeaf(cpu.features, s[regIndex(REG.EAX)]);
	cpu.clock.charge('cpuid');
	s[regIndex(REG.EAX)] = answer.eax;
	s[regIndex(REG.EBX)] = answer.ebx;
	s[regIndex(REG.ECX)] = answer.ecx;
	s[regIndex(REG.EDX)] = answer.edx;
}

/** HLT: stops until an interrupt. EIP is the next instruction. */
export function hlt(cpu: Cpu): void {
	requireRing0(cpu);
	cpu.recorder.record(KIND.halt, word('eip', cpu.eip));
	cpu.halted = true;
}

/** WBINVD: there is no cache to write back. */
export const wbinvd = requireRing0;

/** INVD. */
export const invd = requireRing0;

/** An x87 opcode: #NM while TS or EM is set, else #UD, since CPUID reports no FPU. */
export function fpu(cpu: Cpu): void {
	cpu.raise((cpu.cr0 & (CR0.TS | CR0.EM)) !== 0 ? VECTOR.NM : VECTOR.UD);
}

/** WAIT: #NM while both MP and TS are set. */
export function fwait(cpu: Cpu): void {
	if ((cpu.cr0 & (CR0.MP | CR0.TS)) === (CR0.MP | CR0.TS)) cpu.raise(VECTOR.NM);
}
