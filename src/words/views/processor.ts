/** The pictures of what the processor reads and does: descriptor tables, traps, and what a guest believes of it. */
import type { Plural, Template } from '../template';
import type { Said } from './said';

export interface DescriptorsWords extends Said<
	'title' | 'detail' | 'absent' | 'idle' | 'ofWhom' | 'withSelector' | 'noLdt' | 'andOn' | 'twin'
> {
	readonly columns: {
		readonly segments: readonly [
			selector: string,
			what: string,
			base: string,
			last: string,
			dpl: string,
			users: string
		];
		readonly idt: readonly [
			vector: string,
			gate: string,
			dpl: string,
			handler: string,
			handlerDpl: string,
			upcalls: string
		];
		readonly tss: readonly [field: string, value: string, what: string];
	};
	readonly titles: Said<'gdt' | 'ldt' | 'idt' | 'tss'>;
	/** Where a table lies; `n` is its size in bytes. */
	readonly at: Plural;
	readonly handlers: Plural;
	readonly idt: Said<'registered' | 'noHandler' | 'noGuest'>;
	/** Whether a handler of the guest is entered with upcalls masked. */
	readonly upcalls: Said<'masked' | 'unchanged'>;
	readonly tss: Said<'at' | 'esp0' | 'esp1' | 'ioBitmap' | 'deniesAll' | 'opens'>;
	/** What a gate is called beside the address that it leads to. */
	readonly gates: Said<
		'code' | 'data' | 'ldt' | 'tss' | 'call gate' | 'task gate' | 'interrupt gate' | 'trap gate' | 'reserved'
	>;
	/** System descriptors (SDM vol. 3, table 3-2). */
	readonly system: Said<
		| 'TSS16'
		| 'LDT'
		| 'TSS16_BUSY'
		| 'CALL_GATE16'
		| 'TASK_GATE'
		| 'INTERRUPT_GATE16'
		| 'TRAP_GATE16'
		| 'TSS32'
		| 'TSS32_BUSY'
		| 'CALL_GATE32'
		| 'INTERRUPT_GATE32'
		| 'TRAP_GATE32'
	>;
	readonly reserved: Template;
	/** Code and data, with the odd ones among them (SDM vol. 3, table 3-1), and what they permit. */
	readonly segments: Said<'code' | 'conforming' | 'data' | 'expandsDown'>;
	readonly rights: Said<'executeRead' | 'execute' | 'readWrite' | 'read'>;
}

export interface TrapWords extends Said<'title' | 'detail' | 'errorCode' | 'word' | 'line' | 'passed' | 'refused'> {
	/** Why no trap led here: who has the processor. */
	readonly none: Said<'xen' | 'boot' | 'guest' | 'idle' | 'partial'>;
	/** Said of the sign at a stage. */
	readonly signs: Said<'passed' | 'refused'>;
	/** Heads of the stages; `n` words are pushed. */
	readonly stages: Said<'interrupt' | 'instruction' | 'exception' | 'gate' | 'privilege' | 'stack' | 'arrival'>;
	readonly words: Plural;
	readonly cause: Said<'vector' | 'named' | 'at' | 'error'>;
	readonly gate: Said<'line' | 'interrupt' | 'trap'>;
	readonly privilege: Said<'outside' | 'itself' | 'notAbove' | 'compared' | 'atLeast' | 'instruction'>;
	readonly stack: Said<'same' | 'left' | 'old'>;
	readonly arrival: Said<'eip' | 'esp'>;
}

export type TruthsWords = Said<
	'title' | 'detail' | 'guest' | 'machine' | 'same' | 'differs' | 'sameLine' | 'differsLine'
>;
