import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lifeline, startWorker, WorkerLost } from './lifeline';

/** A worker that answers nothing by itself. */
class Mute extends EventTarget {
	ended = false;
	terminate(): void {
		this.ended = true;
	}
	tell(type: string, message?: string): void {
		this.dispatchEvent(Object.assign(new Event(type), message === undefined ? {} : { message }));
	}
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});
const started = () => {
	const worker = new Mute();
	return { worker, line: new Lifeline(worker, 1000) };
};

describe('a worker’s lifeline', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	it('gives the answer of a worker that lives', async () => {
		const { line, worker } = started();
		expect(await line.answer(Promise.resolve(7))).toBe(7);
		vi.advanceTimersByTime(10_000);
		expect(worker.ended).toBe(false);
		await expect(line.answer(Promise.reject(new RangeError('no such moment')))).rejects.toThrow('no such moment');
	});

	it('tells of a program that could not be loaded', async () => {
		const { line, worker } = started();
		const waits = line.answer(never());
		worker.tell('error');
		await expect(waits).rejects.toThrow('its program could not be loaded');
		expect(worker.ended).toBe(true);
	});

	it('tells of a worker that does not answer at first, and lets one that has answered take its time', async () => {
		const { line } = started();
		const waits = line.answer(never());
		vi.advanceTimersByTime(999);
		vi.advanceTimersByTime(1);
		await expect(waits).rejects.toMatchObject({ loss: 'silent' });
	});

	it('ends every question when the worker breaks, with its words, and those asked later', async () => {
		const { line, worker } = started();
		await line.answer(Promise.resolve());
		const waits = [line.answer(never()), line.answer(never())];
		worker.tell('error', 'Uncaught RangeError: out of memory');
		for (const each of waits) await expect(each).rejects.toThrow('it has stopped: Uncaught RangeError: out of memory');
		await expect(line.answer(Promise.resolve(1))).rejects.toBeInstanceOf(WorkerLost);
	});

	it('tells of an answer that cannot be read', async () => {
		const { line, worker } = started();
		const waits = line.answer(never());
		worker.tell('messageerror');
		await expect(waits).rejects.toMatchObject({ loss: 'garbled' });
	});

	it('guards every method of what it is given', async () => {
		const { line, worker } = started();
		const guarded = line.guard({
			name: 'host',
			add: (a: number, b: number) => Promise.resolve(a + b),
			wait: () => never()
		});
		expect(guarded.name).toBe('host');
		expect(await guarded.add(2, 3)).toBe(5);
		const waits = guarded.wait();
		worker.tell('error', 'gone');
		await expect(waits).rejects.toThrow('gone');
	});

	it('tells of a browser that starts no workers', () => {
		expect(() =>
			startWorker(() => {
				throw new Error('blocked');
			})
		).toThrow('this browser does not start the page’s workers: blocked');
	});
});
