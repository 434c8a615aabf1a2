/** The pictures of domains: their event channels. */
import type { Plural } from '../template';
import type { Said } from './said';

export interface ChannelsWords extends Said<
	| 'title'
	| 'detail'
	| 'label'
	| 'noneChosen'
	| 'choose'
	| 'noPort'
	| 'programs'
	| 'withQueues'
	| 'lastEvent'
	| 'stage'
	| 'due'
	| 'port'
	| 'native'
> {
	/** What a port is bound to, in few letters. */
	readonly bound: Said<'interdomain' | 'unbound' | 'virq' | 'ipi' | 'free' | 'reserved' | 'pirq'>;
	/** The same in a sentence. */
	readonly what: Said<'interdomain' | 'unbound' | 'virq' | 'ipi'>;
	readonly vcpu: Said<
		| 'line'
		| 'pending'
		| 'notPending'
		| 'masked'
		| 'open'
		| 'words'
		| 'noBlock'
		| 'polls'
		| 'blocked'
		| 'noCallback'
		| 'queue'
		| 'empty'
	>;
	/** Where a port stands in its queue, in few letters. */
	readonly queue: Said<'none' | 'apart' | 'before' | 'tail'>;
	/** The same in a sentence. */
	readonly place: Said<'none' | 'apart' | 'before' | 'last'>;
	/** What a domain can see of a port. */
	readonly bits: Said<'line' | 'withPlace' | 'pending' | 'notPending' | 'masked' | 'notMasked'>;
	/** The way of an event. */
	readonly stages: Said<'sends' | 'raised' | 'pending' | 'pendingMasked' | 'entered'>;
	readonly domain: Said<'line' | 'withQueues' | 'none'>;
	readonly ports: Plural;
	readonly legend: Said<'pending' | 'masked' | 'changed' | 'queue'>;
}
