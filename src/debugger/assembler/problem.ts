/** What is wrong with a line of assembly, and where: thrown while it is read, given back by `assemble`. */

/** Plain data, as it comes out of a worker. */
export interface Problem {
	/** First letter of what is wrong, and how many letters that are: 0 where something is missing. */
	readonly at: number;
	readonly length: number;
	/** One sentence. */
	readonly says: string;
}

/** A piece of the text. */
export interface Piece {
	readonly at: number;
	readonly text: string;
}

export class AssemblyError extends Error implements Problem {
	readonly at: number;
	readonly length: number;

	constructor(
		readonly says: string,
		{ at, text }: Piece
	) {
		super(says);
		this.at = at;
		this.length = text.length;
	}
}
