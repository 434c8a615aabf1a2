/**
 * Completion for facts (../facts.ts): functions where a value may stand, then what each takes; inside of a query it is that of
 * queries (complete.ts). Like that it reads what lies before the caret only, and never fails.
 */
import { EVENT_KINDS, EVENTS } from '../events';
import { FACT_FUNCTIONS } from '../facts';
import type { TraceView } from '../view';
import { complete, matching, type Completion, type Option } from './complete';
import type { ArgumentKind } from './expression';
import { COLUMNS } from './fields';
import { ExpressionError, Tokens, type Token } from './lexer';
import { QUERIES } from './selector';
import { words } from '../../words/late';
import { fill } from '../../words/template';

const said = words.query;

/** A call that is open at the caret, or a plain parenthesis. */
interface Open {
	/** '' for a parenthesis. */
	readonly name: string;
	argument: number;
	/** Where that argument begins. */
	from: number;
	/** Scopes that are open in the query that it is. */
	scopes: number;
}

/** The word at the end of the text, which is still being written. */
const UNFINISHED = /[\w.]*$/;

const takes = ({ name, argument }: Open): ArgumentKind =>
	(name === '' ? 'expression' : FACT_FUNCTIONS[name].takes[argument]) ?? 'expression';
const isQuery = (open: Open): boolean => takes(open).startsWith('query');

function tokensOf(text: string): readonly Token[] | null {
	try {
		return new Tokens(text, QUERIES).all;
	} catch (error) {
		if (error instanceof ExpressionError) return null;
		throw error;
	}
}

/** What is open at the end of `text`, the innermost last; null where it makes no sense. */
function openIn(text: string): Open[] | null {
	const tokens = tokensOf(text);
	if (!tokens) return null;
	const stack: Open[] = [];
	for (const [index, { text: word, at, kind }] of tokens.entries()) {
		if (kind !== 'sign') continue;
		const top = stack.at(-1);
		const next = at + 1;
		if (top && isQuery(top) && word === '(') top.scopes++;
		else if (top && word === ')' && top.scopes > 0) top.scopes--;
		else if (word === '(') {
			const before = tokens[index - 1];
			const name = before?.kind === 'word' ? before.text.toLowerCase() : '';
			if (name !== '' && !Object.hasOwn(FACT_FUNCTIONS, name)) return null;
			stack.push({ name, argument: 0, from: next, scopes: 0 });
		} else if (word === ')') {
			if (!stack.pop()) return null;
		} else if (word === ',' && top && top.scopes === 0) Object.assign(top, { argument: top.argument + 1, from: next });
	}
	return stack;
}

const functions = (): Option[] =>
	Object.keys(FACT_FUNCTIONS).map((label) => ({
		label,
		detail: said.functions[label as keyof typeof said.functions],
		apply: `${label}(`
	}));

/** Every field that some event has. */
function fields(apply: (name: string) => string): Option[] {
	const found = new Map<string, Option>();
	for (const label of Object.keys(COLUMNS))
		found.set(label, { label, detail: said.fields[label as keyof typeof said.fields], apply: apply(label) });
	for (const kind of EVENT_KINDS)
		for (const [label] of EVENTS[kind].args)
			if (!found.has(label)) found.set(label, { label, detail: fill(said.fieldOf, { kind }), apply: apply(label) });
	return [...found.values()];
}

/** What ends an argument: the next one, or the call. */
function endsOf({ name, argument }: Open): Option[] {
	const row = FACT_FUNCTIONS[name].takes;
	const more = row[argument + 1];
	const end = { label: ')', detail: fill(said.ends, { scope: name }), apply: ')' };
	const on = { label: ',', detail: fill(said.goesOn, { function: name }), apply: ', ' };
	return more === undefined ? [end] : more.endsWith('?') ? [end, on] : [on];
}

/** What may stand at `at`, best first; null where nothing can. */
export function completeFact(text: string, at: number, trace?: TraceView): Completion | null {
	const before = text.slice(0, at);
	const stack = openIn(before);
	if (!stack) return null;
	const top = stack.at(-1);
	if (top && isQuery(top)) return completeQuery(text, at, top, trace);
	const from = at - UNFINISHED.exec(before)![0].length;
	// Behind a value comes an operator, which one writes without help.
	if (/[\w).]\s*$/.test(before.slice(0, from))) return null;
	const options = top && takes(top) === 'field' ? fields((name) => `${name}, `) : functions();
	const list = matching(options, before.slice(from));
	return list.length > 0 ? { from, options: list } : null;
}

function completeQuery(text: string, at: number, top: Open, trace: TraceView | undefined): Completion | null {
	const query = text.slice(top.from, at);
	const found = complete(query, query.length, trace);
	const ends = query.trim() === '' || top.scopes > 0 || !/\s$/.test(query) ? [] : endsOf(top);
	if (!found) return ends.length > 0 ? { from: at, options: ends } : null;
	// A bare hypercall's name is short for a query only where it stands alone.
	return { from: top.from + found.from, options: [...ends, ...found.options] };
}
