/** Whether a text is sound Chrome trace JSON, and the same trace: for tests. */
import { IS_SPAN, type TraceView } from '../view';
import type { ChromeEvent } from './perfetto';

const PHASES = new Set(['M', 'B', 'E', 'X', 'i', 's', 'f', 'C']);
/** Slices of one thread that are open, by when they end in nanoseconds; Infinity for a B. */
type Stack = number[];

const ns = (microseconds: number): number => Math.round(microseconds * 1000);

/** What is wrong with the text of a file, one line a finding; none when it is sound and tells all events of `view`. */
export function checkChromeTrace(text: string, view: TraceView): string[] {
	const wrong: string[] = [];
	const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
	checkPhases(traceEvents, wrong);
	checkNesting(traceEvents, wrong);
	checkFlows(traceEvents, wrong);
	checkCounts(traceEvents, view, wrong);
	return wrong;
}

function checkPhases(events: ChromeEvent[], wrong: string[]): void {
	const named = new Set<number>();
	const processes = new Set<number>();
	for (const event of events) {
		const { ph, pid, tid, ts, dur, name } = event;
		const what = JSON.stringify(event).slice(0, 200);
		if (!PHASES.has(ph)) wrong.push(`phase: ${what}`);
		if (ph === 'M' && name === 'process_name') processes.add(pid);
		if (ph === 'M' && name === 'thread_name') named.add(tid ?? -1);
		if (!processes.has(pid)) wrong.push(`a process without a name: ${what}`);
		if (ph === 'M') continue;
		if (ts === undefined || !(ts >= 0)) wrong.push(`time: ${what}`);
		if (ph !== 'C' && !named.has(tid ?? -1)) wrong.push(`a thread without a name: ${what}`);
		if (ph === 'X' && !(dur !== undefined && dur >= 0)) wrong.push(`how long: ${what}`);
		if (ph !== 'E' && !name) wrong.push(`no name: ${what}`);
		if (ph === 'C' && !Object.values(event.args ?? {}).every((value) => typeof value === 'number'))
			wrong.push(`a counter of no numbers: ${what}`);
	}
}

/** Slices of a thread lie beside or inside each other. */
function checkNesting(events: ChromeEvent[], wrong: string[]): void {
	const stacks = new Map<number, Stack>();
	let before = 0;
	for (const event of events) {
		const { ph, tid = -1, ts = 0, dur = 0 } = event;
		if (ph !== 'B' && ph !== 'E' && ph !== 'X') continue;
		const now = ns(ts);
		if (now < before) wrong.push(`goes back in time: ${JSON.stringify(event).slice(0, 200)}`);
		before = now;
		const stack = stacks.get(tid) ?? [];
		stacks.set(tid, stack);
		while (stack.length > 0 && stack[stack.length - 1] <= now && stack[stack.length - 1] !== Infinity) stack.pop();
		if (ph === 'E' && stack.pop() !== Infinity) wrong.push(`ends nothing: ${JSON.stringify(event)}`);
		if (ph === 'B') stack.push(Infinity);
		if (ph !== 'X') continue;
		if (stack.length > 0 && stack[stack.length - 1] < now + ns(dur))
			wrong.push(`ends after what it lies in: ${JSON.stringify(event).slice(0, 200)}`);
		if (dur > 0) stack.push(now + ns(dur));
	}
	for (const [tid, stack] of stacks) if (stack.includes(Infinity)) wrong.push(`a slice of thread ${tid} does not end`);
}

function checkFlows(events: ChromeEvent[], wrong: string[]): void {
	const starts = new Map<number, number>();
	const ends = new Set<number>();
	for (const { ph, id = -1, ts = 0 } of events) {
		if (ph === 's' && starts.has(id)) wrong.push(`flow ${id} begins twice`);
		if (ph === 's') starts.set(id, ts);
		if (ph !== 'f') continue;
		if (!starts.has(id)) wrong.push(`flow ${id} ends before it begins`);
		else if ((starts.get(id) as number) > ts) wrong.push(`flow ${id} goes back in time`);
		if (ends.has(id)) wrong.push(`flow ${id} ends twice`);
		ends.add(id);
	}
	for (const id of starts.keys()) if (!ends.has(id)) wrong.push(`flow ${id} does not end`);
}

/** Each event of the trace is there once, a span as a slice; each cause that is not around its effect has a flow. */
function checkCounts(events: ChromeEvent[], view: TraceView, wrong: string[]): void {
	const seen = new Map<number, ChromeEvent>();
	for (const event of events) {
		const seq = event.args?.seq;
		if (typeof seq !== 'number') continue;
		if (seen.has(seq)) wrong.push(`event ${seq} is there twice`);
		seen.set(seq, event);
	}
	if (seen.size !== view.length) wrong.push(`${seen.size} events of ${view.length}`);
	let links = 0;
	for (let seq = 0; seq < view.length; seq++) {
		if (IS_SPAN[view.kind(seq)] && seen.get(seq)?.ph !== 'X') wrong.push(`span ${seq} is no slice`);
		if (view.cause(seq) >= 0 && view.parent(seq) !== view.cause(seq)) links++;
	}
	const flows = events.filter(({ ph }) => ph === 's').length;
	if (flows !== links) wrong.push(`${flows} flows for ${links} links`);
}
