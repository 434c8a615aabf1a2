/** A frame that has passed, as a capture keeps it. */
export interface Captured {
	/** Cycle at which its last bit had passed. */
	readonly cycle: number;
	/** From the destination to the data. */
	readonly bytes: Uint8Array;
}

/** All that has passed, in pieces that never change, so that snapshots share them. */
export interface TapeState {
	readonly whole: readonly (readonly Captured[])[];
	readonly last: readonly Captured[];
}

const PIECE = 64;

/** What was captured. It is part of the saved state: whoever goes back, and on in another way, has what passed on that way. */
export class Tape {
	private whole: readonly (readonly Captured[])[] = [];
	private last: readonly Captured[] = [];

	add(captured: Captured): void {
		this.last = [...this.last, captured];
		if (this.last.length < PIECE) return;
		this.whole = [...this.whole, this.last];
		this.last = [];
	}

	/** The last of them; undefined before the first. */
	get latest(): Captured | undefined {
		return this.last.at(-1) ?? this.whole.at(-1)?.at(-1);
	}

	get frames(): readonly Captured[] {
		return [...this.whole.flat(), ...this.last];
	}

	save(): TapeState {
		// Whoever saves may put equal parts in the place of these: lists of its own, entries shared.
		return { whole: [...this.whole], last: [...this.last] };
	}

	restore({ whole, last }: TapeState): void {
		this.whole = [...whole];
		this.last = [...last];
	}
}
