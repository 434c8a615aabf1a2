import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { TraceBuilder } from '../../trace/builder';
import { differenceText } from '../../trace/file/compare';
import type { TraceView } from '../../trace/view';
import { openRun, saveRun, type SavedRun } from './run-file';
import { byRun, firstLog, partsOfRun, rerun } from './rerun';
import { Run } from '../run';
import { imageFile } from '../testing';

const bytes = imageFile('pocket');
const images = { pocket: { bytes, builtIn: true } };
const open = (saved: SavedRun): Run => {
	const run = new Run(saved.scenario, (name) => saved.images[name].bytes, { timelines: true });
	run.load(firstLog(saved));
	return run;
};
const throughFile = async (run: Run): Promise<SavedRun> => {
	const pieces = await saveRun(partsOfRun(run, { images, desk: { note: 'kept' } }));
	return openRun(new Uint8Array(Buffer.concat(pieces)), { builtIn: () => bytes });
};
const echo = (): Run =>
	new Run({ domains: [{ name: 'a', image: 'pocket', memoryMiB: 8, cmdline: 'run=echo' }] }, () => bytes, {
		timelines: true
	});

/** A run whose past was typed into and changed, with three futures. */
function forked(): Run {
	const run = echo();
	run.advance();
	run.type(1, 'one\n');
	run.advance({}, 1000);
	const middle = run.moment;
	run.advance();
	run.seek(middle);
	for (const key of 'too\n') run.type(1, key);
	run.advance();
	run.type(1, 'three\n');
	run.advance({}, 1500);
	const end = run.moment;
	run.seek({ icount: end.icount - 1000 });
	run.fork({ kind: 'register', name: 'edx', value: 0x1234_5678 });
	run.advance({}, 500);
	run.switchTo(1);
	return run;
}

/** The same trace, but for one argument. */
function altered(view: TraceView, at: number): TraceView {
	const builder = new TraceBuilder();
	for (let seq = 0; seq < view.length; seq++) {
		const args = Object.values(view.args(seq));
		if (seq === at) args[0] = Number(args[0]) ^ 1;
		const [cycle, icount, dom, vcpu] = [view.cycle(seq), view.icount(seq), view.dom(seq), view.vcpu(seq)];
		const took = Number.isNaN(view.duration(seq)) ? 0 : view.duration(seq);
		const links = { cause: view.cause(seq), end: view.end(seq) };
		builder.add({ cycle, icount, dom, vcpu, ring: view.ring(seq), kind: view.kind(seq), ...links, args, took });
	}
	return builder.finish();
}

describe('a saved run', () => {
	it('is made again, with all its futures, and stands where it stood', async () => {
		const run = forked();
		expect(run.timelines.map(({ parent }) => parent)).toEqual([-1, 0, 1]);
		const saved = await throughFile(run);
		expect(saved.desk).toEqual({ note: 'kept' });
		const again = open(saved);
		const told: number[] = [];
		expect(await rerun(saved, byRun(again), { onProgress: (fraction) => told.push(fraction) })).toBeNull();
		expect(again.timelines).toEqual(run.timelines);
		expect([again.timeline, again.moment]).toEqual([run.timeline, run.moment]);
		for (const { id } of run.timelines) expect(again.logOf(id)).toEqual(run.logOf(id));
		expect(again.consoles.text(1)).toBe(run.consoles.text(1));
		expect([told.at(-1), told.every((fraction) => fraction >= 0 && fraction <= 1)]).toEqual([1, true]);
	});

	it('that does not come out the same says what differs first', async () => {
		const run = echo();
		run.advance({ text: 'up' });
		const saved = await throughFile(run);
		const at = run.store.view.seqAtIcount(run.icount >> 1);
		const changed = {
			...saved,
			timelines: [{ ...saved.timelines[0], trace: altered(saved.timelines[0].trace, at) as never }]
		};
		const difference = await rerun(changed, byRun(open(changed)));
		expect(difference).toMatchObject({ seq: at, timeline: 0 });
		expect(differenceText(difference as never)).toMatch(/^event [\d,]+: \w+ was .* when it was saved, and is .* now$/);
	});

	it('that ends earlier says so', async () => {
		const run = new Run({ domains: [{ name: 'a', image: 'hello', memoryMiB: 8 }] }, () => imageFile('hello'));
		run.advance();
		const saved = { ...partsOfRun(run, { images }), scenario: run.scenario } as SavedRun;
		const builder = new TraceBuilder();
		const view = altered(run.trace, -1);
		for (let seq = 0; seq < view.length; seq++) {
			const row = {
				cycle: view.cycle(seq),
				icount: view.icount(seq),
				dom: view.dom(seq),
				vcpu: 0,
				ring: view.ring(seq)
			};
			const links = { kind: view.kind(seq), cause: view.cause(seq), end: view.end(seq) };
			builder.add({ ...row, ...links, args: Object.values(view.args(seq)), took: view.duration(seq) || 0 });
		}
		const last = { cycle: run.now, icount: run.icount, dom: 1, vcpu: 0, ring: 0 };
		builder.add({ ...last, kind: KIND.math_state, cause: -1, end: view.length, args: [], took: 0 });
		const longer = { ...saved, timelines: [{ ...saved.timelines[0], trace: builder.finish() }] };
		const again = new Run(saved.scenario, () => imageFile('hello'));
		expect(await rerun(longer, byRun(again))).toEqual({
			seq: run.trace.length,
			what: 'event',
			stored: 'math_state',
			made: 'none',
			timeline: 0
		});
	});

	it('can be called off while it is made', async () => {
		const saved = await throughFile(forked());
		const stop = new AbortController();
		const work = rerun(saved, byRun(open(saved)), { signal: stop.signal });
		stop.abort();
		await expect(work).rejects.toThrow(/abort/i);
	});
});
