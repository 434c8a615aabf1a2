/** What the hypervisor knows of a domain and of each of its virtual processors. */
import type { DomId, Mfn } from '../../base';
import { newPit } from '../../hardware/devices/pit';
import type { Registers } from '../../x86/registers';
import type { Pcpu } from './pcpu';
import { EFLAGS } from '../../x86/flags';
import { DR6_ONES, DR7_ONES } from '../../x86/debug';

/** Registers of a vcpu that is not on the processor, as its last entry into the hypervisor left them. */
export interface UserRegs extends Registers {
	cs: number;
	ss: number;
	ds: number;
	es: number;
	fs: number;
	gs: number;
}

/** All zero, but for EFLAGS: IF is set, and bit 1, which always is. */
export const emptyRegs = (): UserRegs => ({
	eax: 0,
	ecx: 0,
	edx: 0,
	ebx: 0,
	esp: 0,
	ebp: 0,
	esi: 0,
	edi: 0,
	eip: 0,
	eflags: EFLAGS.IF | EFLAGS.FIXED,
	cs: 0,
	ss: 0,
	ds: 0,
	es: 0,
	fs: 0,
	gs: 0
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

/** An entry point that the guest registered by callback_op or set_callbacks. */
export interface Callback {
	cs: number;
	eip: number;
	/** CALLBACKF_mask_events. */
	masks: boolean;
}

/** One virtual processor: what it holds while it is not on the processor, and why it may not run. Times in cycles. */
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
	/** The processor that it is on, or null (`Pcpu.assign`). */
	pcpu: Pcpu | null = null;

	readonly traps: (TrapHandler | null)[] = new Array<TrapHandler | null>(256).fill(null);
	kernelSs = 0;
	kernelSp = 0;
	eventCallback: Callback | null = null;
	failsafeCallback: Callback | null = null;
	/** Entry points of fast system calls: kept, never entered (callbacks.ts). */
	sysenterCallback: Callback | null = null;
	syscall32Callback: Callback | null = null;
	/** CR3's frame: an L3 whose type reference this vcpu holds; null before the first. */
	guestTable: Mfn | null = null;
	/** Virtual CR0 (TS matters) and CR2, and the bits of CR4 that are the guest's own: TSD and DE. */
	cr0 = 0x8005_0033 | 0;
	cr2 = 0;
	cr4 = 0;
	debug = [0, 0, 0, 0, 0, 0, DR6_ONES | 0, DR7_ONES];
	/** MCG_STATUS and the two MCi_CTL2: machine-check registers that keep what a guest writes. */
	mcgStatus: readonly [low: number, high: number] = [0, 0];
	mcCtl2: (readonly [low: number, high: number])[] = [
		[0, 0],
		[0, 0]
	];
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
	/** Periodic timer: period in cycles, 0 when off. */
	periodicPeriod = 0;
	/** One-shot timer: deadline in cycles, or 0 when off. */
	singleshot = 0;
	/** When the next tick is due again after being scheduled in: the cycle of the last one. */
	periodicLast = 0;
	/** The port each VIRQ is bound to, 0 when not bound. */
	readonly virqPort: number[] = new Array<number>(24).fill(0);
	/** When a SCHEDOP_poll times out, in cycles; 0 for never. */
	pollDeadline = 0;
	/** An NMI waits for delivery (VCPUOP_send_nmi), or is being handled until iret. */
	nmiPending = false;
	nmiActive = false;
	/** I/O permission bitmap: guest address and number of ports (PHYSDEVOP_set_iobitmap). */
	ioBitmap = 0;
	ioPorts = 0;
	/** The gate that vector 0x80 has in the IDT while this vcpu runs; zero where it traps to Xen. */
	directGate: readonly [low: number, high: number] = [0, 0];
	/** The vcpu_info was moved by VCPUOP_register_vcpu_info. */
	vcpuInfoRegistered = false;
	/** Seq of the event that made the upcall pending, or -1: the cause of the next upcall. */
	pendingCause = -1;

	constructor(
		readonly domain: Domain,
		readonly id: number,
		sharedInfo: Mfn
	) {
		this.vcpuInfo = { mfn: sharedInfo, offset: id * 64 };
	}
}

/** EVTCHNSTAT_*: what an end of an event channel is (xen/include/public/event_channel.h). */
export const CHANNEL = { closed: 0, unbound: 1, interdomain: 2, pirq: 3, virq: 4, ipi: 5 } as const;

/** One end of an event channel. */
export interface EventChannel {
	/** A number of `CHANNEL`. */
	state: number;
	/** The vcpu that is told. */
	vcpu: number;
	/** unbound: who may bind; interdomain: who is at the other end. */
	remoteDom: number;
	/** interdomain: the other end's port. */
	remotePort: number;
	/** virq: which. */
	virq: number;
	/** FIFO ABI: the queue that it is linked into next time. */
	priority: number;
	/** FIFO ABI: it became pending before its event word was there. */
	pending: boolean;
}

/** One vcpu's side of the FIFO ABI. */
export interface FifoVcpu {
	/** Where its control block lies, held as a writable frame; null before EVTCHNOP_init_control. */
	control: { mfn: Mfn; offset: number } | null;
	/** By priority: the port last linked into each queue, 0 for none. Only the hypervisor knows it. */
	readonly tails: number[];
}

/** A domain's side of the FIFO ABI (event-fifo.ts). */
export interface FifoDomain {
	/** Frames of event words in order, each held as a writable frame. */
	readonly array: Mfn[];
	/** By vcpu. */
	readonly vcpus: FifoVcpu[];
}

/** What limits a domain's ports where nobody did: INT_MAX, beyond what any ABI has. */
const MOST_PORTS = 0x7fff_ffff;

/** A domain: its limits, its state of life, its ends of event channels. */
export class Domain {
	readonly vcpus: Vcpu[] = [];
	/** Frames allocated to it now, and the most it may have. */
	totalPages = 0;
	maxPages = 0;
	/** Its memory map as E820 entries (XENMEM_set_memory_map), or null for one range of all that it may have. */
	memoryMap: Uint8Array | null = null;
	/** The page in which it would see which interrupts want their end told (PHYSDEVOP_pirq_eoi_gmfn), or null. */
	eoiPage: Mfn | null = null;
	/** VMASST_TYPE_* bits. */
	assists = 0;
	/** SHUTDOWN_* code once shut down, or null. */
	shutdownCode: number | null = null;
	/** Set once it has been crashed: why, an index of CRASH_REASONS, and the vcpu that ran or else the first. */
	crash: { reason: number; vcpu: number; eip: number; regs: UserRegs } | null = null;
	dying = false;
	paused = true;
	/** Its ends of event channels, by port; port 0 is never used. */
	readonly channels: EventChannel[] = [];
	/** The highest port that it may open (XEN_DOMCTL_createdomain: max_evtchn_port). */
	maxPort = MOST_PORTS;
	/** What it has of the FIFO ABI, or null while its events come by the two-level ABI. */
	fifo: FifoDomain | null = null;
	/**
	 * Serves its ends of channels in TypeScript instead of by a guest: called with the port that became
	 * pending, inside the sender's context. It must only note the port and do its work later.
	 */
	native: ((port: number) => void) | null = null;
	/** SCHEDOP_shutdown_code: the code that its end will have, or null. */
	announcedCode: number | null = null;
	/** SCHEDOP_watchdog: deadlines in cycles, 0 when off. */
	readonly watchdogs = [0, 0];
	/** Where PCI configuration accesses would go: the last value written to port 0xCF8. */
	pciAddress = 0;
	/** Its own interval timer, and the index last written to port 0x70. */
	pit = newPit();
	cmosIndex = 0;

	constructor(
		readonly id: DomId,
		readonly name: string,
		readonly privileged: boolean,
		/** The frame of shared_info. */
		readonly sharedInfo: Mfn
	) {}

	/** Whether the guest asked for the assist VMASST_TYPE_* `type` (vm_assist). */
	assisted(type: number): boolean {
		return (this.assists & (1 << type)) !== 0;
	}

	/** Whether it may still run. */
	get alive(): boolean {
		return !this.dying && this.shutdownCode === null && this.crash === null;
	}
}

/** The frames that the domain's FIFO ABI holds, each as often as it is held. */
export const fifoFrames = (d: Domain): readonly Mfn[] =>
	d.fifo ? [...d.fifo.vcpus.flatMap(({ control }) => (control ? [control.mfn] : [])), ...d.fifo.array] : [];
