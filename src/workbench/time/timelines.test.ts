import { describe, expect, it } from 'vitest';
import { jsonl } from '../../trace/export/jsonl';
import { query } from '../../trace/query';
import { TraceMirror } from '../../trace/mirror';
import { Host } from '../worker/host';
import { inspect } from '../inspect/moment';
import type { Progress } from '../worker/protocol';
import type { Run, RunOptions } from '../run';
import { imageFile, runGuest, stateOf } from '../testing';

const pocket = ({ cmdline = 'run=fork', ...options }: RunOptions & { cmdline?: string } = {}): Run =>
	runGuest('pocket', { memoryMiB: 8, cmdline }, {}, { gap: 10_000, timelines: true, ...options });
const lines = (run: Run, id = run.timeline): string => [...jsonl(run.traceOf(id))].join('');

/** The same scenario with the same log, run once from reset. */
function again(run: Run): Run {
	const other = pocket();
	other.load(run.log);
	other.seek(run.moment);
	return other;
}

describe('futures of futures', () => {
	it('that leave the first before their parents did are turned to where they left it', () => {
		const run = pocket();
		run.advance({ icount: 60_000 });
		run.seek({ icount: 50_000 });
		run.fork({ kind: 'register', name: 'ebx', value: 1 });
		run.seek({ icount: 20_000 });
		run.fork({ kind: 'register', name: 'ecx', value: 2 });
		run.switchTo(0);
		run.seek({ icount: 40_000 });
		run.fork({ kind: 'register', name: 'edx', value: 3 });
		run.seek({ icount: 10_000 });
		run.type(1, 'early');
		expect(run.timelines.map(({ parent }) => parent)).toEqual([-1, 0, 1, 0, 3]);
		expect(run.switchTo(2)).toMatchObject({ icount: 10_000 });
		run.seek({ icount: 30_000 });
		expect(stateOf(run)).toEqual(stateOf(again(run)));
		expect(run.switchTo(4)).toMatchObject({ icount: 10_000 });
		run.seek({ icount: 30_000 });
		expect(stateOf(run)).toEqual(stateOf(again(run)));
	});

	it('lose nothing when one goes to an event of the boot, before the first instruction', () => {
		const run = pocket();
		run.advance({ icount: 40_000 });
		const end = stateOf(run);
		run.seek({ seq: 10 });
		expect(run.moment.icount).toBe(0);
		run.fork({ kind: 'register', name: 'ebx', value: 1 });
		run.switchTo(0);
		run.seek({ icount: 40_000 });
		expect(stateOf(run)).toEqual(end);
	});
});

describe('what is typed', () => {
	it('has come in at its moment, however one gets there', () => {
		const run = pocket();
		run.advance({ icount: 30_000 });
		const call = query(run.trace, 'hypercall #3');
		run.seek({ icount: run.trace.icount(call) + 1 });
		run.type(1, 'now');
		const { log } = run.player.branch;
		const typed = stateOf(run);
		expect(log).toHaveLength(1);
		run.seek({ icount: 0 });
		run.advance({ seq: run.trace.length });
		expect(run.moment.icount).toBe(log[0].icount);
		expect(stateOf(run)).toEqual(typed);
	});

	it('comes in after what was changed while the domain waits, and again in each replay', () => {
		const run = pocket({ cmdline: 'run=echo' });
		expect(run.advance()).toMatchObject({ cause: 'stuck' });
		run.fork({ kind: 'register', name: 'ebx', value: 1 });
		run.type(1, 'hello\n');
		expect(run.log[1]).toMatchObject({ icount: run.log[0].icount, seq: run.timelines[1].at.seq + 1 });
		run.advance();
		expect(run.consoles.text(1)).toContain('! hello');
		const other = pocket({ cmdline: 'run=echo' });
		other.load(run.log);
		other.seek(run.moment);
		expect(stateOf(other)).toEqual(stateOf(run));
	});
});

describe('a change makes another future', () => {
	it('and the old one is kept; both can be gone along', () => {
		const run = pocket();
		run.advance({ icount: 100_000 });
		const old = { lines: lines(run), state: stateOf(run) };
		run.seek({ icount: 60_000 });
		const made = run.fork({ kind: 'register', name: 'ebx', value: 0x1234_5678 });
		expect(made).toMatchObject({ id: 1, parent: 0, at: { icount: 60_000 } });
		expect(run.timeline).toBe(1);
		expect(inspect(run).regs.ebx).toBe(0x1234_5678);
		run.advance({ icount: 90_000 });
		const fresh = { lines: lines(run), state: stateOf(run), end: run.moment };
		expect(fresh.lines).not.toBe(old.lines);
		expect(stateOf(again(run))).toEqual(fresh.state);
		expect(lines(run, 0)).toBe(old.lines);

		expect(run.switchTo(0)).toMatchObject({ icount: 60_000 });
		expect(inspect(run).regs.ebx).not.toBe(0x1234_5678);
		run.seek({ icount: 100_000 });
		expect(stateOf(run)).toEqual(old.state);
		expect(lines(run)).toBe(old.lines);
		expect(run.switchTo(1)).toMatchObject({ icount: 60_000, seq: made.at.seq + 1 });
		run.seek(fresh.end);
		expect(stateOf(run)).toEqual(fresh.state);
		run.seek({ icount: 30_000 });
		run.switchTo(0);
		expect(run.icount).toBe(30_000);
		run.seek({ icount: 100_000 });
		expect(stateOf(run)).toEqual(old.state);
	});

	it('at a moment that retires nothing, and again within a changed future', () => {
		const run = pocket();
		run.advance({ icount: 100_000 });
		const fault = query(run.trace, 'trap vector=0x82 #5');
		run.seek({ seq: fault });
		const at = run.moment;
		const first = run.fork({ kind: 'memory', space: 'physical', address: 0x20_0000, bytes: [1, 2, 3] });
		expect(first.at).toEqual(at);
		run.advance({ icount: run.icount + 5000 });
		const second = run.fork({ kind: 'register', name: 'esi', value: 7 });
		run.advance({ icount: run.icount + 5000 });
		const state = stateOf(run);
		expect(stateOf(again(run))).toEqual(state);
		const end = run.moment;
		expect(run.log.length).toBe(2);
		for (const id of [0, 2, 1, 0, 1, 2]) run.switchTo(id);
		run.seek(end);
		expect(stateOf(run)).toEqual(state);
		expect(run.timelines.map(({ parent }) => parent)).toEqual([-1, 0, first.id]);
		run.seek({ icount: 10 });
		run.switchTo(second.id);
		run.seek(end);
		expect(stateOf(run)).toEqual(state);
	});

	it('that cannot be made is refused, and nothing has happened', () => {
		const run = pocket();
		run.advance({ icount: 50_000 });
		const state = stateOf(run);
		expect(() => run.fork({ kind: 'memory', space: 'physical', address: -1, bytes: [1] })).toThrow(RangeError);
		expect(run.timelines.length).toBe(1);
		expect(stateOf(run)).toEqual(state);
		expect(() => run.switchTo(5)).toThrow('there is no timeline 5');
	});

	it('typing where the future is known does so too, and at its end does not', () => {
		const run = pocket();
		run.advance({ icount: 80_000 });
		run.type(1, 'at the end');
		expect(run.timelines.length).toBe(1);
		run.advance({ icount: 100_000 });
		run.seek({ icount: 70_000 });
		run.type(1, 'before');
		expect(run.timelines.length).toBe(2);
		expect(run.log).toEqual([{ icount: 70_000, dom: 1, text: 'before' }]);
		expect(run.logOf(0)).toEqual([{ icount: 80_000, dom: 1, text: 'at the end' }]);
		run.advance({ icount: 100_000 });
		const state = stateOf(run);
		expect(stateOf(again(run))).toEqual(state);
		run.switchTo(0);
		expect(run.icount).toBe(70_000);
		run.seek({ icount: 100_000 });
		expect(run.log.length).toBe(1);
		run.switchTo(1);
		run.seek({ icount: 100_000 });
		expect(stateOf(run)).toEqual(state);
	});
});

describe('what a page hears of futures', () => {
	it('traces, logs and consoles of each', async () => {
		let milliseconds = 0;
		const host = new Host({ clock: () => (milliseconds += 20), breathe: () => Promise.resolve() });
		const traces = [new TraceMirror()];
		let said = new Uint8Array(0);
		let bytesSent = 0;
		let last: Progress | null = null;
		host.listener = (news) => {
			for (const slice of news.slices)
				if (traces[slice.timeline]) traces[slice.timeline].append(structuredClone(slice));
			for (const { timeline, parent, length, open } of news.forks) {
				traces[timeline] = traces[parent].fork(length, open);
				for (const slice of news.slices)
					if (slice.timeline === timeline) traces[timeline].append(structuredClone(slice));
			}
			for (const { dom, keep, bytes } of news.console) {
				bytesSent += bytes.length;
				if (dom === 1) said = Uint8Array.from([...said.subarray(0, keep), ...bytes]);
			}
			last = news;
		};
		const scenario = { domains: [{ name: 'guest', image: 'pocket', memoryMiB: 8, cmdline: 'run=fork' }] };
		await host.open(scenario, { pocket: imageFile('pocket') }, [], { timelines: true, gap: 10_000 });
		const run = (host as unknown as { run: Run }).run;
		const agree = (): void => {
			expect(Buffer.from(said).toString('latin1')).toBe(Buffer.from(run.consoles.bytes(1)).toString('latin1'));
			for (const [id, trace] of traces.entries())
				expect([...jsonl(trace)].join('')).toBe([...jsonl(run.traceOf(id))].join(''));
			expect(last!.timeline).toBe(run.timeline);
		};
		await host.advance({});
		agree();
		const whole = bytesSent;
		await host.seek({ icount: run.icount - 1 });
		for (let n = 0; n < 20; n++) await host.seek({ icount: run.icount - 1 });
		expect(bytesSent - whole).toBeLessThan(100);
		agree();
		await host.seek({ icount: 52_000 });
		agree();
		await host.fork({ kind: 'register', name: 'edx', value: 3 });
		agree();
		await host.advance({});
		agree();
		await host.switchTo(0);
		agree();
		await host.reverseContinue({ kinds: [0] });
		agree();
		await host.type(1, 'x');
		agree();
		await host.advance({});
		agree();
		await host.switchTo(1);
		await host.seek({ seq: run.trace.length - 1 });
		agree();
		expect(host.log(0)).toEqual([]);
		expect(host.log(2).length).toBe(1);
		expect(last!.timeline).toBe(1);
	});
});
