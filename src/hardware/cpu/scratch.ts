import { Descriptor } from './descriptors';
import { StackFrame } from './stack';

/**
 * Descriptors that a processor reads, and frames that it builds, on its way through one instruction or event. They are made once, since
 * gates are passed too often to make them anew, and belong to the processor: another one may run while this one waits for a device. A
 * file has its own, since its functions call those of others on the way. Nothing is left in them for the next instruction, so they are no
 * part of a snapshot.
 */
export class Scratch {
	/** Through the IDT and back (interrupts.ts). */
	readonly interrupts = {
		gate: new Descriptor(),
		code: new Descriptor(),
		stack: new Descriptor(),
		frame: new StackFrame()
	};
	/** Far jumps, calls and returns (transfers.ts); what a call gate copies from stack to stack. */
	readonly transfers = {
		target: new Descriptor(),
		code: new Descriptor(),
		stack: new Descriptor(),
		frame: new StackFrame(),
		parameters: [] as number[]
	};
	/** Switches of tasks (tasks.ts), and the stack that a TSS names. */
	readonly tasks = {
		next: new Descriptor(),
		ldt: new Descriptor(),
		code: new Descriptor(),
		stack: new Descriptor(),
		data: new Descriptor(),
		pointer: { ss: 0, esp: 0 }
	};
	/** Loads of data segments, and questions about them (segments.ts). */
	readonly segment = new Descriptor();
	/** LLDT and LTR (system.ts). */
	readonly system = new Descriptor();
}
