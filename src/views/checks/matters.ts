/** The questions of a visit by what they were asked about: a call, an instruction to emulate, a fault to hand on; and what came of each. */
import { questionAt, type Question } from '../../trace/text/check-values';
import { titleOf } from '../../trace/text/names';
import { KIND, type EventKind } from '../../trace/events';
import { isCall, MASKERS, refused, valueName, vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { lastOf, spanAround, type Visit } from '../../trace/visit';
import { hypercallName } from '../../abi/hypercalls';
import { errnoName } from '../../abi/errno';
import { domainName } from '../shared/rings';
import { words } from '../../words';
import { fill } from '../../words/template';

const said = words.views.checks;

export interface CheckMark extends Question {
	seq: number;
	/** How deep in the spans, for the indent. */
	depth: number;
}

/** One thing that was asked about. */
export interface Matter {
	/** Its span, or its first question. */
	seq: number;
	title: string;
	checks: CheckMark[];
	/** What came of it: `eax = −22 (−EINVAL)`, `stepped over cli`, or ''. */
	outcome: string;
	/** The event that says so, or -1. */
	outcomeSeq: number;
	/** The guest was told no, or ended. */
	refused: boolean;
}

type Deed = keyof typeof said.deeds;
const DEEDS: { readonly [K in EventKind]?: Deed } = {
	emulate: 'emulated',
	forced_cpuid: 'cpuid',
	ptwr: 'written',
	bounce: 'bounced',
	upcall: 'upcall',
	failsafe: 'failsafe',
	descriptor_fault: 'descriptors',
	math_state: 'fpu',
	domain_crash: 'crashed'
};

/** What the hypervisor did in the end: stepped over it, handed it to the guest. '' for events that are no such deed. */
function deedOf(trace: TraceView, seq: number): string {
	const deed = DEEDS[trace.kindName(seq)];
	if (!deed) return '';
	const instruction = deed === 'emulated' ? MASKERS[trace.arg(seq, 'opcode')] : undefined;
	if (instruction) return fill(said.deeds.stepped, { instruction });
	return fill(said.deeds[deed], deed === 'bounced' ? { vector: valueName(trace, seq, 'vector') } : {});
}

function mark(trace: TraceView, seq: number, span: number): CheckMark {
	let depth = 0;
	for (let at = trace.parent(seq); at >= 0 && at !== span; at = trace.parent(at)) depth++;
	return { seq, ...questionAt(trace, seq, domainName), depth };
}

function resultOf(trace: TraceView, span: number): string {
	const result = trace.end(span) < 0 ? null : (trace.args(span).result ?? null);
	if (result === null) return '';
	return result < 0 ? `eax = −${-result} (−${errnoName(result)})` : `eax = ${result}`;
}

const ofSpan = (trace: TraceView, span: number): Matter => ({
	seq: span,
	title: isCall(trace, span) ? hypercallName(trace.arg(span, 'nr')) : titleOf(trace, span),
	checks: [],
	outcome: resultOf(trace, span),
	outcomeSeq: -1,
	refused: refused(trace, span)
});

/** What is asked for another domain than the one that entered was asked by a toolstack, which needs no trap. */
function outsideTitle(trace: TraceView, seq: number, { entry, whose }: Visit, after: boolean): string {
	if (whose === 'boot') return said.boot;
	if (entry < 0 || (trace.ring(entry) > 0 && trace.dom(seq) !== trace.dom(entry)))
		return fill(said.meanwhile, { dom: domainName(trace.dom(seq)) });
	if (after) return said.back;
	return trace.kind(entry) === KIND.interrupt
		? fill(said.interrupt, { vector: valueName(trace, entry, 'vector') })
		: vectorName(trace.arg(entry, 'vector'));
}

/** Outside of any call: about the trap itself, on the way back from a call, or by a toolstack that needs no trap. */
function outside(trace: TraceView, seq: number, visit: Visit, after: boolean): Matter {
	return {
		seq,
		title: outsideTitle(trace, seq, visit, after),
		checks: [],
		outcome: '',
		outcomeSeq: -1,
		refused: false
	};
}

/** Whether a question is about something else than the one before: that is settled, or another domain's. */
const isOver = (trace: TraceView, { seq, outcomeSeq }: Matter, at: number): boolean =>
	outcomeSeq >= 0 || trace.dom(seq) !== trace.dom(at);

/** What a visit asked, in order. Matters that nothing was asked about are left out. */
export function matters(trace: TraceView, visit: Visit): Matter[] {
	const all: Matter[] = [];
	/** The span of the last matter; -1 where it is about something outside of any. */
	let span = -1;
	for (let at = visit.from; at <= lastOf(trace, visit); at++) {
		const around = spanAround(trace, at);
		const asks = trace.kind(at) === KIND.check;
		const last = all.at(-1);
		if (around >= 0 && around !== span) all.push(ofSpan(trace, around));
		else if (around < 0 && asks && (!last || span >= 0 || isOver(trace, last, at)))
			all.push(outside(trace, at, visit, all.length > 0));
		else if (around < 0 && !asks) {
			if (last && span < 0) settle(trace, at, last);
			continue;
		}
		span = around;
		if (asks) all.at(-1)!.checks.push(mark(trace, at, around));
	}
	return all.filter(({ checks }) => checks.length > 0);
}

/** Takes note of what was done in the end. */
function settle(trace: TraceView, seq: number, matter: Matter): void {
	const outcome = deedOf(trace, seq);
	if (!outcome) return;
	matter.outcome = outcome;
	matter.outcomeSeq = seq;
	matter.refused = trace.kind(seq) === KIND.domain_crash || matter.checks.some(({ passed }) => !passed);
}
