/** What event channels keep of a domain and of a vcpu. */
import { NR_VIRQS } from '../../abi/structs/xen';
import { Part, type PartState } from '../core/part';

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
	/** pirq: which of the domain's. */
	pirq: number;
	/** FIFO ABI: the queue that it is linked into next time. */
	priority: number;
	/** FIFO ABI: it became pending before its event word was there. */
	pending: boolean;
	/** A program outside has it and not the domain's kernel: `DomainEvents.native` is told of its events. */
	native: boolean;
}

/** An interrupt of the machine that a domain may bind. */
export interface Pirq {
	/** The machine's line; negative where the number is given out and stands for none yet. */
	irq: number;
	/** The port that it is bound to, 0 for none. */
	port: number;
	/** The domain was told of a level and has not ended it yet. */
	masked: boolean;
}

/** One vcpu's side of the FIFO ABI. */
export interface FifoVcpu {
	/** Where its control block lies, held as a writable frame; null before EVTCHNOP_init_control. */
	control: { mfn: number; offset: number } | null;
	/** By priority: the port last linked into each queue, 0 for none. Only the hypervisor knows it. */
	readonly tails: number[];
}

/** A domain's side of the FIFO ABI (fifo.ts). */
export interface FifoDomain {
	/** Frames of event words in order, each held as a writable frame. */
	readonly array: number[];
	/** By vcpu. */
	readonly vcpus: FifoVcpu[];
}

/** What limits a domain's ports where nobody did: INT_MAX, beyond what any ABI has. */
const MOST_PORTS = 0x7fff_ffff;

export class DomainEvents extends Part {
	/** Its ends of event channels, by port; port 0 is never used. */
	readonly channels: EventChannel[] = [];
	/** The highest port that it may open (XEN_DOMCTL_createdomain: max_evtchn_port). */
	maxPort = MOST_PORTS;
	/** What it has of the FIFO ABI, or null while its events come by the two-level ABI. */
	fifo: FifoDomain | null = null;
	/** The page in which it would see which interrupts want their end told (PHYSDEVOP_pirq_eoi_gmfn), or null. */
	eoiPage: number | null = null;
	/** The end of an interrupt opens its port (PHYSDEVOP_pirq_eoi_gmfn_v1). */
	autoUnmask = false;
	/** Its interrupts by its own numbers. */
	pirqs = new Map<number, Pirq>();
	/**
	 * The programs outside that are of this domain, or null: called with the port of theirs that became pending, inside the sender's
	 * context. They must only note the port and do their work later.
	 */
	native: ((port: number) => void) | null = null;

	/** The frames that its FIFO ABI holds, each as often as it is held. */
	get fifoFrames(): readonly number[] {
		if (!this.fifo) return [];
		return [...this.fifo.vcpus.flatMap(({ control }) => (control ? [control.mfn] : [])), ...this.fifo.array];
	}

	/** Everything but who serves it. */
	override save(): PartState {
		const { native: _native, ...state } = super.save();
		return state;
	}
}

export class VcpuEvents extends Part {
	/** Where its vcpu_info lies: frame and offset in it. */
	vcpuInfo: { mfn: number; offset: number };
	/** The vcpu_info was moved by VCPUOP_register_vcpu_info. */
	vcpuInfoRegistered = false;
	/** The port each VIRQ is bound to, 0 when not bound. */
	readonly virqPort: number[] = new Array<number>(NR_VIRQS).fill(0);
	/** Seq of the event that made the upcall pending, or -1: the cause of the next upcall. */
	pendingCause = -1;

	/** Vcpu `id` of a domain; its vcpu_info begins in shared_info. */
	constructor(sharedInfo: number, id: number) {
		super();
		this.vcpuInfo = { mfn: sharedInfo, offset: id * 64 };
	}
}
