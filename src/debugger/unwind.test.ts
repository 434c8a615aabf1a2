/** Back traces beside what really happened: a stack of calls kept while the machine goes on instruction by instruction. */
import { describe, expect, it } from 'vitest';
import { KIND } from '../trace/events';
import { inspect, readLinear } from '../workbench/inspect/moment';
import type { Run } from '../workbench/run';
import { GRUB, hasGrub, imageFile, runGuest, stopAt } from '../workbench/testing';
import { DebugSession } from './session';
import { LocalRun } from './testing';
import type { BackTrace } from './back-trace';

const open = (image: string, cmdline = ''): { run: Run; session: DebugSession } => {
	const run = runGuest(image, { cmdline });
	return { run, session: DebugSession.open(new LocalRun(run), imageFile(image)) };
};
const names = ({ frames }: BackTrace): string[] => frames.map((frame) => frame.name);
const reasons = ({ frames }: BackTrace): string[] => frames.map((frame) => frame.because).filter(Boolean);

/** Return addresses of calls that have not come back, kept by watching CALL and RET of ring 1. */
class ShadowStack {
	readonly calls: { at: number; pc: number }[] = [];

	/** One instruction of `bytes` at `pc` was executed. @param before ESP before it @param after ESP after it */
	note(bytes: Uint8Array, pc: number, before: number, after: number): void {
		while (this.calls.length > 0 && after > this.calls.at(-1)!.at) this.calls.pop();
		const length = bytes[0] === 0xe8 ? 5 : bytes[0] === 0xff && ((bytes[1] >>> 3) & 7) === 2 ? 0 : -1;
		if (length < 0 || after !== before - 4) return;
		this.calls.push({ at: after, pc: length ? pc + length : -1 });
	}
}

describe('a back trace', () => {
	it.each([
		['hello', '', 3000],
		['pocket', 'run=hello', 12_000]
	])(
		'of %s %s agrees with the calls that were made, at many moments',
		async (image, cmdline, count) => {
			const { run, session } = open(image, cmdline);
			run.advance({ kinds: [KIND.far_return] });
			const { cpu } = run.system.machine;
			const shadow = new ShadowStack();
			let compared = 0;
			for (let step = 0; step < count; step++) {
				const { eip, cpl } = cpu;
				const before = cpu.s[8] >>> 0;
				const bytes = cpl === 1 ? readLinear(run, eip >>> 0, 8) : new Uint8Array(8);
				run.advance({ icount: run.icount + 1 });
				if (!run.alive) break;
				if (cpl === 1 && cpu.cpl === 1) shadow.note(bytes, eip >>> 0, before, cpu.s[8] >>> 0);
				if (cpu.cpl !== 1 || step % 61 !== 0) continue;
				const { frames } = await session.backTrace();
				// Calls as the back trace has them, as far as it is certain.
				const found = frames.filter((frame) => frame.savedAt !== null && frame.kind !== 'inlined' && frame.ring === 1);
				const real = shadow.calls.slice().reverse();
				let matched = 0;
				for (const frame of found) {
					if (frame.because !== '') break;
					expect({ at: frame.savedAt, pc: real[matched].pc < 0 ? -1 : frame.pc }, `at ${run.icount}`).toEqual(
						real[matched]
					);
					matched++;
				}
				if (matched === found.length)
					expect(matched, `at ${run.icount}: ${names({ frames } as BackTrace)}`).toBe(real.length);
				compared += matched;
			}
			expect(compared).toBeGreaterThan(count / 100);
		},
		120_000
	);

	it('goes from a fault’s handler through the bounced frame to the program in ring 3', async () => {
		const { run, session } = open('pocket', 'run=pagefaults');
		run.advance(stopAt(session.symbols.find('page_fault')));
		const trace = await session.backTrace();
		expect(names(trace).slice(0, 2)).toEqual(['page_fault', 'trap']);
		const at = trace.frames.findIndex((frame) => frame.because !== '');
		expect(trace.frames[at]).toMatchObject({
			ring: 3,
			how: 'recorded',
			because: 'trap bounced by Xen: vector 14, #PF',
			kind: 'code'
		});
		expect(trace.frames[at].line?.file).toContain('src/guests/pocket/user/');
		expect(trace.frames.slice(at).every((frame) => frame.ring === 3)).toBe(true);
		const words = trace.words.filter((word) => word.kind === 'exception').map((word) => word.what);
		expect(words).toEqual(['error code', 'EIP', 'CS and saved upcall mask', 'EFLAGS', 'ESP', 'SS']);
		const { seq } = trace.frames[at];
		expect(run.trace.kindName(seq)).toBe('bounce');
	});

	it('names the stub of the hypercall page and the hypervisor below it', async () => {
		const { run, session } = open('pocket', 'run=hello');
		run.advance({ kinds: [KIND.far_return] });
		run.advance(stopAt(session.symbols.find('hypercall_page') + 32 * 29));
		const stub = await session.backTrace();
		expect(stub.frames[0]).toMatchObject({ kind: 'stub', name: 'hypercall_page: sched_op', ring: 1 });
		expect(stub.frames.length).toBeGreaterThan(2);
		// Two more instructions, and the processor has gone through the gate.
		run.advance({ icount: run.icount + 2 });
		expect(inspect(run).cpl).toBe(0);
		const inside = await session.backTrace();
		expect(names(inside)).toEqual(['Xen', ...names(stub)]);
		expect(inside.frames[1].because).toBe('left for the hypervisor');
	});

	it('names an upcall, and a system call that went past the hypervisor', async () => {
		const { run, session } = open('pocket', 'run=spin');
		run.advance(stopAt(session.symbols.find('event_upcall')));
		expect(reasons(await session.backTrace())).toEqual(['interrupted by upcall']);
		const { run: other, session: steps } = open('pocket', 'run=hello');
		other.advance(stopAt(steps.symbols.find('system_call')));
		const trace = await steps.backTrace();
		expect(reasons(trace)).toEqual(['int 0x80, through a gate that leads past Xen']);
		expect(trace.frames.at(-1)!.ring).toBe(3);
		expect(names(trace)).toEqual(['system_call', 'system_call_entry', 'id', 'program_hello']);
	});

	it('ends where the guest begins', async () => {
		const { run, session } = open('pocket');
		run.advance(stopAt(session.symbols.find('kernel_main')));
		const trace = await session.backTrace();
		expect(names(trace)).toEqual(['kernel_main', 'start']);
		expect(trace.end).toBe('nothing tells who called this');
	});

	it.skipIf(!hasGrub)('of an image without debug information is made of guesses, marked so', async () => {
		const { run, session } = open(GRUB);
		run.advance({ icount: 400_000 });
		const trace = await session.backTrace();
		expect(trace.frames.length).toBeGreaterThan(0);
		for (const frame of trace.frames.slice(1)) expect(['guess', 'known', 'recorded']).toContain(frame.how);
	});
});
