/**
 * The questions that the hypervisor asked on the visit that an event belongs to, in order, with the answers and the values looked at. What
 * repeats is folded, and a list that is long says how much is left.
 */
import { KIND } from '../../trace/events';
import { vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { lastOf, visitOf, type Visit } from '../../trace/visit';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { count } from '../../words/numbers';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { matters, type CheckMark, type Matter } from './matters';

export type { CheckMark } from './matters';

const said = words.views.checks;

/** The same questions again, with the same answers: shown as one line until it is opened. */
export interface Fold {
	/** Its first question. */
	seq: number;
	/** Questions in it. */
	questions: number;
	text: string;
	open: boolean;
}

export type Row = { readonly check: CheckMark; readonly fold?: undefined } | { readonly fold: Fold };

export interface Group extends Omit<Matter, 'checks'> {
	rows: Row[];
}

export interface CheckMarks {
	visit: Visit | null;
	/** What was asked about, where it is one thing. */
	title: string;
	groups: Group[];
	/** Questions asked. */
	total: number;
	/** Questions that are neither shown nor in a fold that is. */
	left: number;
	/** Why there are none, or ''. */
	nothing: string;
}

/** What the reader has opened. */
export interface Shown {
	/** Folds, by their first question. */
	open: ReadonlySet<number>;
	/** Lines shown at most; the chosen question is always among them. */
	lines: number;
}

/** Lines shown before the reader asks for more. */
export const LINES = 40;
/** Questions that repeat together, and how often they must to be folded. */
const LONGEST = 12;
const OFTEN = 3;

const alike = (a: CheckMark, b: CheckMark): boolean =>
	a.name === b.name && a.passed === b.passed && a.overruled === b.overruled && a.depth === b.depth;

/** How often the `period` checks at `from` come in a row. */
function repeats(checks: readonly CheckMark[], from: number, period: number): number {
	let at = from + period;
	while (at < checks.length && alike(checks[at], checks[at - period])) at++;
	return Math.floor((at - from) / period);
}

/** The period that covers the most from here; 0 where nothing repeats often. */
function periodAt(checks: readonly CheckMark[], from: number): { period: number; times: number } {
	let best = { period: 0, times: 0 };
	for (let period = 1; period <= LONGEST; period++) {
		const times = repeats(checks, from, period);
		if (times >= OFTEN && times * period > best.times * best.period) best = { period, times };
	}
	return best;
}

function rowsOf(checks: readonly CheckMark[], seq: number, open: ReadonlySet<number>): Row[] {
	const rows: Row[] = [];
	const put = (from: number, to: number): void => {
		for (const check of checks.slice(from, to)) rows.push({ check });
	};
	for (let at = 0; at < checks.length;) {
		const { period, times } = periodAt(checks, at);
		const [first, end] = [at + Math.max(1, period), at + Math.max(1, period * times)];
		put(at, first);
		if (end > first) {
			const fold = { seq: checks[first].seq, questions: end - first, text: foldText(period, times - 1) };
			const opened = open.has(fold.seq) || (seq >= fold.seq && seq <= checks[end - 1].seq && isCheck(checks, seq));
			rows.push({ fold: { ...fold, open: opened } });
			if (opened) put(first, end);
		}
		at = end;
	}
	return rows;
}

const isCheck = (checks: readonly CheckMark[], seq: number): boolean => checks.some((check) => check.seq === seq);

const foldText = (period: number, times: number): string =>
	fill(period === 1 ? said.foldOne : said.fold, { questions: count(period), times: count(times) });

/** Questions that a row stands for. */
const questionsOf = ({ fold }: Row): number => (fold ? (fold.open ? 0 : fold.questions) : 1);

/** Cuts groups to a number of lines, further on where the chosen question lies beyond. @returns questions left out */
function cut(groups: Group[], seq: number, lines: number): number {
	const rows = groups.flatMap((group) => group.rows);
	const chosen = rows.findIndex((row) => !row.fold && row.check.seq === seq);
	let room = Math.max(lines, chosen + 1);
	// One line more tells as much as the line that says that there is one.
	if (rows.length <= room + 1) return 0;
	const left = rows.slice(room).reduce((sum, row) => sum + questionsOf(row), 0);
	for (const group of groups) {
		group.rows = group.rows.slice(0, Math.max(0, room));
		room -= group.rows.length;
	}
	return left;
}

/** Why nothing was asked. */
function nothingOf(trace: TraceView, visit: Visit): string {
	const { whose, entry, from } = visit;
	const { nothing } = said;
	if (whose === 'boot' || whose === 'idle') return nothing[whose];
	for (let at = from; at <= lastOf(trace, visit); at++) {
		if (trace.kind(at) === KIND.hypercall) return nothing.call;
		if (whose === 'guest' && trace.kind(at) === KIND.trap) return nothing.direct;
	}
	if (whose === 'guest' || entry < 0) return nothing.guest;
	if (trace.kind(entry) === KIND.interrupt) return nothing.interrupt;
	return fill(nothing.trap, { vector: vectorName(trace.arg(entry, 'vector')) });
}

export function layout(trace: TraceView, seq: number, shown: Shown = { open: new Set(), lines: LINES }): CheckMarks {
	if (seq < 0 || seq >= trace.length)
		return { visit: null, title: '', groups: [], total: 0, left: 0, nothing: said.nothing.guest };
	const visit = visitOf(trace, seq);
	const asked = matters(trace, visit);
	const total = asked.reduce((sum, { checks }) => sum + checks.length, 0);
	const groups = asked.map(({ checks, ...matter }) => ({ ...matter, rows: rowsOf(checks, seq, shown.open) }));
	const left = cut(groups, seq, shown.lines);
	return {
		visit,
		title: asked.length === 1 ? asked[0].title : '',
		groups: groups.filter(({ rows }) => rows.length > 0),
		total,
		left,
		nothing: total === 0 ? nothingOf(trace, visit) : ''
	};
}

function lineOf({ question, passed, values }: CheckMark): string {
	const told = values.map(({ what, text }) => `${what} ${text}`).join(', ');
	return fill(told ? said.lineValues : said.line, { question, answer: passed ? said.yes : said.no, values: told });
}

/** Beside the title: what was asked about, where it is one thing, and how many questions there are. */
export const detailOf = ({ title, total }: CheckMarks): string =>
	[title, total > 1 ? counted(said.asked, total, { count: count(total) }) : ''].filter(Boolean).join(' · ');

/** Says how many questions a press on it shows. */
export const moreText = (left: number): string => counted(said.more, left, { count: count(left) });

function groupLines(group: Group, headed: boolean): TwinLine[] {
	const { outcome, outcomeSeq, seq, title } = group;
	return [
		...(headed ? [{ id: `about-${seq}`, text: fill(said.about, { title }), choosable: false }] : []),
		...group.rows.map((row) =>
			row.fold
				? { id: `fold-${row.fold.seq}`, text: row.fold.text }
				: { id: String(row.check.seq), text: lineOf(row.check) }
		),
		...(outcome
			? [
					{
						id: outcomeSeq >= 0 ? String(outcomeSeq) : `outcome-${seq}`,
						text: fill(said.outcome, { outcome }),
						choosable: outcomeSeq >= 0
					}
				]
			: [])
	];
}

/** Lines whose id is a number are events; `fold-N` and `more` are for the reader to open. */
export const twin = ({ groups, left, nothing }: CheckMarks): TwinLine[] =>
	nothing
		? [{ id: 'nothing', text: nothing, choosable: false }]
		: [
				...groups.flatMap((group) => groupLines(group, groups.length > 1)),
				...(left > 0 ? [{ id: 'more', text: moreText(left) }] : [])
			];
