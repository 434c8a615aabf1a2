/**
 * GNU Mach for Xen, unmodified, on the way to its own end. It sets up memory, descriptors and traps; then it writes into a page
 * directory of its own that it has made read-only. Xen emulates no such write: the fault is delivered, and Mach gives up, by the
 * old sched_op whose reason is the low byte of what it passes. Its console is not open yet: why, stands in its message buffer.
 */
import { describe, expect, it } from 'vitest';
import { audit } from '../hypervisor/mm/audit';
import { jsonl } from '../trace/export/jsonl';
import type { Run } from './run';
import { hasMach, MACH, runGuest } from './testing';

/** A line of the trace, as far as it is used here. */
interface Line {
	kind: string;
	name: string;
	args: number[];
	result: number;
	from_ring?: number;
	error?: number;
}

const lines = (run: Run): Line[] =>
	[...jsonl(run.trace)]
		.join('')
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Line);

/** What Mach told nobody but itself: the text in its memory from `first` on. */
function messages(run: Run, first: string): string {
	const ram = Buffer.from(run.system.machine.memory.ram);
	const at = ram.indexOf(first);
	expect(at).toBeGreaterThan(0);
	return ram.toString('latin1', at, ram.indexOf(0, at));
}

describe.runIf(hasMach)('GNU Mach for Xen, unmodified', () => {
	const run = hasMach ? runGuest(MACH, { memoryMiB: 64 }) : null!;
	const report = hasMach ? run.advance({}, 10_000_000) : null!;

	it('makes as many hypercalls as on a real Xen, 378 and the one that ends it', () => {
		const calls = lines(run).filter(({ kind }) => kind === 'hypercall');
		expect(calls).toHaveLength(378 + 1);
		expect(calls.filter(({ result }) => result < 0)).toEqual([]);
		expect(calls.at(-1)!.name).toBe('sched_op_compat');
	});

	it('ends for the reason that it gives: the low byte of an address', () => {
		expect(report.cause).toBe('ended');
		const [how, reason] = lines(run).findLast(({ kind }) => kind === 'hypercall')!.args;
		expect(how).toBe(2);
		expect(reason).toBeGreaterThan(0xff);
		expect(run.system.guests[0].status).toEqual({ alive: false, dying: false, shutdown: reason & 0xff, crash: null });
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('has written into a page table by itself, and met a page fault in ring 1', () => {
		const fault = lines(run).findLast(({ kind }) => kind === 'page_fault')!;
		expect(fault).toMatchObject({ from_ring: 1, error: 3 });
	});

	it('says so in its message buffer, and nothing on its console', () => {
		expect(run.consoles.text(1)).toBe('');
		const said = messages(run, 'Running on xen-3.0-x86_32p.');
		expect(said).toMatch(/biosmem: 0+:0*4000000, available\n/);
		expect(said).toMatch(/trapno 14: Page fault, error 00000003\npanic .*kernel_trap: trap\n/);
	});
});
