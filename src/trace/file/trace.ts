/**
 * A trace in a container: section 'TRAC', JSON that names the kinds of events and the checks by the numbers that the file
 * gives them, and then its events in sections 'EVTS'.
 *
 * Names decide, not numbers: a later catalogue may have more kinds and checks, in another order. A kind that this program
 * lacks, or whose arguments are others, cannot be shown and is refused. Of an argument that holds 64 bits the file names both
 * words; what files of older versions lack, older.ts adds.
 */
import * as v from 'valibot';
import { WORD_NAMES, ARG_WORDS, CHECK_NAMES, EVENT_KINDS, EVENTS, KIND, type EventKind } from '../events';
import { sliceOf, TraceMirror } from '../mirror';
import { IS_SPAN, type TraceView } from '../view';
import type { Section, SectionDraft } from './container';
import { FileError } from './error';
import { decodeEvents, encodeEvents, SECTION_EVENTS, type Before, type FileTables } from './events';
import { jsonBytes, parseJson } from './json';
import { bringUpToDate, placesOf } from './older';

/** Events that one trace of a file may have; a page could not hold more. */
export const MOST_EVENTS = 40_000_000;

const name = v.pipe(v.string(), v.maxLength(64));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_EVENTS));
const word = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const HeadSchema = v.object({
	/** Which of the file's timelines it is, and from which it forked; -1 from none. */
	timeline: v.pipe(v.number(), v.integer(), v.minValue(0)),
	parent: v.pipe(v.number(), v.integer(), v.minValue(-1)),
	/** Events that it shares with its parent, and how many it has with those. */
	from: count,
	events: count,
	/** Of the shared ones, the spans that went on beyond: seq, last event inside (-1 none yet), last argument, cycles. */
	closed: v.pipe(
		v.array(v.tuple([count, v.pipe(v.number(), v.integer(), v.minValue(-1)), word, word])),
		v.maxLength(1024)
	),
	kinds: v.pipe(
		v.array(v.object({ name, lasts: v.boolean(), args: v.pipe(v.array(name), v.maxLength(16)) })),
		v.maxLength(256)
	),
	checks: v.pipe(v.array(name), v.maxLength(4096))
});
type TraceHead = v.InferOutput<typeof HeadSchema>;

const HERE = {
	kinds: EVENT_KINDS.map((kind) => ({
		name: kind,
		lasts: EVENTS[kind].span,
		args: WORD_NAMES[KIND[kind]] as string[]
	})),
	checks: [...CHECK_NAMES] as string[]
};

/** Spans before event `from` that had not ended there. */
function spansAcross(view: TraceView, from: number): number[] {
	const across: number[] = [];
	for (let seq = 0; seq < from; seq++)
		if (IS_SPAN[view.kind(seq)] && (view.end(seq) < 0 || view.end(seq) >= from)) across.push(seq);
	return across;
}

function closing(view: TraceView, seq: number): [number, number, number, number] {
	const words = ARG_WORDS[view.kind(seq)];
	const open = view.end(seq) < 0;
	return [seq, view.end(seq), words > 0 ? view.word(seq, words - 1) : 0, open ? 0 : view.duration(seq)];
}

/** A trace to be written; as one of several timelines, without the `from` events that it shares with its parent. */
export interface TraceDraft {
	readonly view: TraceView;
	readonly timeline: number;
	readonly parent: number;
	readonly from: number;
}

/** The sections of a trace. @param share what part of the whole file's work it is, from..to in 0..1 */
export function* traceSections(
	{ view, timeline, parent, from }: TraceDraft,
	share: readonly [number, number] = [0, 1]
): Generator<SectionDraft> {
	const events = view.length;
	if (events > MOST_EVENTS) throw new RangeError(`a file holds ${MOST_EVENTS} events at most, the trace has ${events}`);
	const closed = spansAcross(view, from).map((seq) => closing(view, seq));
	const head: TraceHead = { timeline, parent, from, events, closed, ...HERE };
	yield { tag: 'TRAC', bytes: jsonBytes(head, 'the trace'), done: share[0] };
	for (let seq = from; seq < events;) {
		const to = Math.min(events, seq - (seq % SECTION_EVENTS) + SECTION_EVENTS);
		const done = share[0] + ((share[1] - share[0]) * (to - from)) / (events - from);
		yield { tag: 'EVTS', bytes: encodeEvents(view, seq, to), done };
		seq = to;
	}
}

/** The numbers here of a file's kinds and checks. Throws FileError for what this program does not have. */
function tablesOf(head: TraceHead): FileTables {
	const kinds = head.kinds.map((kind) => {
		const here = EVENT_KINDS.indexOf(kind.name as EventKind);
		if (here < 0) throw new FileError(`it has events of a kind that this Ringside does not know: '${kind.name}'`);
		return here;
	});
	const words = head.kinds.map((kind, number) => {
		const here = kinds[number];
		const places = kind.lasts === EVENTS[EVENT_KINDS[here]].span ? placesOf(here, kind.args) : null;
		if (!places)
			throw new FileError(
				`its events of the kind '${kind.name}' have other arguments: ${kind.args.join(', ') || 'none'}`
			);
		return kind.lasts ? [...places, ARG_WORDS[here]] : places;
	});
	const checks = head.checks.map((check) => {
		const here = HERE.checks.indexOf(check);
		if (here < 0) throw new FileError(`it has decisions that this Ringside does not know: '${check}'`);
		return here;
	});
	if (new Set(kinds).size < kinds.length) throw new FileError('it names a kind of event twice');
	return { kinds, words, checks };
}

/** Whether a kind of the file has the words that it has here. */
const isOfNow = ({ name, args }: TraceHead['kinds'][number]): boolean =>
	args.join() === WORD_NAMES[EVENT_KINDS.indexOf(name as EventKind)].join();

/** A trace that comes in, section by section. */
export class TraceReader {
	readonly view: TraceMirror;
	private readonly head: TraceHead;
	private readonly tables: FileTables;
	/** Whether words of its events lie elsewhere by now. */
	private readonly older: boolean;
	private readonly before: Before = { cycle: 0, icount: 0 };

	/** @param traceOf the trace of a timeline that has been read; null where there is none */
	constructor(
		{ bytes, at }: Section,
		private readonly traceOf: (timeline: number) => TraceMirror | null = () => null
	) {
		this.head = parseJson(bytes, HeadSchema, 'section TRAC', at);
		try {
			this.tables = tablesOf(this.head);
			this.older = !this.head.kinds.every(isOfNow);
			this.view = this.head.from > 0 ? this.shared() : new TraceMirror();
		} catch (error) {
			throw error instanceof FileError ? new FileError(`the trace cannot be read: ${error.reason}`, at) : error;
		}
	}

	/** Which of the file's timelines it is. */
	get timeline(): number {
		return this.head.timeline;
	}

	/** What the trace has in common with its parent. */
	private shared(): TraceMirror {
		const { from, events, closed } = this.head;
		const parent = this.traceOf(this.head.parent);
		if (!parent || parent.length < from || from > events)
			throw new FileError('it shares events that the file does not have');
		for (const [seq, end] of closed)
			if (seq >= from || end >= events || !IS_SPAN[parent.kind(seq)])
				throw new FileError('it ends an event that it does not have');
		const view = parent.fork(from, spansAcross(parent, from));
		const ended = closed.filter(([, end]) => end >= 0).flat();
		view.append(sliceOf(view, from, from, ended));
		this.before.cycle = view.cycle(from - 1);
		this.before.icount = view.icount(from - 1);
		return view;
	}

	/** Takes a section 'EVTS'. */
	take({ bytes, at }: Section): void {
		const { view, head, tables, before } = this;
		const from = view.length;
		try {
			const rows = decodeEvents(bytes, tables, before, from);
			const to = from + rows.columns.kind.length;
			if (to > head.events) throw new FileError('it has more events than the trace');
			if (rows.columns.end.some((end) => end >= head.events)) throw new FileError('it has an event that ends nowhere');
			view.append({ ...sliceOf(view, from, from), to, rows });
			if (this.older) bringUpToDate(view, from);
		} catch (error) {
			throw error instanceof FileError ? new FileError(`section EVTS is damaged: ${error.reason}`, at) : error;
		}
	}

	/** All of it must be there. */
	finish(at: number): TraceMirror {
		if (this.view.length !== this.head.events)
			throw new FileError(`the trace has ${this.view.length} events, and says it has ${this.head.events}`, at);
		return this.view;
	}
}
