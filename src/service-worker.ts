/** Gives the site out of what is kept in the browser, and keeps it: `src/offline`. */
import { version } from '$service-worker';
import { isolated } from './offline/isolation';
import { Keeper } from './offline/keeper';
import type { ToPage, ToWorker } from './offline/messages';

// What a service worker has, in the few words that are needed here: the types of the page and of workers exclude each other.
interface Extendable extends Event {
	waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Extendable {
	readonly request: Request;
	respondWith(answer: Promise<Response>): void;
}
interface Client {
	postMessage(message: ToPage, transfer?: Transferable[]): void;
}
interface Events {
	install: Extendable;
	activate: Extendable;
	fetch: FetchEvent;
	message: Extendable & MessageEvent<ToWorker>;
}
interface Worker {
	readonly registration: ServiceWorkerRegistration;
	readonly clients: {
		claim(): Promise<void>;
		matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<Client[]>;
	};
	skipWaiting(): Promise<void>;
	addEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void;
}
const worker = self as unknown as Worker;

/** A page that does not say in this time which version it is of keeps all of them, milliseconds. */
const ANSWER_MS = 3000;
/** Progress is told at most so often, milliseconds. */
const TELL_MS = 200;

const hex = (bytes: ArrayBuffer): string =>
	Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

const keeper = new Keeper({
	version,
	scope: new URL('./', location.href).href,
	caches,
	fetch: (url, options) => fetch(url, options),
	digest: async (bytes) => hex(await crypto.subtle.digest('SHA-256', bytes))
});

const pages = (): Promise<Client[]> => worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
const tell = async (message: ToPage): Promise<void> => {
	for (const page of await pages()) page.postMessage(message);
};

worker.addEventListener('install', (event) => {
	let told = 0;
	const keep = keeper.keep((done, of) => {
		if (done < of && Date.now() - told < TELL_MS) return;
		told = Date.now();
		void tell({ tell: 'progress', done, of });
	});
	event.waitUntil(
		keep.catch(async (error: unknown) => {
			await tell({ tell: 'failed', reason: error instanceof Error ? error.message : String(error) });
			throw error;
		})
	);
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim().then(sweep)));

worker.addEventListener('fetch', (event) => {
	if (event.request.method !== 'GET' || !event.request.url.startsWith(worker.registration.scope)) return;
	event.respondWith(
		keeper
			.answer(event.request)
			.then((answer) => answer ?? fetch(event.request))
			.then(isolated)
	);
});

worker.addEventListener('message', (event) => {
	const [port] = event.ports;
	const { ask } = event.data;
	if (ask === 'take over') event.waitUntil(worker.skipWaiting());
	else if (ask === 'sweep') event.waitUntil(sweep());
	else if (ask === 'kept') event.waitUntil(keeper.kept().then((kept) => port.postMessage(kept)));
});

/** Which version a page is of; null where it does not say. */
const versionOf = (page: Client): Promise<string | null> =>
	new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
		setTimeout(() => resolve(null), ANSWER_MS);
		page.postMessage({ tell: 'which' }, [port2]);
	});

/** Versions that no page uses go; not while another one is about to take over. */
async function sweep(): Promise<void> {
	const { waiting, installing } = worker.registration;
	if (waiting || installing) return;
	const used = await Promise.all((await pages()).map(versionOf));
	if (!used.includes(null)) await keeper.sweep(new Set(used as string[]));
}
