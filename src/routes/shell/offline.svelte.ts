/**
 * The site without a network. It is fetched for later once the page stands and nobody has done anything for a while; a new version is
 * announced and waits.
 */
import { base } from '$app/paths';
import { dev, version } from '$app/environment';
import type { Kept, ToPage, ToWorker } from '../../offline/messages';
import { notices } from './notices.svelte';

/** The page is left alone for so long before anything is fetched for later, milliseconds. */
const QUIET_MS = 4000;
/** How often an open page asks for a new version, milliseconds. */
const ASK_MS = 3_600_000;

export type OfflineState =
	/** This browser, or an address without https, has no service workers. */
	| 'impossible'
	/** The reader saves data: only when asked. */
	| 'asks'
	| 'waiting'
	| 'fetching'
	| 'ready'
	| 'failed';

interface Network {
	readonly saveData?: boolean;
}

class Offline {
	state: OfflineState = $state('waiting');
	/** What has come, bytes. */
	done = $state(0);
	/** All of it, bytes; 0 while that is not known. */
	bytes = $state(0);
	/** Why it failed. */
	reason = $state('');
	#registration: ServiceWorkerRegistration | null = null;

	/** Begins, once, when a page stands. Returns how to leave off. */
	start(): () => void {
		if (dev || !('serviceWorker' in navigator)) {
			this.state = 'impossible';
			return () => {};
		}
		const hear = (event: MessageEvent<ToPage>) => this.#hear(event);
		navigator.serviceWorker.addEventListener('message', hear);
		const stopWaiting = this.#begin();
		const asks = setInterval(() => void this.#registration?.update().catch(() => undefined), ASK_MS);
		return () => {
			navigator.serviceWorker.removeEventListener('message', hear);
			clearInterval(asks);
			stopWaiting();
		};
	}

	#begin(): () => void {
		// What is kept is used at once, and looked after.
		if (navigator.serviceWorker.controller) {
			void this.fetch();
			return () => {};
		}
		if ((navigator as Navigator & { connection?: Network }).connection?.saveData) {
			this.state = 'asks';
			return () => {};
		}
		return whenQuiet(() => void this.fetch());
	}

	/** Fetches the site for later, or looks whether there is a newer one. */
	async fetch(): Promise<void> {
		this.reason = '';
		if (this.state !== 'ready') this.state = 'fetching';
		try {
			const found = await navigator.serviceWorker.register(`${base}/service-worker.js`);
			this.#registration = found;
			this.#follow(found);
			found.addEventListener('updatefound', () => this.#follow(found));
			found.active?.postMessage({ ask: 'sweep' } satisfies ToWorker);
			// Without a network, or where a new version cannot be kept, the one that is here goes on.
			if (found.active) void found.update().catch(() => undefined);
		} catch (error) {
			this.#fail(error instanceof Error ? error.message : String(error));
		}
	}

	/** What is kept already goes on. */
	#fail(reason: string): void {
		if (this.state !== 'ready') this.state = 'failed';
		this.reason = reason;
	}

	#follow({ installing, waiting, active }: ServiceWorkerRegistration): void {
		if (active) void this.#look(active);
		if (waiting && active) this.#announce(waiting);
		installing?.addEventListener('statechange', () => {
			if (installing.state === 'installed' && active) this.#announce(installing);
			else if (installing.state === 'activated') void this.#look(installing);
			else if (installing.state === 'redundant') this.#fail(this.reason || 'it was called off');
		});
	}

	/** Whether all of it is there. */
	async #look(worker: ServiceWorker): Promise<void> {
		const { port1, port2 } = new MessageChannel();
		const kept = await new Promise<Kept>((resolve) => {
			port1.onmessage = ({ data }: MessageEvent<Kept>) => resolve(data);
			worker.postMessage({ ask: 'kept' } satisfies ToWorker, [port2]);
		});
		if (!kept.whole) return;
		this.bytes = kept.bytes;
		this.state = 'ready';
	}

	#announce(next: ServiceWorker): void {
		notices.show({
			id: 'version',
			text: 'A new version is here: reload when it suits you.',
			action: {
				name: 'Reload',
				run: () => {
					navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
					next.postMessage({ ask: 'take over' } satisfies ToWorker);
				}
			}
		});
	}

	#hear({ data, ports }: MessageEvent<ToPage>): void {
		if (data.tell === 'which') ports[0].postMessage(version);
		else if (data.tell === 'failed') this.#fail(data.reason);
		else if (this.state === 'waiting' || this.state === 'fetching') {
			this.state = 'fetching';
			[this.done, this.bytes] = [data.done, data.of];
		}
	}
}

/** Calls once the page has loaded, is in sight, and nobody has touched it for a while. Returns how to call that off. */
function whenQuiet(then: () => void): () => void {
	const ACTS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const stop = (): void => {
		clearTimeout(timer);
		for (const act of ACTS) removeEventListener(act, again, true);
		document.removeEventListener('visibilitychange', again);
		removeEventListener('load', again);
	};
	const again = (): void => {
		clearTimeout(timer);
		if (document.readyState !== 'complete' || document.visibilityState !== 'visible') return;
		timer = setTimeout(() => {
			stop();
			then();
		}, QUIET_MS);
	};
	for (const act of ACTS) addEventListener(act, again, { capture: true, passive: true });
	document.addEventListener('visibilitychange', again);
	addEventListener('load', again);
	again();
	return stop;
}

export const offline = new Offline();
