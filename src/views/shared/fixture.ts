/** Traces written by hand, for the tests of the pictures. Pages never use them. */
import { EVENTS, KIND, type EventKind } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import type { TraceView } from '../../trace/view';

export type FixtureEvent = [cycle: number, kind: EventKind, ...args: number[]];

/** Events in order; `span` kinds end at once. `dom` stamps them: all alike, or by their places. */
export function traceOf(events: readonly FixtureEvent[], dom: number | ((place: number) => number) = 1): TraceView {
	let cycle = 0;
	let icount = 0;
	const store = new TraceStore({ now: () => cycle, icount: () => icount, ring: () => 0 });
	for (const [place, [at, kind, ...args]] of events.entries()) {
		store.dom = typeof dom === 'number' ? dom : dom(place);
		cycle = at;
		icount++;
		if (EVENTS[kind].span) store.end(store.begin(KIND[kind], ...args), args.at(-1));
		else store.record(KIND[kind], ...args);
	}
	return store.view;
}

/** A process that faults, a kernel that asks for one update, a timer: the shape of the whole story. */
export const STORY: readonly FixtureEvent[] = [
	[100, 'domain_start', 1, 0xc0100000, 0xc0200000, 0x1000],
	[110, 'far_return', 0, 1, 0xc0100000, 0, 0x202],
	[200, 'far_return', 1, 3, 0x08048000, 0xbfff0000, 0x202],
	[400, 'page_fault', 0x08048010, 0x0804c010, 6, 3],
	[400, 'trap', 14, 6, 3, 0, 0x08048010, 0xbfff0000, 0xff000020, 0xff007fe0],
	[460, 'bounce', 14, 6, 0xe019, 0xc0101000, 0xc01fffe0, 0x08048010, 3],
	[480, 'far_return', 0, 1, 0xc0101000, 0xc01fffe0, 0x202],
	[700, 'trap', 0x82, 0, 1, 0, 0xc0104a3e, 0xc01fff00, 0xff000820, 0xff007fe0],
	[700, 'hypercall', 1, -1, 0xc0300000, 1, 0, 0x7ff0, 0, 0],
	[720, 'check', 1, 1, 0x3f77, 1],
	[880, 'far_return', 0, 1, 0xc0104a40, 0xc01fff00, 0x202],
	[1000, 'timer', 0xf0],
	[1000, 'interrupt', 0xf0, 1, 0xc0104a60, 0xff007fe0],
	[1050, 'far_return', 0, 1, 0xc0104a60, 0xc01fff00, 0x202],
	[1200, 'halt', 0xc0104b00]
];
