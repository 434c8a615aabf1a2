/**
 * The host's own processor as an oracle: `harness.c` executes cases as 32-bit user code and reports what became of them.
 * Nothing here is part of the emulator; the tests use it where a C compiler and an x86 host are at hand.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Linear addresses of the code and data areas, on the host and in the emulated machine. */
export const CODE = 0x1000_0000;
export const DATA = 0x2000_0000;
export const DATA_BYTES = 0x2000;
/** Most bytes of code in a case. */
export const CODE_BYTES = 84;

/** What to execute. With TF in `eflags` one instruction runs, otherwise it runs to an INT3 (CCh) or a fault. */
export interface Case {
	/** EAX ECX EDX EBX ESP EBP ESI EDI. */
	readonly regs: readonly number[];
	readonly eflags: number;
	/** Seed of the data area's contents, not 0. */
	readonly seed: number;
	/** At most CODE_BYTES bytes, at address CODE. */
	readonly code: readonly number[];
	/** For messages. */
	readonly text: string;
}

export interface Result {
	readonly regs: readonly number[];
	readonly eip: number;
	readonly eflags: number;
	/** Vector that ended the case, its error code, and CR2 for a page fault. */
	readonly trap: number;
	readonly error: number;
	readonly cr2: number;
	/** FNV-1a of the data area, by words. */
	readonly hash: number;
}

const CASE_WORDS = 32;
const RESULT_WORDS = 14;

/** A case that any i386 can do: used to see whether this host can. */
const PROBE: Case = {
	regs: [1, 2, 0, 0, DATA, 0, 0, 0],
	eflags: 0x302,
	seed: 1,
	code: [0x01, 0xc8],
	text: 'ADD EAX, ECX'
};

/** First family of AMD processors that behaves as the one ours was compared with (Zen). */
const ZEN = 0x17;

function isComparable(): boolean {
	const info = readFileSync('/proc/cpuinfo', 'utf8');
	return info.includes('AuthenticAMD') && Number(/^cpu family\s*: (\d+)$/m.exec(info)?.[1] ?? 0) >= ZEN;
}

/** The compiled harness, or the reason why there is none. */
export function buildHarness(): { run: (cases: readonly Case[]) => Result[] } | { reason: string } {
	if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'ia32')) {
		return { reason: `the host is ${process.platform} on ${process.arch}, not Linux on x86` };
	}
	if (!isComparable())
		return { reason: 'flags that the manual leaves undefined follow AMD’s Zen, and this is another processor' };
	const source = fileURLToPath(new URL('harness.c', import.meta.url));
	const program = join(mkdtempSync(join(tmpdir(), 'ringside-oracle-')), 'harness');
	const flags =
		'-m32 -O2 -ffreestanding -nostdlib -static -fno-pic -no-pie -fno-stack-protector -fno-builtin -mno-sse -mno-mmx';
	const built = spawnSync('gcc', [...flags.split(' '), '-o', program, source], { encoding: 'utf8' });
	if (built.status !== 0)
		return { reason: `gcc cannot build 32-bit code here: ${built.error?.message ?? built.stderr}` };
	const run = (cases: readonly Case[]): Result[] => runHarness(program, cases);
	try {
		if (run([PROBE])[0].regs[0] !== 3) return { reason: 'the host executes 32-bit code wrongly' };
	} catch (error) {
		return { reason: `the host does not execute 32-bit code: ${String(error)}` };
	}
	return { run };
}

function runHarness(program: string, cases: readonly Case[]): Result[] {
	const input = new Uint8Array(4 + cases.length * CASE_WORDS * 4);
	const view = new DataView(input.buffer);
	view.setUint32(0, cases.length, true);
	cases.forEach((test, n) => {
		const at = 4 + n * CASE_WORDS * 4;
		test.regs.forEach((value, r) => view.setUint32(at + 4 * r, value, true));
		view.setUint32(at + 32, test.eflags, true);
		view.setUint32(at + 36, test.seed, true);
		view.setUint32(at + 40, test.code.length, true);
		input.fill(0xcc, at + 44, at + CASE_WORDS * 4);
		input.set(test.code, at + 44);
	});
	const done = spawnSync(program, { input, maxBuffer: 1 << 30 });
	if (done.status !== 0 || done.stdout.length !== cases.length * RESULT_WORDS * 4) {
		throw new Error(`harness ended with ${done.status ?? done.signal} after ${done.stdout.length} bytes`);
	}
	const output = new DataView(done.stdout.buffer, done.stdout.byteOffset);
	return cases.map((_test, n) => {
		const word = (i: number): number => output.getUint32((n * RESULT_WORDS + i) * 4, true);
		const regs = [0, 1, 2, 3, 4, 5, 6, 7].map(word);
		return { regs, eip: word(8), eflags: word(9), trap: word(10), error: word(11), cr2: word(12), hash: word(13) };
	});
}
