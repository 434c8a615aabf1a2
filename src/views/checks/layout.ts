/** The questions that the hypervisor asked around an event, in order, with the answers and the values looked at. */
import { questionAt, type Question } from '../../trace/text/check-values';
import { titleOf } from '../../trace/text/names';
import { KIND } from '../../trace/events';
import { IS_SPAN, type TraceView } from '../../trace/view';
import { refused } from '../../trace/values';
import { hypercallName } from '../../abi/hypercalls';
import { errnoName } from '../../abi/errno';
import { domainName } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { fill } from '../../words/template';

const said = words.views.checks;

export interface CheckMark extends Question {
	seq: number;
	/** How deep in the spans, for the indent. */
	depth: number;
	/** Asked again for the next entries, with the same answer: how many times. */
	times: number;
}

export interface CheckMarks {
	/** The span whose questions these are, or -1. */
	span: number;
	title: string;
	checks: CheckMark[];
	/** What came of it: `eax = −22 (−EINVAL)`, or ''. */
	outcome: string;
	refused: boolean;
}

/** The outermost span around an event, itself included; -1 when there is none. */
export function spanOf(trace: TraceView, seq: number): number {
	let span = seq >= 0 && IS_SPAN[trace.kind(seq)] ? seq : -1;
	for (let at = seq >= 0 ? trace.parent(seq) : -1; at >= 0; at = trace.parent(at)) span = at;
	return span;
}

function mark(trace: TraceView, seq: number, span: number): CheckMark {
	let depth = 0;
	for (let at = trace.parent(seq); at >= 0 && at !== span; at = trace.parent(at)) depth++;
	return { seq, ...questionAt(trace, seq, domainName), depth, times: 1 };
}

function outcomeOf(trace: TraceView, span: number): string {
	const result = trace.end(span) < 0 ? null : (trace.args(span).result ?? null);
	if (result === null) return '';
	return result < 0 ? `eax = −${-result} (−${errnoName(result)})` : `eax = ${result}`;
}

/** At most this many questions are shown; what is left out is told. */
const MOST = 40;

export function layout(trace: TraceView, seq: number): CheckMarks {
	const span = spanOf(trace, seq);
	// Outside of any call: what was asked until the processor went back, for instance about a trapped instruction.
	const from = span >= 0 ? span + 1 : seq;
	const last =
		span >= 0 ? (trace.end(span) < 0 ? trace.length - 1 : trace.end(span)) : Math.min(trace.length - 1, seq + 200);
	const checks: CheckMark[] = [];
	for (let at = from; at <= last && checks.length < MOST; at++) {
		if (span < 0 && at > seq && trace.kind(at) === KIND.far_return) break;
		if (trace.kind(at) === KIND.check) checks.push(mark(trace, at, span));
	}
	const kind = span >= 0 ? trace.kind(span) : -1;
	const title =
		kind === KIND.hypercall || kind === KIND.subcall
			? hypercallName(trace.arg(span, 'nr'))
			: span >= 0
				? titleOf(trace, span)
				: '';
	return {
		span,
		title,
		checks,
		outcome: span >= 0 ? outcomeOf(trace, span) : '',
		refused: span >= 0 && refused(trace, span)
	};
}

function lineOf({ question, passed, values }: CheckMark): string {
	const told = values.map(({ what, text }) => `${what} ${text}`).join(', ');
	return fill(told ? said.lineValues : said.line, { question, answer: passed ? said.yes : said.no, values: told });
}

export const twin = (marks: CheckMarks): TwinLine[] => [
	...marks.checks.map((check) => ({ id: String(check.seq), text: lineOf(check) })),
	...(marks.outcome ? [{ id: 'outcome', text: fill(said.outcome, { outcome: marks.outcome }), choosable: false }] : [])
];
