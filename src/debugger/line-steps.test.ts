import { describe, expect, it } from 'vitest';
import { KIND } from '../trace/events';
import { imageFile, runGuest, stopAt } from '../workbench/testing';
import { parseBreakpoint, toPoints, toRow } from './breakpoints';
import { lineText } from './guest-image';
import { RecordedRun } from './recorded-run';
import { DebugSession, type Step, type StepKind } from './session';
import { LocalRun } from './testing';

interface Stop {
	icount: number;
	where: string;
}

function record(
	image: string,
	cmdline: string,
	at: string,
	count: number
): { session: DebugSession; run: RecordedRun } {
	const machine = runGuest(image, { cmdline });
	machine.advance({ kinds: [KIND.far_return] });
	const symbol = DebugSession.open(undefined!, imageFile(image)).symbols.find(at);
	machine.advance(stopAt(symbol));
	const run = new RecordedRun(machine, count);
	return { session: DebugSession.open(run, imageFile(image)), run };
}

/** The same on the run itself. */
function live(image: string, cmdline: string, at: string): DebugSession {
	const run = runGuest(image, { cmdline });
	const session = DebugSession.open(new LocalRun(run), imageFile(image));
	run.advance({ kinds: [KIND.far_return] });
	if (at !== 'start') run.advance(stopAt(session.symbols.find(at)));
	return session;
}

const moment = async (session: DebugSession): Promise<{ icount: number; seq: number }> => {
	const { icount, seq } = await session.inspect();
	return { icount, seq };
};

async function stand(session: DebugSession): Promise<Stop> {
	const { code, icount } = await session.inspect();
	return { icount, where: lineText(session.image.debug.lines.at(code.address)) };
}

/** Stops of `count` steps, the first where it stands. */
async function walk(session: DebugSession, direction: 'step' | 'back', kind: StepKind, count: number): Promise<Stop[]> {
	const stops = [await stand(session)];
	for (let step = 0; step < count; step++) {
		await session[direction](kind);
		stops.push(await stand(session));
	}
	return stops;
}

const ROUTES: [image: string, cmdline: string, at: string, count: number, steps: number][] = [
	['hello', '', 'hello', 2500, 60],
	['pocket', 'run=hello', 'kernel_main', 9000, 80],
	['pocket', 'run=pagefaults', 'program_pagefaults', 9000, 40]
];

describe('steps by lines', () => {
	it.each(ROUTES)(
		'of %s %s from %s lead back to the same moments',
		async (image, cmdline, at, count, steps) => {
			const { session } = record(image, cmdline, at, count);
			const forward = await walk(session, 'step', 'line', steps);
			expect(new Set(forward.map((stop) => stop.icount)).size).toBe(forward.length);
			const back = await walk(session, 'back', 'line', steps);
			expect(back.reverse()).toEqual(forward);
		},
		300_000
	);

	it.each(ROUTES)(
		'of %s %s are the same on the real run',
		async (image, cmdline, at, count) => {
			const recorded = record(image, cmdline, at, count).session;
			const real = live(image, cmdline, at);
			for (const [kind, steps] of [
				['line', 15],
				['line-over', 2]
			] as const) {
				expect(await walk(real, 'step', kind, steps)).toEqual(await walk(recorded, 'step', kind, steps));
				expect(await walk(real, 'back', kind, steps - 1)).toEqual(await walk(recorded, 'back', kind, steps - 1));
			}
		},
		300_000
	);

	it('back are not held up by a breakpoint on a line before', async () => {
		const session = live('pocket', 'run=fork', 'kernel_main');
		const stops = [{ id: 1, kind: 'address', address: session.symbols.find('kernel_main') }] as const;
		const forward = [await stand(session)];
		for (let step = 0; step < 4; step++) {
			await session.step('line', stops);
			forward.push(await stand(session));
		}
		const back = [forward.at(-1)!];
		for (let step = 0; step < 4; step++) {
			await session.back('line', stops);
			back.push(await stand(session));
		}
		expect(back.reverse()).toEqual(forward);
	}, 60_000);

	it('through assembly lead back to the same moments', async () => {
		const session = live('pocket', 'run=pagefaults', 'page_fault');
		for (let turn = 0; turn < 3; turn++) await session.back('out');
		expect((await session.inspect()).cpl).toBe(3);
		// Into the page fault's handler.
		await session.step('fault');
		await session.step('line');
		const forward = [await stand(session)];
		while (!forward.at(-1)!.where.startsWith('pagefaults.c')) {
			await session.step('line');
			forward.push(await stand(session));
		}
		// Through the handler, and by the iret hypercall to where the program was interrupted.
		expect(forward.at(-1)!.where).toBe('pagefaults.c:17');
		const files = new Set(forward.map((stop) => stop.where.split(':')[0]));
		for (const file of ['entry.S', 'trap.c', 'fault.c']) expect(files).toContain(file);
		while ((await session.inspect()).icount > forward.at(-2)!.icount) await session.back('instruction');
		const back = await walk(session, 'back', 'line', forward.length - 2);
		expect(back.reverse()).toEqual(forward.slice(0, -1));
	}, 300_000);

	it('over calls stay in their function, and lead back to the same moments', async () => {
		const session = live('pocket', 'run=hello', 'kernel_main');
		const forward = await walk(session, 'step', 'line-over', 10);
		const lines = forward.map((stop) => stop.where);
		expect(lines.every((where) => where.startsWith('main.c:'))).toBe(true);
		expect(new Set(lines).size).toBe(lines.length);
		expect((await walk(session, 'back', 'line-over', 10)).reverse()).toEqual(forward);
	}, 300_000);

	it('go into functions and out of them', async () => {
		const session = live('hello', '', 'hello');
		for (let step = 0; step < 6; step++) await session.step('line');
		const inside = await session.backTrace();
		expect(inside.frames.map((frame) => frame.name)).toEqual(['speak', 'hello', 'start']);
		const { icount } = await stand(session);
		await session.step('out');
		expect((await session.backTrace()).frames.map((frame) => frame.name)).toEqual(['hello', 'start']);
		// Back out of nothing further in: to the call itself.
		await session.back('line');
		expect((await session.backTrace()).frames[0].name).toBe('speak');
		await session.back('out');
		const before = await session.inspect();
		expect((await session.backTrace()).frames[0].name).toBe('hello');
		expect(before.icount).toBe(icount - 1);
		const [call] = await session.disassemble(before.code.address, 1);
		expect(call.text).toContain('call');
	}, 300_000);

	it('stop at the lines that are executed, in their order', async () => {
		const { session } = record('hello', '', 'hello', 400);
		const stops = await walk(session, 'step', 'line', 12);
		expect(stops.map((stop) => stop.where.replace('hello.c:', '')).join(' ')).toBe(
			'95 96 97 90 91 100 56 57 32 67 43 45 46'
		);
	});
});

describe('steps over recursion, upcalls and other processes', () => {
	it('stay in their frame', async () => {
		const session = live('pocket', 'run=spin', 'program_spin');
		const first = (await session.backTrace()).frames[0];
		const stops = await walk(session, 'step', 'line-over', 6);
		for (const stop of stops) expect(stop.where).toContain('spin.c');
		const { frames } = await session.backTrace();
		expect(frames[0].name).toBe(first.name);
		expect((await walk(session, 'back', 'line-over', 6)).reverse()).toEqual(stops);
	}, 300_000);
});

describe('other steps', () => {
	it('lead to switches, events by a query, writes and addresses, and back to the same', async () => {
		const { symbols } = live('pocket', 'run=fork', 'kernel_main');
		const address = symbols.find('current');
		const steps: Step[] = [
			'switch',
			'hypercall',
			'fault',
			{ kind: 'to-event', query: 'hypercall name=mmu_update' },
			{ kind: 'to-write', space: 'linear', address, length: 4 },
			{ kind: 'until', address: symbols.find('page_fault') }
		];
		for (const step of steps) {
			const session = live('pocket', 'run=fork', 'kernel_main');
			const stops = [await moment(session)];
			for (let count = 0; count < 3; count++) {
				await session.step(step);
				stops.push(await moment(session));
			}
			const back = [stops.at(-1)];
			for (let count = 0; count < 2; count++) {
				await session.back(step);
				back.push(await moment(session));
			}
			expect(back.reverse(), JSON.stringify(step)).toEqual(stops.slice(1));
		}
	}, 300_000);

	it('find where a frame changes its type, not where it is only counted', async () => {
		const session = live('pocket', 'run=fork', 'kernel_main');
		await session.step({ kind: 'to-event', query: 'frame_type type=l1_page_table' });
		const { trace, progress } = session.run;
		const seq = [...Array(progress.seq).keys()].reverse().find((each) => trace.kindName(each) === 'frame_type')!;
		const mfn = trace.arg(seq, 'mfn');
		for (const direction of ['step', 'back'] as const) {
			const report = await session[direction]({ kind: 'to-type', mfn });
			if (report.cause === 'start' || report.cause === 'ended') continue;
			const last = trace.seqAtIcount(trace.icount(report.seq - 1));
			const found = [...Array(report.seq - last).keys()].map((each) => last + each);
			expect(
				found.some(
					(each) =>
						trace.kindName(each) === 'frame_type' &&
						trace.arg(each, 'mfn') === mfn &&
						trace.arg(each, 'type') !== trace.arg(each, 'old_type')
				)
			).toBe(true);
		}
	}, 300_000);

	it('go by instructions, over calls and back over them', async () => {
		const session = live('hello', '', 'hello');
		const stops = [await moment(session)];
		for (let count = 0; count < 30; count++) {
			await session.step('over');
			stops.push(await moment(session));
		}
		const back = [stops.at(-1)];
		for (let count = 0; count < 30; count++) {
			await session.back('over');
			back.push(await moment(session));
		}
		expect(back.reverse()).toEqual(stops);
	}, 300_000);

	it('go out of the hypervisor, also when it emulated what trapped', async () => {
		const session = live('pocket', 'run=ptwrite', 'tour_ptwrite');
		await session.step('fault');
		expect((await session.inspect()).cpl).toBe(0);
		// The first fault is given to the guest, the second is a write that the hypervisor does for it.
		await session.step('out');
		expect((await session.inspect()).cpl).toBe(1);
		await session.step('fault');
		const code = (await session.backTrace()).frames.find(({ ring }) => ring === 1)!.pc;
		await session.step('out');
		const now = await session.inspect();
		expect(now.cpl).toBe(1);
		expect(now.code.address).toBeGreaterThan(code);
		expect(now.code.address - code).toBeLessThan(16);
	}, 300_000);

	it('stop at breakpoints on their way', async () => {
		const session = live('hello', '', 'hello');
		const asked = parseBreakpoint('speak', session.names);
		const report = await session.step('out', toPoints(toRow(asked, 4)));
		expect(report).toMatchObject({ cause: 'point', point: 4 });
	});

	it('say that there is nothing to step out to', async () => {
		const session = live('hello', '', 'start');
		await expect(session.step('out')).rejects.toThrow('No caller is known');
	});
});
