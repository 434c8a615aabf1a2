/** Building bricks for tests: a processor without an engine, and descriptors, gates and tables in its RAM. */
import type { Recorder } from '../trace/events';
import { NullRecorder } from '../trace/events';
import { Bus } from './bus';
import { Clock } from './clock';
import { COST_PROFILES } from './cost';
import { Cpu } from './cpu/cpu';
import { Fault } from './cpu/fault';
import { resetCpu } from './cpu/state';
import { PhysicalMemory } from './memory';
import {
	ACCESS_BITS,
	BIG,
	descriptorWords,
	DPL_SHIFT,
	gateWords,
	LOADED_CODE,
	LOADED_DATA,
	PAGES,
	PRESENT,
	READABLE_CODE,
	SEGMENT,
	SYSTEM,
	systemAccess,
	TYPE_SHIFT,
	WRITABLE_DATA
} from '../x86/descriptors';
import { CS, DS, SS } from '../x86/registers';
import { TSS32, TSS_SIZE, tssStack } from '../x86/tss';

/** Where the tests keep their tables (physical and, without paging, linear). */
export const GDT = 0x1000;
export const IDT = 0x2000;
export const LDT = 0x3000;
export const TSS = 0x4000;

/** A recorder that keeps events as arrays: [kind, ...arguments]. */
export class ListRecorder extends NullRecorder implements Recorder {
	readonly events: number[][] = [];
	override record(...event: number[]): number {
		this.events.push(event);
		return super.record();
	}
	of(kind: number): number[][] {
		return this.events.filter((event) => event[0] === kind).map((event) => event.slice(1));
	}
}

export interface TestCpu {
	cpu: Cpu;
	memory: PhysicalMemory;
	recorder: ListRecorder;
}

/** A processor after reset with `mib` MiB of RAM, the GDT and IDT registers pointing at GDT and IDT. */
export function makeCpu(mib = 1): TestCpu {
	const memory = new PhysicalMemory(mib * 0x10_0000);
	const recorder = new ListRecorder();
	const cpu = new Cpu({ memory, clock: new Clock(COST_PROFILES.unit), bus: new Bus(memory), recorder });
	resetCpu(cpu);
	Object.assign(cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(cpu.idtr, { base: IDT, limit: 0x7ff });
	return { cpu, memory, recorder };
}

export interface SegmentShape {
	base?: number;
	/** Raw 20-bit limit. */
	limit?: number;
	/** Type and S bit: 0x10 | type for code and data, the type alone for system descriptors. */
	type: number;
	dpl?: number;
	present?: boolean;
	big?: boolean;
	pages?: boolean;
}

/** The two words of a segment or system descriptor; flat and 32-bit unless said otherwise. */
export function descriptor(shape: SegmentShape): [low: number, high: number] {
	const { base = 0, limit = 0xfffff, type, dpl = 0, present = true, big = true, pages = true } = shape;
	const access =
		(present ? PRESENT : 0) | (big ? BIG : 0) | (pages ? PAGES : 0) | (dpl << DPL_SHIFT) | (type << TYPE_SHIFT);
	return [...descriptorWords(base, limit, access & ACCESS_BITS)];
}

/** The two words of a gate. */
export function gate(
	type: number,
	selector: number,
	offset: number,
	dpl = 0,
	count = 0,
	present = true
): [number, number] {
	return [...gateWords(selector, offset, (present ? PRESENT : 0) | (dpl << DPL_SHIFT) | (type << TYPE_SHIFT) | count)];
}

/** Writes a descriptor into slot `index` of a table. */
export function put(memory: PhysicalMemory, table: number, index: number, [low, high]: [number, number]): void {
	memory.write32(table + index * 8, low);
	memory.write32(table + index * 8 + 4, high);
}

export const CODE = (SEGMENT >>> TYPE_SHIFT) | READABLE_CODE;
export const DATA = (SEGMENT >>> TYPE_SHIFT) | WRITABLE_DATA;

/** Selector of ring `ring`'s flat code and data, after `flatRings`. */
export const codeOf = (ring: number): number => ((1 + ring * 2) << 3) | ring;
export const dataOf = (ring: number): number => ((2 + ring * 2) << 3) | ring;

/** Puts flat code and data for the four rings in GDT slots 1..8, and a 32-bit TSS with stacks 0x8000, 0x9000, 0xa000 in slot 9. */
export function flatRings(t: TestCpu): void {
	for (let ring = 0; ring < 4; ring++) {
		put(t.memory, GDT, 1 + ring * 2, descriptor({ type: CODE, dpl: ring }));
		put(t.memory, GDT, 2 + ring * 2, descriptor({ type: DATA, dpl: ring }));
	}
	put(
		t.memory,
		GDT,
		9,
		descriptor({ base: TSS, limit: TSS_SIZE - 1, type: SYSTEM.TSS32_BUSY, big: false, pages: false })
	);
	for (let ring = 0; ring < 3; ring++) {
		t.memory.write32(TSS + tssStack(TSS32, ring), 0x8000 + ring * 0x1000);
		t.memory.write32(TSS + tssStack(TSS32, ring) + 4, dataOf(ring));
	}
	t.cpu.tr.set(9 << 3, TSS, TSS_SIZE - 1, systemAccess(SYSTEM.TSS32_BUSY), true);
}

/** Puts the processor in `ring` with flat segments, EIP 0x5000 and ESP 0x7000. */
export function inRing(cpu: Cpu, ring: number): void {
	const access = ring << DPL_SHIFT;
	cpu.setSegment(CS, codeOf(ring), 0, 0xffff_ffff, LOADED_CODE | access);
	for (const index of [0, SS, DS, 4, 5]) cpu.setSegment(index, dataOf(ring), 0, 0xffff_ffff, LOADED_DATA | access);
	cpu.setCpl(ring);
	cpu.eip = 0x5000;
	cpu.esp = 0x7000;
}

/** What `action` throws as a fault, as [vector, error code], or null. */
export function faultOf(action: () => unknown): [vector: number, error: number] | null {
	try {
		action();
		return null;
	} catch (thrown) {
		if (thrown instanceof Fault) return [thrown.vector, thrown.error];
		throw thrown;
	}
}
