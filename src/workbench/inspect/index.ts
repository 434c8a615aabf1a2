/**
 * Inspectors: one row a picture. An inspector reads the present moment and gives plain data that survives structured
 * cloning; it changes nothing, not even a counter. The page asks by name, so a new picture is a new row here.
 */
import type { Run } from '../run';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { channels } from './channels';
import { descriptors } from './descriptors';
import { deviceRegisters } from './device-registers';
import { devices } from './devices';
import { diskQueues } from './disk-queues';
import { disks, sectors } from './disks';
import { engine } from './engine';
import { evaluate } from './evaluate';
import { grants } from './grants';
import { mappers } from './mappers';
import { memory, places } from './memory';
import { packets } from './packets';
import { scheduler } from './scheduler';
import { tlb } from './tlb';
import { toolstack } from './toolstack';
import { wire } from './wire';
import { xenstore } from './xenstore';

/** Name to reader. The first argument is the run; the others are what a page may pass. */
export const INSPECTORS = {
	channels,
	descriptors,
	deviceRegisters,
	devices,
	diskQueues,
	disks,
	engine,
	evaluate,
	grants,
	mappers,
	memory,
	packets,
	places,
	scheduler,
	sectors,
	tlb,
	toolstack,
	wire,
	xenstore
} as const;

export type InspectorName = keyof typeof INSPECTORS;
/** What a page passes with the name. */
export type InspectorArgs<N extends InspectorName> = (typeof INSPECTORS)[N] extends (
	run: Run,
	...args: infer A
) => unknown
	? A
	: never;
/** What it gets. */
export type Inspected<N extends InspectorName> = ReturnType<(typeof INSPECTORS)[N]>;

/** Asks one of them. @throws RangeError when there is none of that name */
export function inspectWith<N extends InspectorName>(run: Run, name: N, ...args: InspectorArgs<N>): Inspected<N> {
	if (!Object.hasOwn(INSPECTORS, name))
		throw new RangeError(fill(words.inspect.errors.inspector, { name, names: Object.keys(INSPECTORS).join(', ') }));
	const read = INSPECTORS[name] as unknown as (run: Run, ...args: InspectorArgs<N>) => Inspected<N>;
	return read(run, ...args);
}
