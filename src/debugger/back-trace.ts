/** A back trace as plain data: its frames, and what the words of the stack are. */
import type { SourceLine } from './dwarf/debug-info';

/** One frame of a back trace, innermost first. */
export interface Frame {
	readonly kind:
		/** A function. */
		| 'code'
		/** A function whose code the compiler put into the next frame's. */
		| 'inlined'
		/** A stub of the hypercall page. */
		| 'stub'
		/** The hypervisor, between the guest's instruction and the return to it. */
		| 'hypervisor';
	/** The instruction at which it goes on. */
	readonly pc: number;
	/** ESP with which it goes on. */
	readonly esp: number;
	/** ESP before it was called; null where that is not known. */
	readonly cfa: number | null;
	readonly ring: number;
	/** Function or label; '' without a name. */
	readonly name: string;
	/** Bytes from the function's start. */
	readonly offset: number;
	/** The line of `pc`, or of the call that has not come back. */
	readonly line: SourceLine | null;
	/** How it was found. */
	readonly how: 'now' | 'rules' | 'recorded' | 'known' | 'guess';
	/** Why it does not run now: `interrupted by upcall`, `trap bounced by Xen: vector 14, #PF`; '' for one that has called the frame before, or runs. */
	readonly because: string;
	/** The event that tells why, or -1. */
	readonly seq: number;
	/** Where its return address or the saved EIP of the frame before lies; null for the innermost. */
	readonly savedAt: number | null;
}

/** A word of the stack and what it is. */
export interface StackWord {
	readonly address: number;
	readonly what: string;
	readonly kind: 'return' | 'saved' | 'exception';
	/** Only guessed. */
	readonly guess: boolean;
}

/** Frames and words of one vcpu at one moment. */
export interface BackTrace {
	readonly frames: readonly Frame[];
	/** Ascending. */
	readonly words: readonly StackWord[];
	/** Why it goes no further. */
	readonly end: string;
}
