/** What the code and stack panels share, and keep while they are out of sight: the view, and the frame that was chosen. */
import type { Desk } from '../desk.svelte';

export type CodeView = 'both' | 'source' | 'code';
export const VIEWS: readonly (readonly [id: CodeView, title: string])[] = [
	['source', 'Source'],
	['both', 'Both'],
	['code', 'Instructions']
];

/** A frame of the stack that the code is shown of. */
export interface ChosenFrame {
	/** Its place in the back trace. */
	index: number;
	pc: number;
	/** `pc` is the instruction itself, not a return address. */
	exact: boolean;
	/** The moment that it was chosen at. */
	icount: number;
	seq: number;
}

interface Kept {
	view: CodeView;
	frame: ChosenFrame | null;
}

export const keptCode = (desk: Desk): Kept => desk.kept<Kept>('code', () => ({ view: 'both', frame: null }));

/** The frame chosen at this moment, other than the innermost. */
export function frameChosen(desk: Desk): ChosenFrame | null {
	const { frame } = keptCode(desk);
	const { moment } = desk;
	return frame && moment && frame.index > 0 && frame.icount === moment.icount && frame.seq === moment.seq
		? frame
		: null;
}
