/** The pictures of address spaces. */
import type { Plural } from '../template';
import type { Said } from './said';

export interface WalkWords extends Said<
	| 'title'
	| 'detail'
	| 'label'
	| 'table'
	| 'notPresent'
	| 'noPage'
	| 'ends'
	| 'nothing'
	| 'none'
	| 'page'
	| 'owner'
	| 'counts'
	| 'pfn'
	| 'physical'
	| 'address'
	| 'step'
	| 'goal'
> {
	/** A field of the address, with and without room. */
	readonly fields: Said<'level' | 'levelShort' | 'offset' | 'offsetShort'>;
	/** How an entry is changed. */
	readonly changes: Said<'written' | 'asked' | 'refused'>;
}

export interface SpaceWords extends Said<
	'title' | 'detail' | 'label' | 'limit' | 'part' | 'twinPart' | 'twinLimit' | 'eip' | 'address' | 'pointer'
> {
	readonly labels: Said<'gap' | 'guest' | 'table' | 'm2p' | 'xen' | 'reserved'>;
	/** What is told of a part; `pages` stands for how many are mapped. */
	readonly details: Said<'gap' | 'xen' | 'm2p' | 'readOnly' | 'tables'>;
	readonly pages: Plural;
}
