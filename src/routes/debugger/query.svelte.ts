/** A query over the events: what was asked, what it found, and where among the results the learner stands. */
import { queryAll } from '../../trace/query';
import type { TraceView } from '../../trace/view';
import { expandQuery, Found } from './filter';

/** Something that results can be found in: the trace, and how much of it is known. */
interface Asked {
	readonly trace: TraceView | null;
	readonly length: number;
	readonly busy: boolean;
	readonly focus: number;
	choose(seq: number): void;
}

export class Query {
	/** As it stands in the box. */
	text = $state('');
	/** As it was asked, short forms written out; '' when every event is wanted. */
	asked = $state('');
	#of: Asked;
	/** A query reads the whole trace, so it is asked again at each stop, not while the machine runs. */
	#answered = $state(0);
	readonly #answer: { list: Found; problem: string } | null = $derived.by(() => {
		void this.#answered;
		const { trace } = this.#of;
		if (!trace || !this.asked) return null;
		try {
			return { list: new Found(queryAll(trace, this.asked)), problem: '' };
		} catch (error) {
			return { list: new Found([]), problem: error instanceof Error ? error.message : String(error) };
		}
	});

	constructor(of: Asked) {
		this.#of = of;
	}

	/** Call in an effect: it asks again whenever the machine has come to stand. */
	follow(): void {
		if (!this.#of.busy) this.#answered = this.#of.length;
	}

	/** The results, or null when nothing is asked. */
	get found(): Found | null {
		return this.#answer?.list ?? null;
	}
	/** What is wrong with the query, or ''. */
	get problem(): string {
		return this.#answer?.problem ?? '';
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
	}
	clear(): void {
		this.text = this.asked = '';
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
