import { FLAGS_INDEX, HITS_INDEX, REG, regIndex, SEGMENT_WORD } from '../layout';
import type { MmuState } from '../mmu/mmu';
import type { Cpu, TableRegister } from './cpu';
import { resetDebug } from './debug';
import type { SegmentState } from './segment-register';
import { CR0 } from '../../x86/control';
import { SYSTEM, LOADED_CODE, LOADED_DATA, systemAccess } from '../../x86/descriptors';
import { CS } from '../../x86/registers';
import { FIXED } from '../../x86/flags';

/** A processor as plain data. */
export interface CpuState {
	/** The register words at the start of the memory. */
	words: Int32Array;
	segments: SegmentState[];
	ldtr: SegmentState;
	tr: SegmentState;
	gdtr: TableRegister;
	idtr: TableRegister;
	debug: Int32Array;
	pat: Int32Array;
	numbers: Record<(typeof NUMBERS)[number], number>;
	flags: Record<(typeof SWITCHES)[number], boolean>;
	mmu: MmuState;
}

const NUMBERS = [
	'cpl',
	'cr0',
	'cr2',
	'cr3',
	'cr4',
	'efer',
	'sysenterCs',
	'sysenterEsp',
	'sysenterEip',
	'apicBase',
	'tscOffset',
	'icount',
	'pendingDebug'
] as const;

const SWITCHES = ['halted', 'shutdown', 'inhibit', 'inhibitTraps', 'watching'] as const;

/**
 * The state in which a boot loader hands over (the Multiboot convention): protected mode, flat segments, no paging, interrupts
 * off. Real mode is absent. What a loader leaves alone is as after a reset (SDM vol. 3, table 9-1): tables at address 0 with limit
 * FFFFh, and LDTR and TR present, as if there were an LDT and a busy TSS.
 */
export function resetCpu(cpu: Cpu): void {
	cpu.s.fill(0, 0, HITS_INDEX + 1);
	for (const r of cpu.seg) r.clear();
	cpu.setSegment(CS, 0x08, 0, 0xffff_ffff, LOADED_CODE);
	for (const index of [0, 2, 3, 4, 5]) cpu.setSegment(index, 0x10, 0, 0xffff_ffff, LOADED_DATA);
	cpu.ldtr.set(0, 0, 0xffff, systemAccess(SYSTEM.LDT), true);
	cpu.tr.set(0, 0, 0xffff, systemAccess(SYSTEM.TSS32_BUSY), true);
	Object.assign(cpu.gdtr, { base: 0, limit: 0xffff });
	Object.assign(cpu.idtr, { base: 0, limit: 0xffff });
	cpu.setCpl(0);
	cpu.s[regIndex(REG.EDX)] = 0x6d8;
	cpu.s[FLAGS_INDEX] = FIXED;
	cpu.setEflags(FIXED);
	cpu.cr0 = CR0.PE | CR0.ET;
	cpu.cr2 = cpu.cr3 = cpu.cr4 = cpu.efer = 0;
	cpu.sysenterCs = cpu.sysenterEsp = cpu.sysenterEip = cpu.tscOffset = cpu.icount = 0;
	cpu.halted = cpu.shutdown = cpu.inhibit = cpu.inhibitTraps = cpu.stepping = false;
	resetDebug(cpu);
	cpu.mmu.setCr3(0);
	cpu.mmu.configure();
	cpu.mmu.tlb.flush(false);
}

export function saveCpu(cpu: Cpu): CpuState {
	const mmu = cpu.mmu.save();
	return {
		words: cpu.s.slice(0, SEGMENT_WORD),
		segments: cpu.seg.map((r) => r.save()),
		ldtr: cpu.ldtr.save(),
		tr: cpu.tr.save(),
		gdtr: { ...cpu.gdtr },
		idtr: { ...cpu.idtr },
		debug: cpu.dr.slice(),
		pat: cpu.pat.slice(),
		numbers: Object.fromEntries(NUMBERS.map((name) => [name, cpu[name]])) as CpuState['numbers'],
		flags: Object.fromEntries(SWITCHES.map((name) => [name, cpu[name]])) as CpuState['flags'],
		mmu
	};
}

/** Restores a processor; the caller has restored RAM and drops decoded code. */
export function restoreCpu(cpu: Cpu, state: CpuState): void {
	cpu.s.set(state.words, 0);
	Object.assign(cpu, state.numbers, state.flags);
	state.segments.forEach((segment, index) => {
		cpu.seg[index].restore(segment);
		cpu.segmentChanged(index);
	});
	cpu.ldtr.restore(state.ldtr);
	cpu.tr.restore(state.tr);
	Object.assign(cpu.gdtr, state.gdtr);
	Object.assign(cpu.idtr, state.idtr);
	cpu.dr.set(state.debug);
	cpu.pat.set(state.pat);
	cpu.followCpl();
	cpu.mmu.restore(state.mmu);
}
