/**
 * What a language has to say, by the identifiers of what is told: an event's kind, a question's name. Each language is one folder whose
 * exports have these types, so a word that is missing or left over does not compile.
 */
import type {
	CheckName,
	CRASH_REASONS,
	EventKind,
	FinalReason,
	FRAME_DROPS,
	FRAME_FAULTS,
	HAND_CHANGES,
	OVERRULED,
	RUNSTATES,
	TLB_FLUSH_CAUSES
} from '../trace/events';
import type { Plural, Template } from './template';
import type { ProfileWords } from './costs';
import type { QueryWords } from './query';
import type { ViewWords } from './views';
import type { ChangeWords, InspectWords, WhoWords } from './workbench';

/** A word for each name of a list of the catalogue. */
type Named<List extends readonly string[]> = { readonly [Name in List[number]]: string };

/** What a kind of event is called. */
export interface EventWords {
	/** Title in the pictures and the text twin. */
	readonly title: string;
	/** What it means, one sentence for a learner. */
	readonly about: string;
}

/** How a question of the hypervisor is put. */
export interface CheckWords {
	/** The question, put so that `yes` is the answer that lets the guest go on. */
	readonly question: string;
	/** What the two recorded values are; '' where there is none. What stands in brackets says how the value is packed. */
	readonly values: readonly [a: string, b: string];
}

/** The questions of one table of the catalogue. */
export type CheckTable<Rows> = { readonly [Name in keyof Rows]: CheckWords };

/** Names for the numbers that events carry, which Xen or the SDM has no names for. */
export interface Names {
	readonly crashes: Named<typeof CRASH_REASONS>;
	readonly runstates: Named<typeof RUNSTATES>;
	readonly flushes: Named<typeof TLB_FLUSH_CAUSES>;
	readonly drops: Named<typeof FRAME_DROPS>;
	readonly faults: Named<typeof FRAME_FAULTS>;
	readonly changes: Named<typeof HAND_CHANGES>;
	readonly overruled: Named<typeof OVERRULED>;
	/** A domain in a sentence, by its number or by what a reserved number (xen.h: DOMID_*) stands for. */
	readonly domain: Template;
	readonly domains: { readonly [Of in 'self' | 'io' | 'xen' | 'invalid' | 'idle']: string };
	readonly ring: Template;
	readonly noRing: string;
	readonly yes: string;
	readonly no: string;
}

/** Kinds that can be told with fewer arguments than they have: traces of other programs do not carry all. */
export type PartialKind =
	| 'hypercall'
	| 'subcall'
	| 'bounce'
	| 'emulate'
	| 'forced_cpuid'
	| 'grant_map'
	| 'grant_unmap'
	| 'grant_transfer'
	| 'domain_create';

/** Kinds whose sentence has a count. */
export type CountedKind =
	| 'tlb_flush'
	| 'disk_data'
	| 'disk_dma'
	| 'frame_sent'
	| 'frame_received'
	| 'frame_dropped'
	| 'frame_fault'
	| 'grant_copy'
	| 'domain_create'
	| 'console_output'
	| 'console_input';

/** What sentences are put together from. */
export interface Phrases {
	readonly trap: { readonly [Part in 'gate' | 'software' | 'at' | 'before' | 'error' | 'stays' | 'goes']: Template };
	/** A page fault's error code: `what`, put together from the others. */
	readonly fault: {
		readonly [
			Part in 'what' | 'user' | 'supervisor' | 'fetch' | 'write' | 'read' | 'reserved' | 'forbidden' | 'absent'
		]: Template;
	};
	readonly outcome: { readonly [Of in 'open' | 'done' | 'refused' | 'result']: Template };
	readonly update: { readonly [Of in 'extended' | 'address' | 'entry']: Template };
	readonly answer: { readonly [Of in 'bare' | 'values' | 'yes' | 'no']: Template };
	readonly frame: { readonly [Of in 'same' | 'becomes']: Template };
	readonly emulated: { readonly [Of in 'passed' | 'done']: Template };
	readonly grant: {
		readonly [Of in 'map' | 'unmap' | 'replace' | 'copy' | 'transfer' | 'swap' | 'other']: Template;
	};
	readonly mapped: { readonly [Of in 'writable' | 'readOnly' | 'device' | 'deviceReadOnly']: Template };
	readonly pending: { readonly [Of in 'port' | 'vcpu' | 'masked' | 'vcpuMasked']: Template };
	readonly portIo: { readonly [Of in 'read' | 'reads' | 'write' | 'writes']: Template };
	readonly upcalls: { readonly [Of in 'masked' | 'open']: Template };
	readonly vcpu: Template;
	readonly timer: { readonly [Of in 'periodic' | 'oneShot']: Template };
	/** A line's new level. */
	readonly line: { readonly [Of in 'high' | 'low']: Template };
	/** What a disk is asked for, which way data goes, and how a command ends. */
	readonly disk: {
		readonly [Of in 'bare' | 'extent' | 'from' | 'to' | 'into' | 'outOf' | 'done' | 'failed']: Template;
	};
	readonly xenstore: { readonly error: Template; readonly bytes: Plural };
	/** What was changed by hand. */
	readonly change: {
		readonly [
			Of in
				| 'register'
				| 'anyRegister'
				| 'entry'
				| 'port'
				| 'check'
				| 'turn'
				| 'turnNth'
				| 'flush'
				| 'event'
				| 'portBits'
				| 'pendingCleared'
				| 'pendingSet'
				| 'maskCleared'
				| 'maskSet'
				| 'other'
		]: Template;
	} & { readonly memory: Plural; readonly times: Plural };
	readonly overruled: {
		readonly [Of in 'check' | 'yes' | 'flush' | 'flushPage' | 'event' | 'other']: Template;
	};
}

/** Why something was refused, or trapped. */
export interface WhyWords {
	readonly open: Template;
	readonly passed: Plural;
	readonly refused: Template;
	readonly refusedValues: Template;
	readonly refusedUnasked: Template;
	readonly overruled: Plural;
	readonly raised: Template;
	readonly walkEnds: Template;
	readonly facts: { readonly [Of in 'ring' | 'eip' | 'address' | 'level' | 'error' | 'selector']: Template };
	readonly entry: Template;
	readonly entryBits: {
		readonly [Of in 'present' | 'absent' | 'writable' | 'readOnly' | 'user' | 'supervisor']: string;
	};
	/** Bits of a page fault's error code (SDM vol. 3, 4.7). */
	readonly faultBits: {
		readonly [Of in 'present' | 'absent' | 'write' | 'read' | 'user' | 'supervisor' | 'reserved' | 'fetch']: string;
	};
	/** What an error code names (SDM vol. 3, 6.13). */
	readonly selectors: { readonly [Of in 'gate' | 'none' | 'descriptor']: Template };
}

/** The processor's rules, by the exception that is raised where one is broken; those of #PF and #GP by what they are about. */
export type RuleName =
	| 'de'
	| 'db'
	| 'nmi'
	| 'bp'
	| 'of'
	| 'br'
	| 'ud'
	| 'nm'
	| 'df'
	| 'ts'
	| 'np'
	| 'ss'
	| 'mf'
	| 'ac'
	| 'xm'
	| 'int'
	| 'pfReserved'
	| 'pfPresent'
	| 'pfExecute'
	| 'pfKernelWrite'
	| 'pfUserWrite'
	| 'pfUserRead'
	| 'gpGate'
	| 'gpSelector'
	| 'gpSegment'
	| 'gpPrivilege';

/** How an event followed from another. */
export type JointName = 'self' | 'led' | 'inside' | 'scheduled' | 'armed' | 'returns' | 'changed';

/** What led to an event. */
export interface CauseWords {
	/** What stands before the cause in a chain, and before the effect in a list of effects. */
	readonly joints: { readonly [Of in JointName]: { readonly cause: string; readonly effect: string } };
	/** What the first event of a chain itself came from. */
	readonly roots: {
		readonly [Of in 'change' | 'typed' | 'time' | 'instruction' | 'toolstack' | 'before' | 'unknown']: Template;
	};
	/** Whose instruction it was. */
	readonly whose: { readonly [Of in 'hypervisor' | 'process' | 'kernel']: Template };
}

/** A language. */
export interface Language {
	/** Whose digits, groups, decimal mark and plurals are meant, as Intl knows it (BCP 47). */
	readonly locale: string;
	readonly events: { readonly [Kind in EventKind]: EventWords };
	readonly checks: { readonly [Name in CheckName]: CheckWords };
	/** Why a question cannot be overruled. */
	readonly finals: { readonly [Reason in FinalReason]: string };
	readonly names: Names;
	/** What happened, one sentence an event, without its final stop. Its places are the event's arguments, and phrases. */
	readonly sentences: { readonly [Kind in Exclude<EventKind, CountedKind>]: Template } & {
		/** Those that tell how many: the form goes with the count. */
		readonly [Kind in CountedKind]: Plural;
	};
	readonly partial: { readonly [Kind in PartialKind]: Template };
	readonly phrases: Phrases;
	readonly why: WhyWords;
	readonly rules: { readonly [Name in RuleName]: Template };
	readonly causes: CauseWords;
	/** What is said of a machine that is looked at, of who changed it, and of what is changed by hand. */
	readonly inspect: InspectWords;
	readonly who: WhoWords;
	readonly changes: ChangeWords;
	/** What the cost profiles are called; what is said of the rows of their tables is loaded apart (`costs.ts`). */
	readonly profiles: ProfileWords;
	/** What is told of what may stand in a query. */
	readonly query: QueryWords;
	/** What the pictures say. */
	readonly views: ViewWords;
}
