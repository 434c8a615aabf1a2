/** The index shows how far a learner is before any prose is loaded: the outline of the course is all it asks for. */
import { base } from '$app/paths';
import type { PageLoad } from './$types';
import { loadOutline } from './outline';

export const load: PageLoad = async ({ fetch }) => ({ outline: await loadOutline(base, fetch) });
