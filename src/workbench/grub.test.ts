/**
 * A guest that nobody here wrote: GRUB's image for Xen, unmodified. Its hypercalls up to the first event
 * send must be those that it made on a real Xen (`golden/grub-i386-xen.txt`: number, name, arguments as
 * they were recorded there), but for the numbers of machine frames.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HYPERCALLS, hypercallName, opName } from '../abi/hypercalls';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { Run } from './run';

const IMAGE = ['.cache/grub/grub-i386-xen.bin', '/usr/lib/grub-xen/grub-i386-xen.bin'].find((path) => existsSync(path));
const GOLDEN = 'src/workbench/golden/grub-i386-xen.txt';

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
/** A page-table entry without its frame. */
const flagsOnly = (value: number): string => hex(value & 0xfff);

/** Calls that the recording shows by what they do rather than by their registers. */
const SHORT: Readonly<Record<number, (args: readonly number[]) => string>> = {
	[HYPERCALLS.grant_table_op.nr]: ([op, , count]) => `${opName(HYPERCALLS.grant_table_op.nr, op)} ${count} ops`,
	[HYPERCALLS.mmu_update.nr]: ([, count]) => `${count} updates`,
	[HYPERCALLS.mmuext_op.nr]: ([, count]) => `${count} ops`
};

/** One hypercall as a line to compare: the event-channel call is named as the recording names it. */
function line(nr: number, args: readonly number[]): string {
	const name = hypercallName(nr).replace('event_channel_op', 'evtchn_op');
	const words = args.map(hex);
	if (nr === HYPERCALLS.update_va_mapping.nr) words[1] = flagsOnly(args[1]);
	return `${nr.toString(16)} (${name}) ${SHORT[nr]?.(args) ?? words.join(' ')}`;
}

/** The recording in the same form; the pieces of one preempted call (negative counts) are that call. */
const golden = (): string[] =>
	readFileSync(GOLDEN, 'utf8')
		.trim()
		.split('\n')
		.filter((text) => !/-\d+ ops$/.test(text))
		.map((text) => /^hypercall\s+([0-9a-f]+) \((\w+)\) (.*)$/.exec(text)!)
		.map(([, nr, name, rest]) => {
			if (!/^[0-9a-f]{8}( |$)/.test(rest)) return `${nr} (${name}) ${rest}`;
			return line(
				Number.parseInt(nr, 16),
				rest.split(' ').map((word) => Number.parseInt(word, 16))
			);
		});

/** The hypercalls that a run has recorded, as lines. */
const made = (run: Run): string[] =>
	Array.from({ length: run.trace.length }, (_, seq) => seq)
		.filter((seq) => run.trace.kind(seq) === KIND.hypercall)
		.map((seq) => {
			const arg = (name: string): number => run.trace.arg(seq, name);
			return line(arg('nr'), ['arg1', 'arg2', 'arg3', 'arg4', 'arg5'].map(arg));
		});

const start = (input: string[] = []): Run =>
	new Run(
		{
			domains: [{ name: 'grub', image: 'grub', memoryMiB: 64 }],
			input: input.map((text) => ({ text, when: { kind: 'text' as const, text: 'grub> ' } }))
		},
		() => new Uint8Array(readFileSync(IMAGE!))
	);

describe.runIf(IMAGE)('GRUB, unmodified', () => {
	it('boots to its prompt by the hypercalls that it makes on a real Xen', () => {
		const run = start();
		expect(run.advance({ text: 'grub>' }, 500_000_000).cause).toBe('text');
		const expected = golden();
		expect(made(run).slice(0, expected.length)).toEqual(expected);
		expect(run.consoles.text(1)).toContain('Welcome to GRUB!');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('takes what is typed, and powers off when told to', () => {
		const run = start(['ls\n', 'echo seen from the ring\n', 'halt\n']);
		const report = run.advance({ cycle: 20e9 }, 2_000_000_000);
		expect(run.consoles.text(1)).toMatch(/\(memdisk\) \(proc\)/);
		expect(run.consoles.text(1)).toMatch(/\n\r?seen from the ring/);
		expect(report.cause).toBe('ended');
		expect(run.system.guests[0].status).toMatchObject({ alive: false, shutdown: 0, crash: null });
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});
