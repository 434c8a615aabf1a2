/** The kernels of bench/cpu.c as a flat binary, what every engine that runs them sets up, and Ringside as one of these. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { movToCr } from '../src/hardware/cpu/system';
import type { EngineName } from '../src/hardware/engines/names';
import { Machine } from '../src/hardware/machine';
import { TraceStore } from '../src/trace/store';

/** Where the binary is loaded, physical and linear; its first byte is where it starts. */
export const LOAD = 0x10_0000;
export const STACK = 0x8_0000;
/** Bytes of RAM. */
export const MEMORY = 0x80_0000;
/** The four page-directory pointers; the directory and its tables follow, each in a page. bench/cpu.c knows the tables. */
export const POINTERS = 0x1000;
/** PAE. */
export const CR4 = 0x20;
/** Paging, write protection, extension type, protected mode. */
export const CR0 = 0x8001_0011;

/** One call of a kernel. */
export interface Job {
	readonly kernel: number;
	readonly rounds: number;
	readonly eip: number;
	readonly esp: number;
}

/** An emulator that holds the binary, with paging on. */
export interface Engine {
	readonly name: string;
	/** Zeroes memory from `from` to below `to`. */
	clear(from: number, to: number): void;
	/** Runs until the kernel has returned. @returns its checksum */
	run(job: Job): Promise<number>;
	close(): void;
}

const FLAGS =
	'-m32 -O2 -march=i686 -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables ' +
	`-fno-tree-loop-distribute-patterns -fno-toplevel-reorder -Wl,--build-id=none,--oformat=binary,-Ttext=0x${LOAD.toString(16)},-e,start`;

/** Compiles bench/cpu.c; throws where there is no gcc that makes 32-bit code. */
export function compile(): Uint8Array {
	const folder = mkdtempSync(join(tmpdir(), 'ringside-bench-'));
	try {
		const output = join(folder, 'cpu.bin');
		const source = 'bench/cpu.c';
		const built = spawnSync('gcc', [...FLAGS.split(' '), '-o', output, source], { encoding: 'utf8' });
		if (built.status !== 0) throw new Error(`gcc cannot build the kernels: ${built.error?.message ?? built.stderr}`);
		return readFileSync(output);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** All of memory mapped one to one by 4 KiB pages for both rings. */
export function pageTables(write: (address: number, bytes: Uint8Array) => void): void {
	const [directory, tables] = [POINTERS + 0x1000, POINTERS + 0x2000];
	const entries = (at: number, values: number[]): void =>
		write(at, new Uint8Array(new Uint32Array(values.flatMap((value) => [value, 0])).buffer));
	entries(POINTERS, [directory | 1]);
	entries(
		directory,
		Array.from({ length: MEMORY / 0x20_0000 }, (_, i) => (tables + 0x1000 * i) | 7)
	);
	entries(
		tables,
		Array.from({ length: MEMORY / 4096 }, (_, page) => (page * 4096) | 7)
	);
}

/** Ringside's processor; its engine also says how many instructions a job takes. */
export interface Counting extends Engine {
	/** Instructions retired so far. */
	readonly instructions: number;
}

export function ringside(code: Uint8Array, engine: EngineName): Counting {
	const { cpu, memory, store, ...machine } = prepare(code, engine);
	return {
		name: `Ringside, ${engine}`,
		get instructions() {
			return cpu.icount;
		},
		clear: (from, to) => memory.fill(from, to - from, 0),
		run({ eip, esp, kernel, rounds }) {
			[cpu.eip, cpu.esp, cpu.halted] = [eip, esp, false];
			[cpu.s[1 << 1], cpu.s[3 << 1]] = [rounds, kernel];
			// Every event is recorded, as in a page; what jobs before this one recorded is forgotten.
			store.rewind();
			store.truncate();
			const stopped = machine.run();
			if (stopped !== 'idle') throw new Error(`the kernel stopped: ${stopped}`);
			return Promise.resolve(cpu.s[0] >>> 0);
		},
		close: () => {}
	};
}

function prepare(code: Uint8Array, engine: EngineName) {
	const store = new TraceStore();
	const machine = new Machine({ ramBytes: MEMORY, engine, recorder: store });
	const { clock, cpu, memory } = machine;
	store.attach({ now: () => clock.now, icount: () => cpu.icount, ring: () => cpu.cpl });
	memory.copyIn(LOAD, code);
	pageTables((address, bytes) => memory.copyIn(address, bytes));
	movToCr(cpu, 4, CR4);
	movToCr(cpu, 3, POINTERS);
	movToCr(cpu, 0, CR0 | 0);
	return { cpu, memory, store, run: () => machine.run(Infinity) };
}
