/** What the workbench says of a machine that it looks at, of who changed it, and of what is changed by hand. */
import type { Plural, Template } from './template';
import type { Said } from './views/said';

export interface InspectWords {
	/** A step of a page walk: what picks the entry, and what it says. */
	readonly walk: Said<'frame' | 'large' | 'absent'> & { readonly tables: Said<'l3' | 'l2' | 'l1'> };
	/** What has a deadline. */
	readonly timers: Said<'slice' | 'calibration' | 'watchdog' | 'oneShot' | 'poll' | 'tick'>;
	/** What holds a frame beside page-table entries. */
	readonly holders: Said<
		| 'allocated'
		| 'pinned'
		| 'devices'
		| 'sharedInfo'
		| 'grantTable'
		| 'eventWords'
		| 'root'
		| 'gdt'
		| 'ldt'
		| 'vcpuInfo'
		| 'controlBlock'
	> & { readonly mapped: Plural };
	/** Where structures lie: whose, and their names where the public interface has none for them. */
	readonly places: Said<
		'place' | 'trapFrame' | 'tss' | 'vcpuInfo' | 'consoleRing' | 'xenstoreRing' | 'grantTable' | 'l3Table'
	>;
	readonly vcpu: Said<'line' | 'gone' | 'crashed' | 'shutDown' | 'paused'>;
	readonly truths: TruthRowWords;
	readonly errors: Said<'length' | 'frame' | 'noFrameNumber' | 'inspector'>;
}

/** Rows of the two truths: what is compared, and why it differs. */
interface TruthRowWords {
	readonly what: Said<TruthId>;
	readonly notes: Said<TruthId | 'ringOfXen' | 'ringOfProgram'>;
	readonly values: Said<
		| 'ring'
		| 'ringOfXen'
		| 'below'
		| 'masked'
		| 'on'
		| 'off'
		| 'none'
		| 'noHandlers'
		| 'gates'
		| 'xenFirst'
		| 'noRoot'
		| 'frame'
		| 'flat'
		| 'entries'
		| 'entriesAt'
		| 'all'
		| 'upTo'
		| 'noPage'
		| 'page'
		| 'notMapped'
	> & { readonly handlers: Plural; readonly pages: Plural; readonly frames: Plural };
}

/** Ids of the rows of the two truths. */
type TruthId = 'ring' | 'iopl' | 'cr0' | 'cr4' | 'if' | 'idt' | 'pf' | 'cr2' | 'cr3' | 'gdt' | 'limit' | 'ram' | 'code';

export interface WhoWords {
	/** What is asked about. */
	readonly targets: Said<'pte' | 'frame' | 'pending' | 'masked' | 'ring'> & {
		readonly memory: Plural;
		readonly disk: Plural;
		readonly wire: Plural;
	};
	readonly spaces: Said<'linear' | 'physical'>;
	/** Who wrote. */
	readonly writers: Said<
		| 'instruction'
		| 'hypervisor'
		| 'asked'
		| 'walk'
		| 'delivery'
		| 'device'
		| 'dma'
		| 'disk'
		| 'card'
		| 'outside'
		| 'hand'
		| 'nobody'
	>;
	/** Whose instruction it was, by its ring. */
	readonly whose: Said<'hypervisor' | 'kernel' | 'ring2' | 'process'>;
	/** A value where it is no number. */
	readonly values: Said<'frame' | 'pending' | 'notPending' | 'masked' | 'open'>;
	readonly by: Template;
	readonly never: Template;
	readonly last: Template;
	/** Of bytes on the wire, which were nothing before. */
	readonly sent: Template;
	readonly outside: Template;
	/** `n` writes changed nothing. */
	readonly unchanged: Plural;
	/** Writes since then that changed nothing, and those that marked an entry only. */
	readonly later: Plural;
	readonly laterMarked: Plural;
	readonly mapped: Template;
	readonly errors: Said<
		| 'register'
		| 'frame'
		| 'captured'
		| 'inFrame'
		| 'length'
		| 'address'
		| 'unmapped'
		| 'beyond'
		| 'domain'
		| 'port'
		| 'word'
		| 'rings'
		| 'index'
		| 'entry'
		| 'disk'
		| 'sector'
		| 'within'
	>;
}

/** What is changed by hand, one line without a final stop. */
export interface ChangeWords extends Said<
	'register' | 'memory' | 'pte' | 'pendingSet' | 'pendingCleared' | 'maskedSet' | 'maskedCleared'
> {
	readonly check: Plural;
	readonly turn: Plural;
	readonly flush: Plural;
	readonly event: Plural;
	/** Bytes, of which only the first are spelled out. */
	readonly bytes: Plural;
}
