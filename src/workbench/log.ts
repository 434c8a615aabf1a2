/**
 * What came from outside while a run went on. Scenario and log together decide every moment: whoever has
 * both can make the run again.
 */
import type { RegisterName } from '../x86/registers';

/** Typed on a domain's console at exactly this instruction count. */
export interface LoggedInput {
	icount: number;
	/** Events recorded by then, where the processor waited and nothing was due; at the first moment of `icount` when left out. */
	seq?: number;
	dom: number;
	text: string;
}

/** The past was changed here: from this moment on the run is another one. */
export interface LoggedChange {
	icount: number;
	/** Events recorded at that moment, where `icount` alone does not tell it. */
	seq?: number;
	change: Change;
}

export type LogEntry = LoggedInput | LoggedChange;

export const isChange = (entry: LogEntry): entry is LoggedChange => 'change' in entry;

/** Most bytes in one change, and most times that something is overruled. */
export const MOST_BYTES = 4096;
export const MOST_TIMES = 1_000_000;

/** One thing that a learner may make different. Numbers are unsigned. */
export type Change =
	| { readonly kind: 'register'; readonly name: RegisterName; readonly value: number }
	/** Bytes in RAM; linear addresses go through the page tables of that moment, whatever their rights. */
	| {
			readonly kind: 'memory';
			readonly space: 'linear' | 'physical';
			readonly address: number;
			readonly bytes: readonly number[];
	  }
	/** A page-table entry, by the frame of its table; the TLB keeps what it holds. */
	| { readonly kind: 'pte'; readonly mfn: number; readonly index: number; readonly low: number; readonly high: number }
	/** The pending or mask bit of an event channel. */
	| {
			readonly kind: 'port';
			readonly dom: number;
			readonly port: number;
			readonly bit: 'pending' | 'masked';
			readonly set: boolean;
	  }
	/** The hypervisor answers yes to this question (a name of CHECKS) whatever the truth is, the next `times` times it would say no. */
	| { readonly kind: 'skip_check'; readonly check: string; readonly times: number }
	/** The `nth` answer to this question from here on, yes or no, is taken for the other one. */
	| { readonly kind: 'turn_answer'; readonly check: string; readonly nth: number }
	/** The next `times` TLB flushes of the hypervisor do not happen. */
	| { readonly kind: 'skip_flush'; readonly times: number }
	/** The next `times` events sent to this port of this domain are lost. */
	| { readonly kind: 'drop_event'; readonly dom: number; readonly port: number; readonly times: number };
