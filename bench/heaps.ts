/** What a tab takes: its process, and of that what the JavaScript engine holds for the page and for its workers. */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';

/** MiB that only the process has, as /proc tells them. */
export function ownMiB(pid: number): number {
	const told = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	const kib = [...told.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].map(([, text]) => Number(text));
	return kib.reduce((sum, part) => sum + part, 0) / 1024;
}

interface HeapUsage {
	readonly usedSize: number;
	readonly backingStorageSize?: number;
}

/** What V8 counts for the page and for its workers once garbage is gone, MiB: objects, and what lies in buffers beside them. */
export async function heapsOf(page: Page): Promise<[string, number, number][]> {
	const session = await page.context().newCDPSession(page);
	const told: [string, HeapUsage][] = [];
	const replies = new Map<number, (result: HeapUsage) => void>();
	session.on('Target.receivedMessageFromTarget', ({ message }) => {
		const { id, result } = JSON.parse(message) as { id: number; result: HeapUsage };
		replies.get(id)?.(result);
	});
	const workers: string[] = [];
	session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
		if (targetInfo.type === 'worker') workers.push(sessionId);
	});
	await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
	const ask = (sessionId: string, method: string): Promise<HeapUsage> => {
		const id = replies.size + 1;
		const message = JSON.stringify({ id, method });
		const reply = new Promise<HeapUsage>((resolve) => replies.set(id, resolve));
		return session.send('Target.sendMessageToTarget', { sessionId, message }).then(() => reply);
	};
	await session.send('HeapProfiler.collectGarbage');
	told.push(['the page', await session.send('Runtime.getHeapUsage')]);
	for (const [place, worker] of workers.entries()) {
		await ask(worker, 'HeapProfiler.collectGarbage');
		told.push([`worker ${place + 1}`, await ask(worker, 'Runtime.getHeapUsage')]);
	}
	return told.map(([name, { usedSize, backingStorageSize = 0 }]) => [
		name,
		usedSize / 2 ** 20,
		backingStorageSize / 2 ** 20
	]);
}
