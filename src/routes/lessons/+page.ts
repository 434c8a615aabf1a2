/** The index shows how far a learner is before any prose is loaded: how many steps there are is all it asks for. */
import { base } from '$app/paths';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
	const answer = await fetch(`${base}/lessons/steps.json`);
	return { steps: (await answer.json()) as Readonly<Record<string, number>> };
};
