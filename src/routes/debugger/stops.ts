/** Each stop in plain words: what was done, and what it led to. The live region says the same. */
import { hex8 } from '../../base';
import { KIND } from '../../trace/events';
import { sentence } from '../../trace/text/sentence';
import { isFault } from '../../trace/values';
import type { CodeLine, MomentState } from '../../moments';
import type { TraceView } from '../../trace/view';
import type { StepKind, StepTo } from '../../debugger/session';
import { eventTest } from '../../trace/query';
import type { StopReport } from '../../workbench/worker/client';
import { flagRows, generalRows } from './registers';

/** What the learner asked for. */
export interface Order {
	kind: StepKind | StepTo['kind'] | 'run' | 'go' | 'fork';
	back: boolean;
	/** The event to go to, if the order names one. */
	event?: number;
	/** Note of the bookmark to go to. */
	mark?: string;
	/** The query that the event to stop at fits. */
	query?: string;
	/** What else was done before the machine stood there, as a sentence. */
	did?: string;
}

export interface Stop {
	order: Order;
	cause: StopReport['cause'];
	before: MomentState | null;
	now: MomentState;
	trace: TraceView;
	/** The listing before the order was carried out. */
	code: readonly CodeLine[];
	/** The listing where it stands now, if it is another one. */
	ahead?: readonly CodeLine[];
	/** The breakpoint that held, if one did: its text, and the query of one that stops at events. */
	breakpoint?: { text: string; query?: string };
}

const CAUSES: Record<StopReport['cause'], string> = {
	cycle: 'Stopped: the cycle is reached.',
	point: 'Stopped at a breakpoint.',
	outside: 'Stopped: the code stepped over is done.',
	start: 'Back at the beginning of the run: nothing of that kind was met on the way.',
	icount: 'Stopped there.',
	seq: 'Stopped after the next recorded event.',
	text: 'Stopped: the text appeared.',
	event: 'Stopped.',
	budget: 'Running.',
	ended: 'The run is over: the domain has ended.',
	stuck:
		'Stopped: the guest waits for input, or for an event that nothing will send. Type on its console, or step back.',
	shutdown: 'The processor has shut down.',
	paused: 'Paused.'
};

export const AT_START = 'Stopped before the first instruction of the guest kernel.';

const IS_WANTED: Partial<Record<Order['kind'], (trace: TraceView, seq: number) => boolean>> = {
	hypercall: (trace, seq) => trace.kind(seq) === KIND.hypercall,
	fault: isFault,
	switch: (trace, seq) => trace.kind(seq) === KIND.sched_switch
};

type Wanted = (trace: TraceView, seq: number) => boolean;

/** What makes an event the one that was looked for; null when it is no particular one. */
function wantedBy({ order, cause, breakpoint }: Stop): Wanted | null {
	const query = cause === 'point' ? breakpoint?.query : order.query;
	if (query) return eventTest(query);
	return cause === 'point' && breakpoint ? null : (IS_WANTED[order.kind] ?? null);
}

/** The event that the order was to find, which the pictures then speak of; -1 when it is no particular one. */
export function foundEvent(stop: Stop): number {
	const { order, cause, before, now, trace } = stop;
	if (order.event !== undefined) return cause === 'icount' && order.event < now.seq ? order.event : -1;
	const wanted = wantedBy(stop);
	if (!wanted || !(cause === 'event' || cause === 'point' || cause === 'icount')) return -1;
	const from = order.back || !before ? 0 : before.seq;
	for (let seq = Math.min(now.seq, trace.length) - 1; seq >= from; seq--) if (wanted(trace, seq)) return seq;
	return -1;
}

/** `push esi at kernel_main+0x4`. */
function instructionText(code: readonly CodeLine[], address: number): string {
	const line = code.find((each) => each.address === address);
	return line ? `${line.text} at ${line.where || hex8(address)}` : `the instruction at ${hex8(address)}`;
}

function changes(before: MomentState, now: MomentState): string {
	const names = generalRows(now, before)
		.filter((row) => row.changed && row.name !== 'eip')
		.map((row) => `${row.name} is now ${row.value}`);
	const flags = flagRows(now, before)
		.filter((flag) => flag.changed)
		.map((flag) => `${flag.name} ${flag.on ? 1 : 0}`);
	const all = [...names, ...(flags.length > 0 ? [`flags ${flags.join(', ')}`] : [])];
	return all.length > 4 ? `${all.slice(0, 4).join(', ')} and more` : all.join(', ');
}

const stands = (a: MomentState | null, b: MomentState): boolean =>
	a !== null && a.icount === b.icount && a.seq === b.seq;

/** Steps that end before an instruction, whose last instruction is worth telling. */
const SMALL: readonly Order['kind'][] = ['instruction', 'over'];

/** The stop as one or two sentences. @param found what `foundEvent` gave */
export function stopSentence(stop: Stop, found: number): string {
	const { order, cause, before, now, trace, code, breakpoint } = stop;
	const event = (seq: number): string => (seq >= 0 && seq < trace.length ? ` ${sentence(trace, seq)}.` : '');
	const next = `next is ${instructionText(stop.ahead ?? code, now.code.address)}`;
	if (order.did && cause !== 'paused') return `${order.did} Now ${next}.`;
	if (order.mark !== undefined && cause === 'icount')
		return `At the bookmark${order.mark ? `: ${order.mark}` : ''}; ${next}.`;
	if (found >= 0 && order.kind === 'go') return `At event ${found}.${event(found)}`;
	if (cause === 'point' && breakpoint)
		return `Stopped at the breakpoint ${breakpoint.text}.${found >= 0 ? ` Event ${found}:${event(found)}` : ` N${next.slice(1)}.`}`;
	if (cause === 'start' && order.kind === 'run')
		return 'Back at the beginning of the run: no breakpoint held on the way.';
	if (stands(before, now) && cause !== 'paused' && cause !== 'start')
		return `${CAUSES[cause].replace(/ there\.$/, '.')} There is nothing further this way.`;
	if (order.back && order.kind !== 'run' && cause === 'icount')
		return found >= 0
			? `Back at event ${found}.${event(found)}`
			: order.kind === 'event'
				? `Back at event ${now.seq - 1}.${event(now.seq - 1)}`
				: `Back: ${next}.`;
	if (found >= 0) return `Stopped at event ${found}.${event(found)}`;
	if (before && SMALL.includes(order.kind) && cause !== 'paused') {
		if (now.seq > before.seq) return `Done: ${instructionText(code, before.code.address)}.${event(now.seq - 1)}`;
		const what = changes(before, now);
		return `Done: ${instructionText(code, before.code.address)}${what ? `; ${what}` : ''}.`;
	}
	if (order.kind === 'to-write' && cause === 'icount') return `Stopped right after the write; ${next}.`;
	if (cause === 'icount') return `Stopped there: ${next}.`;
	return (
		CAUSES[cause] +
		(before && now.seq > before.seq && cause !== 'ended' && cause !== 'paused' ? event(now.seq - 1) : '')
	);
}
