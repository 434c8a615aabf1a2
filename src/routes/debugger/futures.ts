/** All futures of a run as an address tells them, and how they are made again. */
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

/**
 * Makes the futures again in a run that was opened with the first one's log, as far as they were seen, and stands in
 * the one that was shown. Stops quietly when it is paused, with what there is by then.
 */
export async function remake(client: RunClient, { futures, until, timeline }: Futures): Promise<void> {
	const going = async (report: Promise<StopReport>): Promise<boolean> => (await report).cause !== 'paused';
	if (!(await going(client.seek({ icount: until })))) return;
	for (const [index, { parent, icount, seq, entry, later, until: end }] of futures.entries()) {
		await client.switchTo(parent);
		if (isChange(entry)) {
			await client.seek({ icount, seq });
			await client.fork(entry.change);
		} else {
			// Only where more is known than the present moment does typing make another future.
			await client.seek({ icount: icount + 1 });
			await client.seek({ icount, seq });
			await client.type(entry.text, entry.dom);
		}
		await client.switchTo(index + 1);
		for (const more of later) {
			if (isChange(more)) continue;
			await client.seek({ icount: more.icount, seq: more.seq });
			await client.type(more.text, more.dom);
		}
		if (end > client.progress.icount && !(await going(client.advance({ icount: end })))) return;
	}
	await client.switchTo(timeline);
}
