/**
 * What memory management needs of the rest of the hypervisor, and nothing more: any object of this
 * shape will do, so that the rules can be tested on plain RAM without a processor.
 * The Hypervisor (../hypervisor.ts) is one.
 */
import type { PhysicalMemory } from '../../hardware/memory';
import type { Recorder } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { AddressSpaces } from './address-space';
import type { FrameTable } from './frame-table';
import type { FrameHeap } from './heap';

/** What the hypervisor keeps of the processor on which a request is served (../core/pcpu.ts). */
export interface MmPcpu {
	/** The vcpu whose request it is, or null. */
	readonly current: Vcpu | null;
	/** Set when descriptors may have changed under loaded selectors. */
	reloadSegments: boolean;
}

/** The processor, as far as translations and time are concerned. */
export interface MmProcessor {
	/** EFER.NXE is on: bit 63 of an entry means no-execute, otherwise it is reserved (SDM vol. 3, 4.4.2). */
	readonly nx: boolean;
	/** Loads CR3 with a physical address; drops every translation that is not global. */
	loadCr3(address: number): void;
	/** Drops every translation that is not global. */
	flushAll(): void;
	/** INVLPG. */
	flushPage(address: number): void;
	/** Charges the cost of validating `entries` table entries. */
	validated(entries: number): void;
	/** Charges the cost of moving or clearing `bytes` bytes of memory. */
	moved(bytes: number): void;
	/** Virtual time since reset, seconds. */
	readonly time: number;
}

/** Guest memory, through the current page tables and with the rights of the guest's kernel. */
export interface GuestAccess {
	/** Whether `length` bytes at `address` stay below the hypervisor: the check that needs no page table. */
	accessible(address: number, length: number): boolean;
	/** The bytes, or null when some are not readable. */
	read(address: number, length: number): DataView | null;
	/** Reads as many words as `into` holds; false when some are not readable. */
	words(address: number, into: Uint32Array): boolean;
	/** False, with nothing changed, when some are not writable. */
	write(address: number, bytes: Uint8Array): boolean;
}

/** A grant that a domain has mapped. */
export interface Lending {
	/** Whose page tables, or devices, it is for. */
	readonly mapper: number;
	readonly mfn: number;
	readonly writable: boolean;
	/** An L1 entry of the mapper's was written for it, and holds what an entry holds. */
	readonly host: boolean;
	/** A device may be given its address: a plain reference, and a writable one if it may write. */
	readonly device: boolean;
}

/** What grants and the toolstack hold of frames. */
export interface MappedFrames {
	/** Frames on which the toolstack holds references of its own: one plain and one writable each time. */
	readonly mapped: ReadonlyMap<number, number>;
	/** Every grant that is mapped. */
	lendings(): Iterable<Lending>;
	/** What does not fit together in the grant tables themselves, one sentence each. */
	disagreements(): string[];
}

/** One page of Xen's own, mapped in every address space for ring 0. */
export interface XenMapping {
	readonly virt: number;
	readonly mfn: number;
	readonly writable: boolean;
	readonly executable: boolean;
}

/** A type of frame whose contents matter. */
export interface TableType {
	/** Takes what the contents refer to. @returns 0, or -errno with nothing taken */
	validate(mm: Mm, mfn: number): number;
	/** Gives it back. */
	release?(mm: Mm, mfn: number): void;
}

/** The rest of the hypervisor, as memory management sees it. */
export interface Mm {
	readonly machine: { readonly memory: PhysicalMemory };
	readonly recorder: Recorder;
	readonly domains: Map<number, Domain>;
	/** The processor that it works on. */
	readonly pcpu: MmPcpu;
	/** The types whose contents matter, by TYPE (`table-types.ts`): a table's type rests on those of what it refers to. */
	tables: Readonly<Partial<Record<number, TableType>>>;
	frames: FrameTable;
	heap: FrameHeap;
	spaces: AddressSpaces;
	readonly xenPages: readonly XenMapping[];
	/** CR3 of the address space that holds nothing but Xen. */
	idleCr3: number;
	/** While above zero, `ask` records refusals only. */
	quiet: number;
	readonly processor: MmProcessor;
	readonly guest: GuestAccess;
	readonly grants?: MappedFrames;
	/** What does not fit together about interrupt lines, one sentence each. */
	irqDisagreements?(): string[];
	/** Records a decision, a number of CHECK, and returns its answer. */
	ask(check: number, answer: boolean, a?: number, b?: number): boolean;
	/**
	 * Gives a long batch back to the guest unfinished, to be called again with `args`; its return value
	 * is that of the hypercall. Without it batches run to their end.
	 */
	continueHypercall?(v: Vcpu, args: readonly number[]): number;
}

/** Special owners of frames, and the first address that no guest page table maps. */
export { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
export { DOMID_INVALID, DOMID_IO, DOMID_SELF, DOMID_XEN } from '../../abi/structs/xen';
