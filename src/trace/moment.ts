/**
 * A moment of a run as plain data: what the pictures draw. Everything here survives structured
 * cloning, so it crosses from the worker to the page as it is; nothing here refers to the live machine.
 */

import type { Registers } from '../base';

export type { Registers };

export const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
export type SegmentName = (typeof SEGMENT_NAMES)[number];

/** A segment register with the descriptor that the processor cached when it was loaded (SDM vol. 3, 3.4.3). */
export interface SegmentState {
	selector: number;
	base: number;
	/** The highest offset permitted (in bytes, after granularity), unsigned. */
	limit: number;
	/** The descriptor's type field (SDM vol. 3, 3.4.5.1). */
	type: number;
	/** 1 for code and data, 0 for system descriptors. */
	s: number;
	dpl: number;
	present: boolean;
	/** Default size: 32 bits when set. */
	db: boolean;
	granularity: boolean;
}

/** GDTR or IDTR. */
export interface TableRegister {
	base: number;
	limit: number;
}

/** A translation that the TLB holds. */
export interface TlbEntry {
	kind: 'code' | 'data';
	/** First linear address that the entry translates, and how many bytes. */
	linear: number;
	size: number;
	/** Physical address of the first byte. */
	physical: number;
	writable: boolean;
	user: boolean;
	global: boolean;
}

/** What the TLB holds, and how often it served. */
export interface TlbState {
	hits: number;
	misses: number;
	/** Flushes by cause, in the order of TLB_FLUSH_CAUSES. */
	flushes: number[];
	entries: TlbEntry[];
}

/** Who is on the processor. */
export type Running = 'guest user' | 'guest kernel' | 'hypervisor' | 'idle';

/** struct vcpu_info's control-transfer part (xen/include/public/xen.h). */
export interface VcpuInfoState {
	upcallPending: boolean;
	upcallMask: boolean;
	/** One bit a word of evtchn_pending. */
	pendingSel: number;
	/** Virtual CR2 (arch.cr2). */
	cr2: number;
}

/** A vcpu as the hypervisor keeps it. */
export interface VcpuState {
	id: number;
	/** Index of RUNSTATES. */
	runstate: number;
	blocked: boolean;
	info: VcpuInfoState;
	/** struct trap_info entries that the guest registered. */
	traps: { vector: number; cs: number; eip: number; dpl: number; masks: boolean }[];
	kernelSs: number;
	kernelSp: number;
	eventCallback: { cs: number; eip: number } | null;
	failsafeCallback: { cs: number; eip: number } | null;
	/** Frame of its top page table, or null. */
	guestTable: number | null;
	gdtFrames: number[];
	gdtEntries: number;
	iopl: number;
}

/** An event channel as both ends know it. */
export interface ChannelState {
	port: number;
	state: 'free' | 'reserved' | 'unbound' | 'interdomain' | 'virq' | 'ipi' | 'pirq';
	remoteDom: number;
	remotePort: number;
	virq: number;
	pending: boolean;
	masked: boolean;
}

/** A domain with its vcpus and event channels. */
export interface DomainState {
	id: number;
	name: string;
	totalPages: number;
	maxPages: number;
	alive: boolean;
	paused: boolean;
	/** SHUTDOWN_* code, or null while it runs. */
	shutdownCode: number | null;
	crash: { reason: number; eip: number } | null;
	vcpus: VcpuState[];
	channels: ChannelState[];
}

/** Everything but memory, at one instruction boundary. */
export interface MomentState {
	/** Instructions retired since reset: the identity of the moment. */
	icount: number;
	cycle: number;
	/** Events recorded up to here; the next event gets this seq. */
	seq: number;
	/** Domain and vcpu on the processor; 0x7fff when none. */
	dom: number;
	vcpu: number;
	cpl: number;
	running: Running;
	regs: Registers;
	segs: Record<SegmentName, SegmentState>;
	cr0: number;
	cr2: number;
	cr3: number;
	cr4: number;
	dr: number[];
	gdtr: TableRegister;
	idtr: TableRegister;
	ldtr: SegmentState;
	tr: SegmentState;
	/** The stack that the TSS gives to ring 0 and ring 1. */
	tss: { ss0: number; esp0: number; ss1: number; esp1: number };
	/** Bytes at CS:EIP (fewer when the page ends and the next is not mapped) and the linear address of the first. */
	code: { address: number; bytes: Uint8Array };
	tlb: TlbState;
	/** vcpu_info of the vcpu on the processor, or null when none is. */
	vcpuInfo: VcpuInfoState | null;
	domains: DomainState[];
	/** Whether the processor waits in HLT. */
	halted: boolean;
}

export const FRAME_FLAGS = { validated: 1, pinned: 2, partial: 4 } as const;

/** Every machine frame, by frame number. */
export interface FrameMap {
	frames: number;
	/** Owner's domain id; DOMID_XEN (0x7ff2) the hypervisor, DOMID_INVALID (0x7ff4) free. */
	owner: Uint16Array;
	/** Index of FRAME_TYPES. */
	type: Uint8Array;
	typeCount: Uint32Array;
	refCount: Uint32Array;
	/** Bits of FRAME_FLAGS. */
	flags: Uint8Array;
	/** Machine-to-pseudo-physical: the guest's own number of each frame, 0xffffffff where none. */
	pfn: Uint32Array;
}

/** One level of a page walk (SDM vol. 3, 4.4 for PAE), top first. */
export interface WalkStep {
	/** 3 the page-directory-pointer table, 2 the directory, 1 the page table. */
	level: 1 | 2 | 3;
	tableMfn: number;
	/** The index taken from the address, and the entry found there. */
	index: number;
	/** Bits of the address that made the index. */
	bits: readonly [high: number, low: number];
	entryLow: number;
	entryHigh: number;
	present: boolean;
	writable: boolean;
	user: boolean;
	noExecute: boolean;
	accessed: boolean;
	dirty: boolean;
	/** A 2 MiB page ends the walk at level 2. */
	large: boolean;
	/** The frame that the entry names. */
	mfn: number;
	ok: boolean;
	/** One plain sentence. */
	note: string;
}

/** A page walk, as far as it came, and the page that it found. */
export interface Walk {
	address: number;
	cr3: number;
	steps: WalkStep[];
	/** Physical address, or -1 when the walk failed. */
	physical: number;
	/** Owner and type of the page found, when it is RAM. */
	owner: number;
	type: number;
	typeCount: number;
	refCount: number;
	/** The page as its guest counts it, or -1. */
	pfn: number;
}

/** One line of the picture of two truths: the same thing as the guest believes it and as the machine has it. */
export interface TruthRow {
	id: string;
	what: string;
	guest: string;
	machine: string;
	/** Whether both agree. */
	same: boolean;
	/** Why they differ (or may not), one sentence. */
	note: string;
}

/** All rows at one moment; none while no domain is on the processor. */
export interface TruthView {
	icount: number;
	dom: number;
	rows: TruthRow[];
}

/** A run of pages with the same rights in the address space of now. */
export interface SpaceRegion {
	start: number;
	/** First address after it; up to 2^32. */
	end: number;
	writable: boolean;
	user: boolean;
	/** Whose part of the address space. */
	part: 'guest' | 'hypervisor';
	/** Index of FRAME_TYPES of its first frame. */
	type: number;
	pages: number;
}

/** One instruction as text. */
export interface CodeLine {
	/** Linear address. */
	address: number;
	bytes: Uint8Array;
	text: string;
	/** Symbol that starts here, or ''. */
	label: string;
	/** `symbol+0x12`, or ''. */
	where: string;
	/** Where a direct branch goes, or -1. */
	target: number;
}
