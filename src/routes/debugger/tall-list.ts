/**
 * A list of which only the rows in sight are in the page; longer, too, than a browser can lay out. Where it stands is its `top`:
 * the first pixel of the whole list in sight. The scroll bar can say that only roughly in a long list, so `top` is kept beside it.
 */

/** Browsers end at some 2^24 pixels. */
const TALLEST = 8_000_000;

export class TallList {
	/** Height of what is scrolled, pixels. */
	readonly space: number;
	/** The largest `top`. */
	private readonly last: number;
	/** Pixels of the whole list that one pixel of scrolling stands for. */
	private readonly stretch: number;

	/** @param height of the part in sight, pixels */
	constructor(
		readonly count: number,
		readonly row: number,
		height: number
	) {
		const full = count * row;
		this.space = Math.min(full, TALLEST);
		this.last = Math.max(0, full - height);
		this.stretch = this.space < full && this.space > height ? this.last / (this.space - height) : 1;
	}

	/** Whether a pixel of scrolling is a pixel of the list. */
	get exact(): boolean {
		return this.stretch === 1;
	}
	/** Where the list stands when the scroll bar was moved there. */
	topOf(scrollTop: number): number {
		return scrollTop * this.stretch;
	}
	/** Where the scroll bar belongs. */
	scrollOf(top: number): number {
		return top / this.stretch;
	}
	/** Where the list stands with row `index` at the top. */
	topFor(index: number): number {
		return Math.min(this.last, Math.max(0, index * this.row));
	}
	/** Where it stands after it was moved by some pixels. */
	moved(top: number, by: number): number {
		return Math.min(this.last, Math.max(0, top + by));
	}
	/** Index of the first row in sight. */
	first(top: number): number {
		return Math.floor(top / this.row);
	}
	/** Where row `index` stands in the scrolled space, pixels. */
	y(index: number, top: number, scrollTop: number): number {
		return index * this.row - top + scrollTop;
	}
}
