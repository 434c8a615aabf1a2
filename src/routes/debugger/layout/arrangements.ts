/** Arrangements that come with the page, by name. They name panels that a page may not have; those are left out. */

export interface NamedArrangement {
	readonly id: string;
	readonly title: string;
	/** What it is good for. */
	readonly about: string;
	/** In `arrangement.ts`'s text form. */
	readonly text: string;
}

export const ARRANGEMENTS: readonly NamedArrangement[] = [
	{
		id: 'debug',
		title: 'Debug',
		about: 'code, registers, events, decisions and the console',
		text:
			'rows(69:cols(38:code~trap~walk~truths~frames,26:registers~stack~breakpoints~change,36:rows(60:events~compare~bookmarks,' +
			'40:event~checks~answers)),31:cols(64:score,36:console~memory))'
	},
	{
		id: 'memory',
		title: 'Memory',
		about: 'page tables, frames, TLB and memory at the cursor',
		text:
			'rows(73:cols(34:rows(63:walk~mappers~descriptors,37:code~registers~stack),34:rows(46:frames~tlb,54:memory~structures),' +
			'32:rows(56:truths~space,44:checks~event~answers)),27:score)'
	},
	{
		id: 'scheduling',
		title: 'Events & scheduling',
		about: 'who runs, who waits, and what passes between domains',
		text: 'rows(38:score,62:cols(34:rows(55:scheduler~grants,45:console~xenstore),33:channels~event~answers,33:events~code~registers))'
	},
	{
		id: 'devices',
		title: 'Devices',
		about: 'rings, grants, front and back ends, and the hardware behind them',
		text: 'rows(34:score,66:cols(34:rows(58:ring~grants,42:devices~xenstore),33:rows(55:device~packets~channels,45:domains~console),33:rows(60:events~code,40:event~answers~checks)))'
	},
	{
		id: 'compare',
		title: 'Compare',
		about: 'two futures side by side, and what made them different',
		text: 'rows(68:cols(46:compare~events,27:rows(55:change~breakpoints,45:event~answers),27:rows(55:code~registers,45:checks~walk~console)),32:score)'
	}
];
