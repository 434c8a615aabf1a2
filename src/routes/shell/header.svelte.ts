/** What the page that is shown puts at the right of the header: where the learner is in a course. */
export interface Place {
	readonly label: string;
	/** Steps done and in all. */
	readonly step: number;
	readonly steps: number;
}

class HeaderPlace {
	place: Place | null = $state.raw(null);
}

export const header = new HeaderPlace();
