/**
 * Why did this trap? Why was this refused? The questions in the order in which they were asked, the one that was answered no,
 * the state that it looked at, and the rule. The processor asks no questions that are recorded: its reason follows from the
 * exception's error code and, for a page fault, from the walk, if the walk of that moment is at hand.
 */
import { hypercallName } from '../../abi/hypercalls';
import { hex, hex8 } from '../../base';
import { questionAt, type Fact, type Question } from './check-values';
import { KIND } from '../events';
import type { Walk, WalkStep } from '../../moments';
import { exceptionRule, pageFaultBits, selectorText, type Rule } from './processor-rules';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { argumentText, titleOf } from './names';
import { sentence } from './sentence';
import { HYPERCALL_VECTOR, isCall, refused, vectorName } from '../values';
import { IS_SPAN, type TraceView } from '../view';
import { errorNamesSelector, FIRST_USER_VECTOR, PF_FETCH, PF_USER, PF_WRITE, VECTOR } from '../../x86/exceptions';

/** A question of the hypervisor. */
export interface Asked extends Question {
	readonly seq: number;
	/** The answer was no, and a change made by hand made it a yes. */
	readonly overruled: boolean;
}

/** An explanation: plain data. */
export interface Why {
	/** The event that is explained: a call, an update, or a trap. */
	readonly seq: number;
	readonly title: string;
	/** The answer in one sentence. */
	readonly says: string;
	/** Who said no: nobody where it went well. */
	readonly by: 'processor' | 'hypervisor' | null;
	readonly asked: readonly Asked[];
	/** Place in `asked` of the question that decided, or -1. */
	readonly failed: number;
	/** What was looked at. */
	readonly state: readonly Fact[];
	readonly rule: Rule | null;
}

/** Events after a trap that are looked through. */
const REACH = 4000;

const asked = (view: TraceView, seq: number): Asked => ({ seq, ...questionAt(view, seq) });

const lastInside = (view: TraceView, span: number): number => (view.end(span) < 0 ? view.length - 1 : view.end(span));

/** The questions inside a span, or, outside of any, those that followed a trap until the processor went back. */
function questions(view: TraceView, subject: number): Asked[] {
	const span = IS_SPAN[view.kind(subject)] === 1;
	const last = span ? lastInside(view, subject) : Math.min(view.length - 1, subject + REACH);
	const found: Asked[] = [];
	for (let at = subject + 1; at <= last; at++) {
		const kind = view.kind(at);
		if (!span && (kind === KIND.far_return || kind === KIND.trap || kind === KIND.interrupt)) break;
		if (kind === KIND.check && (span || view.parent(at) < 0)) found.push(asked(view, at));
	}
	return found;
}

/** Spans that are one entry of a batch. */
const IS_ENTRY: ReadonlySet<number> = new Set([KIND.mmu_entry, KIND.grant_entry]);

/** What is to be explained about an event: the call or update that it belongs to, or the trap. -1 where there is nothing. */
export function subjectOf(view: TraceView, seq: number): number {
	if (seq < 0 || seq >= view.length) return -1;
	const kind = view.kind(seq);
	if (kind === KIND.page_fault) return seq + 1 < view.length && view.kind(seq + 1) === KIND.trap ? seq + 1 : seq;
	if (kind === KIND.trap) return ofTrap(view, seq);
	if (isCall(view, seq) || IS_ENTRY.has(kind)) return seq;
	for (let span = view.parent(seq); span >= 0; span = view.parent(span))
		if (isCall(view, span) || IS_ENTRY.has(view.kind(span))) return span;
	const by = view.cause(seq);
	const explains: readonly number[] = [
		KIND.check,
		KIND.bounce,
		KIND.domain_crash,
		KIND.emulate,
		KIND.ptwr,
		KIND.failsafe,
		KIND.descriptor_fault
	];
	return by >= 0 && explains.includes(kind) && view.kind(by) === KIND.trap ? ofTrap(view, by) : -1;
}

/** A trap through the hypercall gate stands for its call. */
function ofTrap(view: TraceView, seq: number): number {
	const call = seq + 1;
	const made = view.arg(seq, 'vector') === HYPERCALL_VECTOR && call < view.length && isCall(view, call);
	return made ? call : seq;
}

/**
 * Explains a trap, a page fault, a call or an update, or what happened inside one; null for anything else.
 * @param walk the page walk of the faulting address at that moment, for a page fault
 */
export function why(view: TraceView, seq: number, walk: Walk | null = null): Why | null {
	const subject = subjectOf(view, seq);
	if (subject < 0) return null;
	const kind = view.kind(subject);
	return kind === KIND.trap || kind === KIND.page_fault ? whyTrap(view, subject, walk) : whyCall(view, subject);
}

// --- calls -----------------------------------------------------------------------------------------------

function whyCall(view: TraceView, seq: number): Why {
	const list = questions(view, seq);
	const title = isCall(view, seq)
		? hypercallName(view.arg(seq, 'nr')) || words.events.hypercall.title
		: titleOf(view, seq);
	const no = refused(view, seq);
	const failed = no ? decisive(list) : -1;
	const decided = list[failed];
	return {
		seq,
		title,
		says: callText(view, seq, title, no, list, decided),
		by: no ? 'hypervisor' : null,
		asked: list,
		failed,
		state: decided?.values ?? [],
		rule: decided ? { says: decided.question, cite: decided.rule } : null
	};
}

/** The last no; where that only sums up a whole table, the no inside the table. */
function decisive(list: readonly Asked[]): number {
	const no = ({ passed, overruled }: Asked): boolean => passed === overruled;
	const last = list.findLastIndex(no);
	const inside = list.findLastIndex((question) => no(question) && question.name !== 'table_valid');
	return inside >= 0 && list[last].name === 'table_valid' ? inside : last;
}

function callText(
	view: TraceView,
	seq: number,
	title: string,
	no: boolean,
	list: readonly Asked[],
	decided: Asked | undefined
): string {
	const overruled = list.filter((question) => question.overruled);
	const checks = [...new Set(overruled.map(({ name }) => name))].join(', ');
	const said = verdict(view, seq, title, no, list, decided);
	return overruled.length > 0 ? `${said} ${counted(late.why.overruled, overruled.length, { checks })}` : said;
}

function verdict(
	view: TraceView,
	seq: number,
	title: string,
	no: boolean,
	list: readonly Asked[],
	decided: Asked | undefined
): string {
	if (view.end(seq) < 0) return fill(late.why.open, { title });
	if (!no) return counted(late.why.passed, list.length, { title });
	const result = argumentText(view, seq, 'result');
	if (!decided) return fill(late.why.refusedUnasked, { title, result });
	const values = decided.values.map(({ what, text }) => `${what} ${text}`).join(', ');
	const { question } = decided;
	return fill(values ? late.why.refusedValues : late.why.refused, { title, result, question, values });
}

// --- traps -----------------------------------------------------------------------------------------------

function whyTrap(view: TraceView, seq: number, walk: Walk | null): Why {
	const { vector, error, ring, eip } = trapFacts(view, seq);
	const list = questions(view, seq);
	const { facts } = late.why;
	const title = vectorName(vector);
	const address = vector === VECTOR.PF ? faultAddress(view, seq) : -1;
	const broken = walk && address >= 0 && walk.address === address ? failingStep(walk, error) : null;
	const rule = exceptionRule(vector, error, ring);
	const state: Fact[] = [
		{ what: facts.ring, text: String(ring) },
		{ what: facts.eip, text: `0x${hex8(eip)}` }
	];
	if (address >= 0) state.push({ what: facts.address, text: `0x${hex8(address)}` }, ...pageFaultBits(error));
	if (broken) state.push({ what: fill(facts.level, { level: broken.level }), text: stepText(broken) });
	if (errorNamesSelector(vector))
		state.push({ what: facts.error, text: hex(error) }, { what: facts.selector, text: selectorText(error) });
	return {
		seq,
		title,
		says: trapText(view, seq, title, vector, broken, rule),
		by: vector < FIRST_USER_VECTOR ? 'processor' : null,
		asked: list,
		failed: list.findIndex(({ passed, overruled }) => passed === overruled),
		state,
		rule
	};
}

function trapFacts(view: TraceView, seq: number): { vector: number; error: number; ring: number; eip: number } {
	const { vector, error, from_ring: ring, eip } = view.args(seq);
	return { vector: view.kind(seq) === KIND.page_fault ? VECTOR.PF : vector, error, ring, eip };
}

/** CR2 of a page fault: the page_fault event is the trap itself, or the one before it. */
const faultAddress = (view: TraceView, seq: number): number => {
	const at = view.kind(seq) === KIND.page_fault ? seq : seq - 1;
	return at >= 0 && view.kind(at) === KIND.page_fault ? view.arg(at, 'addr') : -1;
};

/** The first entry of the walk that does not permit what was tried. */
function failingStep(walk: Walk, error: number): WalkStep | null {
	const forbids = (step: WalkStep): boolean => {
		if (!step.present) return true;
		if ((error & PF_FETCH) !== 0 && step.noExecute) return true;
		if ((error & PF_WRITE) !== 0 && !step.writable) return true;
		return (error & PF_USER) !== 0 && !step.user;
	};
	return walk.steps.find(forbids) ?? null;
}

function stepText(step: WalkStep): string {
	const { present, absent, writable, readOnly, user, supervisor } = late.why.entryBits;
	const bits = step.present ? [present, step.writable ? writable : readOnly, step.user ? user : supervisor] : [absent];
	return fill(late.why.entry, {
		index: step.index,
		frame: hex(step.tableMfn),
		entry: `0x${hex8(step.entryHigh)}${hex8(step.entryLow)}`,
		bits: bits.join(', ')
	});
}

function trapText(
	view: TraceView,
	seq: number,
	title: string,
	vector: number,
	broken: WalkStep | null,
	rule: Rule
): string {
	if (vector >= FIRST_USER_VECTOR) return `${sentence(view, seq)}.`;
	const raised = fill(late.why.raised, { title, rule: rule.says });
	return broken ? `${raised} ${fill(late.why.walkEnds, { level: broken.level, entry: stepText(broken) })}` : raised;
}
