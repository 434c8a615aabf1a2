/** Several processors on one memory: each has a page of its own, and they share what has been decoded. */
import { expect, it } from 'vitest';
import { NullRecorder } from '../../trace/events';
import { CR0 } from '../../x86/control';
import { GPR } from '../../x86/registers';
import { Bus } from '../bus';
import { Clock } from '../clock';
import { DEFAULT_PROFILE } from '../cost';
import { Cpu } from '../cpu/cpu';
import { resetCpu } from '../cpu/state';
import { movToCr } from '../cpu/system';
import { PhysicalMemory } from '../memory';
import { BlockCache } from './blocks';
import { Engine } from './engine';

const CODE = 0x1000;
const COUNTER = 0x3000;

/** Processors with flat segments that are about to run `code`. */
function processors(count: number, code: readonly number[]): { memory: PhysicalMemory; engines: [Cpu, Engine][] } {
	const memory = new PhysicalMemory(0x1_0000, count);
	memory.copyIn(CODE, Uint8Array.from(code));
	const blocks = new BlockCache(memory);
	const engines = Array.from({ length: count }, (_, number): [Cpu, Engine] => {
		const parts = { memory, bus: new Bus(), clock: new Clock(DEFAULT_PROFILE), recorder: new NullRecorder() };
		const cpu = new Cpu({ ...parts, number });
		resetCpu(cpu);
		cpu.eip = CODE;
		return [cpu, new Engine(cpu, blocks)];
	});
	return { memory, engines };
}

it('each has registers of its own, and memory is everybody\u2019s', () => {
	// add %ecx, (COUNTER); inc %ecx; jmp CODE
	const { memory, engines } = processors(3, [0x01, 0x0d, 0, 0x30, 0, 0, 0x41, 0xeb, 0xf7]);
	for (const [n, [cpu]] of engines.entries()) cpu.s[GPR.ECX << 1] = 100 * n;
	for (const [n, [, engine]] of engines.entries()) engine.run(3 * (n + 1));
	expect(engines.map(([cpu]) => cpu.s[GPR.ECX << 1])).toEqual([1, 102, 203]);
	expect(engines.map(([cpu]) => cpu.icount)).toEqual([3, 6, 9]);
	expect(memory.read32(COUNTER)).toBe(0 + 100 + 101 + 200 + 201 + 202);
});

it('each has a TLB of its own', () => {
	// mov (COUNTER), %eax; jmp CODE
	const { memory, engines } = processors(2, [0xa1, 0, 0x30, 0, 0, 0xeb, 0xf9]);
	memory.write32(COUNTER, 7);
	memory.write32(0x4000, 8);
	// Page tables of the second: all as it is, but COUNTER lies in frame 4.
	for (let page = 0; page < 16; page++) memory.write32(0x6000 + 4 * page, (page << 12) | 3);
	memory.write32(0x6000 + 4 * 3, 0x4003);
	memory.write32(0x5000, 0x6003);
	const [, [second]] = engines;
	movToCr(second, 3, 0x5000);
	movToCr(second, 0, second.cr0 | CR0.PG);
	for (const [, engine] of engines) engine.run(20);
	expect(engines.map(([cpu]) => cpu.s[GPR.EAX << 1])).toEqual([7, 8]);
});

it('code that one writes is new code for all', () => {
	// mov $1, %eax; jmp CODE
	const { engines } = processors(2, [0xb8, 1, 0, 0, 0, 0xeb, 0xf9]);
	for (const [, engine] of engines) engine.run(10);
	const [[first], [second, other]] = engines;
	first.write8(3, CODE + 1, 2);
	other.run(10);
	expect([first.s[0], second.s[0]]).toEqual([1, 2]);
});
