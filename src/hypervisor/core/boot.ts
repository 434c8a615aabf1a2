/**
 * The hypervisor starts: its pages, its descriptor tables, its address space; then the processor is put into
 * ring 0 in the idle loop, and everything after that comes through the gates.
 */
import { FIRST_RESERVED_GDT_BYTE, FIRST_RESERVED_GDT_ENTRY } from '../../abi/structs/cpu';
import { movToCr, cpuid, lldt, ltr } from '../../hardware/cpu/system';
import { REG } from '../../hardware/layout';
import { interruptGate, XEN_DESCRIPTORS } from './descriptors';
import type { Domain } from './domain';
import { createControlDomain, type FirstDomain } from './domains';
import { enter } from './entry';
import { Frame, FRAME_SIZE } from './frame';
import type { Hypervisor } from './hypervisor';
import * as layout from './layout';
import { log } from './log';
import type { Pcpu } from './pcpu';
import { initXenMappings } from '../mm/address-space';
import { CALLS } from '../calls/hypercalls';
import { initMemory } from '../mm/init';
import { createScheduler } from '../sched/policies';
import { CR0, CR4, EFER_NXE } from '../../x86/control';
import { EFLAGS } from '../../x86/flags';
import { CS, DS, ES, FS, GS, SS } from '../../x86/registers';
import {
	type DescriptorWords,
	descriptorWords,
	LOADED_CODE,
	LOADED_DATA,
	SYSTEM,
	systemAccess
} from '../../x86/descriptors';
import { TSS32, TSS_IO_MAP, TSS_SIZE, tssStack } from '../../x86/tss';
import { VECTOR, VECTORS } from '../../x86/exceptions';

/** Xen's own pages: where each is mapped, and how. */
const PAGES: readonly { virt: number; writable: boolean; executable: boolean }[] = [
	{ virt: layout.XEN_TEXT_VIRT, writable: false, executable: true },
	{ virt: layout.XEN_IDT_VIRT, writable: false, executable: false },
	{ virt: layout.XEN_TSS_VIRT, writable: true, executable: false },
	{ virt: layout.XEN_STACK_VIRT, writable: true, executable: false },
	{ virt: layout.XEN_STACK_VIRT + 0x1000, writable: true, executable: false },
	{ virt: layout.XEN_GDT_VIRT, writable: true, executable: false }
];

/** sti; hlt; jmp to sti */
const IDLE_LOOP = [0xfb, 0xf4, 0xeb, 0xfc];
/** An offset for the I/O bitmap that lies beyond every limit. */
const NO_IO_BITMAP = 0x8000;

/** Vectors that a guest may use by INT n itself: breakpoint and overflow from any ring, hypercalls from ring 1. */
const gateDpl = (vector: number): number =>
	vector === VECTOR.BP || vector === VECTOR.OF ? 3 : vector === layout.HYPERCALL_VECTOR ? 1 : 0;

function writeText(hv: Hypervisor, page: number): void {
	const text = new Uint8Array(4096).fill(0xcc);
	for (let vector = 0; vector < VECTORS; vector++) text.set([0x0f, 0x3f, vector], vector * 4);
	text.set(IDLE_LOOP, layout.IDLE_VIRT - layout.XEN_TEXT_VIRT);
	hv.machine.memory.copyIn(page, text);
}

function writeDescriptor(hv: Hypervisor, table: number, index: number, [low, high]: DescriptorWords): void {
	hv.machine.memory.write32(table + index * 8, low);
	hv.machine.memory.write32(table + index * 8 + 4, high);
}

function writeIdt(hv: Hypervisor, page: number): void {
	for (let vector = 0; vector < VECTORS; vector++) {
		writeDescriptor(hv, page, vector, interruptGate(layout.XEN_CS, layout.stubVirt(vector), gateDpl(vector)));
	}
}

function writeGdt(hv: Hypervisor, page: number): void {
	XEN_DESCRIPTORS.forEach((entry, index) => writeDescriptor(hv, page, index, entry));
	const tss = descriptorWords(layout.XEN_TSS_VIRT, TSS_SIZE - 1, systemAccess(SYSTEM.TSS32));
	writeDescriptor(hv, page, (layout.TSS_SELECTOR >> 3) - FIRST_RESERVED_GDT_ENTRY, tss);
}

/** ESP0 and SS0: the stack of every entry from a guest . */
function writeTss(hv: Hypervisor, page: number): void {
	const { memory } = hv.machine;
	memory.write32(page + tssStack(TSS32, 0), layout.XEN_STACK_TOP);
	memory.write32(page + tssStack(TSS32, 0) + 4, layout.XEN_DS);
	memory.write16(page + TSS_IO_MAP, NO_IO_BITMAP);
}

/** Turns paging on and points the processor's tables at Xen's. */
function startProcessor(hv: Hypervisor, pcpu: Pcpu): void {
	const { cpu } = pcpu;
	if (hasNx(hv)) cpu.efer |= EFER_NXE;
	movToCr(cpu, 4, CR4.PAE | CR4.PGE);
	movToCr(cpu, 3, hv.idleCr3);
	movToCr(cpu, 0, CR0.PE | CR0.PG | CR0.WP | CR0.NE | CR0.ET | CR0.AM | CR0.MP | CR0.TS | (hasFpu(hv) ? 0 : CR0.EM));
	Object.assign(cpu.gdtr, {
		base: layout.XEN_GDT_VIRT - FIRST_RESERVED_GDT_BYTE,
		limit: FIRST_RESERVED_GDT_BYTE + 0xfff
	});
	Object.assign(cpu.idtr, { base: layout.XEN_IDT_VIRT, limit: VECTORS * 8 - 1 });
	cpu.setSegment(CS, layout.XEN_CS, 0, 0xffff_ffff, LOADED_CODE);
	cpu.setSegment(SS, layout.XEN_DS, 0, 0xffff_ffff, LOADED_DATA);
	for (const index of [DS, ES, FS, GS]) {
		cpu.seg[index].clear();
		cpu.segmentChanged(index);
	}
	cpu.setCpl(0);
	ltr(cpu, layout.TSS_SELECTOR);
	lldt(cpu, 0);
	cpu.setEflags(EFLAGS.FIXED);
	cpu.eip = layout.IDLE_VIRT;
	// As if the idle loop had been interrupted and returned to: the next entry finds its frame where all do.
	cpu.esp = layout.XEN_STACK_TOP - FRAME_SIZE + 12;
	cpu.halted = false;
	cpu.native = (vector) => enter(hv, pcpu, vector);
}

/** A register of CPUID's answer; the processor's registers mean nothing yet. */
function cpuidRegister(hv: Hypervisor, leaf: number, register: number): number {
	const { s } = hv.pcpu.cpu;
	s[REG.EAX * 2] = leaf;
	s[REG.ECX * 2] = 0;
	cpuid(hv.pcpu.cpu);
	return s[register * 2] >>> 0;
}
const hasNx = (hv: Hypervisor): boolean =>
	cpuidRegister(hv, 0x8000_0000, REG.EAX) >= 0x8000_0001 &&
	((cpuidRegister(hv, 0x8000_0001, REG.EDX) >>> 20) & 1) === 1;
const hasFpu = (hv: Hypervisor): boolean => (cpuidRegister(hv, 1, REG.EDX) & 1) === 1;

/**
 * Boots the hypervisor on its machine. Afterwards the machine idles, and domains can be created.
 * @param kernel what the first domain has, if it is to run a kernel
 * @returns the first domain, for the programs that play it or are its user space
 */
export function boot(hv: Hypervisor, kernel?: FirstDomain): Domain {
	hv.calls = CALLS;
	initMemory(hv);
	for (const page of PAGES) hv.xenPages.push({ ...page, mfn: hv.heap.allocate() });
	writeText(hv, hv.xenPage(layout.XEN_TEXT_VIRT));
	writeIdt(hv, hv.xenPage(layout.XEN_IDT_VIRT));
	writeGdt(hv, hv.xenPage(layout.XEN_GDT_VIRT));
	writeTss(hv, hv.xenPage(layout.XEN_TSS_VIRT));
	hv.pcpu.frame = new Frame(hv.machine.memory, hv.xenPage(layout.XEN_STACK_TOP - 0x1000) + 0x1000 - FRAME_SIZE);
	initXenMappings(hv);
	hv.sched = createScheduler(hv);
	hv.pcpu.lapic.setTimerVector(layout.TIMER_VECTOR);
	startProcessor(hv, hv.pcpu);
	const { memory, clock } = hv.machine;
	log(hv, 'Xen-compatible hypervisor, 32-bit PAE, paravirtual guests');
	log(hv, `${memory.size / 2 ** 20} MiB RAM, processor at ${clock.hz / 1e6} MHz`);
	log(hv, `Scheduler: ${hv.options.scheduler}, ${hv.options.sliceMs} ms a slice`);
	return createControlDomain(hv, kernel);
}
