/** The command line of `ringside trace`, read and checked. Every refusal says what is wrong with which word. */
import { count, UsageError } from './arguments';

export interface TraceArguments {
	file: string;
	/** Only events that this query names; '' all. */
	filter: string;
	/** Events as JSON lines on standard output. */
	jsonl: boolean;
	/** Make the run again and compare. */
	verify: boolean;
	/** At most so many events are listed. */
	limit: number;
	/** Files to write; '' none, '-' standard output. */
	perfetto: string;
	xentrace: string;
	/** Which timeline of a run; -1 the one on which it stood. */
	timeline: number;
	/** Cycles a second, where the file does not say; 0 not given. */
	hz: number;
}

const file = (option: string, value: string): string => {
	if (value === '') throw new UsageError(`${option}: name a file, or - for standard output`);
	return value;
};

/** Options that have a value. */
const OPTIONS: Readonly<Record<string, (value: string, into: TraceArguments) => void>> = {
	'--filter': (value, into) => {
		if (value.trim() === '') throw new UsageError('--filter: the query is empty');
		into.filter = value;
	},
	'--limit': (value, into) => (into.limit = count('--limit', value, 1, Number.MAX_SAFE_INTEGER, 'events')),
	'--perfetto': (value, into) => (into.perfetto = file('--perfetto', value)),
	'--xentrace': (value, into) => (into.xentrace = file('--xentrace', value)),
	'--timeline': (value, into) => (into.timeline = count('--timeline', value, 0, Number.MAX_SAFE_INTEGER, 'timelines')),
	'--hz': (value, into) => (into.hz = count('--hz', value, 1, 1e12, 'cycles a second'))
};
/** Options that have none. */
const FLAGS: Readonly<Record<string, (into: TraceArguments) => void>> = {
	'--jsonl': (into) => (into.jsonl = true),
	'--verify': (into) => (into.verify = true)
};

/** What cannot be had together: each writes what the other would leave out, or to the same place. */
function checkTogether(into: TraceArguments): void {
	const writes = into.perfetto !== '' || into.xentrace !== '';
	const lists = into.filter !== '' || into.jsonl || Number.isFinite(into.limit);
	if (into.verify && (writes || lists)) throw new UsageError('--verify goes alone');
	if (writes && lists)
		throw new UsageError('--perfetto and --xentrace write the whole trace; --filter, --jsonl and --limit list events');
	if (into.perfetto === '-' && into.xentrace === '-')
		throw new UsageError('--perfetto and --xentrace cannot both go to standard output');
}

/** Reads what follows `trace`. Throws UsageError. */
export function parseTraceArguments(words: readonly string[]): TraceArguments {
	const into: TraceArguments = {
		file: '',
		filter: '',
		jsonl: false,
		verify: false,
		limit: Infinity,
		perfetto: '',
		xentrace: '',
		timeline: -1,
		hz: 0
	};
	const given = new Set<string>();
	const files: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const word = words[at];
		if (word === '--') {
			files.push(...words.slice(at + 1));
			break;
		}
		if (!word.startsWith('-') || word === '-') {
			files.push(word);
			continue;
		}
		const [name, ...rest] = word.split('=');
		const names = [...Object.keys(OPTIONS), ...Object.keys(FLAGS)];
		if (!names.includes(name))
			throw new UsageError(`there is no option ${name}; there are ${names.join(', ')} and --help`);
		if (given.has(name)) throw new UsageError(`${name} is given twice`);
		given.add(name);
		if (Object.hasOwn(FLAGS, name)) {
			if (rest.length > 0) throw new UsageError(`${name} takes no value`);
			FLAGS[name](into);
			continue;
		}
		const value = rest.length > 0 ? rest.join('=') : words[++at];
		if (value === undefined) throw new UsageError(`${name} wants a value after it`);
		OPTIONS[name](value, into);
	}
	if (files.length === 0) throw new UsageError('FILE is missing: a trace or a run');
	if (files.length > 1) throw new UsageError(`one FILE, not ${files.length}: ${files.join(', ')}`);
	into.file = files[0];
	checkTogether(into);
	return into;
}
