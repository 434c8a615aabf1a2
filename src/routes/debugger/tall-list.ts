/** A list of which only the rows in sight are in the page; longer, too, than a browser can lay out. */

/** Browsers end at some 2^24 pixels. */
const TALLEST = 8_000_000;

export class TallList {
	/** Height of what is scrolled, pixels. */
	readonly space: number;
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
		this.stretch = this.space < full && this.space > height ? (full - height) / (this.space - height) : 1;
	}

	/** Index of the first row in sight. */
	first(scrollTop: number): number {
		return Math.floor((scrollTop * this.stretch) / this.row);
	}
	/** Where row `index` stands in the space, pixels. */
	y(index: number, scrollTop: number): number {
		return index * this.row - scrollTop * (this.stretch - 1);
	}
	/** The scrolling that puts row `index` at the top. */
	scrollFor(index: number): number {
		return (index * this.row) / this.stretch;
	}
}
