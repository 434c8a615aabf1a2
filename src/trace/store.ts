/**
 * The trace being recorded. It is also the judge of exactness: when a run is replayed, `rewind` puts
 * the store at its beginning, and every event recorded again is compared with the one that is there.
 * A difference is a bug of ours and is thrown as one.
 */
import { DOMID_IDLE } from '../abi/structs/xen';
import { Bug } from '../base';
import { ARG_WORDS, EVENT_KINDS, type Recorder } from './events';
import { CHUNK_MASK, IS_SPAN, OPEN, WORD_COUNT } from './chunk';
import { TraceColumns } from './view';

export { OPEN } from './view';

/** What stamps each event: the clock and the processor. */
export interface RecordContext {
	/** Virtual time in cycles. */
	now(): number;
	/** Instructions retired. */
	icount(): number;
	/** Current privilege level. */
	ring(): number;
}

const NO_CONTEXT: RecordContext = { now: () => 0, icount: () => 0, ring: () => 0 };

/** Where a recorder stands: what it needs to go on from there, as plain data. */
export interface StoreMark {
	/** Events recorded up to there. */
	readonly next: number;
	/** Spans open there, outermost first. */
	readonly open: readonly number[];
	readonly cause: number;
	readonly dom: number;
	readonly vcpu: number;
	/** Events of each kind up to there, where nothing else of them is kept. */
	readonly counts: readonly number[] | null;
}

const RESET: StoreMark = { next: 0, open: [], cause: -1, dom: DOMID_IDLE, vcpu: 0, counts: null };

/** Judges an event: its seq, the number of its kind and the words of its arguments, which are valid during the call only. */
export type EventJudge = (seq: number, kind: number, args: Uint32Array) => boolean;

/** Somebody who looks at the machine at the very moment that events of some kinds are recorded, a replay's too. */
export interface Listener {
	/** By number of the kind: 1 where it is listened for. */
	readonly kinds: Uint8Array;
	/** @param words of the event's arguments, valid during the call only */
	hear(seq: number, kind: number, words: Uint32Array): void;
}

/** The recorder behind a run: writes events, and compares those of a replay with the ones it has. */
export class TraceStore implements Recorder {
	/** The reading side: the trace of the current future. */
	view: TraceColumns;
	dom = DOMID_IDLE;
	vcpu = 0;
	cause = -1;
	/** Where the machine stands: below `length` while it replays what is already known. */
	next = 0;
	/** Spans that have begun and not ended, outermost first. */
	private open: number[] = [];
	/** The innermost of them, or -1. */
	private inside = -1;
	/** Words of an event that somebody is told of. */
	private readonly words = new Uint32Array(8);
	/** Called at each event from seq `stopAt` on, and at those that `stopWhen` picks. */
	onStop: (() => void) | null = null;
	stopAt = Infinity;
	/**
	 * Asked about each event once all of it is known and written: of a span when it ends, with its result. Where events are not
	 * kept, a span is judged as it begins.
	 */
	stopWhen: EventJudge | null = null;
	/** Told of each event of its kinds, but for spans, where events are kept. */
	listener: Listener | null = null;

	/** How many events of each kind there were, by number of the kind; only while nothing is kept. */
	readonly counts = new Float64Array(EVENT_KINDS.length);

	/**
	 * @param keep whether events are kept; without, they are only numbered and counted, for runs of any length
	 */
	constructor(
		private context: RecordContext = NO_CONTEXT,
		private readonly keep = true,
		view = new TraceColumns()
	) {
		this.view = view;
	}

	/** Sets what stamps events; used when a machine is built anew for a replay. */
	attach(context: RecordContext): void {
		this.context = context;
	}

	/** Seqs of the spans that are open now, outermost first. */
	get openSpans(): readonly number[] {
		return this.open;
	}

	/** Where recording stands. */
	mark(): StoreMark {
		const { next, open, cause, dom, vcpu, keep, counts } = this;
		return { next, open: [...open], cause, dom, vcpu, counts: keep ? null : [...counts] };
	}

	/** Back to a mark, or before the first event: what is recorded from there on is compared with what is known. */
	rewind(mark: StoreMark = RESET): void {
		if (this.keep && mark.next > this.view.length)
			throw new RangeError(`event ${mark.next} has not been recorded; there are ${this.view.length}`);
		this.next = mark.next;
		this.open = [...mark.open];
		this.inside = this.open.at(-1) ?? -1;
		this.cause = mark.cause;
		this.dom = mark.dom;
		this.vcpu = mark.vcpu;
		if (mark.counts) this.counts.set(mark.counts);
		else this.counts.fill(0);
	}

	/** Forgets every event after `next`: the future changed. Spans open now are open again. */
	truncate(): void {
		if (!this.keep || this.next >= this.view.length) return;
		this.view.cut(this.next);
		this.view.reopen(this.open);
	}

	/** Goes on with the trace of another future; `rewind` says where in it recording stands. */
	show(view: TraceColumns): void {
		this.view = view;
	}

	/** A store that stands where this one stands and knows the same past, but no future. This one stays as it is. */
	fork(): TraceStore {
		const view = this.keep ? this.view.forkAt(this.next, this.open) : new TraceColumns();
		const fork = new TraceStore(this.context, this.keep, view);
		fork.rewind(this.mark());
		return fork;
	}

	record(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0): number {
		if (IS_SPAN[kind]) throw new Bug(`${EVENT_KINDS[kind]} lasts: begin and end it`, { kind });
		const seq = this.put(kind, false, a, b, c, d, e, f, g, h);
		const { listener, stopWhen } = this;
		const heard = listener !== null && listener.kinds[kind] === 1 && this.keep;
		if (!heard && stopWhen === null) return seq;
		this.spell(a, b, c, d, e, f, g, h);
		if (heard) listener.hear(seq, kind, this.words);
		if (stopWhen !== null && stopWhen(seq, kind, this.words)) this.onStop?.();
		return seq;
	}

	hold(kind: number): number {
		if (IS_SPAN[kind]) throw new Bug(`${EVENT_KINDS[kind]} lasts: begin and end it`, { kind });
		return this.put(kind, true, 0, 0, 0, 0, 0, 0, 0, 0);
	}

	settle(seq: number, kind: number, ...given: number[]): void {
		this.words.fill(0);
		this.words.set(given);
		if (this.keep) this.write(seq, kind);
		if (this.stopWhen !== null && this.stopWhen(seq, kind, this.words)) this.onStop?.();
	}

	/** Writes the words of an event that was held, or compares them with what is there. */
	private write(seq: number, kind: number): void {
		const { words, view } = this;
		const at = seq & CHUNK_MASK;
		const { end, pool, argAt } = view.chunkOf(seq);
		const [from, to] = [argAt[at], argAt[at] + ARG_WORDS[kind]];
		const replayed = words.subarray(0, ARG_WORDS[kind]);
		if (end[at] === OPEN) {
			const own = view.ownChunk(seq);
			own.end[at] = seq;
			own.pool.set(replayed, from);
		} else if (replayed.some((word, index) => word !== pool[from + index]))
			throw new Bug(`a replay did not repeat event ${seq}`, {
				seq,
				recorded: Array.from(pool.subarray(from, to)),
				replayed: Array.from(replayed)
			});
	}

	begin(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0): number {
		if (!IS_SPAN[kind]) throw new Bug(`${EVENT_KINDS[kind]} does not last: record it`, { kind });
		const seq = this.put(kind, true, a, b, c, d, e, f, g, h);
		this.open.push(seq);
		this.inside = seq;
		if (this.keep || this.stopWhen === null) return seq;
		this.spell(a, b, c, d, e, f, g, h);
		if (this.stopWhen(seq, kind, this.words)) this.onStop?.();
		return seq;
	}

	end(seq: number, result?: number): void {
		const { open } = this;
		if (this.inside === seq) open.pop();
		else {
			// A span that is left ends those inside it.
			const depth = open.lastIndexOf(seq);
			if (depth < 0) throw new Bug('a span ended that is not open', { seq, open: [...open] });
			open.length = depth;
		}
		this.inside = open.length > 0 ? open[open.length - 1] : -1;
		if (!this.keep) return;
		this.close(seq, result);
		if (this.stopWhen === null) return;
		const { kind, argAt, pool } = this.view.chunkOf(seq);
		const at = seq & CHUNK_MASK;
		const args = pool.subarray(argAt[at], argAt[at] + ARG_WORDS[kind[at]]);
		if (this.stopWhen(seq, kind[at], args)) this.onStop?.();
	}

	/** Writes where the span ended and what came of it, or compares that with what is there. */
	private close(seq: number, result: number | undefined): void {
		const at = seq & CHUNK_MASK;
		const chunk = this.view.chunkOf(seq);
		const last = this.next - 1;
		const args = ARG_WORDS[chunk.kind[at]];
		const words = chunk.argAt[at];
		const took = this.context.now() - chunk.cycle[at];
		const word = result === undefined || args === 0 ? undefined : result >>> 0;
		if (chunk.end[at] === OPEN) {
			const own = this.view.ownChunk(seq);
			own.end[at] = last;
			own.pool[words + args] = took;
			if (word !== undefined) own.pool[words + args - 1] = word;
			return;
		}
		const { end, pool } = chunk;
		const same =
			end[at] === last && pool[words + args] === took && (word === undefined || pool[words + args - 1] === word);
		if (same) return;
		throw new Bug('a replay ended a span otherwise than the run did', {
			seq,
			recorded: { end: end[at], took: pool[words + args], result: pool[words + args - 1] },
			replayed: { end: last, took, result }
		});
	}

	/** Puts words where those can read them who are told of an event. */
	private spell(a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number): void {
		const { words } = this;
		words[0] = a;
		words[1] = b;
		words[2] = c;
		words[3] = d;
		words[4] = e;
		words[5] = f;
		words[6] = g;
		words[7] = h;
	}

	/**
	 * Puts an event at `next`: a new row, or a comparison with the one there.
	 * @param lasts whether its end is still to come: of a span, or of what is held
	 */
	private put(
		kind: number,
		lasts: boolean,
		a: number,
		b: number,
		c: number,
		d: number,
		e: number,
		f: number,
		g: number,
		h: number
	): number {
		const seq = this.next++;
		if (seq >= this.stopAt) this.onStop?.();
		if (!this.keep) {
			this.counts[kind]++;
			return seq;
		}
		const { context, view } = this;
		const cause = this.inside >= 0 ? this.inside : this.cause;
		if (seq < view.length) {
			this.spell(a, b, c, d, e, f, g, h);
			this.verify(seq, kind, cause, lasts);
			return seq;
		}
		const at = seq & CHUNK_MASK;
		const chunk = at === 0 ? view.addChunk() : view.tail;
		const from = chunk.used;
		chunk.cycle[at] = context.now();
		chunk.icount[at] = context.icount();
		chunk.dom[at] = this.dom;
		chunk.vcpu[at] = this.vcpu;
		chunk.ring[at] = context.ring();
		chunk.kind[at] = kind;
		chunk.cause[at] = cause;
		chunk.end[at] = lasts ? OPEN : seq;
		chunk.argAt[at] = from;
		// All that there may be: those that this kind does not have are overwritten by the next event's, or by how long a span took.
		const { pool } = chunk;
		pool[from] = a;
		pool[from + 1] = b;
		pool[from + 2] = c;
		pool[from + 3] = d;
		pool[from + 4] = e;
		pool[from + 5] = f;
		pool[from + 6] = g;
		pool[from + 7] = h;
		chunk.used = from + WORD_COUNT[kind];
		if (IS_SPAN[kind]) pool[chunk.used - 1] = 0;
		view.length = this.next;
		return seq;
	}

	/**
	 * Compares an event recorded again with the one that is there. A span's last argument is compared when it ends, all of another one that
	 * lasts, which is held, when it is settled.
	 */
	private verify(seq: number, kind: number, cause: number, lasts: boolean): void {
		const { words, context, view } = this;
		const chunk = view.chunkOf(seq);
		const at = seq & CHUNK_MASK;
		const from = chunk.argAt[at];
		const compared = IS_SPAN[kind] ? ARG_WORDS[kind] - 1 : lasts ? 0 : ARG_WORDS[kind];
		let same =
			chunk.kind[at] === kind &&
			chunk.cycle[at] === context.now() &&
			chunk.icount[at] === context.icount() &&
			chunk.dom[at] === this.dom &&
			chunk.vcpu[at] === this.vcpu &&
			chunk.ring[at] === context.ring() &&
			chunk.cause[at] === cause;
		for (let i = 0; same && i < compared; i++) same = chunk.pool[from + i] === words[i];
		if (same) return;
		throw new Bug(`a replay did not repeat event ${seq}`, {
			seq,
			recorded: {
				kind: view.kindName(seq),
				cycle: view.cycle(seq),
				icount: view.icount(seq),
				dom: view.dom(seq),
				ring: view.ring(seq),
				cause: view.cause(seq),
				args: view.args(seq)
			},
			replayed: {
				kind: EVENT_KINDS[kind],
				cycle: context.now(),
				icount: context.icount(),
				dom: this.dom,
				ring: context.ring(),
				cause,
				args: Array.from(words.subarray(0, ARG_WORDS[kind]))
			}
		});
	}
}
