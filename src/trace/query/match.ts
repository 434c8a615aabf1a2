/**
 * Finding what a query names. A long trace is looked through in pieces: each generator here yields the event it has come to
 * whenever some work has been done, and whoever drives it may do something else before it goes on.
 */
import { CHUNK_MASK, CHUNK_SIZE } from '../chunk';
import { EVENT_KINDS, KIND, type EventKind } from '../events';
import { Seqs } from '../seqs';
import type { TraceView } from '../view';
import { conditionTest, type Test } from './fields';
import type { Tokens } from './lexer';
import { SCOPES, type Scope } from './scopes';
import type { Selector } from './selector';

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

/** What a query says, made ready. */
interface Parsed extends Pick<Selector, 'kinds' | 'order' | 'exact'> {
	tests: Test[];
	scopes: { scope: Scope; of: CompiledQuery }[];
}

/** Work between two yields, where passing over an event is 1; well below a millisecond. */
const PIECE = 8192;
/** Work of one test, by the same measure. */
const TESTING = 16;

/** Does all the work of a generator at once. */
function finish<T>(work: Generator<number, T>): T {
	for (;;) {
		const { done, value } = work.next();
		if (done) return value;
	}
}

/** A query made ready to be asked, of any trace and any number of times. */
class CompiledQuery implements Query {
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
			let kind = view.kindsOf(seq);
			const end = Math.min(to, seq - (seq & CHUNK_MASK) + CHUNK_SIZE);
			for (; seq < end; seq++) {
				if (++work >= PIECE) {
					yield seq;
					work = 0;
					kind = view.kindsOf(seq);
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

/** Makes a query ready. @throws QueryError for a field, flag or value that its kinds do not have; `tokens` is what it was read from */
export function compileSelector(selector: Selector, tokens: Tokens): CompiledQuery {
	const { text, kinds, order, exact } = selector;
	const tests = selector.conditions.map((condition) => conditionTest(tokens, condition, kinds));
	const scopes = selector.scopes.map(({ scope, of }) => ({
		scope: SCOPES[scope].range,
		of: compileSelector(of, tokens)
	}));
	return new CompiledQuery(text, { kinds, tests, scopes, order, exact });
}
