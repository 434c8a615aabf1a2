/** All futures of a run as an address tells them, and how they are made again. */
import type { PaceOptions } from '../../trace/file/pace';
import type { Position, PositionFuture } from '../../debugger/position';
import { isChange, type LogEntry } from '../../workbench/log';
import type { RunClient, StopReport } from '../../workbench/worker/client';

type Futures = Pick<Position, 'log' | 'futures' | 'until' | 'timeline'>;

/** Instructions retired at the end of a future as far as it was seen. */
function endOf(client: RunClient, id: number): number {
	const trace = client.traceOf(id);
	return trace.length > 0 ? trace.icount(trace.length - 1) : 0;
}

const same = (a: LogEntry, b: LogEntry): boolean => a.icount === b.icount && JSON.stringify(a) === JSON.stringify(b);

/** What an address has to tell of a run's futures. */
export async function futuresOf(client: RunClient): Promise<Futures> {
	const { timelines, timeline } = client;
	if (timelines.length < 2) return { log: await client.log(), futures: [], until: 0, timeline: 0 };
	const futures: PositionFuture[] = [];
	for (const { id, parent, at, entry } of timelines) {
		if (!entry) continue;
		const log = await client.log(id);
		const own = log.findIndex((each) => same(each, entry));
		futures.push({
			parent,
			icount: at.icount,
			seq: at.seq,
			entry,
			later: log.slice(own + 1),
			until: endOf(client, id)
		});
	}
	return { log: await client.log(0), futures, until: endOf(client, 0), timeline };
}

/** Tells how far the work on a run has come: in instructions, of the way that each future has of its own. */
function told(
	client: RunClient,
	{ futures, until }: Futures,
	{ onProgress }: PaceOptions
): { next(): void; end(): void } {
	const ways = [{ icount: 0, until }, ...futures].map(({ icount, until }) => Math.max(1, until - icount));
	const starts = [0, ...futures.map(({ icount }) => icount)];
	const total = ways.reduce((sum, way) => sum + way, 0);
	let [at, before] = [0, 0];
	const end = client.subscribe(({ icount }) =>
		onProgress?.((before + Math.min(ways[at], Math.max(0, icount - starts[at]))) / total)
	);
	return { next: () => (before += ways[at++]), end };
}

/**
 * Makes the futures again in a run that was opened with the first one's log, as far as they were seen, and stands in
 * the one that was shown.
 * @throws an AbortError when it is called off
 */
export async function remake(client: RunClient, all: Futures, options: PaceOptions = {}): Promise<void> {
	const pause = (): void => void client.pause();
	const progress = told(client, all, options);
	options.signal?.addEventListener('abort', pause);
	/** What was asked for has been done, and nobody has called the work off. */
	const through = async <T extends StopReport | void>(done: Promise<T>): Promise<void> => {
		const report = await done;
		options.signal?.throwIfAborted();
		if (report?.cause === 'paused') throw new DOMException('it was paused', 'AbortError');
	};
	try {
		await through(client.seek({ icount: all.until }));
		for (const [index, future] of all.futures.entries()) {
			progress.next();
			await make(client, index + 1, future, through);
		}
		await through(client.switchTo(all.timeline));
	} finally {
		progress.end();
		options.signal?.removeEventListener('abort', pause);
	}
}

/** Makes one future, which is the current one then. @param id its number */
async function make(
	client: RunClient,
	id: number,
	{ parent, icount, seq, entry, later, until }: PositionFuture,
	through: <T extends StopReport | void>(done: Promise<T>) => Promise<void>
): Promise<void> {
	await through(client.switchTo(parent));
	// Only where more is known than the present moment does typing make another future.
	if (!isChange(entry)) await through(client.seek({ icount: icount + 1 }));
	await through(client.seek({ icount, seq }));
	if (isChange(entry)) await client.fork(entry.change);
	else await client.type(entry.text, entry.dom);
	await through(client.switchTo(id));
	for (const more of later) {
		if (isChange(more)) continue;
		await through(client.seek({ icount: more.icount, seq: more.seq }));
		await client.type(more.text, more.dom);
	}
	if (until > client.progress.icount) await through(client.advance({ icount: until }));
}
