/**
 * Completion for the query language (query.ts): what may stand where the caret is, from the catalogue, and which numbers a
 * field has in the trace at hand. It reads what lies before the caret only, and never fails: where the text makes no sense
 * it has nothing to offer.
 */
import { HYPERCALLS } from '../abi/hypercalls';
import { EVENT_KINDS, EVENTS, KIND, type ArgFormat, type EventKind } from './events';
import { hasNames, NAME_ARGUMENT, namesOf } from './values';
import { argIndex, type TraceView } from './view';

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
type Wanted = 'kind' | 'part' | 'op' | 'value' | 'flag' | 'number';

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

const FIELDS: Readonly<Record<string, string>> = {
	seq: 'number of the event',
	cycle: 'virtual time in cycles',
	icount: 'instructions retired before it',
	dom: 'domain that was running',
	vcpu: 'virtual processor that was running',
	ring: 'ring that it was recorded in',
	cause: 'number of the event that caused it',
	cycles: 'how long it took'
};

const FORMATS: Readonly<Record<ArgFormat, string>> = {
	hex: 'a number, in hexadecimal',
	dec: 'a number',
	signed: 'a number, below zero an error',
	addr: 'a linear address',
	mfn: 'a machine frame',
	dom: 'a domain',
	port: 'an event channel',
	bool: 'yes or no: 1 or 0',
	name: 'by name'
};

const FLAGS: Readonly<Record<string, string>> = {
	refused: 'the guest was told no',
	open: 'a span that has not ended'
};

const SCOPES: Readonly<Record<string, string>> = {
	after: 'recorded later than the beginning of that event',
	past: 'recorded later than its end',
	before: 'recorded earlier',
	inside: 'within that span',
	around: 'spans that it lies in',
	causedby: 'whose cause it is'
};

const ORDERS: Readonly<Record<string, string>> = {
	first: 'the first of them',
	last: 'the last of them',
	'#': 'the second is #2'
};

const OPS: Readonly<Record<string, string>> = {
	'=': 'equal to',
	'!=': 'not',
	'<': 'below',
	'<=': 'at most',
	'>': 'above',
	'>=': 'at least'
};

/** Words as the lexer has them (lexer.ts), those that are not finished included. */
const TOKEN = /"[^"]*"?|-?[#@]?[\w.]+|!=|<=|>=|[=<>!|()@#]|[^\s]/g;
/** What at the end of the text is still being written. */
const UNFINISHED = /(?:"[^"]*|[-#]?[\w.]*)$/;

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
	const typed = before.slice(from).replace(/^"/, '').toLowerCase();
	const starting = options.filter(({ label }) =>
		label.toLowerCase().replace(/^[#"]/, '').startsWith(typed.replace(/^#/, ''))
	);
	const holding = typed
		? options.filter((option) => !starting.includes(option) && option.label.toLowerCase().includes(typed))
		: [];
	const list = [...starting, ...holding];
	return list.length > 0 ? { from, options: list } : null;
}

/** Reads finished words; null where they make no sense. */
function read(text: string): Level[] | null {
	const words = text.match(TOKEN) ?? [];
	const levels: Level[] = [{ scope: '', kinds: [], wanted: 'kind', field: '' }];
	for (const [index, word] of words.entries()) {
		const level = levels[levels.length - 1];
		const next = words[index + 1];
		if (level.wanted === 'kind') {
			if (word === '@') level.wanted = 'number';
			else if (Object.hasOwn(EVENTS, word)) level.kinds.push(word as EventKind);
			else if (word !== 'any') return null;
			if (word !== '@') level.wanted = 'part';
		} else if (level.wanted === 'op') {
			if (!Object.hasOwn(OPS, word)) return null;
			level.wanted = 'value';
		} else if (level.wanted === 'value') {
			if (level.field === 'name' && Object.hasOwn(HYPERCALLS, word))
				level.call = HYPERCALLS[word as keyof typeof HYPERCALLS].nr;
			level.wanted = 'part';
		} else if (level.wanted === 'number' || level.wanted === 'flag') level.wanted = 'part';
		else if (!readPart(levels, word, next, words[index - 1])) return null;
	}
	return levels;
}

/** A word of a condition, a scope or an order. @returns whether it makes sense there */
function readPart(levels: Level[], word: string, next: string | undefined, previous: string | undefined): boolean {
	const level = levels[levels.length - 1];
	if (word === '|') level.wanted = level.field && previous !== level.field ? 'value' : 'kind';
	else if (word === '!') level.wanted = 'flag';
	else if (word === '#') level.wanted = 'number';
	else if (word === '(') {
		if (!previous || !Object.hasOwn(SCOPES, previous)) return false;
		levels.push({ scope: previous, kinds: [], wanted: 'kind', field: '' });
	} else if (word === ')') {
		if (levels.length === 1) return false;
		levels.pop();
	} else if (next !== undefined && Object.hasOwn(OPS, next)) {
		level.field = word;
		level.wanted = 'op';
	}
	return /^[\w#|!()]/.test(word);
}

function offer(level: Level, nested: boolean, before: string, trace: TraceView | undefined): Option[] {
	switch (level.wanted) {
		case 'kind':
			return kindsOffered(before.trim() === '');
		case 'op':
			return Object.entries(OPS).map(([label, detail]) => ({ label, detail }));
		case 'value':
			return valuesOffered(level, trace);
		case 'flag':
			return flagsOffered(level.kinds);
		case 'number':
			return [];
		case 'part':
			return [
				...(nested ? [{ label: ')', detail: `ends ${level.scope}(`, apply: ') ' }] : []),
				...fieldsOffered(level.kinds),
				...flagsOffered(level.kinds),
				...Object.entries(SCOPES).map(([label, detail]) => ({ label, detail, apply: `${label}(` })),
				...Object.entries(ORDERS).map(([label, detail]) => ({
					label,
					detail,
					apply: label === '#' ? '#' : `${label} `
				}))
			];
	}
}

function kindsOffered(first: boolean): Option[] {
	const kinds = [
		...EVENT_KINDS.map((label) => ({ label: label as string, detail: EVENTS[label].about })),
		{ label: 'any', detail: 'events of every kind' }
	].map((option) => ({ ...option, apply: `${option.label} ` }));
	if (!first) return kinds;
	// A bare hypercall's name is short for the query that finds its calls.
	const calls = Object.entries(HYPERCALLS).map(([label, { about }]) => ({
		label,
		detail: `hypercall: ${about}`,
		apply: `hypercall name=${label} `
	}));
	return [...kinds, ...calls];
}

/** Fields that all `kinds` have. */
function fieldsOffered(kinds: readonly EventKind[]): Option[] {
	const options: Option[] = [];
	const field = (label: string, detail: string) => options.push({ label, detail, apply: `${label}=` });
	if (kinds.length > 0 && kinds.every((kind) => NAME_ARGUMENT[kind])) {
		const means = [...new Set(kinds.map((kind) => NAME_ARGUMENT[kind]))].join(' or ');
		field('name', `by name: its ${means === 'nr' ? 'hypercall' : means}`);
	}
	const [one, ...others] = kinds;
	for (const [name, format] of one ? EVENTS[one].args : [])
		if (format !== 'bool' && others.every((kind) => argIndex(KIND[kind], name) >= 0))
			field(name, hasNames(one, name) && name !== 'result' ? FORMATS.name : FORMATS[format]);
	for (const [name, detail] of Object.entries(FIELDS))
		if (!options.some(({ label }) => label === name)) field(name, detail);
	return options;
}

function flagsOffered(kinds: readonly EventKind[]): Option[] {
	const [one, ...others] = kinds;
	const own = (one ? EVENTS[one].args : [])
		.filter(([name, format]) => format === 'bool' && others.every((kind) => isFlag(kind, name)))
		.map(([label]) => ({ label, detail: 'yes', apply: `${label} ` }));
	return [...own, ...Object.entries(FLAGS).map(([label, detail]) => ({ label, detail, apply: `${label} ` }))];
}

const isFlag = (kind: EventKind, name: string): boolean =>
	EVENTS[kind].args.some(([argument, format]) => argument === name && format === 'bool');

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
	const short = name.replace(/^(SCHEDOP|EVTCHNOP|GNTTABOP|VCPUOP|XENMEM|XENVER|VMASST_CMD|MMUEXT|MMU|CONSOLEIO)_/, '');
	return /^-?[#@]?[a-z_]\w*$/i.test(short) ? short : `"${short}"`;
}

/** Events looked at for the values of a field, and how many values are offered. */
const LOOKED_AT = 20_000;
const OFFERED = 12;

/** The most frequent values of a field, among events spread over the trace. */
function valuesSeen(trace: TraceView, kinds: readonly EventKind[], field: string): Option[] {
	const wanted = new Set(kinds.map((kind) => KIND[kind]));
	const stride = Math.max(1, Math.floor(trace.length / LOOKED_AT));
	const counts = new Map<number, number>();
	for (let seq = 0; seq < trace.length; seq += stride) {
		const kind = trace.kind(seq);
		if (wanted.size > 0 && !wanted.has(kind)) continue;
		const index = argIndex(kind, field);
		const value = index >= 0 ? trace.arg(seq, index) : COLUMNS[field]?.(trace, seq);
		if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
	}
	const hex = kinds.some((kind) =>
		EVENTS[kind].args.some(([name, format]) => name === field && /hex|addr|mfn/.test(format))
	);
	return [...counts]
		.sort((a, b) => b[1] - a[1])
		.slice(0, OFFERED)
		.map(([value]) => (hex ? `0x${(value >>> 0).toString(16)}` : String(value)))
		.map((label) => ({ label, detail: 'in this run', apply: `${label} ` }));
}

/** The fields of every event that have few values. */
const COLUMNS: Readonly<Record<string, (trace: TraceView, seq: number) => number>> = {
	dom: (trace, seq) => trace.dom(seq),
	vcpu: (trace, seq) => trace.vcpu(seq),
	ring: (trace, seq) => trace.ring(seq)
};
