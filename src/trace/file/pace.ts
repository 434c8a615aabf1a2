/** Long work in pieces: it lets the page breathe, tells how far it is, and can be called off. */

/** What whoever waits may want to know or to say. */
export interface PaceOptions {
	/** Calls the work off: it rejects with the signal's reason, an AbortError. */
	signal?: AbortSignal;
	/** Told how much is done, from 0 to 1. */
	onProgress?: (fraction: number) => void;
}

/** Longest stretch of work between two breaths, milliseconds. */
const STRETCH_MS = 8;

/** A turn of the event loop; not by a timer, which browsers hold back for milliseconds. */
function breathe(): Promise<void> {
	if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}

/** The pace of one piece of long work. */
export class Pace {
	private last = performance.now();

	constructor(private readonly options: PaceOptions = {}) {}

	/** To be awaited between short stretches; `fraction` of the work is done. Throws when it was called off. */
	async step(fraction: number): Promise<void> {
		this.options.signal?.throwIfAborted();
		if (performance.now() - this.last < STRETCH_MS) return;
		this.options.onProgress?.(Math.min(1, fraction));
		await breathe();
		this.options.signal?.throwIfAborted();
		this.last = performance.now();
	}

	/** All is done. */
	finish(): void {
		this.options.onProgress?.(1);
	}
}
