/**
 * Speed of the processor: guest MIPS on small kernels, compiled from bench/cpu.c and run in ring 0 under PAE paging.
 *
 *     npx tsx bench/cpu.ts [millions of instructions a kernel]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { movToCr } from '../src/hardware/cpu/system';
import { Machine } from '../src/hardware/machine';

const KERNELS = ['ALU loop', 'sieve', 'quicksort', 'copy', 'calls', 'rep movs'] as const;
const LOAD = 0x10_0000;
const MEMORY = 0x80_0000;
const EBX = 3 << 1;
const ECX = 1 << 1;

function compile(): Uint8Array {
	const output = join(mkdtempSync(join(tmpdir(), 'ringside-bench-')), 'cpu.bin');
	const source = fileURLToPath(new URL('cpu.c', import.meta.url));
	const flags =
		'-m32 -O2 -march=i686 -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables ' +
		`-fno-tree-loop-distribute-patterns -fno-toplevel-reorder -Wl,--build-id=none,--oformat=binary,-Ttext=0x${LOAD.toString(16)},-e,start`;
	const built = spawnSync('gcc', [...flags.split(' '), '-o', output, source], { encoding: 'utf8' });
	if (built.status !== 0) throw new Error(`gcc cannot build the kernels: ${built.error?.message ?? built.stderr}`);
	return readFileSync(output);
}

/** A machine with all of its memory mapped one to one by 4 KiB pages. */
function prepare(code: Uint8Array): Machine {
	const machine = new Machine({ ramBytes: MEMORY });
	const { cpu, memory } = machine;
	memory.copyIn(LOAD, code);
	const [pointers, directory, tables] = [0x1000, 0x2000, 0x3000];
	memory.write32(pointers, directory | 1);
	for (let i = 0; i < MEMORY / 0x20_0000; i++) memory.write32(directory + 8 * i, (tables + 0x1000 * i) | 3);
	for (let page = 0; page < MEMORY / 4096; page++) memory.write32(tables + 8 * page, (page * 4096) | 3);
	movToCr(cpu, 4, 1 << 5);
	movToCr(cpu, 3, pointers);
	movToCr(cpu, 0, 0x8001_0011 | 0);
	return machine;
}

function measure(code: Uint8Array, kernel: number, instructions: number): number {
	const machine = prepare(code);
	const { cpu } = machine;
	cpu.eip = LOAD;
	cpu.esp = 0x8_0000;
	cpu.s[EBX] = kernel;
	cpu.s[ECX] = 0x7fff_ffff;
	machine.run(instructions / 10);
	const [from, began] = [cpu.icount, process.cpuUsage().user];
	machine.run(instructions);
	return (cpu.icount - from) / (process.cpuUsage().user - began);
}

const instructions = Number(process.argv[2] ?? 50) * 1e6;
const code = compile();
KERNELS.forEach((name, kernel) => {
	// One repeated instruction copies 64 KiB, so that far fewer retire.
	const count = name === 'rep movs' ? instructions / 2000 : instructions;
	const mips = measure(code, kernel, count);
	const text = name === 'rep movs' ? `${((mips * 65536) / 3 / 1000).toFixed(1)} GB/s` : `${mips.toFixed(0)} MIPS`;
	console.log(`${name.padEnd(12)}${text}`);
});
