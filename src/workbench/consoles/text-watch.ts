/** How far a watch has come, as plain data. */
export interface SavedWatch {
	seen: boolean;
	tail: number[];
}

/** Watches a stream of bytes for a text, also where it falls across two pieces. */
export class TextWatch {
	seen = false;
	private readonly wanted: Uint8Array;
	/** The last bytes seen, one fewer than the text has. */
	private tail = new Uint8Array(0);

	constructor(readonly text: string) {
		this.wanted = new TextEncoder().encode(text);
	}

	save(): SavedWatch {
		return { seen: this.seen, tail: [...this.tail] };
	}

	restore({ seen, tail }: SavedWatch): void {
		this.seen = seen;
		this.tail = Uint8Array.from(tail);
	}

	/** Takes the next bytes; true from the piece on that completes the text. */
	feed(bytes: Uint8Array): boolean {
		if (this.seen) return true;
		const joined = new Uint8Array(this.tail.length + bytes.length);
		joined.set(this.tail);
		joined.set(bytes, this.tail.length);
		this.seen = indexOf(joined, this.wanted) >= 0;
		this.tail = joined.slice(Math.max(0, joined.length - this.wanted.length + 1));
		return this.seen;
	}
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
	for (let at = 0; at + wanted.length <= bytes.length; at++) {
		let same = 0;
		while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
		if (same === wanted.length) return at;
	}
	return -1;
}
