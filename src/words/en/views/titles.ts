import type { ViewWords } from '../../views';
import { ASKED } from './events';
import { FRAMES, REGISTERS } from './machine';
import { SPACE, WALK } from './memory';
import { TRAP, TRUTHS } from './processor';

/** What the pictures of a stage are called, by the names that lessons give them. */
export const TITLES: ViewWords['titles'] = {
	trap: TRAP.title,
	walk: WALK.title,
	frames: FRAMES.title,
	space: SPACE.title,
	checks: ASKED.title,
	truths: TRUTHS.title,
	registers: REGISTERS.title,
	channels: 'Event channels',
	grants: 'Grant tables',
	store: 'xenstore',
	ring: 'I/O ring',
	devices: 'Front ends and back ends',
	packets: 'Ways of packets'
};
