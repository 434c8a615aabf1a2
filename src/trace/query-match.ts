/**
 * Finding what a query names. A long trace is looked through in pieces: each generator here yields the event it has come to
 * whenever some work has been done, and whoever drives it may do something else before it goes on.
 */
import { CHUNK_MASK, CHUNK_SIZE } from './chunk';
import { EVENT_KINDS, KIND, type EventKind } from './events';
import type { Test } from './query-fields';
import { Seqs } from './seqs';
import type { TraceView } from './view';

/** A query that has been read and can be asked of any trace. */
export interface Query {
	readonly text: string;
	/** Kinds of event that can match; none means any. */
	readonly kinds: readonly EventKind[];
	/** Whether it can be answered event by event: what matched still matches when more is recorded. */
	readonly simple: boolean;
	/** Every match, ascending, whatever the order word says. */
	all(view: TraceView): number[];
	/** The one event meant, or -1. */
	one(view: TraceView): number;
	/** Whether `seq` is a match, whatever the order word says. */
	includes(view: TraceView, seq: number): boolean;
	/** Puts every match from event `start` on into `found`, in pieces. */
	find(view: TraceView, found: Seqs, start?: number): Generator<number, void>;
}

interface Range {
	from: number;
	/** Exclusive. */
	to: number;
	test?: Test;
}
export type Scope = (view: TraceView, seq: number) => Range;

/** Scopes by name: which part of the trace is meant when `seq` is the event in parentheses. */
export const SCOPES: Readonly<Record<string, Scope>> = {
	after: (view, seq) => ({ from: seq + 1, to: view.length }),
	past: (view, seq) => ({ from: lastOf(view, seq) + 1, to: view.length }),
	before: (_view, seq) => ({ from: 0, to: seq }),
	inside: (view, seq) => ({ from: seq + 1, to: lastOf(view, seq) + 1 }),
	around: (_view, seq) => ({ from: 0, to: seq, test: (view, outer) => lastOf(view, outer) >= seq }),
	causedby: (view, seq) => ({ from: seq + 1, to: view.length, test: (_view, effect) => view.cause(effect) === seq })
};

const lastOf = (view: TraceView, seq: number): number => (view.end(seq) < 0 ? view.length - 1 : view.end(seq));

/** What a query says. */
export interface Parsed {
	kinds: readonly EventKind[];
	tests: Test[];
	scopes: { scope: Scope; of: CompiledQuery }[];
	/** 1 the first, 2 the second ...; -1 the last. */
	order: number;
	/** The exact event of `@seq`, or -1. */
	exact: number;
}

/** Work between two yields, where passing over an event is 1; well below a millisecond. */
const PIECE = 8192;
/** Work of one test, by the same measure. */
const TESTING = 16;

/** Does all the work of a generator at once. */
export function finish<T>(work: Generator<number, T>): T {
	for (;;) {
		const { done, value } = work.next();
		if (done) return value;
	}
}

/** A query made ready to be asked, of any trace and any number of times. */
export class CompiledQuery implements Query {
	private readonly wanted: Uint8Array;

	constructor(
		readonly text: string,
		private readonly parsed: Parsed
	) {
		this.wanted = new Uint8Array(EVENT_KINDS.length).fill(parsed.kinds.length === 0 ? 1 : 0);
		for (const kind of parsed.kinds) this.wanted[KIND[kind]] = 1;
	}

	get kinds(): readonly EventKind[] {
		return this.parsed.kinds;
	}
	get simple(): boolean {
		return this.parsed.scopes.length === 0 && this.parsed.exact < 0;
	}

	all(view: TraceView): number[] {
		const found = new Seqs();
		finish(this.find(view, found));
		return found.toArray();
	}

	one(view: TraceView): number {
		return finish(this.findOne(view));
	}

	includes(view: TraceView, seq: number): boolean {
		const { exact, scopes } = this.parsed;
		if (exact >= 0) return seq === exact;
		if (!this.wanted[view.kind(seq)] || !this.passes(view, seq)) return false;
		if (scopes.length === 0) return true;
		const { from, to, tests } = finish(this.range(view));
		return seq >= from && seq < to && tests.every((test) => test(view, seq));
	}

	*find(view: TraceView, found: Seqs, start = 0, most = Infinity): Generator<number, void> {
		const { exact } = this.parsed;
		if (exact >= 0) {
			if (exact >= start && exact < view.length) found.push(exact);
			return;
		}
		const { wanted } = this;
		const { from, to, tests } = yield* this.range(view);
		let work = 0;
		for (let seq = Math.max(from, start); seq < to;) {
			const { kind } = view.chunkOf(seq);
			const end = Math.min(to, seq - (seq & CHUNK_MASK) + CHUNK_SIZE);
			for (; seq < end; seq++) {
				if (++work >= PIECE) {
					yield seq;
					work = 0;
				}
				if (!wanted[kind[seq & CHUNK_MASK]]) continue;
				work += TESTING;
				if (!this.passes(view, seq) || !tests.every((test) => test(view, seq))) continue;
				found.push(seq);
				if (found.count >= most) return;
			}
		}
	}

	private *findOne(view: TraceView): Generator<number, number> {
		const { order } = this.parsed;
		if (order < 0) return yield* this.findLast(view);
		const found = new Seqs();
		yield* this.find(view, found, 0, order);
		return found.count >= order || this.parsed.exact >= 0 ? (found.at(found.count - 1) ?? -1) : -1;
	}

	private *findLast(view: TraceView): Generator<number, number> {
		const { from, to, tests } = yield* this.range(view);
		let work = 0;
		for (let seq = to - 1; seq >= from; seq--) {
			if (++work >= PIECE) {
				yield seq;
				work = 0;
			}
			if (!this.wanted[view.kind(seq)]) continue;
			work += TESTING;
			if (this.passes(view, seq) && tests.every((test) => test(view, seq))) return seq;
		}
		return -1;
	}

	private passes(view: TraceView, seq: number): boolean {
		for (const test of this.parsed.tests) if (!test(view, seq)) return false;
		return true;
	}

	/** The part of the trace that all scopes leave, and what they ask of each event in it. */
	private *range(view: TraceView): Generator<number, { from: number; to: number; tests: Test[] }> {
		let from = 0;
		let to = view.length;
		const tests: Test[] = [];
		for (const { scope, of } of this.parsed.scopes) {
			const seq = yield* of.findOne(view);
			if (seq < 0) return { from: 0, to: 0, tests: [] };
			const range = scope(view, seq);
			from = Math.max(from, range.from);
			to = Math.min(to, range.to);
			if (range.test) tests.push(range.test);
		}
		return { from, to, tests };
	}
}
