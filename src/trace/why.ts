/**
 * Why did this trap? Why was this refused? The questions in the order in which they were asked, the one that was answered no,
 * the state that it looked at, and the rule. The processor asks no questions that are recorded: its reason follows from the
 * exception's error code and, for a page fault, from the walk, if the walk of that moment is at hand.
 */
import { hypercallName } from '../abi/hypercalls';
import { hex, hex8 } from '../base';
import { checkValueText } from './check-values';
import { CHECK_NAMES, CHECKS, KIND, type CheckRow } from './events';
import type { Walk, WalkStep } from '../moments';
import { exceptionRule, pageFaultBits, selectorText, type Rule } from './processor-rules';
import { argumentText, sentence } from './text';
import { HYPERCALL_VECTOR, isCall, refused, vectorName } from './values';
import { IS_SPAN, type TraceView } from './view';
import { errorNamesSelector, FIRST_USER_VECTOR, PF_FETCH, PF_USER, PF_WRITE, VECTOR } from '../x86/exceptions';

/** A value that was looked at. */
export interface Fact {
	readonly what: string;
	readonly text: string;
}

/** A question of the hypervisor. */
export interface Asked {
	readonly seq: number;
	/** A name of CHECKS. */
	readonly name: string;
	readonly question: string;
	/** The true answer. */
	readonly passed: boolean;
	/** The answer was no, and a change made by hand made it a yes. */
	readonly overruled: boolean;
	readonly values: readonly Fact[];
	readonly rule: string;
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

/** Most events and questions that are looked through. */
const REACH = 4000;
const MOST = 200;

function asked(view: TraceView, seq: number): Asked {
	const { check, passed, a, b } = view.args(seq);
	const name = CHECK_NAMES[check] ?? '';
	const row: CheckRow | undefined = (CHECKS as Record<string, CheckRow>)[name];
	const values = (row?.values ?? ['a', 'b'])
		.map((what, index) => ({ what: what.replace(/ \(bits.*\)/, ''), text: checkValueText(what, index ? b : a) }))
		.filter(({ what }) => what !== '');
	const next = seq + 1;
	const overruled =
		passed === 0 && next < view.length && view.kind(next) === KIND.overruled && view.arg(next, 'what') === 0;
	return { seq, name, question: row?.question ?? name, passed: passed !== 0, overruled, values, rule: row?.rule ?? '' };
}

const lastInside = (view: TraceView, span: number): number =>
	Math.min(view.end(span) < 0 ? view.length - 1 : view.end(span), span + REACH);

/** The questions inside a span, or, outside of any, those that followed a trap until the processor went back. */
function questions(view: TraceView, subject: number): Asked[] {
	const span = IS_SPAN[view.kind(subject)] === 1;
	const last = span ? lastInside(view, subject) : Math.min(view.length - 1, subject + REACH);
	const found: Asked[] = [];
	for (let at = subject + 1; at <= last && found.length < MOST; at++) {
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
	const title = isCall(view, seq) ? hypercallName(view.arg(seq, 'nr')) || 'hypercall' : view.row(seq).title;
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
	const no = ({ passed, overruled }: Asked): boolean => !passed && !overruled;
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
	const despite =
		overruled.length > 0
			? ` ${overruled.length === 1 ? 'One no was' : `${overruled.length} noes were`} overruled by hand: ${[...new Set(overruled.map(({ name }) => name))].join(', ')}.`
			: '';
	if (view.end(seq) < 0) return `${title} has not ended.${despite}`;
	if (!no)
		return `${title} was not refused: ${list.length} ${list.length === 1 ? 'question' : 'questions'} asked.${despite}`;
	const result = argumentText(view, seq, 'result');
	if (!decided) return `${title} was refused with ${result}; no question about it is recorded.${despite}`;
	const looked = decided.values.map(({ what, text }) => `${what} ${text}`).join(', ');
	return `${title} was refused with ${result}: ‘${decided.question}’ was answered no${looked ? ` (${looked})` : ''}.${despite}`;
}

// --- traps -----------------------------------------------------------------------------------------------

function whyTrap(view: TraceView, seq: number, walk: Walk | null): Why {
	const { vector, error, ring, eip } = trapFacts(view, seq);
	const list = questions(view, seq);
	const title = vectorName(vector);
	const address = vector === VECTOR.PF ? faultAddress(view, seq) : -1;
	const broken = walk && address >= 0 && walk.address === address ? failingStep(walk, error) : null;
	const rule = exceptionRule(vector, error, ring);
	const state: Fact[] = [
		{ what: 'ring', text: String(ring) },
		{ what: 'eip', text: `0x${hex8(eip)}` }
	];
	if (address >= 0) state.push({ what: 'address', text: `0x${hex8(address)}` }, ...pageFaultBits(error));
	if (broken) state.push({ what: `entry of level ${broken.level}`, text: stepText(broken) });
	if (errorNamesSelector(vector))
		state.push({ what: 'error code', text: hex(error) }, { what: 'names', text: selectorText(error) });
	return {
		seq,
		title,
		says: trapText(view, seq, title, vector, broken, rule),
		by: vector < FIRST_USER_VECTOR ? 'processor' : null,
		asked: list,
		failed: list.findIndex(({ passed, overruled }) => !passed && !overruled),
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

const stepText = (step: WalkStep): string =>
	`entry ${step.index} of the table in frame ${hex(step.tableMfn)} is 0x${hex8(step.entryHigh)}${hex8(step.entryLow)} (${[
		step.present ? 'P' : 'not present',
		...(step.present ? [step.writable ? 'R/W' : 'read-only', step.user ? 'U/S' : 'supervisor'] : [])
	].join(', ')})`;

function trapText(
	view: TraceView,
	seq: number,
	title: string,
	vector: number,
	broken: WalkStep | null,
	rule: Rule
): string {
	if (vector >= FIRST_USER_VECTOR) return `${sentence(view, seq)}.`;
	const where = broken ? ` The walk ends at level ${broken.level}: ${stepText(broken)}.` : '';
	return `The processor raised ${title}. ${rule.says}${where}`;
}
