/** What went wrong, for whoever reads the page: what happened, and what to do about it. */
import type { Loss, WorkerLost } from '../../workbench/worker/lifeline';

export interface Trouble {
	/** A sentence. */
	readonly says: string;
	readonly todo: string;
	/** Only the page as a whole can be tried again: browsers remember that a part of it did not load. */
	readonly reload: boolean;
}

const CONNECTION = 'Look at your connection, then try again.';

const WITHOUT_WORKER: Readonly<Record<Loss, string>> = {
	'not started': 'Allow this site to run workers, or open it in another browser. The text can be read without.',
	'not loaded': CONNECTION,
	silent: 'A slow connection may need longer. Look at it, then try again.',
	broken: 'Try again: the machine is built anew and comes back to this moment.',
	garbled: 'Try again: the machine is built anew and comes back to this moment.'
};

/** How browsers say that a part of a page did not load: Chromium, Firefox, Safari; the last is the build tool's. */
const PART = /dynamically imported module|Importing a module script failed|Unable to preload CSS/;
/** How they say that nothing came back: `fetch` rejects with a TypeError. */
const NETWORK = /Failed to fetch|NetworkError|Load failed|network error/i;

const isLost = (error: unknown): error is WorkerLost => error instanceof Error && error.name === 'WorkerLost';

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether what is gone comes back only when the page is loaded again. */
export const needsReload = (error: unknown): boolean =>
	isLost(error) || partMissing(error) || NETWORK.test(messageOf(error));

/** Whether a part of the page could not be loaded. */
export const partMissing = (error: unknown): boolean => PART.test(messageOf(error));

/** A sentence: a capital at the front, a stop at the end. */
const sentence = (text: string): string => {
	const words = text.trim().replace(/^./, (first) => first.toUpperCase());
	return /[.!?…]$/.test(words) ? words : `${words}.`;
};

export function troubleOf(error: unknown): Trouble {
	if (isLost(error))
		return {
			says: sentence(`the machine is not there: ${error.message}`),
			todo: WITHOUT_WORKER[error.loss],
			reload: false
		};
	if (partMissing(error))
		return {
			says: 'A part of this page could not be loaded.',
			todo: 'Look at your connection, then load the page again. Nothing that you did is lost.',
			reload: true
		};
	const message = messageOf(error);
	if (NETWORK.test(message)) return { says: 'The site could not be reached.', todo: CONNECTION, reload: false };
	return { says: sentence(message), todo: 'Try again. If it stays so, the fault is ours.', reload: false };
}

/** The same in one line. */
export function lineOf(error: unknown): string {
	const { says, todo } = troubleOf(error);
	return needsReload(error) ? `${says} ${todo}` : messageOf(error);
}
