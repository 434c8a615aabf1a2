/** Code as text. */

/** One instruction as text. */
export interface CodeLine {
	/** Linear address. */
	address: number;
	bytes: Uint8Array;
	text: string;
	/** Symbol that starts here, or ''. */
	label: string;
	/** `symbol+0x12`, or ''. */
	where: string;
	/** Where a direct branch goes, or -1. */
	target: number;
}
