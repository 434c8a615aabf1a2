/** Building bricks for tests: a processor without an engine, and descriptors, gates and tables in its RAM. */
import type { Recorder } from '../trace/events';
import { NullRecorder } from '../trace/events';
import { Bus } from './bus';
import { Clock } from './clock';
import { COST_PROFILES } from './cost';
import { Cpu } from './cpu/cpu';
import { Fault } from './cpu/fault';
import { ACCESS_BITS } from './cpu/segment-register';
import { resetCpu } from './cpu/state';
import { CS, DS, SS } from './layout';
import { PhysicalMemory } from './memory';

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
	const cpu = new Cpu({ memory, clock: new Clock(COST_PROFILES.unit), bus: new Bus(), recorder });
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
	const access = (type << 8) | (dpl << 13) | (present ? 0x8000 : 0) | (big ? 0x40_0000 : 0) | (pages ? 0x80_0000 : 0);
	const low = ((base << 16) | (limit & 0xffff)) >>> 0;
	const high = ((base & 0xff00_0000) | (limit & 0xf_0000) | ((base >>> 16) & 0xff) | (access & ACCESS_BITS)) >>> 0;
	return [low, high];
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
	const low = ((selector << 16) | (offset & 0xffff)) >>> 0;
	const high = ((offset & 0xffff_0000) | (present ? 0x8000 : 0) | (dpl << 13) | (type << 8) | count) >>> 0;
	return [low, high];
}

/** Writes a descriptor into slot `index` of a table. */
export function put(memory: PhysicalMemory, table: number, index: number, [low, high]: [number, number]): void {
	memory.write32(table + index * 8, low);
	memory.write32(table + index * 8 + 4, high);
}

export const CODE = 0x1a;
export const DATA = 0x12;

/** Selector of ring `ring`'s flat code and data, after `flatRings`. */
export const codeOf = (ring: number): number => ((1 + ring * 2) << 3) | ring;
export const dataOf = (ring: number): number => ((2 + ring * 2) << 3) | ring;

/** Puts flat code and data for the four rings in GDT slots 1..8, and a 32-bit TSS with stacks 0x8000, 0x9000, 0xa000 in slot 9. */
export function flatRings(t: TestCpu): void {
	for (let ring = 0; ring < 4; ring++) {
		put(t.memory, GDT, 1 + ring * 2, descriptor({ type: CODE, dpl: ring }));
		put(t.memory, GDT, 2 + ring * 2, descriptor({ type: DATA, dpl: ring }));
	}
	put(t.memory, GDT, 9, descriptor({ base: TSS, limit: 0x67, type: 11, big: false, pages: false }));
	for (let ring = 0; ring < 3; ring++) {
		t.memory.write32(TSS + 4 + ring * 8, 0x8000 + ring * 0x1000);
		t.memory.write32(TSS + 8 + ring * 8, dataOf(ring));
	}
	t.cpu.tr.set(9 << 3, TSS, 0x67, 0x8b00, true);
}

/** Puts the processor in `ring` with flat segments, EIP 0x5000 and ESP 0x7000. */
export function inRing(cpu: Cpu, ring: number): void {
	const access = ring << 13;
	cpu.setSegment(CS, codeOf(ring), 0, 0xffff_ffff, 0x00c0_9b00 | access);
	for (const index of [0, SS, DS, 4, 5]) cpu.setSegment(index, dataOf(ring), 0, 0xffff_ffff, 0x00c0_9300 | access);
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
