/** The worker's entry: a host, spoken to by comlink. */
import * as Comlink from 'comlink';
import { transferables } from '../../trace/mirror';
import type { RunWorker } from './client';
import { Host } from './host';
import type { Progress } from './protocol';

/** A turn of the event loop, without the delay that timers have. */
const { port1, port2 } = new MessageChannel();
let resume: () => void = () => {};
port1.onmessage = () => resume();
const breathe = (): Promise<void> =>
	new Promise((resolve) => {
		resume = resolve;
		port2.postMessage(null);
	});

class WorkerHost extends Host implements RunWorker {
	listen(listener: (progress: Progress) => void): void {
		this.listener = (news) => listener(Comlink.transfer(news, news.slices.flatMap(transferables)));
	}
}

Comlink.expose(new WorkerHost({ clock: () => performance.now(), breathe }));
