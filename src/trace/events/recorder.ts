/**
 * What the machine and the hypervisor see of a trace: a place to write events to.
 * The columnar store behind it is `src/trace/store.ts`.
 */
import type { EventKind, KindNumber, SpanKind } from './catalogue';
import type { WordsOf } from './words';

/** Where events are recorded. */
export interface Recorder {
	/**
	 * The context stamped on each event. The clock and the processor keep `ring` and time current; the
	 * hypervisor keeps `dom` and `vcpu` current. 0x7fff (DOMID_IDLE) stands for the idle processor.
	 */
	dom: number;
	vcpu: number;
	/**
	 * The event that causes what is recorded next, or -1. It is copied to each event's `cause` unless
	 * the event is recorded inside a span, whose seq is then the cause.
	 */
	cause: number;
	/** Records an event with the words of its row, each made by `word` (words.ts). @returns its seq */
	record<K extends Exclude<EventKind, SpanKind>>(kind: KindNumber<K>, ...words: WordsOf<K>): number;
	/**
	 * Holds the place of an event whose words are known only once it is over, so that what it leads to meanwhile comes after it.
	 * `settle` gives it its words, before the instruction ends. @returns its seq
	 */
	hold<K extends Exclude<EventKind, SpanKind>>(kind: KindNumber<K>): number;
	/** Gives the event held at `seq` its words. */
	settle<K extends Exclude<EventKind, SpanKind>>(seq: number, kind: KindNumber<K>, ...words: WordsOf<K>): void;
	/** Opens a span: as `record`, and what follows is inside it until `end`. */
	begin<K extends SpanKind>(kind: KindNumber<K>, ...words: WordsOf<K>): number;
	/** Closes the span `seq` and sets its last argument (`result`), if the kind has one. */
	end(seq: number, result?: number): void;
	/** The seq that the next event will get: the number of events recorded so far. */
	readonly next: number;
}

/** A recorder that keeps nothing: for units under test and for runs without a trace. */
export class NullRecorder implements Recorder {
	dom = 0x7fff;
	vcpu = 0;
	cause = -1;
	next = 0;
	record(): number {
		return this.next++;
	}
	hold(): number {
		return this.record();
	}
	settle(): void {}
	begin(): number {
		return this.next++;
	}
	end(): void {}
}
