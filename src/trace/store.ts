/**
 * The trace being recorded. It is also the judge of exactness: when a run is replayed, `rewind` puts
 * the store at its beginning, and every event recorded again is compared with the one that is there.
 * A difference is a bug of ours and is thrown as one.
 */
import { DOMID_IDLE } from '../abi/structs/xen';
import { Bug } from '../base';
import { EVENT_KINDS, type Recorder } from './events';
import { ARG_COUNT, IS_SPAN, TraceColumns, WORD_COUNT } from './view';

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

/** `end` of a span that has not ended. */
export const OPEN = -1;

/** The recorder behind a run: writes events, and compares those of a replay with the ones it has. */
export class TraceStore implements Recorder {
	/** The reading side. */
	readonly view: TraceColumns;
	dom = DOMID_IDLE;
	vcpu = 0;
	cause = -1;
	/** Where the machine stands: below `length` while it replays what is already known. */
	next = 0;
	/** Spans that have begun and not ended, outermost first. */
	private open: number[] = [];
	private readonly words = new Uint32Array(8);
	/** Called by each event at or after seq `stopAt`, and by those that `stopWhen` picks, before they are written. */
	onStop: (() => void) | null = null;
	stopAt = Infinity;
	stopWhen: ((kind: number, args: Uint32Array) => boolean) | null = null;

	/** How many events of each kind there were, by number of the kind; only while nothing is kept. */
	readonly counts = new Float64Array(EVENT_KINDS.length);

	/**
	 * @param keep whether events are kept; without, they are only numbered and counted, for runs of any length
	 */
	constructor(
		private context: RecordContext = NO_CONTEXT,
		private readonly keep = true,
		capacity = 4096
	) {
		this.view = new TraceColumns(capacity);
	}

	/** Sets what stamps events; used when a machine is built anew for a replay. */
	attach(context: RecordContext): void {
		this.context = context;
	}

	/** Seqs of the spans that are open now, outermost first. */
	get openSpans(): readonly number[] {
		return this.open;
	}

	/** Puts the store before its first event, to verify a replay from reset. */
	rewind(): void {
		this.next = 0;
		this.open = [];
		this.cause = -1;
		this.dom = DOMID_IDLE;
		this.vcpu = 0;
	}

	/** Forgets every event after `next`: the future changed. Spans open now are open again. */
	truncate(): void {
		const { view } = this;
		if (this.next === view.length) return;
		view.poolUsed = view.columns.argAt[this.next];
		view.length = this.next;
		for (const seq of this.open) view.columns.end[seq] = OPEN;
	}

	record(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0): number {
		const seq = this.put(kind, a, b, c, d, e, f, g, h);
		if (!IS_SPAN[kind]) return seq;
		throw new Bug(`${EVENT_KINDS[kind]} lasts: begin and end it`, { seq });
	}

	begin(kind: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0): number {
		const seq = this.put(kind, a, b, c, d, e, f, g, h);
		if (!IS_SPAN[kind]) throw new Bug(`${EVENT_KINDS[kind]} does not last: record it`, { seq });
		this.open.push(seq);
		return seq;
	}

	end(seq: number, result?: number): void {
		const depth = this.open.lastIndexOf(seq);
		if (depth < 0) throw new Bug('a span ended that is not open', { seq, open: [...this.open] });
		this.open.length = depth;
		if (!this.keep) return;
		const { columns, pool } = this.view;
		const last = this.next - 1;
		const args = ARG_COUNT[columns.kind[seq]];
		const words = columns.argAt[seq];
		const took = this.context.now() - columns.cycle[seq];
		const word = result === undefined || args === 0 ? undefined : result >>> 0;
		if (columns.end[seq] === OPEN) {
			columns.end[seq] = last;
			pool[words + args] = took;
			if (word !== undefined) pool[words + args - 1] = word;
			return;
		}
		const same =
			columns.end[seq] === last &&
			pool[words + args] === took &&
			(word === undefined || pool[words + args - 1] === word);
		if (same) return;
		throw new Bug('a replay ended a span otherwise than the run did', {
			seq,
			recorded: { end: columns.end[seq], took: pool[words + args], result: pool[words + args - 1] },
			replayed: { end: last, took, result }
		});
	}

	/** Puts the arguments into `words`, and the event at `next`: a new row, or a comparison with the one there. */
	private put(
		kind: number,
		a: number,
		b: number,
		c: number,
		d: number,
		e: number,
		f: number,
		g: number,
		h: number
	): number {
		const { words, open, context, view } = this;
		words[0] = a;
		words[1] = b;
		words[2] = c;
		words[3] = d;
		words[4] = e;
		words[5] = f;
		words[6] = g;
		words[7] = h;
		const seq = this.next++;
		if (seq >= this.stopAt || (this.stopWhen !== null && this.stopWhen(kind, words))) this.onStop?.();
		if (!this.keep) {
			this.counts[kind]++;
			return seq;
		}
		const cause = open.length > 0 ? open[open.length - 1] : this.cause;
		if (seq < view.length) {
			this.verify(seq, kind, cause);
			return seq;
		}
		const used = WORD_COUNT[kind];
		view.reserve(1, used);
		const { columns, pool } = view;
		columns.cycle[seq] = context.now();
		columns.icount[seq] = context.icount();
		columns.dom[seq] = this.dom;
		columns.vcpu[seq] = this.vcpu;
		columns.ring[seq] = context.ring();
		columns.kind[seq] = kind;
		columns.cause[seq] = cause;
		columns.end[seq] = IS_SPAN[kind] ? OPEN : seq;
		columns.argAt[seq] = view.poolUsed;
		for (let i = 0; i < ARG_COUNT[kind]; i++) pool[view.poolUsed + i] = words[i];
		if (IS_SPAN[kind]) pool[view.poolUsed + used - 1] = 0;
		view.poolUsed += used;
		view.length = this.next;
		return seq;
	}

	/** Compares an event recorded again with the one that is there. A span's last argument is compared when it ends. */
	private verify(seq: number, kind: number, cause: number): void {
		const { words, context, view } = this;
		const { columns, pool } = view;
		const at = columns.argAt[seq];
		const compared = ARG_COUNT[kind] - (IS_SPAN[kind] ? 1 : 0);
		let same =
			columns.kind[seq] === kind &&
			columns.cycle[seq] === context.now() &&
			columns.icount[seq] === context.icount() &&
			columns.dom[seq] === this.dom &&
			columns.vcpu[seq] === this.vcpu &&
			columns.ring[seq] === context.ring() &&
			columns.cause[seq] === cause;
		for (let i = 0; same && i < compared; i++) same = pool[at + i] === words[i];
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
				args: Array.from(words.subarray(0, ARG_COUNT[kind]))
			}
		});
	}
}
