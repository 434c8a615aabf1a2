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
			'rows(71:cols(36:rows(62:code,38:console~memory),26:rows(64:registers~stack~breakpoints,36:event~answers~change~bookmarks),' +
			'38:rows(48:events~compare,52:checks~trap~walk~truths~frames~space)),29:score)'
	},
	{
		id: 'memory',
		title: 'Memory',
		about: 'page tables, frames, TLB and memory at the cursor',
		text:
			'rows(70:cols(34:rows(50:walk~mappers~descriptors,50:code~registers~stack),34:rows(50:frames~tlb,50:memory~structures),' +
			'32:rows(50:truths~space,50:checks~event~answers)),30:score)'
	},
	{
		id: 'scheduling',
		title: 'Events & scheduling',
		about: 'who runs, who waits, and what passes between domains',
		text: 'rows(38:score,62:cols(34:rows(55:scheduler~grants,45:console~xenstore),33:channels~event~answers,33:events~code~registers))'
	},
	{
		id: 'compare',
		title: 'Compare',
		about: 'two futures side by side, and what made them different',
		text: 'rows(68:cols(46:compare~events,27:rows(55:change~breakpoints,45:event~answers),27:rows(55:code~registers,45:checks~walk~console)),32:score)'
	}
];
