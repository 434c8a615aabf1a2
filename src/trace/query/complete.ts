/**
 * Completion for the query language (index.ts): what may stand where the caret is, from the catalogue, and which numbers a
 * field has in the trace at hand. It reads what lies before the caret only, and never fails: where the text makes no sense
 * it has nothing to offer.
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { EVENT_KINDS, EVENTS, KIND, type EventKind } from '../events';
import { spread } from '../seqs';
import { hasNames, NAME_ARGUMENT, namesOf } from '../values';
import { argIndex, type TraceView } from '../view';
import type { ArgValue } from '../wide';
import { COMPARE } from './compare';
import { COLUMNS, FLAGS, flagsOf, shortName } from './fields';
import { ExpressionError, Tokens, type Token } from './lexer';
import { SCOPES } from './scopes';
import { QUERIES } from './selector';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { fill } from '../../words/template';

/** One thing to choose from. */
export interface Option {
	/** What is offered, as it will stand in the query. */
	readonly label: string;
	/** What it means. */
	readonly detail?: string;
	/** What to put there when it is more than the label. */
	readonly apply?: string;
}

/** What may stand at the caret. */
export interface Completion {
	/** What stands from here to the caret is replaced. */
	readonly from: number;
	readonly options: readonly Option[];
}

/** What the text before the caret asks for next. */
type Wanted = 'kind' | 'part' | 'value' | 'flag' | 'number' | 'end';

/** A query as far as it has been written: the whole one, or one inside a scope. */
interface Level {
	readonly scope: string;
	kinds: EventKind[];
	wanted: Wanted;
	/** The field that is compared. */
	field: string;
	/** What a condition has already fixed: `name=mmu_update` says whose operations are meant. */
	call?: number;
}

const said = late.query;

/** What is told of the names of a table of the language. */
const offered = (table: object, told: Readonly<Record<string, string>>): { label: string; detail: string }[] =>
	Object.keys(table).map((label) => ({ label, detail: told[label] }));

/** The word at the end of the text, which is still being written. */
const UNFINISHED = /[-#]?[\w.]*$/;

/** What may stand at `at`, best first; null where nothing can. `trace` tells which numbers there are. */
export function complete(text: string, at: number, trace?: TraceView): Completion | null {
	const before = text.slice(0, at);
	// A quoted name that is not closed begins at the last quote.
	const quotes = before.split('"').length - 1;
	const from = quotes % 2 === 1 ? before.lastIndexOf('"') : at - UNFINISHED.exec(before)![0].length;
	const levels = read(before.slice(0, from));
	if (!levels) return null;
	const level = levels[levels.length - 1];
	const options = offer(level, levels.length > 1, before.slice(0, from), trace);
	const list = matching(options, before.slice(from));
	return list.length > 0 ? { from, options: list } : null;
}

/** The options that have `typed` in them, whatever its case; first those that begin with it. */
export function matching(options: readonly Option[], typed: string): Option[] {
	const wanted = typed.toLowerCase().replace(/^"/, '');
	const begins = ({ label }: Option): boolean => {
		const name = label.toLowerCase().replace(/^"/, '');
		return name.startsWith(wanted) || name.replace(/^#/, '').startsWith(wanted);
	};
	const holds = (option: Option): boolean => !begins(option) && option.label.toLowerCase().includes(wanted);
	return [...options.filter(begins), ...options.filter(holds)];
}

/** Words of the query language; null where there is one that it does not have. */
function wordsIn(text: string): readonly Token[] | null {
	try {
		return new Tokens(text, QUERIES).all;
	} catch (error) {
		if (error instanceof ExpressionError) return null;
		throw error;
	}
}

/** Reads finished words; null where they make no sense. */
function read(text: string): Level[] | null {
	const tokens = wordsIn(text);
	if (!tokens) return null;
	const levels: Level[] = [{ scope: '', kinds: [], wanted: 'kind', field: '' }];
	for (const [index, token] of tokens.entries()) {
		const level = levels[levels.length - 1];
		const word = token.text;
		if (level.wanted === 'kind') {
			if (word === '@') level.wanted = 'number';
			else if (token.kind === 'string') return null;
			else if (Object.hasOwn(EVENTS, word)) level.kinds.push(word as EventKind);
			else if (word !== 'any') return null;
			if (word !== '@') level.wanted = 'part';
		} else if (level.wanted === 'value') {
			if (level.field === 'name' && Object.hasOwn(HYPERCALLS, word))
				level.call = HYPERCALLS[word as keyof typeof HYPERCALLS].nr;
			level.wanted = word === '-' ? 'number' : 'part';
		} else if (level.wanted === 'number') level.wanted = tokens[index - 1].text === '@' ? 'end' : 'part';
		else if (level.wanted === 'flag') level.wanted = 'part';
		else if (level.wanted === 'end' && word !== ')') return null;
		else if (!readPart(levels, token, tokens[index + 1]?.text, tokens[index - 1]?.text)) return null;
	}
	return levels;
}

const isOperator = (word: string | undefined): boolean => word !== undefined && Object.hasOwn(COMPARE, word);
const SIGNS = ['|', '!', '#', '(', ')', ...Object.keys(COMPARE)];

/** A word of a condition, a scope or an order. @returns whether it makes sense there */
function readPart(levels: Level[], token: Token, next: string | undefined, previous: string | undefined): boolean {
	const level = levels[levels.length - 1];
	const word = token.text;
	if (word === '|') level.wanted = level.field ? 'value' : 'kind';
	else if (word === '!') level.wanted = 'flag';
	else if (word === '#') level.wanted = 'number';
	else if (word === '(') {
		if (!previous || !Object.hasOwn(SCOPES, previous)) return false;
		levels.push({ scope: previous, kinds: [], wanted: 'kind', field: '' });
	} else if (word === ')') {
		if (levels.length === 1) return false;
		levels.pop();
	} else if (isOperator(next)) level.field = word;
	else if (isOperator(word)) {
		if (previous !== level.field) return false;
		level.wanted = 'value';
	}
	return token.kind === 'sign' ? SIGNS.includes(word) : token.kind !== 'string';
}

function offer(level: Level, nested: boolean, before: string, trace: TraceView | undefined): Option[] {
	const closing = nested ? [{ label: ')', detail: fill(said.ends, { scope: level.scope }), apply: ') ' }] : [];
	switch (level.wanted) {
		case 'kind':
			return kindsOffered(before.trim() === '');
		case 'value':
			return valuesOffered(level, trace);
		case 'flag':
			return flagsOffered(level.kinds);
		case 'number':
			return [];
		case 'end':
			return closing;
		case 'part':
			return [
				...closing,
				...fieldsOffered(level.kinds),
				...flagsOffered(level.kinds),
				...offered(SCOPES, said.scopes).map((scope) => ({ ...scope, apply: `${scope.label}(` })),
				...offered(said.orders, said.orders).map((order) => ({
					...order,
					apply: order.label === '#' ? '#' : `${order.label} `
				}))
			];
	}
}

function kindsOffered(first: boolean): Option[] {
	const kinds = [
		...EVENT_KINDS.map((label) => ({ label, detail: words.events[label].about })),
		{ label: 'any', detail: said.any }
	].map((option) => ({ ...option, apply: `${option.label} ` }));
	if (!first) return kinds;
	// A bare hypercall's name is short for the query that finds its calls.
	const calls = Object.entries(HYPERCALLS).map(([label, { about }]) => ({
		label,
		detail: fill(said.hypercall, { about }),
		apply: `hypercall name=${label} `
	}));
	return [...kinds, ...calls];
}

/** Fields that all `kinds` have. */
function fieldsOffered(kinds: readonly EventKind[]): Option[] {
	const options: Option[] = [];
	const field = (label: string, detail: string) => options.push({ label, detail, apply: `${label}=` });
	if (kinds.length > 0 && kinds.every((kind) => NAME_ARGUMENT[kind])) {
		const means = [...new Set(kinds.map((kind) => NAME_ARGUMENT[kind]!))];
		const what =
			means.length === 1 && means[0] === 'nr'
				? said.names.hypercall
				: means.reduce((before, other) => fill(said.names.or, { before, other }));
		field('name', fill(said.name, { what }));
	}
	const [one, ...others] = kinds;
	for (const [name, format] of one ? EVENTS[one].args : [])
		if (format !== 'bool' && others.every((kind) => argIndex(KIND[kind], name) >= 0))
			field(name, hasNames(one, name) && name !== 'result' ? said.formats.name : said.formats[format]);
	for (const { label: name, detail } of offered(COLUMNS, said.fields))
		if (!options.some(({ label }) => label === name)) field(name, detail);
	return options;
}

function flagsOffered(kinds: readonly EventKind[]): Option[] {
	const own = flagsOf(kinds).map((label) => ({ label, detail: said.set }));
	const all = offered(FLAGS, said.flags);
	return [...own, ...all].map((option) => ({ ...option, apply: `${option.label} ` }));
}

function valuesOffered({ kinds, field, call }: Level, trace: TraceView | undefined): Option[] {
	const argument = (kind: EventKind): string => (field === 'name' ? (NAME_ARGUMENT[kind] ?? field) : field);
	const named = kinds.filter((kind) => hasNames(kind, argument(kind)));
	const names = [...new Set(named.flatMap((kind) => namesOf(kind, argument(kind), call)))].map(plain);
	const options: Option[] = [...new Set(names)].map((label) => ({ label, apply: `${label} ` }));
	if (trace && options.length === 0) options.push(...valuesSeen(trace, kinds, field));
	return options;
}

/** A name as a query writes it: without the prefix that all of its sort have, in quotes where it is no single word. */
function plain(name: string): string {
	const short = shortName(name);
	return /^-?[#@]?[a-z_]\w*$/i.test(short) ? short : `"${short}"`;
}

/** Events looked at for the values of a field, and how many values are offered. */
const LOOKED_AT = 20_000;
const OFFERED = 12;

/** The most frequent values of a field, among events spread over the trace. */
function valuesSeen(trace: TraceView, kinds: readonly EventKind[], field: string): Option[] {
	const wanted = new Set<number>(kinds.map((kind) => KIND[kind]));
	const counts = new Map<ArgValue, number>();
	const column = Object.hasOwn(COLUMNS, field) && COLUMNS[field].few ? COLUMNS[field] : null;
	for (const seq of spread(trace.length, LOOKED_AT)) {
		const kind = trace.kind(seq);
		if (wanted.size > 0 && !wanted.has(kind)) continue;
		const index = argIndex(kind, field);
		const value = index >= 0 ? trace.value(seq, index) : column?.read(trace, seq);
		if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
	}
	const hex = kinds.some((kind) =>
		EVENTS[kind].args.some(([name, format]) => name === field && /hex|addr|mfn/.test(format))
	);
	return [...counts]
		.sort((a, b) => b[1] - a[1])
		.slice(0, OFFERED)
		.map(([value]) => (hex ? `0x${value.toString(16)}` : String(value)))
		.map((label) => ({ label, detail: said.seen, apply: `${label} ` }));
}
