/** What a step says of itself in the prose, as data. */
import type { Names } from './names';
import type { Picture, StepData } from './vocabulary';

/** The properties of `Step`, as they are written. */
export interface StepSaid {
	title: string;
	/** The step's moment, by name. */
	at: string;
	/** Pictures on the stage, separated by spaces. */
	shows?: string;
	moment?: 'before' | 'after';
	/** Fact that is the address to walk. */
	address?: string;
	/** Rows of the two truths, separated by spaces. */
	truths?: string;
	/** The moment up to which the score should show, by name. */
	until?: string;
	/** For a step that shows what Xen asks, and it asks nothing. */
	asks?: 'nothing' | '';
}

const listed = (text: string): string[] => text.split(' ').filter(Boolean);

export function stepData(
	names: Names,
	{ title, at, shows = 'checks truths', moment = 'after', address = '', truths = '', until = '', asks = '' }: StepSaid
): StepData {
	return {
		title,
		at: names.query(at),
		shows: listed(shows) as Picture[],
		truths: listed(truths),
		moment,
		address: names.expand(address),
		until: until && names.query(until),
		asks,
		predictions: [],
		exercises: []
	};
}
