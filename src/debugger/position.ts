/**
 * A position of the debugger as the text of a URL's fragment: which guests, how they were started, what was typed and
 * changed, the moment, and what the learner set: breakpoints, bookmarks with notes, panels.
 * `guest=pocket&memory=32&cmdline=run%3Dfork&at=123456&break=c0100000&log=5000:1:ls%0A`
 *
 * `profile` and `costs` say what the machine charges: `profile=p3&costs=hypercall.500,iret.10`.
 *
 * A second guest is `guest2`, with `cmdline2`, `memory2` and `vcpus2`, and so on up to `guest128`; a kernel for domain 0 is `guest0`. `disk`,
 * `disk2` to `disk4` are the machine's disks: an image by its name, `;ro` behind it where nothing may be written, `;2048` for its number of sectors (an
 * empty disk has no name). `cards` counts its network cards, `vbd` and `vif` say which virtual disks and how many interfaces a guest has. An
 * address names images and never carries them. `log` has one entry for each piece of input,
 * `icount:dom:text`, or for each change of the past, `icount.seq!change`, separated by commas, with colons, commas
 * and all that URLs reserve percent-encoded. `stops` are breakpoints as they are typed, `!` before one that is switched
 * off, `;` before its label. What is long is deflated: `z=` and base64url of the same text.
 *
 * `lesson` and `step` say which step of a lesson the reader comes from: its scenario is what runs, unless guests are named.
 * `after` and `before` tell the moment by an event's number: `lesson=01-four-rings&step=4&after=612`.
 *
 * Version 1 had one guest, input and plain breakpoints; its addresses have no `v` and are still read.
 */
import { Inflate, deflateSync } from 'fflate';
import * as v from 'valibot';
import { XEN_LEGACY_MAX_VCPUS } from '../abi/structs/xen';
import { MOST_DOMAINS } from '../workbench/kernels';
import type { LogEntry } from '../workbench/log';
import { isChange } from '../workbench/log';
import type { SavedBreakpoint } from './breakpoints';
import { otherwise } from '../trace/query/nearest';
import { checked } from '../workbench/checked';
import {
	costsText,
	plainCosting,
	PROFILE_NAMES,
	readCosts,
	type Costing,
	type Overruled,
	type ProfileName
} from '../workbench/costs';
import { ChangeSchema, LogEntrySchema } from '../workbench/log-schema';

const POSITION_VERSION = 2;

/** One guest and how it is started. */
export interface PositionDomain {
	image: string;
	cmdline: string;
	memoryMiB: number;
	/** 1 where left out. */
	vcpus?: number;
	/** Its virtual disks, as they are typed: `/dev/hda,xvda,ro /dev/hdb`. */
	vbds?: string;
	/** How many virtual network interfaces it has; none where left out. */
	vifs?: number;
}

/** A disk of the machine. */
export interface PositionDisk {
	/** Name or digest of its image; '' for an empty one. */
	image: string;
	/** Whether nothing may be written. */
	readonly: boolean;
	/** How many sectors it has; as many as the image fills where left out. */
	sectors?: number;
}

/** A bookmark: a moment (with its cycle, for lists) and what the learner wrote. */
export interface PositionMark {
	icount: number;
	seq: number;
	cycle: number;
	timeline: number;
	note: string;
}

/** Another future: where it left its parent, by what, and how far it is known. */
export interface PositionFuture {
	parent: number;
	icount: number;
	seq: number;
	entry: LogEntry;
	/** What came from outside after that, as it went on. */
	later: LogEntry[];
	/** Instructions retired at its end as far as it was seen. */
	until: number;
}

/** Where in the course the reader comes from. */
export interface PositionLesson {
	/** Name of its folder. */
	readonly slug: string;
	/** From 1; 0 where no step is meant. */
	readonly step: number;
}

/** A moment told by an event: right after what recorded it, or before the instruction that did. */
export interface PositionEvent {
	readonly seq: number;
	readonly when: 'before' | 'after';
}

/** A run and a moment of it, as far as a URL tells them. */
export interface Position {
	/** None: those of the lesson. */
	domains: PositionDomain[];
	/** The kernel of domain 0; null where the toolstack plays it. */
	dom0: PositionDomain | null;
	/** Disks of the machine by their places; null where there is none. */
	disks: (PositionDisk | null)[];
	/** Network cards of the machine. */
	cards: number;
	lesson: PositionLesson | null;
	/** The moment, where it is told by an event. */
	near: PositionEvent | null;
	/** The cost table: a profile and the rows overruled; empty for the usual one. */
	machine: Costing;
	/** Instructions retired at the moment; -1 where the address names none. */
	icount: number;
	/** Events recorded at the moment, where `icount` alone does not tell it; left out otherwise. */
	seq?: number;
	/** Of the first timeline. */
	log: LogEntry[];
	/** Timelines 1, 2, … in the order in which they were made. */
	futures: PositionFuture[];
	/** Instructions retired at the end of the first timeline as far as it was seen; 0 where there is no other. */
	until: number;
	/** The timeline shown. */
	timeline: number;
	/** Linear addresses. */
	breakpoints: number[];
	/** Breakpoints as lines of text (breakpoints.ts). */
	stops: SavedBreakpoint[];
	marks: PositionMark[];
	/** The chosen event, or -1. */
	focus: number;
	/** What the page-table walk follows, or -1: the run. */
	walk: number;
	/** Name or text of an arrangement, or ''. */
	panels: string;
	/** The query over the events. */
	query: string;
	asText: boolean;
}

/** Why a fragment is no position. */
export interface PositionProblem {
	/** What is wrong, and in which field. */
	problem: string;
}

const DEFAULT_MEMORY = 32;
const MOST_DISKS = 4;
const MOST_CARDS = 4;
const MOST_VIFS = 8;
/** A fragment longer than this is deflated, characters. */
const READABLE = 1500;
/** No position unfolds to more, characters. */
const LONGEST = 4 << 20;

export const emptyPosition = (): Position => ({
	domains: [],
	dom0: null,
	disks: [],
	cards: 0,
	lesson: null,
	near: null,
	icount: -1,
	machine: {},
	log: [],
	futures: [],
	until: 0,
	timeline: 0,
	breakpoints: [],
	stops: [],
	marks: [],
	focus: -1,
	walk: -1,
	panels: '',
	query: '',
	asText: false
});

const encode = (text: string): string =>
	encodeURIComponent(text).replaceAll('%2C', ',').replaceAll(',', '%2C').replaceAll('%20', '+');
const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', '%20'));
const json = (value: unknown): string => encode(JSON.stringify(value));

const momentText = (icount: number, seq?: number): string => (seq === undefined ? `${icount}` : `${icount}.${seq}`);

const logText = (entry: LogEntry): string =>
	isChange(entry)
		? `${momentText(entry.icount, entry.seq)}!${json(entry.change)}`
		: `${momentText(entry.icount, entry.seq)}:${entry.dom}:${encode(entry.text)}`;

const stopText = ({ text, enabled, label }: SavedBreakpoint): string =>
	`${enabled === false ? '!' : ''}${encode(text)}${label ? `;${encode(label)}` : ''}`;

/** What stands behind the name of a field that there may be several of. */
const numeral = (index: number): string => (index === 0 ? '' : String(index + 1));

function domainFields(
	{ image, cmdline, memoryMiB, vcpus = 1, vbds = '', vifs = 0 }: PositionDomain,
	number: string
): [name: string, text: string][] {
	const fields: [string, string, boolean][] = [
		['guest', encode(image), true],
		['memory', String(memoryMiB), memoryMiB !== DEFAULT_MEMORY],
		['vcpus', String(vcpus), vcpus !== 1],
		['cmdline', encode(cmdline), cmdline !== ''],
		['vbd', encode(vbds), vbds !== ''],
		['vif', String(vifs), vifs > 0]
	];
	return fields.filter(([, , said]) => said).map(([name, text]) => [name + number, text]);
}

const diskText = ({ image, readonly, sectors }: PositionDisk): string =>
	[encode(image), ...(readonly ? ['ro'] : []), ...(sectors === undefined ? [] : [String(sectors)])].join(';');

/** The fields of a position in their order; those with their usual values are left out. */
function fieldsOf(position: Position): [name: string, text: string][] {
	const fields: [string, string][] = [];
	const { lesson, near } = position;
	if (lesson) fields.push(['lesson', encode(lesson.slug)]);
	if (lesson && lesson.step > 0) fields.push(['step', String(lesson.step)]);
	if (position.dom0) fields.push(...domainFields(position.dom0, '0'));
	position.domains.forEach((domain, index) => fields.push(...domainFields(domain, numeral(index))));
	position.disks.forEach((disk, index) => disk && fields.push([`disk${numeral(index)}`, diskText(disk)]));
	if (position.cards > 0) fields.push(['cards', String(position.cards)]);
	// A lesson has a table of its own: what is named in its place is named whole.
	const { profile, costs } = lesson ? position.machine : plainCosting(position.machine);
	if (profile) fields.push(['profile', profile]);
	if (costs && Object.keys(costs).length > 0) fields.push(['costs', costsText(costs)]);
	const { icount, seq, timeline, until, breakpoints, log, stops, marks, futures, focus, walk, panels, query, asText } =
		position;
	if (near) fields.push([near.when, String(near.seq)]);
	if (icount >= 0) fields.push(['at', String(icount)]);
	if (seq !== undefined) fields.push(['event', String(seq)]);
	if (breakpoints.length > 0) fields.push(['break', breakpoints.map((address) => address.toString(16)).join('%2C')]);
	if (focus >= 0) fields.push(['focus', String(focus)]);
	if (walk >= 0) fields.push(['walk', walk.toString(16)]);
	if (panels) fields.push(['panels', encode(panels)]);
	if (query) fields.push(['query', encode(query)]);
	if (asText) fields.push(['text', '1']);
	if (timeline > 0) fields.push(['timeline', String(timeline)]);
	if (stops.length > 0) fields.push(['stops', stops.map(stopText).join(',')]);
	if (marks.length > 0)
		fields.push([
			'marks',
			marks.map((mark) => `${mark.icount}.${mark.seq}.${mark.cycle}.${mark.timeline}:${encode(mark.note)}`).join(',')
		]);
	if (until > 0) fields.push(['until', String(until)]);
	if (futures.length > 0) fields.push(['futures', json(futures)]);
	if (log.length > 0) fields.push(['log', log.map(logText).join(',')]);
	const old = /^(guest|memory|cmdline|at|event|break|log)$/;
	const isNew = fields.some(([name]) => !old.test(name)) || log.some(isChange);
	return isNew ? [['v', String(POSITION_VERSION)], ...fields] : fields;
}

/** The fragment of a URL for a position, without its `#`. */
export function encodePosition(position: Position): string {
	const text = fieldsOf(position)
		.map(([name, value]) => `${name}=${value}`)
		.join('&');
	return text.length <= READABLE ? text : `z=${toBase64(deflateSync(new TextEncoder().encode(text), { level: 9 }))}`;
}

function toBase64(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Undoes `z=`; never unfolds more than `LONGEST`. */
function inflate(text: string): string {
	let packed: string;
	try {
		packed = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	} catch {
		throw new Problem('z: it has been cut or changed; copy the whole address again');
	}
	const pieces: Uint8Array[] = [];
	let length = 0;
	let ended = false;
	const stream = new Inflate((piece, last) => {
		length += piece.length;
		if (length > LONGEST) throw new Problem('z: it unfolds to more than any position of this page has');
		pieces.push(piece);
		ended ||= last;
	});
	try {
		stream.push(
			Uint8Array.from(packed, (letter) => letter.charCodeAt(0)),
			true
		);
	} catch (error) {
		if (error instanceof Problem) throw error;
	}
	if (!ended) throw new Problem('z: it has been cut or changed; copy the whole address again');
	const whole = new Uint8Array(length);
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return new TextDecoder().decode(whole);
}

class Problem extends Error {}

function number(field: string, text: string, radix: 10 | 16 = 10, most = Number.MAX_SAFE_INTEGER): number {
	const shape = radix === 16 ? /^(0x)?[0-9a-f]{1,8}$/i : /^\d{1,16}$/;
	const value = shape.test(text) ? parseInt(text.replace(/^0x/i, ''), radix) : NaN;
	if (Number.isNaN(value) || value > most)
		throw new Problem(`${field}: '${text}' is not a ${radix === 16 ? 'hexadecimal address' : 'number'} here`);
	return value;
}

function parsed<S extends v.GenericSchema>(field: string, text: string, schema: S): v.InferOutput<S> {
	let value: unknown;
	try {
		value = JSON.parse(decode(text));
	} catch (error) {
		if (error instanceof URIError) throw error;
		throw new Problem(`${field}: it is cut or changed at some point; it is not JSON`);
	}
	try {
		return checked(schema, value, field);
	} catch (error) {
		throw new Problem(error instanceof Error ? error.message : String(error));
	}
}

function logEntry(text: string): LogEntry {
	const change = /^(\d+)(?:\.(\d+))?!(.*)$/s.exec(text);
	if (change)
		return {
			icount: number('log', change[1]),
			...(change[2] ? { seq: number('log', change[2]) } : {}),
			change: parsed('log', change[3], ChangeSchema)
		};
	const match = /^(\d+)(?:\.(\d+))?:(\d+):(.*)$/s.exec(text);
	if (!match) throw new Problem(`log: '${text}' is not count:domain:text`);
	return {
		icount: number('log', match[1]),
		...(match[2] ? { seq: number('log', match[2]) } : {}),
		dom: number('log', match[3]),
		text: decode(match[4])
	};
}

function stop(text: string): SavedBreakpoint {
	const [line, label] = text.replace(/^!/, '').split(';');
	return {
		text: decode(line),
		...(text.startsWith('!') && { enabled: false }),
		...(label && { label: decode(label) })
	};
}

function mark(text: string): PositionMark {
	const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+):(.*)$/s.exec(text);
	if (!match) throw new Problem(`marks: '${text}' is not instruction.event.cycle.timeline:note`);
	const [icount, seq, cycle, timeline] = match.slice(1, 5).map((each) => number('marks', each));
	return { icount, seq, cycle, timeline, note: decode(match[5]) };
}

function profile(name: string): ProfileName {
	if ((PROFILE_NAMES as readonly string[]).includes(name)) return name as ProfileName;
	throw new Problem(`profile: there is no '${name}'${otherwise(name, PROFILE_NAMES, 'there are')}`);
}

function costs(text: string): Overruled {
	try {
		return readCosts(text);
	} catch (error) {
		throw new Problem(`costs: ${error instanceof Error ? error.message : String(error)}`);
	}
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const FuturesSchema = v.pipe(
	v.array(
		v.object({
			parent: count,
			icount: count,
			seq: count,
			entry: LogEntrySchema,
			later: v.array(LogEntrySchema),
			until: count
		})
	),
	v.maxLength(64)
);

function disk(text: string): PositionDisk {
	const [image, ...rest] = text.split(';');
	const read: PositionDisk = { image: decode(image), readonly: false };
	for (const word of rest) {
		if (word === 'ro') read.readonly = true;
		else read.sectors = number('disk', word);
	}
	if (read.image === '' && !read.sectors) throw new Problem('disk: one without an image has a number of sectors');
	return read;
}

const DOMAIN_FIELDS: Readonly<Record<string, (value: string, domain: PositionDomain) => void>> = {
	guest: (value, domain) => (domain.image = decode(value)),
	cmdline: (value, domain) => (domain.cmdline = decode(value)),
	memory: (value, domain) => {
		domain.memoryMiB = number('memory', value, 10, 512);
		if (domain.memoryMiB < 4) throw new Problem(`memory: ${domain.memoryMiB} MiB is too little; 4 to 512`);
	},
	vcpus: (value, domain) => {
		domain.vcpus = number('vcpus', value, 10, XEN_LEGACY_MAX_VCPUS);
		if (domain.vcpus < 1) throw new Problem(`vcpus: a domain has at least one, and at most ${XEN_LEGACY_MAX_VCPUS}`);
	},
	vbd: (value, domain) => (domain.vbds = decode(value)),
	vif: (value, domain) => (domain.vifs = number('vif', value, 10, MOST_VIFS))
};

const FIELDS: Readonly<Record<string, (value: string, position: Position) => void>> = {
	v: (value) => {
		if (number('v', value) > POSITION_VERSION)
			throw new Problem(
				`v: version ${value} is newer than this page, which knows ${POSITION_VERSION}; reload the page`
			);
	},
	lesson: (value, position) => (position.lesson = { step: 0, ...position.lesson, slug: decode(value) }),
	step: (value, position) => (position.lesson = { slug: '', ...position.lesson, step: number('step', value, 10, 999) }),
	after: (value, position) => (position.near = { seq: number('after', value), when: 'after' }),
	before: (value, position) => (position.near = { seq: number('before', value), when: 'before' }),
	cards: (value, position) => (position.cards = number('cards', value, 10, MOST_CARDS)),
	profile: (value, position) => (position.machine = { ...position.machine, profile: profile(decode(value)) }),
	costs: (value, position) => (position.machine = { ...position.machine, costs: costs(decode(value)) }),
	at: (value, position) => (position.icount = number('at', value)),
	event: (value, position) => (position.seq = number('event', value)),
	break: (value, position) =>
		(position.breakpoints = decode(value)
			.split(',')
			.map((address) => number('break', address, 16))),
	focus: (value, position) => (position.focus = number('focus', value)),
	walk: (value, position) => (position.walk = number('walk', value, 16)),
	panels: (value, position) => (position.panels = decode(value)),
	query: (value, position) => (position.query = decode(value)),
	text: (value, position) => (position.asText = value === '1'),
	timeline: (value, position) => (position.timeline = number('timeline', value)),
	until: (value, position) => (position.until = number('until', value)),
	stops: (value, position) => (position.stops = value.split(',').map(stop)),
	marks: (value, position) => (position.marks = value.split(',').map(mark)),
	futures: (value, position) => (position.futures = parsed('futures', value, FuturesSchema)),
	log: (value, position) =>
		(position.log = value
			.split(',')
			.map(logEntry)
			.sort((a, b) => a.icount - b.icount))
};

function readField(part: string, position: Position, domains: Map<number, PositionDomain>): void {
	const at = part.indexOf('=');
	const name = at < 0 ? part : part.slice(0, at);
	const value = part.slice(at + 1);
	const drive = /^disk([2-9]?)$/.exec(name);
	if (at >= 0 && drive) {
		const place = drive[1] ? Number(drive[1]) - 1 : 0;
		if (place >= MOST_DISKS) throw new Problem(`${name}: a machine has at most ${MOST_DISKS} disks`);
		while (position.disks.length <= place) position.disks.push(null);
		position.disks[place] = disk(value);
		return;
	}
	const of = /^(guest|cmdline|memory|vcpus|vbd|vif)(0|[2-9]|[1-9]\d{1,2})?$/.exec(name);
	if (at >= 0 && of) {
		const place = of[2] ? Number(of[2]) - 1 : 0;
		let domain = domains.get(place);
		if (!domain) domains.set(place, (domain = { image: '', cmdline: '', memoryMiB: DEFAULT_MEMORY }));
		DOMAIN_FIELDS[of[1]](value, domain);
		return;
	}
	if (at < 0 || !Object.hasOwn(FIELDS, name)) {
		const known = [...Object.keys(DOMAIN_FIELDS), 'disk', ...Object.keys(FIELDS)];
		throw new Problem(`there is no field '${name}'${otherwise(name, known, 'there are')}`);
	}
	FIELDS[name](value, position);
}

/** Reads a fragment, without its `#`. */
export function decodePosition(text: string): Position | PositionProblem {
	const position = emptyPosition();
	const domains = new Map<number, PositionDomain>();
	try {
		const plain = text.startsWith('z=') ? inflate(text.slice(2)) : text;
		for (const part of plain.split('&').filter(Boolean)) readField(part, position, domains);
		if (position.lesson?.slug === '') throw new Problem('step: of which lesson is missing');
		const host = domains.get(-1);
		if (host && !host.image) throw new Problem('guest0: which guest is missing');
		position.dom0 = host ?? null;
		domains.delete(-1);
		const least = position.lesson || host ? 0 : 1;
		for (let place = 0; place < Math.max(least, domains.size); place++) {
			const domain = domains.get(place);
			const name = place === 0 ? 'guest' : `guest${place + 1}`;
			if (!domain?.image || place >= MOST_DOMAINS) throw new Problem(`${name}: which guest is missing`);
			position.domains.push(domain);
		}
		return position;
	} catch (error) {
		if (error instanceof URIError) return { problem: 'a percent sign does not begin an encoded character' };
		if (error instanceof Problem) return { problem: error.message };
		throw error;
	}
}
