/** The interpreter is the specification: both engines give one history, however the run is cut. */
import { describe, expect, it } from 'vitest';
import { compareEngines } from './lockstep';
import { machineFor, randomProgram } from './programs';
import { isTranslated } from './operations';
import type { Policy, RegionCounters } from './regions';
import { Random, sequential } from '../oracle/cases';
import { Machine } from '../../machine';
import { COST_PROFILES } from '../../cost';
import { AddressGuard } from '../guard';
import { ROWS } from '../../../x86/isa';

const PROGRAMS = 40;

it(`${PROGRAMS} random programs, with faults, interrupts and writes to themselves`, () => {
	const counters: Partial<RegionCounters> = {};
	for (let seed = 1; seed <= PROGRAMS; seed++) expect(compareEngines(seed, [200, 2000, 4000], counters)).toBeNull();
	// It was no comparison of the interpreter with itself.
	expect(counters.compiled).toBeGreaterThan(PROGRAMS);
	expect(counters.instructions).toBeGreaterThan(1000 * PROGRAMS);
});

/** What is translated and goes on to the next instruction, by meaning. */
const TRANSLATED = [...new Set(ROWS.filter(sequential).map((row) => row.meaning.text))].filter(isTranslated);

it.each(TRANSLATED)('%s in all forms, among others', (text) => {
	const rows = ROWS.filter((row) => sequential(row) && row.meaning.text === text);
	const counters: Partial<RegionCounters> = {};
	const lengths = Array.from({ length: 10 }, (_, n) => 150 + n);
	for (let seed = 1; seed <= 12; seed++) expect(compareEngines(seed, lengths, counters, rows)).toBeNull();
	expect(counters.instructions).toBeGreaterThan(1000);
});

const CODE = 0x1000;
const [EAX, ECX, EDX] = [0, 2, 4];

/** A flat machine without paging that is about to run `code`. */
function flat(code: readonly number[]): Machine {
	const machine = new Machine({ ramBytes: 0x2_0000, profile: COST_PROFILES.unit, engine: 'wasm' });
	machine.memory.copyIn(CODE, Uint8Array.from(code));
	machine.cpu.eip = CODE;
	machine.cpu.esp = 0x7000;
	return machine;
}

describe('compiled code', () => {
	// mov $1000, %ecx; inc %eax; dec %ecx; jnz; jmp back
	const LOOP = [0xb9, 0xe8, 3, 0, 0, 0x40, 0x49, 0x75, 0xfc, 0xeb, 0xf5];

	it('is made of what is hot, and runs most of a loop', () => {
		const machine = flat(LOOP);
		machine.run(100_000);
		const { compiled, instructions, left } = machine.engine.regions!.counters;
		expect(compiled).toBe(1);
		expect(instructions).toBeGreaterThan(90_000);
		expect(left.access + left.operation).toBe(0);
	});

	it('is dropped by a write to its bytes, and the new code runs', () => {
		const machine = flat(LOOP);
		machine.run(10_001);
		const { counters } = machine.engine.regions!;
		const before = machine.cpu.s[EAX];
		expect(counters.compiled).toBe(1);
		// inc %eax becomes inc %edx.
		machine.memory.write8(CODE + 5, 0x42);
		machine.run(300_000);
		expect(machine.cpu.s[EAX] - before).toBeLessThan(2);
		expect(machine.cpu.s[EDX]).toBeGreaterThan(99_000);
		expect([counters.compiled, counters.dropped]).toEqual([2, 1]);
	});

	it('stops at exactly the instruction at which the budget is used up', () => {
		const machine = flat(LOOP);
		machine.run(50_000);
		for (const length of [1, 7, 1000, 12_345]) {
			const from = machine.cpu.icount;
			machine.run(length);
			expect(machine.cpu.icount - from).toBe(length);
		}
		// EAX counts the rounds, ECX counts down from 1000 in each: 3 instructions a round, 2 more for each thousand.
		const { icount, s } = machine.cpu;
		expect(Math.abs(s[EAX] - (icount * 1000) / 3002)).toBeLessThan(2);
		expect(s[ECX]).toBeGreaterThan(0);
	});

	it('lets an entry rest that is left at once every time', () => {
		// inc %eax is compiled; pusha and popa are the interpreter's.
		const machine = flat([0x40, 0x60, 0x61, 0xeb, 0xfb]);
		machine.run(20_000);
		const { counters } = machine.engine.regions!;
		// 256 visits of one instruction; 2048 times round without, and as many visits again.
		expect([counters.rested, counters.entered]).toEqual([2, 512]);
	});

	/** A loop that calls a function in its own page and one in the next; each counts to some number. */
	function twoPages(to: number, policy: Partial<Policy>): Machine {
		const { setting } = randomProgram(new Random(1));
		const counting = [0xb9, to, 0, 0, 0, 0x49, 0x75, 0xfd, 0xc3];
		const code = [0xe8, 0xfb, 0, 0, 0, 0xe8, 0xf6, 0x0f, 0, 0, 0xeb, 0xf4];
		while (code.length < 0x100) code.push(0x90);
		code.push(...counting);
		while (code.length < 0x1000) code.push(0x90);
		code.push(...counting);
		const machine = machineFor({ code, starts: [0], setting: { ...setting, timer: 1 << 30 } }, 'wasm');
		machine.cpu.esp = 0x2000_0800;
		const regions = machine.engine.regions!;
		regions.policy = { ...regions.policy, ...policy };
		return machine;
	}

	it('keeps no more regions than it may', () => {
		const machine = twoPages(100, { most: 1, frames: 1 });
		machine.run(5000);
		expect(machine.engine.regions!.counters.evicted).toBeGreaterThan(0);
		expect(machine.cpu.eip).toBeGreaterThan(0x1000_0000);
	});

	it('goes from page to page where they lead to each other often, but for a debugger that waits in one of them', () => {
		const machine = twoPages(2, { frames: 2, most: 9 });
		const { counters } = machine.engine.regions!;
		machine.run(5000);
		const { entered } = counters;
		machine.run(50_000);
		expect(counters.entered - entered).toBeLessThan(5);
		const waited = 0x1000_1000;
		machine.engine.guard = new AddressGuard([waited]);
		const from = machine.cpu.icount;
		expect([machine.run(1000), machine.cpu.eip]).toEqual(['breakpoint', waited]);
		// In the first round, of not quite thirty instructions.
		expect(machine.cpu.icount - from).toBeLessThan(30);
	});
});
