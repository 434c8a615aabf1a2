import type { Template } from '../template';

/** A sentence for each name. */
export type Said<Names extends string> = { readonly [Name in Names]: Template };
