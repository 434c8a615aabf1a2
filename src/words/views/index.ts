/** What the pictures say, a type a picture. */
import type { EventKind } from '../../trace/events';
import type { Plural, Template } from '../template';
import type { ChannelsWords, GrantsWords, SchedulerWords, StoreWords } from './domains';
import type {
	DeviceRegistersWords,
	DiskQueueWords,
	DomainsWords,
	PacketsWords,
	QueueOrderWords,
	RingWords,
	XenbusWords
} from './devices';
import type { DescriptorsWords, TrapWords, TruthsWords } from './processor';
import type { SpaceWords, WalkWords } from './memory';
import type { Said } from './said';
import type { StructuresWords } from './structures';

/** Kinds of event that the score marks. */
export type MarkedKind = Exclude<
	EventKind,
	| 'interrupt'
	| 'far_return'
	| 'ring_change'
	| 'tlb_flush'
	| 'disk_data'
	| 'math_state'
	| 'event_pending'
	| 'iret'
	| 'runstate'
	| 'timer_set'
	| 'domain_create'
	| 'console_input'
	| 'xenstore'
>;

/** Of these the mark's word is a name: of an exception, of a call. */
type Named = 'trap' | 'hypercall' | 'subcall' | 'check' | 'disk_command' | 'disk_done';

/** What all pictures share. */
export interface SharedWords {
	/** Whose ring a colour means. */
	readonly tones: Said<'user' | 'kernel' | 'xen' | 'hw'>;
	/** Reserved numbers of domains (xen.h: DOMID_*), in few letters. */
	readonly domains: Said<'idle' | 'xen' | 'io' | 'invalid'>;
	readonly vcpu: Template;
	/** What the text twin and the button for it are called for those who hear the page, and the button itself. */
	readonly twin: Said<'list' | 'button' | 'showText' | 'showPicture'>;
	/** Tables: the head of a column without a name, and a row that is other than a moment ago, as it is heard and as it is read. */
	readonly rows: Said<'unnamed' | 'heardChanged' | 'bitChanged' | 'cell' | 'changed'>;
	/** A question that several of them answer. */
	readonly whoMaps: Template;
	/** Of a chosen entry that is shown bit by bit. */
	readonly bits: Template;
}

export interface ScoreWords extends Said<
	'title' | 'value' | 'label' | 'recording' | 'axis' | 'axisApart' | 'crossings'
> {
	/** The word at the mark of one event. Its places are domains among the event's arguments, and what `score/words.ts` puts together. */
	readonly marks: Said<Exclude<MarkedKind, Named>>;
	/** The word at the mark of several events, and what they are called where they are counted. */
	readonly together: { readonly [Kind in MarkedKind]: { readonly mark: string; readonly many: string } };
	/** Where the answer was no: at the mark of a decision or call, and where they are counted. */
	readonly refused: Said<'answer' | 'decision' | 'decisions' | 'call' | 'calls' | 'one'>;
	readonly found: Said<'here' | 'bare'>;
	/** Names of the staves: alone and among several domains, long and short. */
	readonly staves: Said<
		| 'user'
		| 'userOf'
		| 'userShort'
		| 'userOfShort'
		| 'kernel'
		| 'kernelShort'
		| 'kernelOfShort'
		| 'userOthers'
		| 'userOthersShort'
		| 'kernelOthers'
		| 'kernelOthersShort'
		| 'xen'
		| 'xenShort'
		| 'hw'
		| 'hwShort'
	>;
	readonly twin: Said<
		| 'sight'
		| 'sightTime'
		| 'shares'
		| 'share'
		| 'percent'
		| 'little'
		| 'user'
		| 'kernel'
		| 'xen'
		| 'hw'
		| 'counted'
		| 'countedOf'
		| 'countedRing'
		| 'countedTogether'
		| 'others'
	>;
	/** Where not all domains have staves of their own: which of them have. */
	readonly which: Said<'button' | 'about' | 'usual'>;
}

export interface ChecksWords extends Said<
	| 'title'
	| 'veiled'
	| 'overrule'
	| 'overruleThis'
	| 'overruled'
	| 'list'
	| 'yes'
	| 'no'
	| 'show'
	| 'hide'
	| 'lines'
	| 'hideLines'
	| 'line'
	| 'lineValues'
	| 'about'
	| 'back'
	| 'boot'
	| 'interrupt'
	| 'meanwhile'
	| 'fold'
	| 'foldOne'
	| 'unfold'
	| 'refold'
	| 'outcome'
	| 'source'
	| 'nowhere'
	| 'notLoaded'
	| 'rule'
> {
	/** Why nothing was asked. */
	readonly nothing: Said<'call' | 'trap' | 'interrupt' | 'boot' | 'guest' | 'direct' | 'idle'>;
	/** What the hypervisor did in the end. */
	readonly deeds: Said<
		'emulated' | 'stepped' | 'cpuid' | 'written' | 'bounced' | 'upcall' | 'failsafe' | 'descriptors' | 'fpu' | 'crashed'
	>;
	/** How many questions there are. */
	readonly asked: Plural;
	/** What a press shows of a list that was cut. */
	readonly more: Plural;
}

export interface CausesWords extends Said<'title' | 'detail' | 'choose'> {
	/** How many effects are not shown. */
	readonly more: Plural;
	readonly moreAtLeast: Plural;
	/** What a station is to the event: beside it for those who hear the page, and at the head of its line in the twin. */
	readonly parts: Said<'self' | 'cause' | 'effect'>;
	readonly lines: Said<'self' | 'cause' | 'effect' | 'effectJoint'>;
}

export interface CompareWords extends Said<
	| 'title'
	| 'detail'
	| 'earlier'
	| 'later'
	| 'at'
	| 'list'
	| 'first'
	| 'firstLine'
	| 'line'
	| 'changedLine'
	| 'missing'
	| 'more'
	| 'nothingMore'
	| 'same'
	| 'sameSoFar'
	| 'differs'
	| 'onlyHas'
	| 'changed'
	| 'only'
	| 'upToHere'
	| 'summary'
> {
	readonly stands: Said<'same' | 'changed' | 'only'>;
	readonly alike: Plural;
	readonly moreAlike: Plural;
	readonly beyond: Plural;
}

export type RegistersWords = Said<
	'title' | 'mode' | 'halted' | 'processor' | 'line' | 'changed' | 'flags' | 'noFlags' | 'set' | 'clear'
>;

export interface TlbWords extends Said<
	| 'title'
	| 'stale'
	| 'nothingStale'
	| 'noneStale'
	| 'array'
	| 'detail'
	| 'place'
	| 'empty'
	| 'emptied'
	| 'entry'
	| 'newEntry'
	| 'movedTo'
	| 'counter'
	| 'counterMore'
	| 'sets'
	| 'noneChosen'
	| 'walk'
	| 'choose'
> {
	readonly staleCount: Plural;
	/** How an entry stands to the page tables. */
	readonly agreement: Said<'agrees' | 'narrower' | 'wider' | 'moved' | 'gone'>;
	readonly rights: Said<'writable' | 'readOnly' | 'user' | 'kernel' | 'global' | 'clean' | 'noExecute'>;
	readonly counters: Said<'hits' | 'dataMisses' | 'codeMisses' | 'flushed'>;
	readonly legend: Said<'xen' | 'kernel' | 'user' | 'readOnly' | 'writable' | 'global' | 'stale'>;
}

export interface FramesWords extends Said<
	| 'title'
	| 'detail'
	| 'run'
	| 'frame'
	| 'framePinned'
	| 'known'
	| 'changed'
	| 'label'
	| 'noneChosen'
	| 'point'
	| 'other'
> {
	readonly types: Said<'free' | 'none' | 'descriptors'>;
	readonly legend: Said<'writable' | 'l1' | 'l2' | 'l3' | 'descriptors' | 'xen' | 'io' | 'free'>;
}

export interface MappersWords extends Said<
	| 'title'
	| 'list'
	| 'nowhere'
	| 'more'
	| 'spaces'
	| 'table'
	| 'writable'
	| 'readOnly'
	| 'user'
	| 'noRam'
	| 'free'
	| 'owner'
	| 'ownerPage'
	| 'noType'
	| 'lastType'
	| 'pinned'
	| 'gone'
	| 'frame'
	| 'unnamed'
	| 'beside'
	| 'besideHead'
	| 'walk'
	| 'whoMaps'
> {
	/** What a press shows of the addresses that can be walked. */
	readonly walkMore: Plural;
	readonly columns: readonly [
		linear: string,
		entry: string,
		table: string,
		says: string,
		rights: string,
		whose: string
	];
	readonly uses: Plural;
	readonly references: Plural;
}

export interface ViewWords {
	/** What the pictures of a stage are called, by the names that lessons give them. */
	readonly titles: Said<
		| 'trap'
		| 'walk'
		| 'frames'
		| 'space'
		| 'checks'
		| 'truths'
		| 'registers'
		| 'channels'
		| 'grants'
		| 'store'
		| 'ring'
		| 'devices'
		| 'packets'
	>;
	readonly ring: RingWords;
	readonly xenbus: XenbusWords;
	readonly domains: DomainsWords;
	readonly diskQueue: DiskQueueWords;
	readonly packets: PacketsWords;
	readonly queueOrder: QueueOrderWords;
	readonly deviceRegisters: DeviceRegistersWords;
	readonly shared: SharedWords;
	readonly score: ScoreWords;
	readonly checks: ChecksWords;
	readonly causes: CausesWords;
	readonly compare: CompareWords;
	readonly registers: RegistersWords;
	readonly tlb: TlbWords;
	readonly frames: FramesWords;
	readonly mappers: MappersWords;
	readonly walk: WalkWords;
	readonly space: SpaceWords;
	readonly descriptors: DescriptorsWords;
	readonly trap: TrapWords;
	readonly truths: TruthsWords;
	readonly channels: ChannelsWords;
	readonly scheduler: SchedulerWords;
	readonly grants: GrantsWords;
	readonly store: StoreWords;
	readonly structures: StructuresWords;
}
