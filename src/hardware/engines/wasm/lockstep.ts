/** For tests: two engines side by side over the same program, cut at different moments, compared all the time. */
import { createHash } from 'node:crypto';
import { CODE_PAGES, machineFor, randomProgram, type Program } from './programs';
import type { RegionCounters } from './regions';
import type { Machine } from '../../machine';
import { AddressGuard } from '../guard';
import { Random } from '../oracle/cases';
import { CODE } from '../oracle/oracle';
import type { Row } from '../../../x86/isa';

/** All that a machine is, as a hash: registers, flags, TLB and its counters, time, RAM, devices. */
function print(machine: Machine): string {
	const text = JSON.stringify(machine.save(), (_key, value: unknown) =>
		ArrayBuffer.isView(value)
			? createHash('sha1')
					.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
					.digest('hex')
			: value
	);
	return createHash('sha1').update(text).digest('hex');
}

/** Where two engines came apart. */
export interface Difference {
	readonly seed: number;
	readonly icount: number;
	readonly program: Program;
}

/** Runs a machine for exactly `length` instructions, in pieces of every kind. */
function inPieces(machine: Machine, length: number, random: Random): void {
	const { cpu, memory, engine } = machine;
	const end = cpu.icount + length;
	// A program in ring 0 may lose its stack, and with it the processor.
	while (cpu.icount < end && !cpu.shutdown) {
		const rest = end - cpu.icount;
		if (random.chance(10)) memory.markAllClean();
		engine.guard = random.chance(15)
			? new AddressGuard([CODE + random.below(random.pick([0x100, 0x1100, CODE_PAGES * 0x1000]))])
			: null;
		const piece = random.chance(20) ? 1 + random.below(8) : random.chance(50) ? 1 + random.below(rest) : rest;
		const until = random.chance(20) ? machine.clock.now + random.below(300) : Infinity;
		machine.run(Math.min(rest, piece), until);
		if (random.chance(5)) machine.restore(structuredClone(machine.save()));
	}
	engine.guard = null;
}

/**
 * Runs the program of a seed by both engines.
 * @param lengths instructions between two comparisons
 * @param counters what compiled code did is added to these
 * @param rows instructions that the program is made of for the most part; of all where left out
 * @returns where they came apart, or null
 */
export function compareEngines(
	seed: number,
	lengths: readonly number[],
	counters: Partial<RegionCounters>,
	rows: readonly Row[] | null = null
): Difference | null {
	const random = new Random(seed);
	const program = randomProgram(random, rows);
	const [plain, compiled] = [machineFor(program, 'interpreter'), machineFor(program, 'wasm')];
	for (const length of lengths) {
		plain.run(length);
		inPieces(compiled, length, random);
		if (print(plain) !== print(compiled)) return { seed, icount: plain.cpu.icount, program };
	}
	const { compiled: made, entered, instructions, dropped } = compiled.engine.regions!.counters;
	for (const [name, value] of Object.entries({ compiled: made, entered, instructions, dropped })) {
		const key = name as 'entered';
		counters[key] = (counters[key] ?? 0) + value;
	}
	return null;
}
