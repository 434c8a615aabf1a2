/** Each stop in plain words: what was done, and what it led to. The live region says the same. */
import { hex8 } from '../../base';
import { KIND } from '../../trace/events';
import { sentence } from '../../trace/text';
import type { CodeLine, MomentState } from '../../trace/moment';
import type { TraceView } from '../../trace/view';
import type { StepKind } from '../../debugger/session';
import type { StopReport } from '../../workbench/client';
import { flagRows, generalRows } from './registers';

/** What the learner asked for. */
export interface Order {
	kind: StepKind | 'run' | 'go';
	back: boolean;
	/** The event to go to, if the order names one. */
	event?: number;
	/** Note of the bookmark to go to. */
	mark?: string;
}

export interface Stop {
	order: Order;
	cause: StopReport['cause'];
	before: MomentState | null;
	now: MomentState;
	trace: TraceView;
	/** The listing before the order was carried out. */
	code: readonly CodeLine[];
}

const CAUSES: Record<StopReport['cause'], string> = {
	cycle: 'Stopped: the cycle is reached.',
	point: 'Stopped at a breakpoint.',
	outside: 'Stopped: the code stepped over is done.',
	start: 'Back at the beginning of the run.',
	icount: 'Stopped there.',
	seq: 'Stopped after the next recorded event.',
	text: 'Stopped: the text appeared.',
	event: 'Stopped.',
	breakpoint: 'Stopped at a breakpoint.',
	budget: 'Running.',
	ended: 'The run is over: the domain has ended.',
	stuck:
		'Stopped: the guest waits for input, or for an event that nothing will send. Type on its console, or step back.',
	shutdown: 'The processor has shut down.',
	paused: 'Paused.'
};

export const AT_START = 'Stopped before the first instruction of the guest kernel.';

const EXCEPTIONS = 32;
const IS_WANTED: Partial<Record<Order['kind'], (trace: TraceView, seq: number) => boolean>> = {
	hypercall: (trace, seq) => trace.kind(seq) === KIND.hypercall,
	fault: (trace, seq) =>
		trace.kind(seq) === KIND.page_fault || (trace.kind(seq) === KIND.trap && trace.arg(seq, 'vector') < EXCEPTIONS)
};

/** The event that the order was to find, which the pictures then speak of; -1 when it is no particular one. */
export function foundEvent({ order, cause, before, now, trace }: Stop): number {
	if (order.event !== undefined) return cause === 'icount' && order.event < now.seq ? order.event : -1;
	const wanted = IS_WANTED[order.kind];
	if (!wanted || !(cause === 'event' || (order.back && cause === 'icount'))) return -1;
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

/** The stop as one or two sentences. @param found what `foundEvent` gave */
export function stopSentence(stop: Stop, found: number): string {
	const { order, cause, before, now, trace, code } = stop;
	const event = (seq: number): string => (seq >= 0 && seq < trace.length ? ` ${sentence(trace, seq)}.` : '');
	if (order.mark !== undefined && cause === 'icount')
		return `At the bookmark${order.mark ? `: ${order.mark}` : ''}. Next is ${instructionText(code, now.code.address)}.`;
	if (found >= 0 && order.kind === 'go') return `At event ${found}.${event(found)}`;
	if (stands(before, now) && cause !== 'paused')
		return `${CAUSES[cause].replace(/ there\.$/, '.')} There is nothing further this way.`;
	if (order.back && order.kind !== 'run' && cause === 'icount')
		return found >= 0
			? `Back at event ${found}.${event(found)}`
			: order.kind === 'event'
				? `Back at event ${now.seq - 1}.${event(now.seq - 1)}`
				: `Back: next is ${instructionText(code, now.code.address)}.`;
	if (found >= 0) return `Stopped at event ${found}.${event(found)}`;
	if (before && (order.kind === 'instruction' || order.kind === 'over') && cause !== 'paused') {
		if (now.seq > before.seq) return `Done: ${instructionText(code, before.code.address)}.${event(now.seq - 1)}`;
		const what = changes(before, now);
		return `Done: ${instructionText(code, before.code.address)}${what ? `; ${what}` : ''}.`;
	}
	return (
		CAUSES[cause] +
		(before && now.seq > before.seq && cause !== 'ended' && cause !== 'paused' ? event(now.seq - 1) : '')
	);
}
