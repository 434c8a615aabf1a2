/** Moments that the learner marked, each with a note. They are shown on the score, stand in addresses and go into files. */

export interface Bookmark {
	/** Stays the same while the page is open. */
	readonly id: number;
	readonly icount: number;
	/** Events recorded at the moment. */
	readonly seq: number;
	/** Where it lies in the score. */
	readonly cycle: number;
	/** The timeline that it was set in. */
	readonly timeline: number;
	readonly note: string;
}

type Place = Pick<Bookmark, 'icount' | 'seq' | 'timeline'>;
const order = (a: Place, b: Place): number => a.icount - b.icount || a.seq - b.seq || a.timeline - b.timeline;

/** A note longer than this is cut, characters. */
export const LONGEST_NOTE = 2000;

export class Bookmarks {
	/** By the moment, in each timeline. */
	list: readonly Bookmark[] = $state.raw([]);
	#next = 1;

	/** Marks a moment; one that is marked stays as it is. @returns its bookmark */
	add(moment: Omit<Bookmark, 'id' | 'note'>, note = ''): Bookmark {
		const there = this.at(moment);
		if (there) return there;
		const { icount, seq, cycle, timeline } = moment;
		const made = { id: this.#next++, icount, seq, cycle, timeline, note: note.slice(0, LONGEST_NOTE) };
		this.list = [...this.list, made].sort(order);
		return made;
	}
	at(moment: Place): Bookmark | undefined {
		return this.list.find((mark) => order(mark, moment) === 0);
	}
	/** The one after a moment, or the one before; round at the ends. Undefined when there is none. */
	next(moment: Place, by: 1 | -1): Bookmark | undefined {
		const later = (mark: Bookmark): number => order(mark, moment);
		return by > 0
			? (this.list.find((mark) => later(mark) > 0) ?? this.list[0])
			: (this.list.findLast((mark) => later(mark) < 0) ?? this.list.at(-1));
	}
	write(id: number, note: string): void {
		this.list = this.list.map((each) => (each.id === id ? { ...each, note: note.slice(0, LONGEST_NOTE) } : each));
	}
	remove(id: number): void {
		this.list = this.list.filter((each) => each.id !== id);
	}
	clear(): void {
		this.list = [];
	}
}
