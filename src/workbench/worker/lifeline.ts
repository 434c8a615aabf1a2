/**
 * Whether a worker still lives. A worker whose script does not load, or that breaks, answers nothing: whoever waits for an answer would
 * wait for ever. Here every question ends: with the worker's answer, or with what became of it.
 */
import * as Comlink from 'comlink';

/** How a worker is lost. */
export type Loss = 'not started' | 'not loaded' | 'silent' | 'broken' | 'garbled';

const SENTENCES: Readonly<Record<Loss, string>> = {
	'not started': 'this browser does not start the page’s workers',
	'not loaded': 'its program could not be loaded',
	silent: 'it has not answered for a long time',
	broken: 'it has stopped',
	garbled: 'an answer of it could not be read'
};

/** The worker is gone, and all that it held. Its message goes on from "the machine is not there:". */
export class WorkerLost extends Error {
	constructor(
		readonly loss: Loss,
		detail = ''
	) {
		super(SENTENCES[loss] + (detail && `: ${detail}`));
		this.name = 'WorkerLost';
	}
}

/** How long a worker may take from its start to its first answer, milliseconds: its program has to be fetched. */
export const STARTUP_MS = 40_000;

/** What a lifeline needs of a `Worker`. */
export type Watched = Pick<Worker, 'addEventListener' | 'terminate'>;

export class Lifeline {
	private lost: WorkerLost | null = null;
	private answered = false;
	private readonly waiting = new Set<(reason: WorkerLost) => void>();
	private readonly timer: ReturnType<typeof setTimeout>;

	/** @param startup how long the first answer may take, milliseconds */
	constructor(
		private readonly worker: Watched,
		startup = STARTUP_MS
	) {
		worker.addEventListener('error', (event) => {
			const { message } = event;
			// A script that cannot be fetched tells no reason.
			this.lose(message || this.answered ? 'broken' : 'not loaded', message);
		});
		worker.addEventListener('messageerror', () => this.lose('garbled'));
		this.timer = setTimeout(() => this.lose('silent'), startup);
	}

	/** The answer to a question, or why there will be none. */
	async answer<T>(question: Promise<T>): Promise<T> {
		if (this.lost) throw this.lost;
		let give: (reason: WorkerLost) => void = () => {};
		const loss = new Promise<never>((_, reject) => this.waiting.add((give = reject)));
		try {
			const answer = await Promise.race([question, loss]);
			this.heard();
			return answer;
		} finally {
			this.waiting.delete(give);
		}
	}

	/** The same object, each of whose methods answers or tells why not. */
	guard<T extends object>(remote: T): T {
		return new Proxy(remote, {
			get: (target, key): unknown => {
				const member: unknown = Reflect.get(target, key);
				if (typeof member !== 'function' || key === Comlink.releaseProxy) return member;
				return (...given: unknown[]) => this.answer(Promise.resolve(Reflect.apply(member, target, given) as unknown));
			}
		});
	}

	/** It has answered: from now on it may take as long as it likes. */
	private heard(): void {
		this.answered = true;
		clearTimeout(this.timer);
	}

	private lose(loss: Loss, detail?: string): void {
		if (this.lost) return;
		this.end();
		this.lost = new WorkerLost(loss, detail);
		for (const reject of this.waiting) reject(this.lost);
	}

	/** Ends the worker. */
	end(): void {
		clearTimeout(this.timer);
		this.worker.terminate();
	}
}

/** Starts a worker. @throws WorkerLost where the browser does not */
export function startWorker(make: () => Worker): Worker {
	try {
		return make();
	} catch (error) {
		throw new WorkerLost('not started', error instanceof Error ? error.message : String(error));
	}
}
