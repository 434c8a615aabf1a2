/**
 * Breakpoints and watchpoints as one writes them, a line each:
 *
 *     place [ "if" condition ] [ "in" "dom" n ] [ "skip" n ]
 *     ( "watch" | "rwatch" | "awatch" ) place [ length ] [ "physical" ] ...      written, read, either
 *     "frame" mfn ... | "port" n ... | "dom" n ...                               any event about it; the domain gets the processor
 *     query ...                                                                  an event (src/trace/query/)
 *
 *     place = file ":" line | symbol [ "+" number ] | address
 *
 * A row is kept as its text: what it means follows from the text and the images, so it fits a URL and a file.
 */
import { EVENT_KINDS, EVENTS, type ArgFormat, type EventKind } from '../trace/events';
import { compileQuery, QueryError } from '../trace/query';
import { meant } from '../trace/query/nearest';
import type { StopPoint } from '../workbench/stops';
import { Line, readPlace, trimmed, type Names, type Part } from './breakpoint-line';

/** A point without its number. */
type Bare = StopPoint extends infer P ? (P extends StopPoint ? Omit<P, 'id'> : never) : never;

/** What a line of text asks for. */
export interface Asked {
	/** As typed, without blanks around it. */
	readonly text: string;
	readonly kind: 'code' | 'watch' | 'event';
	/** Where and when to stop; any of them. */
	readonly points: readonly Bare[];
	/** What it stops at, in words. */
	readonly about: string;
	/** As typed; '' without one. */
	readonly condition: string;
	/** Hits that are passed over. */
	readonly skip: number;
}

/** One row of the table. */
export interface Breakpoint extends Asked {
	readonly id: number;
	readonly enabled: boolean;
	/** How often it held since it was set or reset. */
	readonly hits: number;
	/** A name that the learner gave it. */
	readonly label: string;
}

/** A row as it is kept in addresses and files. */
export interface SavedBreakpoint {
	text: string;
	enabled?: boolean;
	label?: string;
}

/** The points of a row, with its number; a disabled row has none. */
export const toPoints = (row: Breakpoint): StopPoint[] =>
	row.enabled ? row.points.map((point) => ({ ...point, id: row.id })) : [];

/** Makes a row of what was asked for. */
export const toRow = (asked: Asked, id: number, saved: Partial<SavedBreakpoint> = {}): Breakpoint => ({
	...asked,
	id,
	enabled: saved.enabled ?? true,
	label: saved.label ?? '',
	hits: 0
});

/** The row as it is kept: what is usual is left out. */
export const saveRow = ({ text, enabled, label }: Breakpoint): SavedBreakpoint => ({
	text,
	...(!enabled && { enabled }),
	...(label && { label })
});

/** The rows with the hits of a report (`StopReport.hits`) added. */
export function countHits(rows: readonly Breakpoint[], hits: readonly (readonly [number, number])[]): Breakpoint[] {
	const more = new Map(hits);
	return rows.map((row) => (more.has(row.id) ? { ...row, hits: row.hits + more.get(row.id)! } : row));
}

/** The addresses at which a row stops before an instruction. */
export const addressesOf = (row: Asked): number[] =>
	row.points.flatMap((point) => (point.kind === 'address' ? [point.address] : []));

/** Text of a breakpoint before the instruction at an address: its line where one begins there, else its name. */
export function textFor({ images, dom }: Names, address: number): string {
	const image = images.of(dom);
	const line = image.debug.lines.at(address);
	const places = line && image.debug.placesOf(line.file, line.line);
	if (line && places?.addresses.length === 1 && places.addresses[0] === address) return `${line.file}:${line.line}`;
	const near = image.symbols.near(address);
	if (near?.offset !== 0) return `0x${address.toString(16)}`;
	// A name that the grammar takes for something else is told apart by its distance.
	return Object.hasOwn(EVENTS, near.name) || FIRST_WORDS.includes(near.name) ? `${near.name}+0` : near.name;
}

type Access = 'write' | 'read' | 'access';
const WATCHES: Readonly<Record<string, Access>> = { watch: 'write', rwatch: 'read', awatch: 'access' };
const ACCESS_WORDS: Readonly<Record<Access, string>> = { write: 'written', read: 'read', access: 'written or read' };
const MOST_WATCHED = 4096;

/** Kinds of events whose argument says a thing of this format, by the argument's name. */
function kindsAbout(format: ArgFormat): Map<string, EventKind[]> {
	const found = new Map<string, EventKind[]>();
	for (const kind of EVENT_KINDS)
		for (const [name, each] of EVENTS[kind].args)
			if (each === format) found.set(name, [...(found.get(name) ?? []), kind]);
	return found;
}
const eventsAbout = (format: ArgFormat, value: number): Bare[] =>
	[...kindsAbout(format)].map(([name, kinds]) => ({
		kind: 'event',
		query: `${kinds.join('|')} ${name}=${value}`
	}));

/** A thing of the hypervisor by number: what it is called, the largest, and the points about it. */
const THINGS: Readonly<Record<string, { most: number; about: (n: number) => string; points: (n: number) => Bare[] }>> =
	{
		frame: {
			most: 0xff_ffff,
			about: (n) => `any event about machine frame 0x${n.toString(16)}`,
			points: (n) => eventsAbout('mfn', n)
		},
		port: { most: 4095, about: (n) => `any event about port ${n}`, points: (n) => eventsAbout('port', n) },
		dom: {
			most: 0x7fff,
			about: (n) => `the processor is given to domain ${n}`,
			points: (n) => [{ kind: 'event', query: `sched_switch next_dom=${n}` }]
		}
	};

/** Words that begin a line, for completion. */
export const FIRST_WORDS: readonly string[] = [...Object.keys(WATCHES), ...Object.keys(THINGS)];

/** All words that may begin one, kinds of events among them. */
const BEGINNINGS: readonly string[] = [...FIRST_WORDS, 'any', ...EVENT_KINDS];

/**
 * Reads one line.
 * @throws BreakpointError with what is wrong and where
 */
export function parseBreakpoint(text: string, names: Names): Asked {
	const line = new Line(text, names);
	if (text.trim() === '')
		throw line.error('nothing to stop at: a symbol, file:line, an address, watch, frame, port, dom or an event', 0);
	const head = line.head();
	const word = /^\w*/.exec(head.text)![0];
	const rest = trimmed(head.text.slice(word.length), head.at + word.length);
	const asked = { text: text.trim(), condition: line.condition, skip: line.skip };
	if (Object.hasOwn(WATCHES, word)) return { ...asked, ...readWatch(line, WATCHES[word], rest) };
	if (Object.hasOwn(THINGS, word) && rest.text !== '') return { ...asked, ...readThing(line, word, rest) };
	const first = head.text.split(/[\s|]/)[0];
	if (first === 'any' || Object.hasOwn(EVENTS, first)) return { ...asked, ...readEvent(line, head) };
	const near = rest.text === '' ? '' : meant(first, BEGINNINGS);
	if (near) throw line.error(`'${first}' begins no breakpoint${near}`, head.at);
	const place = readPlace(line, head, BEGINNINGS);
	const dom = line.only ?? place.dom;
	return {
		...asked,
		kind: 'code',
		about: `before ${place.about}${line.only === undefined ? '' : `, in domain ${line.only}`}`,
		points: place.addresses.map((address) => ({
			kind: 'address',
			address,
			...(dom !== undefined && { dom }),
			...line.common()
		}))
	};
}

type Meaning = Pick<Asked, 'kind' | 'about' | 'points'>;

function readWatch(line: Line, access: Access, rest: Part): Meaning {
	const words = /^(.*?)(?:\s+(0x[0-9a-f]+|\d+))?(\s+physical)?$/i.exec(rest.text)!;
	const physical = words[3] !== undefined;
	if (words[1] === '') throw line.error('a watchpoint needs a place: an address or a symbol', rest.at);
	const lengthAt = words[2] ? rest.at + rest.text.lastIndexOf(words[2]) : rest.at;
	const length = words[2] ? line.number({ text: words[2], at: lengthAt }, MOST_WATCHED) : 4;
	if (length === 0) throw line.error('a watchpoint of no bytes', lengthAt);
	const part = { text: words[1], at: rest.at };
	const place = physical
		? { addresses: [line.number(part, 0xffff_ffff)], about: `physical address ${part.text}` }
		: readPlace(line, part);
	const space = physical ? 'physical' : 'linear';
	return {
		kind: 'watch',
		about: `${length === 1 ? '1 byte' : `${length} bytes`} at ${place.about} ${ACCESS_WORDS[access]}`,
		points: place.addresses.map((address) => ({ kind: 'watch', space, address, length, access, ...line.common() }))
	};
}

function readThing(line: Line, word: string, rest: Part): Meaning {
	const { most, about, points } = THINGS[word];
	const value = line.number(rest, most);
	return { kind: 'event', about: about(value), points: points(value).map((point) => ({ ...point, ...line.common() })) };
}

function readEvent(line: Line, head: Part): Meaning {
	const query = line.only === undefined ? head.text : `${head.text} dom=${line.only}`;
	try {
		compileQuery(query);
	} catch (error) {
		if (error instanceof QueryError) throw line.error(error.reason, head.at + Math.min(error.at, head.text.length));
		throw error;
	}
	return { kind: 'event', about: `event: ${query}`, points: [{ kind: 'event', query, ...line.common() }] };
}
