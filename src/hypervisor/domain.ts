/** What the hypervisor knows of a domain and of each of its virtual processors. */
import type { DomId, Mfn } from '../base';

/** Registers of a vcpu that is not on the processor, as its last entry into the hypervisor left them. */
export interface UserRegs {
	eax: number; ecx: number; edx: number; ebx: number; esp: number; ebp: number; esi: number; edi: number;
	eip: number; eflags: number;
	cs: number; ss: number; ds: number; es: number; fs: number; gs: number;
}

export const emptyRegs = (): UserRegs => ({
	eax: 0, ecx: 0, edx: 0, ebx: 0, esp: 0, ebp: 0, esi: 0, edi: 0, eip: 0, eflags: 0x202, cs: 0, ss: 0, ds: 0, es: 0, fs: 0, gs: 0
});

/** A guest's registered handler for one vector (struct trap_info). `address` 0 means none. */
export interface TrapHandler {
	cs: number;
	eip: number;
	/** Lowest privilege (highest ring) that may reach it by INT n. */
	dpl: number;
	/** Masks upcalls on entry (TI_SET_IF: flag bit 2). */
	masks: boolean;
}

export interface Callback {
	cs: number;
	eip: number;
	/** CALLBACKF_mask_events. */
	masks: boolean;
}

export class Vcpu {
	regs: UserRegs = emptyRegs();
	initialised = false;
	/** RUNSTATE_*: an index of RUNSTATES. */
	runstate = 3;
	runstateSince = 0;
	/** Time spent in each runstate, cycles. */
	runstateTime = [0, 0, 0, 0];
	/** VCPU down (VCPUOP_down, or not yet up). */
	down = true;
	/** Waiting in SCHEDOP_block or SCHEDOP_poll. */
	blocked = false;
	/** Ports polled, or null when not in SCHEDOP_poll. */
	polling: number[] | null = null;
	/** Paused by the control port: count. */
	pauseCount = 0;

	readonly traps: (TrapHandler | null)[] = new Array<TrapHandler | null>(256).fill(null);
	kernelSs = 0;
	kernelSp = 0;
	eventCallback: Callback | null = null;
	failsafeCallback: Callback | null = null;
	nmiCallback: Callback | null = null;
	syscallCallback: Callback | null = null;
	/** CR3's frame: an L3 whose type reference this vcpu holds; null before the first. */
	guestTable: Mfn | null = null;
	/** Virtual CR0 (TS matters), CR2 and CR4 as the guest set them. */
	cr0 = 0x8005_0033 | 0;
	cr2 = 0;
	cr4 = 0;
	debug = [0, 0, 0, 0, 0, 0, 0xffff0ff0 | 0, 0x400];
	/** Frames of the guest's GDT (0–14) and how many entries it has. */
	gdtFrames: Mfn[] = [];
	gdtEntries = 0;
	ldtBase = 0;
	ldtEntries = 0;
	/** LDT frames mapped so far, by page; filled lazily on fault. */
	ldtFrames: (Mfn | null)[] = new Array<Mfn | null>(16).fill(null);
	/** Virtual IOPL (PHYSDEVOP_set_iopl). */
	iopl = 0;
	/** Where its vcpu_info lies: frame and offset in it. */
	vcpuInfo: { mfn: Mfn; offset: number };
	runstateArea = 0;
	timeArea = 0;
	/** Periodic timer: period in cycles, 0 when off, and the next tick. */
	periodicPeriod = 0;
	periodicNext = 0;
	/** One-shot timer: deadline in cycles, or 0 when off. */
	singleshot = 0;
	/** The port each VIRQ is bound to, 0 when not bound. */
	readonly virqPort: number[] = new Array<number>(24).fill(0);

	constructor(
		readonly domain: Domain,
		readonly id: number,
		sharedInfo: Mfn
	) {
		this.vcpuInfo = { mfn: sharedInfo, offset: id * 64 };
	}
}

export class Domain {
	readonly vcpus: Vcpu[] = [];
	/** Frames allocated to it now, and the most it may have. */
	totalPages = 0;
	maxPages = 0;
	/** VMASST_TYPE_* bits. */
	assists = 0;
	/** SHUTDOWN_* code once shut down, or null. */
	shutdownCode: number | null = null;
	/** Set once it has been crashed: why, an index of CRASH_REASONS. */
	crash: { reason: number; eip: number; regs: UserRegs } | null = null;
	dying = false;
	paused = true;

	constructor(
		readonly id: DomId,
		readonly name: string,
		readonly privileged: boolean,
		/** The frame of shared_info. */
		readonly sharedInfo: Mfn
	) {}

	/** Whether it may still run. */
	get alive(): boolean {
		return !this.dying && this.shutdownCode === null && this.crash === null;
	}
}
