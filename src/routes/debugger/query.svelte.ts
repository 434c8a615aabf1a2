/** A query over the events: what was asked, what it found, and where among the results the learner stands. */
import { untrack } from 'svelte';
import { fact, isFact } from '../../trace/facts';
import { QueryError } from '../../trace/query';
import { Search } from '../../trace/query/search';
import { SLICE_MS } from '../../views/shared/slices';
import type { Found } from '../../trace/seqs';
import type { TraceView } from '../../trace/view';
import type { ArgValue } from '../../trace/wide';
import { count, decimal } from '../../words/numbers';
import { expandQuery } from './filter';

/** Something that results can be found in: the trace, and how much of it is known. */
interface Asked {
	readonly trace: TraceView | null;
	readonly length: number;
	readonly busy: boolean;
	readonly focus: number;
	choose(seq: number): void;
}

/** What is wrong with a query, as a sentence, and where in its text; -1 where that is not told. */
export interface QueryProblem {
	readonly says: string;
	readonly at: number;
}

function problemOf(error: unknown): QueryProblem {
	const says = error instanceof QueryError ? error.reason : error instanceof Error ? error.message : String(error);
	const sentence = `${says[0].toUpperCase()}${says.slice(1)}${says.endsWith('?') ? '' : '.'}`;
	return { says: sentence, at: error instanceof QueryError ? error.at : -1 };
}

/** Functions that give what stands in a field, which may be an address. */
const OF_FIELD = /\b(min|max|first|last|value)\s*\(/;
const PAGE = 0x1000;

/** A fact's number for people: what may be an address in hexadecimal, too. */
export function factText(text: string, value: ArgValue): string {
	if (typeof value === 'number' && !Number.isInteger(value)) return decimal(value, 3);
	const hex = OF_FIELD.test(text) && value >= PAGE ? ` = 0x${value.toString(16)}` : '';
	return count(value) + hex;
}

export class Query {
	/** As it stands in the box. */
	text = $state('');
	/** As it was asked, short forms written out; '' when every event is wanted. */
	asked = $state('');
	/** What is asked is one number, and no events. */
	readonly isFact = $derived(isFact(this.asked));
	/** That number in words, or null while it is not known. */
	value: string | null = $state(null);
	/** Why there is no such number, or null. */
	#failed: QueryProblem | null = $state.raw(null);
	/** What the number was computed from. */
	#known = '';
	#of: Asked;
	/** Counts what is new in the answer, which itself is not reactive. */
	#told = $state(0);
	#stopped = $state(false);
	#frame = 0;
	readonly #answer: { search: Search | null; problem: QueryProblem | null } | null = $derived.by(() => {
		const { trace } = this.#of;
		if (!trace || !this.asked || this.isFact) return null;
		try {
			return { search: new Search(trace, this.asked), problem: null };
		} catch (error) {
			return { search: null, problem: problemOf(error) };
		}
	});
	readonly #found: Found | null = $derived.by(() => {
		void this.#told;
		const found = this.#answer?.search?.found;
		// A new object each time: what was found is told again to all who show it.
		return found ? { count: found.count, at: (place) => found.at(place), before: (seq) => found.before(seq) } : null;
	});

	constructor(of: Asked) {
		this.#of = of;
	}

	/** Call in an effect: it looks for results, and again for those that are new whenever the machine has come to stand. */
	follow(): void {
		const search = this.#answer?.search;
		const fact = this.isFact && this.#of.trace !== null ? this.asked : '';
		if (!this.#of.busy) void this.#of.length;
		untrack(() => {
			cancelAnimationFrame(this.#frame);
			if (fact && !this.#of.busy) this.#frame = requestAnimationFrame(() => this.#compute(fact));
			if (search && !this.#stopped) this.#search(search);
		});
	}

	/** The number, for what is recorded by now. */
	#compute(text: string): void {
		const { trace } = this.#of;
		if (!trace) return;
		const known = `${text} ${trace.length} ${trace.cuts.length}`;
		if (known === this.#known) return;
		this.#known = known;
		try {
			this.value = factText(text, fact(trace, text));
			this.#failed = null;
		} catch (error) {
			this.value = null;
			this.#failed = problemOf(error);
		}
	}

	#search(search: Search): void {
		if (search.stale && !this.#of.busy) search.again();
		const until = performance.now() + SLICE_MS;
		search.go(() => performance.now() >= until);
		this.#told++;
		const more = !search.done || (search.stale && !this.#of.busy);
		if (more) this.#frame = requestAnimationFrame(() => this.#search(search));
	}

	/** The results as far as they are known, or null when nothing is asked. */
	get found(): Found | null {
		return this.#found;
	}
	/** How much of the trace has been looked through, 0 to 1. */
	get fraction(): number {
		void this.#told;
		return this.#answer?.search?.fraction ?? 1;
	}
	/** Whether it is still searching. */
	get searching(): boolean {
		return this.fraction < 1 && !this.#stopped;
	}
	/** What is wrong with the query, as long as it stands in the box as it was asked; or null. */
	get problem(): QueryProblem | null {
		const problem = this.isFact ? this.#failed : (this.#answer?.problem ?? null);
		return expandQuery(this.text.trim()) === this.asked ? problem : null;
	}
	/** Place of the chosen event among the results, from 0, or -1. */
	get at(): number {
		const { found } = this;
		const { focus } = this.#of;
		if (!found || focus < 0) return -1;
		const before = found.before(focus);
		return before < found.count && found.at(before) === focus ? before : -1;
	}

	ask(text = this.text): void {
		this.text = text;
		this.asked = expandQuery(text.trim());
		this.#stopped = false;
		this.#known = '';
		this.value = this.#failed = null;
	}
	/** Looks no further; what was found stays. */
	stop(): void {
		this.#stopped = true;
		cancelAnimationFrame(this.#frame);
	}
	clear(): void {
		this.ask('');
	}
	/** Chooses the next result after the chosen event, or the one before; round at the ends. */
	turn(by: 1 | -1): void {
		const { found } = this;
		if (!found || found.count === 0) return;
		const { focus } = this.#of;
		const index = by > 0 ? found.before(focus + 1) : found.before(Math.max(0, focus)) - 1;
		this.#of.choose(found.at((index + found.count) % found.count));
	}
}
