import { base } from '$app/paths';
import { loadOutline } from '../lessons/outline';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => ({ outline: await loadOutline(base, fetch) });
