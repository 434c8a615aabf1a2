/**
 * Looks: one row a picture. A look reads the present moment and gives plain data that survives structured
 * cloning; it changes nothing, not even a counter. The page asks by name, so a new picture is a new row here.
 */
import type { Run } from '../run';
import { channels } from './channels';
import { descriptors } from './descriptors';
import { evaluate } from './evaluate';
import { grants } from './grants';
import { mappers } from './mappers';
import { memory, places } from './memory';
import { scheduler } from './scheduler';
import { tlb } from './tlb';
import { xenstore } from './xenstore';

/** Name to reader. The first argument is the run; the others are what a page may pass. */
export const LOOKS = {
	channels,
	descriptors,
	evaluate,
	grants,
	mappers,
	memory,
	places,
	scheduler,
	tlb,
	xenstore
} as const;

export type LookName = keyof typeof LOOKS;
/** What a page passes with the name. */
export type LookArgs<N extends LookName> = (typeof LOOKS)[N] extends (run: Run, ...args: infer A) => unknown
	? A
	: never;
/** What it gets. */
export type LookResult<N extends LookName> = ReturnType<(typeof LOOKS)[N]>;

/** Carries a look out. @throws RangeError when there is none of that name */
export function look<N extends LookName>(run: Run, name: N, ...args: LookArgs<N>): LookResult<N> {
	if (!Object.hasOwn(LOOKS, name))
		throw new RangeError(`there is no look '${name}'; there are ${Object.keys(LOOKS).join(', ')}`);
	const read = LOOKS[name] as unknown as (run: Run, ...args: LookArgs<N>) => LookResult<N>;
	return read(run, ...args);
}
