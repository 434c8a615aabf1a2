import { describe, expect, it, vi } from 'vitest';
import { HITS_INDEX } from '../layout';
import { Random } from '../engines/oracle/cases';
import {
	codeOf,
	DATA,
	dataOf,
	descriptor,
	faultOf,
	flatRings,
	gate,
	GDT,
	IDT,
	inRing,
	makeCpu,
	put,
	TSS,
	type TestCpu
} from '../testing';
import { deliver, interruptReturn, softwareInterrupt } from './interrupts';
import { saveCpu } from './state';
import { PRESENT, SYSTEM } from '../../x86/descriptors';
import { NO_ERROR, VECTOR } from '../../x86/exceptions';
import { IF, NT, RF, VM } from '../../x86/flags';
import { DS, FS } from '../../x86/registers';
import { TSS32, tssStack } from '../../x86/tss';

/** Vectors with gates to rings 0, 1 and 2, and the exceptions that are delivered here. */
const VECTORS = [0x40, 0x41, 0x42];
const FAULTS = [
	[VECTOR.GP, 0x18],
	[VECTOR.PF, 6],
	[VECTOR.UD, NO_ERROR]
] as const;

function prepared(remembers: boolean): TestCpu {
	const t = makeCpu();
	flatRings(t);
	VECTORS.forEach((vector, ring) => put(t.memory, IDT, vector, gate(SYSTEM.INTERRUPT_GATE32, codeOf(ring), 0x1234, 3)));
	for (const vector of [VECTOR.DF, VECTOR.NP, VECTOR.TS, VECTOR.SS, ...FAULTS.map(([fault]) => fault)])
		put(t.memory, IDT, vector, gate(SYSTEM.TRAP_GATE32, codeOf(0), 0x4321));
	inRing(t.cpu, 3);
	t.cpu.passages.enabled = remembers;
	return t;
}

/** One of the things that decide a passage, another than before; mostly it is put right again soon. */
function change(random: Random, { cpu, memory }: TestCpu): void {
	const word = (at: number, bits: number): void => memory.write32(at, memory.read32(at) ^ bits);
	const slot = GDT + (1 + random.below(8)) * 8;
	const bit = random.pick([PRESENT, 1 << 13, 1 << 14, 1 << 8, 1 << 9, 1 << 22, 1 << 23, 1 << 16]);
	random.pick([
		() => word(slot + 4, bit),
		() => word(slot, random.pick([1, 0xffff, 1 << 16])),
		() => word(IDT + random.pick(VECTORS) * 8 + 4, random.pick([PRESENT, 3 << 13, 1 << 8])),
		() => word(IDT + random.pick(VECTORS) * 8, random.pick([1, 8 << 16])),
		() => word(TSS + tssStack(TSS32, random.below(3)), random.pick([4, 8, 8, 0xff0, 2])),
		() => word(TSS + tssStack(TSS32, random.below(3)) + 4, random.pick([8, 1])),
		// A stack that ends within the frame, and an accessed bit that is clear.
		() => put(memory, GDT, 2, descriptor({ type: DATA, limit: 0x7fff + random.below(8), pages: false })),
		() => (cpu.idtr.limit ^= 0x7ff ^ 0x207),
		() => (cpu.gdtr.limit ^= 0x7ff ^ 0x27),
		() => (cpu.tr.limit ^= 103 ^ 9),
		() => (cpu.esp = 0x7000 - random.below(24)),
		() => cpu.seg[random.pick([DS, FS])].set(dataOf(0), 0, 0xffff_ffff, 0xcf9300, true)
	])();
}

/** Something that goes through a gate, or back. @returns the fault that it throws, as text */
function pass(random: Random, { cpu }: TestCpu): string {
	const flags = random.pick([2, 2, IF | 2, 0x8d7 | IF, RF | 2]);
	const [fault, error] = random.pick(FAULTS);
	const vector = random.pick([...VECTORS, ...VECTORS, fault]);
	const outwards = random.pick([1, 2, 3, 3, 3]);
	const act = random.pick([
		() => softwareInterrupt(cpu, vector, 'int n'),
		() => deliver(cpu, fault, 'fault', error),
		() => deliver(cpu, VECTORS[0], 'external'),
		() => interruptReturn(cpu, 32),
		() => interruptReturn(cpu, 32),
		// With a frame of the program's own.
		() => {
			cpu.esp = 0x6800;
			const own = random.pick([0, NT, VM, RF, 0]);
			[0x5555, codeOf(outwards), flags | own, 0x7000, dataOf(outwards)].forEach((word, i) =>
				cpu.memory.write32(0x6800 + i * 4, word)
			);
			interruptReturn(cpu, 32);
		}
	]);
	cpu.setEflags(flags);
	return JSON.stringify(faultOf(act));
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const stateOf = ({ cpu, memory, recorder }: TestCpu): string =>
	JSON.stringify([
		saveCpu(cpu),
		cpu.s[HITS_INDEX],
		cpu.clock.now,
		recorder.events.map((event) => event.map((word) => word >>> 0)),
		text(memory.bytes(GDT, 0x50)),
		text(memory.bytes(0x6700, 0x4000))
	]);

describe('passages that are known', () => {
	it('are as the long way is, whatever changed meanwhile', () => {
		let short = 0;
		for (let seed = 1; seed <= 60; seed++) {
			const twins = [prepared(true), prepared(false)];
			const found = vi.spyOn(twins[0].cpu.passages, 'findInward');
			const returned = vi.spyOn(twins[0].cpu.passages, 'findReturn');
			const randoms = twins.map(() => new Random(seed));
			for (let step = 0; step < 60; step++) {
				const results = twins.map((twin, i) => {
					twin.recorder.events.length = 0;
					if (randoms[i].chance(15)) change(randoms[i], twin);
					// What is between the passages of a guest: its own ring, and the segments that it uses.
					if (twin.cpu.shutdown || randoms[i].chance(15)) {
						twin.cpu.shutdown = false;
						inRing(twin.cpu, randoms[i].pick([1, 3]));
					}
					return [pass(randoms[i], twin), stateOf(twin)];
				});
				expect(results[0], `seed ${seed}, step ${step}`).toEqual(results[1]);
			}
			for (const { results } of [found.mock, returned.mock])
				short += results.filter(({ value }) => value !== null).length;
		}
		expect(short).toBeGreaterThan(400);
	});

	it('do not lead beyond the end of a stack', () => {
		const [known, never] = [prepared(true), prepared(false)].map((t) => {
			put(t.memory, GDT, 2, descriptor({ type: DATA, limit: 0x7fef, pages: false }));
			t.memory.write32(TSS + tssStack(TSS32, 0), 0x7ff0);
			softwareInterrupt(t.cpu, 0x40, 'int n');
			inRing(t.cpu, 3);
			t.memory.write32(TSS + tssStack(TSS32, 0), 0x7ff4);
			return [faultOf(() => softwareInterrupt(t.cpu, 0x40, 'int n')), stateOf(t)];
		});
		expect(known).toEqual(never);
		expect(known[0]).toEqual([VECTOR.SS, dataOf(0)]);
	});
});
