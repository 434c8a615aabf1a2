import { describe, expect, it } from 'vitest';
import { registers } from '../inspect/moment';
import { translate } from '../inspect/page-walk';
import { ENGINES } from '../engines';
import type { RunOptions, Run } from '../run';
import { finish } from '../task';
import { runCode, stopAt } from '../testing';
import { whoWrote } from './who';
import type { WhoTarget, Written } from './words';

const ENTRY = 0xc000_1000;
const EBFE = [0xeb, 0xfe];
const word = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
/** `movl $value, address`. */
const store = (address: number, value: number): number[] => [0xc7, 0x05, ...word(address), ...word(value)];

/** Where the page of the stack ends: what lies behind it is the guest's too. */
function stackEnd(): number {
	const run = runCode(EBFE);
	run.advance(stopAt(ENTRY));
	return (registers(run).esp + 0xfff) & ~0xfff;
}
const END = stackEnd() >>> 0;

/** A guest that has executed the instructions and waits; and which of its instructions each count of retired ones follows. */
function executed(instructions: readonly number[][], options: RunOptions = {}): { run: Run; begun: number } {
	const run = runCode([...instructions.flat(), ...EBFE], options);
	run.advance(stopAt(ENTRY));
	const begun = run.icount;
	run.advance({ icount: begun + instructions.length });
	return { run, begun };
}

const linear = (address: number, length = 4): WhoTarget => ({ kind: 'memory', space: 'linear', address, length });

describe('who wrote memory?', () => {
	it('a write of the value that was there is told, and passed over', () => {
		const { run, begun } = executed([store(END, 1), store(END, 2), store(END, 2), store(END, 2)]);
		expect(finish(whoWrote(run, linear(END)))).toMatchObject({
			after: { icount: begun + 2 },
			old: '0x00000001',
			new: '0x00000002',
			idle: 2
		});
	});

	it('across two frames one write is one, and whichever part of it changed something counts', () => {
		const at = END - 2;
		const both = [store(at, 0x1122_3344), store(at, 0x9988_3344), store(at, 0x9988_3344), store(at, 0x9988_3344)];
		const upper = executed(both);
		expect(finish(whoWrote(upper.run, linear(at)))).toMatchObject({
			after: { icount: upper.begun + 2 },
			old: '22 11',
			new: '88 99',
			idle: 2
		});
		const lower = executed([store(at, 0x1122_3344), store(at, 0x1122_5566), store(at, 0x1122_5566)]);
		expect(finish(whoWrote(lower.run, linear(at)))).toMatchObject({
			after: { icount: lower.begun + 2 },
			old: '44 33',
			new: '66 55',
			idle: 1
		});
	});

	it('of writes that change nothing so many are passed over, and no more', () => {
		const { run, begun } = executed([store(END, 7), ...Array.from({ length: 5 }, () => store(END, 7))]);
		expect(finish(whoWrote(run, linear(END), 4))).toMatchObject({ after: { icount: begun + 2 }, idle: 4, same: true });
		expect(finish(whoWrote(run, linear(END), 5))).toMatchObject({
			after: { icount: begun + 1 },
			idle: 5,
			old: '0x00000000'
		});
	});

	it('of writes far apart that change nothing fewer are passed over, since each may be a stretch of its own', () => {
		const waits = 0x20001;
		const round = [0xb9, ...word(waits), 0x49, 0x75, 0xfd, ...store(END, 1), 0xeb, 0xec];
		const { run, begun } = executed([store(END, 1), round]);
		const instructions = 1 + 2 * waits + 2;
		const written = (times: number): Written => {
			run.advance({ icount: begun + 1 + times * instructions });
			return finish(whoWrote(run, linear(END)));
		};
		expect(written(32)).toMatchObject({ after: { icount: begun + 1 }, old: '0x00000000', idle: 32 });
		expect(written(40)).toMatchObject({ after: { icount: begun + 8 * instructions }, idle: 32, same: true });
	});
});

describe.each(ENGINES)('by the %s: beside a word that is written to all the time', (engine) => {
	/** `incl address` and a jump back to it. */
	const forever = (address: number): number[] => [0xff, 0x05, ...word(address), 0xeb, 0xf8];
	const GAP = 1000;

	/** A guest that has executed the instructions and then written to `busy` in many stretches. */
	function busied(instructions: readonly number[][], busy = END + 4, stretches = 60): { run: Run; begun: number } {
		const { run, begun } = executed([...instructions, forever(busy)], { engine, gap: GAP, timelines: true });
		run.advance({ icount: begun + GAP * stretches });
		return { run, begun };
	}

	/** Where the last write to some bytes was, and how many stretches were replayed for that. */
	function lastWrite(run: Run, address: number, length = 4): { ago: string | number; replayed: number } {
		const physical = translate(run, address);
		const task = run.reverseContinuing({
			points: [{ id: 1, kind: 'watch', space: 'physical', address: physical, length, access: 'write' }]
		});
		const { cause, icount } = finish(task);
		return { ago: cause === 'start' ? 'never' : icount, replayed: task.replayed };
	}

	it('only the stretch is replayed that holds the write', () => {
		const { run, begun } = busied([store(END, 5)]);
		expect(run.snapshots!.main).toBeGreaterThan(50);
		expect(lastWrite(run, END)).toEqual({ ago: begun + 1, replayed: 1 });
	});

	it('none is where nobody has written', () => {
		const { run } = busied([]);
		for (const address of [END, END + 8, END + 0x800]) {
			expect(lastWrite(run, address)).toEqual({ ago: 'never', replayed: 0 });
			run.seek({ icount: 60 * GAP });
		}
	});

	it('a write of the value that was there is not overlooked', () => {
		const wait = [0xb9, ...word(1500), 0x49, 0x75, 0xfd];
		const { run, begun } = busied([store(END, 5), wait, store(END, 5)]);
		expect(finish(whoWrote(run, linear(END)))).toMatchObject({ after: { icount: begun + 1 }, idle: 1 });
		expect(lastWrite(run, END)).toEqual({ ago: begun + 3003, replayed: 1 });
		// The stretch up to here holds that write, which does not count; then the one that holds the one before.
		expect(lastWrite(run, END)).toEqual({ ago: begun + 1, replayed: 2 });
	});

	it('what lies across words is written in both, and the words around it are not', () => {
		const { run } = busied([], END + 6);
		const now = run.icount;
		for (const [address, isWritten] of [
			[END, false],
			[END + 4, true],
			[END + 8, true],
			[END + 12, false]
		] as const) {
			expect(typeof lastWrite(run, address).ago).toBe(isWritten ? 'number' : 'string');
			run.seek({ icount: now });
		}
	});

	it('across two frames', () => {
		const { run, begun } = busied([store(END - 2, 0x1122_3344)]);
		expect(finish(whoWrote(run, linear(END - 2)))).toMatchObject({ after: { icount: begun + 1 }, idle: 0 });
		for (const [address, length] of [
			[END - 2, 2],
			[END, 2]
		] as const) {
			run.seek({ icount: 60 * GAP });
			expect(lastWrite(run, address, length)).toEqual({ ago: begun + 1, replayed: 1 });
		}
	});

	it('after every second snapshot was dropped, and again', () => {
		const { run, begun } = busied([store(END, 5)], END + 4, 2100);
		expect(run.snapshots!.gap).toBe(4 * GAP);
		expect(lastWrite(run, END)).toEqual({ ago: begun + 1, replayed: 1 });
	});

	it('in futures of which only one writes', () => {
		const { run, begun } = busied([store(END, 5)]);
		const end = run.icount;
		run.seek({ icount: begun + 30 * GAP });
		run.fork({ kind: 'memory', space: 'physical', address: translate(run, END), bytes: [9] });
		run.advance({ icount: end });
		expect(finish(whoWrote(run, linear(END)))).toMatchObject({ writer: { by: 'hand' }, new: '0x00000009' });
		expect(lastWrite(run, END)).toEqual({ ago: begun + 30 * GAP, replayed: 1 });
		run.switchTo(0);
		run.seek({ icount: end });
		expect(finish(whoWrote(run, linear(END)))).toMatchObject({ after: { icount: begun + 1 }, new: '0x00000005' });
		expect(lastWrite(run, END)).toEqual({ ago: begun + 1, replayed: 1 });
	});
});
