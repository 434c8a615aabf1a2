/** The pictures of domains: their event channels, vcpus, grants, and the store that they share. */
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
		| 'cut'
		| 'goesOn'
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

export interface SchedulerWords extends Said<
	| 'title'
	| 'detail'
	| 'shown'
	| 'less'
	| 'more'
	| 'label'
	| 'noneChosen'
	| 'choose'
	| 'noVcpu'
	| 'bar'
	| 'began'
	| 'vcpus'
	| 'deadlines'
	| 'noTimer'
	| 'vcpu'
	| 'state'
	| 'due'
	| 'every'
> {
	readonly columns: {
		readonly vcpus: readonly [
			vcpu: string,
			state: string,
			lasts: string,
			running: string,
			runnable: string,
			blocked: string,
			offline: string
		];
		readonly timers: readonly [left: string, what: string, whose: string, again: string];
	};
	/** Why a vcpu does not run. */
	readonly why: Said<'down' | 'domainPaused' | 'paused' | 'polls' | 'blocked'>;
	/** Who has the processor, for how long, and who is next. */
	readonly queue: Said<'line' | 'running' | 'idle' | 'left' | 'next' | 'nobody'>;
	/** A stretch of time: in a sentence, and in the bar itself. */
	readonly stretch: Said<'line' | 'longer' | 'label'>;
	/** Not all that was asked for is shown. */
	readonly cut: Plural;
	readonly legend: Said<'running' | 'runnable' | 'blocked' | 'now' | 'deadline'>;
}

export interface GrantsWords extends Said<
	| 'title'
	| 'list'
	| 'mappingList'
	| 'flags'
	| 'grantsNothing'
	| 'noTables'
	| 'heading'
	| 'detail'
	| 'noTable'
	| 'takenBack'
	| 'twin'
	| 'frame'
> {
	readonly columns: {
		readonly entries: readonly [ref: string, permits: string, to: string, frame: string, use: string];
		readonly mappings: readonly [handle: string, by: string, ref: string, frame: string, mapped: string];
	};
	/** What each bit of an entry's flags means. */
	readonly bits: Said<'type' | 'completed' | 'committed' | 'writing' | 'reading' | 'readonly'>;
	/** What an entry permits. */
	readonly permits: Said<'nothing' | 'access' | 'readOnly' | 'transfer' | 'transitive'>;
	readonly uses: Said<'line' | 'writable' | 'readOnly' | 'devices' | 'mapped' | 'times' | 'none' | 'marked'>;
	readonly remarks: Said<'console' | 'xenstore' | 'otherFrame' | 'notOwn' | 'arrived'>;
	/** How a grant of another domain is mapped, with which rights. */
	readonly mapping: Said<'line' | 'both' | 'tables' | 'devices' | 'readOnly' | 'writable'>;
}

export interface StoreWords extends Said<
	| 'title'
	| 'find'
	| 'findLabel'
	| 'label'
	| 'choose'
	| 'cut'
	| 'gone'
	| 'changed'
	| 'watch'
	| 'removed'
	| 'node'
	| 'twin'
	| 'twinValue'
> {
	readonly columns: readonly [node: string, value: string, rights: string, watchers: string];
	readonly notFound: Plural;
	readonly nodes: Plural;
	readonly bytes: Plural;
	readonly paths: Plural;
	readonly connection: Said<'line' | 'connected' | 'dead' | 'incoming' | 'outgoing'>;
	readonly transaction: Said<'line' | 'changed' | 'nothing' | 'change'>;
	readonly changes: Said<'write' | 'mkdir' | 'remove' | 'permissions'>;
	/** A node's value in quotation marks, or that there is none. */
	readonly value: Said<'some' | 'none'>;
	/** What others than the owner may do, all of them or one domain, by the letter of the protocol. */
	readonly others: Said<'n' | 'r' | 'w' | 'b'>;
	readonly single: Said<'n' | 'r' | 'w' | 'b'>;
	readonly listeners: Said<'some' | 'and' | 'none'>;
}
