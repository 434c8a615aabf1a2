/** The pictures of devices in two halves. */
import type { Plural } from '../template';
import type { Said } from './said';

export interface RingWords extends Said<
	| 'title'
	| 'detail'
	| 'none'
	| 'which'
	| 'label'
	| 'noneChosen'
	| 'slots'
	| 'open'
	| 'slot'
	| 'choose'
	| 'index'
	| 'summary'
	| 'bad'
> {
	readonly protocols: Said<'blk' | 'tx' | 'rx'>;
	readonly states: Said<'free' | 'prepared' | 'waiting' | 'taken' | 'answered'>;
	/** What an index says. */
	readonly means: Said<
		'req_prod' | 'req_prod_pvt' | 'req_cons' | 'rsp_prod' | 'rsp_prod_pvt' | 'rsp_cons' | 'req_event' | 'rsp_event'
	>;
	readonly legend: Said<'front' | 'back' | 'own'>;
	readonly twin: Said<'shared' | 'own' | 'slot'>;
}

export interface DomainsWords extends Said<
	'title' | 'list' | 'name' | 'devices' | 'none' | 'device' | 'readonly' | 'gone'
> {
	readonly columns: readonly [name: string, id: string, mem: string, vcpus: string, state: string, time: string];
	/** By the letter of the state column. */
	readonly states: Said<'r' | 'b' | 'p' | 's' | 'c' | 'd'>;
	/** Where no letter stands. */
	readonly ready: string;
	/** By the type of a device. */
	readonly types: Said<'vbd' | 'vif'>;
}

export interface DeviceRegistersWords extends Said<
	'title' | 'none' | 'which' | 'source' | 'part' | 'bits' | 'allBits'
> {
	readonly columns: readonly [register: string, value: string, bits: string];
}

export interface DiskQueueWords extends Said<
	'title' | 'none' | 'which' | 'disk' | 'sector' | 'list' | 'command' | 'summary' | 'underWay' | 'failed' | 'done'
> {
	readonly columns: readonly [command: string, sector: string, count: string, jump: string, took: string, end: string];
	readonly legend: Said<'read' | 'write' | 'other'>;
}

export interface PacketsWords extends Said<
	| 'title'
	| 'detail'
	| 'none'
	| 'list'
	| 'way'
	| 'left'
	| 'card'
	| 'wire'
	| 'others'
	| 'row'
	| 'rowCost'
	| 'and'
	| 'step'
	| 'first'
	| 'part'
	| 'field'
	| 'right'
	| 'wrong'
	| 'unjudged'
	| 'headers'
	| 'source'
	| 'underWay'
> {
	/** What happened at a step, by PACKET_STEPS. */
	readonly steps: Said<
		| 'call'
		| 'slept'
		| 'event'
		| 'copy'
		| 'flip'
		| 'told'
		| 'upcall'
		| 'fill'
		| 'sent'
		| 'fault'
		| 'received'
		| 'dropped'
		| 'interrupt'
		| 'read'
	>;
	/** What was counted since the step before. */
	readonly costs: {
		readonly cycles: Plural;
		readonly hypercalls: Plural;
		readonly events: Plural;
		readonly copies: Plural;
		readonly flips: Plural;
		readonly ports: Plural;
		readonly switches: Plural;
	};
	/** Why a packet went no further. */
	readonly lost: Said<'rule' | 'card' | 'wire' | 'unknown'>;
	readonly legend: Said<'copy' | 'flip' | 'other' | 'lost'>;
}

export interface QueueOrderWords extends Said<
	| 'title'
	| 'none'
	| 'which'
	| 'disk'
	| 'came'
	| 'served'
	| 'travelled'
	| 'sector'
	| 'list'
	| 'summary'
	| 'request'
	| 'bare'
	| 'barrier'
	| 'wall'
	| 'own'
> {
	readonly columns: readonly [
		came: string,
		served: string,
		dom: string,
		batch: string,
		what: string,
		sector: string,
		count: string,
		state: string
	];
	readonly operations: Said<'read' | 'write' | 'flush'>;
	readonly states: Said<'waits' | 'runs' | 'done' | 'failed'>;
	readonly legend: Said<'read' | 'write' | 'flush' | 'waits' | 'batch' | 'wall'>;
}

export interface XenbusWords extends Said<'title' | 'none' | 'device' | 'list' | 'line'> {
	readonly columns: readonly [device: string, front: string, state: string, back: string, state: string, both: string];
	/** By XenbusState. */
	readonly states: readonly [
		unknown: string,
		initialising: string,
		initWait: string,
		initialised: string,
		connected: string,
		closing: string,
		closed: string,
		reconfiguring: string,
		reconfigured: string
	];
	/** What both states together say of a device. */
	readonly both: Said<'made' | 'offered' | 'asked' | 'works' | 'serves' | 'closing' | 'closed'>;
}
