/**
 * v86 (npm `v86`) as a peer: its processor with flat memory and PAE paging, no BIOS and no device in use. It is started by
 * a multiboot image of a few instructions; after that its registers and memory are set from outside.
 */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { V86 } from 'v86';
import type { Engine, Job } from './engines';
import { CR0, CR4, LOAD, MEMORY, pageTables, POINTERS } from './engines';

/** What is used of v86's processor; its arrays are views of its own memory. */
interface Processor {
	/** Runs for about a millisecond, or until HLT. */
	main_loop(): number;
	write_blob(bytes: Uint8Array, address: number): void;
	mem8: Uint8Array;
	reg32: Int32Array;
	instruction_pointer: Int32Array;
	in_hlt: Uint8Array;
}

const STUB = 0x9000;
const MAGIC = 0x1bad_b002;
/** Multiboot header flag: the header itself says where the image goes. */
const ADDRESSES_VALID = 0x1_0000;

const le32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** mov $value, %eax; mov %eax, %crN */
const movToCr = (cr: number, value: number): number[] => [0xb8, ...le32(value), 0x0f, 0x22, 0xc0 | (cr << 3)];

/** A multiboot image whose code turns paging on and halts. */
function image(): ArrayBuffer {
	const header = 32;
	const code = [...movToCr(4, CR4), ...movToCr(3, POINTERS), ...movToCr(0, CR0), 0xf4];
	const bytes = new Uint8Array(8192);
	const end = STUB + header + code.length;
	const words = [MAGIC, ADDRESSES_VALID, -(MAGIC + ADDRESSES_VALID), STUB, STUB, end, end, STUB + header];
	bytes.set([...words.flatMap(le32), ...code]);
	return bytes.buffer;
}

async function boot(jit: boolean): Promise<V86> {
	const wasm = readFileSync(fileURLToPath(new URL('v86.wasm', import.meta.resolve('v86'))));
	const emulator = new V86({
		wasm_fn: async (imports) => (await WebAssembly.instantiate(wasm, imports)).instance.exports,
		multiboot: { buffer: image() },
		memory_size: MEMORY,
		vga_memory_size: 1 << 20,
		autostart: false,
		disable_speaker: true,
		disable_jit: !jit
	});
	await new Promise<void>((done) => emulator.add_listener('emulator-loaded', () => done()));
	return emulator;
}

/** @param jit whether it compiles hot code to WebAssembly */
export async function v86(code: Uint8Array, jit: boolean): Promise<Engine> {
	const emulator = await boot(jit);
	const { cpu } = (emulator as unknown as { v86: { cpu: Processor } }).v86;

	/** Between its slices the event loop turns, or what it compiles would never be put in. */
	async function untilHalt(): Promise<void> {
		cpu.in_hlt[0] = 0;
		for (;;) {
			cpu.main_loop();
			if (cpu.in_hlt[0]) return;
			await setImmediate();
		}
	}

	pageTables((address, bytes) => cpu.write_blob(bytes, address));
	await untilHalt();
	cpu.write_blob(code, LOAD);
	return {
		name: jit ? 'v86, JIT' : 'v86, no JIT',
		clear: (from, to) => void cpu.mem8.fill(0, from, to),
		async run({ eip, esp, kernel, rounds }: Job) {
			[cpu.reg32[1], cpu.reg32[3], cpu.reg32[4]] = [rounds, kernel, esp];
			cpu.instruction_pointer[0] = eip;
			await untilHalt();
			return cpu.reg32[0] >>> 0;
		},
		close: () => void emulator.destroy()
	};
}
