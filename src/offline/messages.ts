/** What pages and the service worker say to each other. */

/** A page to the worker. */
export type ToWorker =
	/** What is kept? Answered by the port with a `Kept`. */
	| { readonly ask: 'kept' }
	/** This version may take over now. */
	| { readonly ask: 'take over' }
	/** Versions that no page uses any more may go. */
	| { readonly ask: 'sweep' };

export interface Kept {
	readonly version: string;
	readonly bytes: number;
	readonly whole: boolean;
}

/** The worker to its pages. */
export type ToPage =
	| { readonly tell: 'progress'; readonly done: number; readonly of: number }
	| { readonly tell: 'failed'; readonly reason: string }
	/** Which version is the page of? Answered by the port with its name. */
	| { readonly tell: 'which' };
