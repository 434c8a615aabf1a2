/** Event channels of all domains at one moment. */
import type { ChannelState, VcpuInfoState } from './domains';

/** A channel's end with who is told. */
export interface PortState extends ChannelState {
	/** The vcpu of its own domain that gets the upcall. */
	vcpu: number;
	/** Its place in the queues; null in a domain with bitmaps, and where the event array does not reach to it. */
	queue: PortQueue | null;
}

/** What a port's event word says beside pending and masked, and the queue that it goes through (event_channel.h: FIFO ABI). */
export interface PortQueue {
	/** 0 is served first, 15 last. */
	priority: number;
	/** It hangs in a queue, before port `link`; 0 at the tail. */
	linked: boolean;
	link: number;
}

/** A queue that a vcpu's control block marks as ready, as a guest finds it: from its head on, by the links. */
export interface ReadyQueue {
	priority: number;
	/** Ports in their order, as far as they are linked; `MOST_QUEUED` at most. */
	ports: number[];
	/** There are more, or they go around in a circle. */
	more: boolean;
}
/** Most ports of a queue that are followed. */
export const MOST_QUEUED = 32;

/** The bitmaps of a domain's shared_info, as far as words are not zero; a domain with FIFO queues does not look at them. */
export interface PortWord {
	/** Word `index` is for ports 32·index to 32·index + 31. */
	index: number;
	pending: number;
	mask: number;
}

/** One vcpu's side of event delivery. */
export interface UpcallState extends VcpuInfoState {
	id: number;
	blocked: boolean;
	/** Ports that it polls (SCHEDOP_poll), or null. */
	polling: number[] | null;
	/** Where an upcall enters it, or null while it registered none. */
	callback: number | null;
	/** Its ready queues, the highest priority first; null in a domain with bitmaps, and before it has a control block. */
	queues: ReadyQueue[] | null;
}

/** One domain's ports. */
export interface DomainPorts {
	id: number;
	name: string;
	/** Its ends are served by the toolstack's programs: it has no shared_info that a guest reads. */
	native: boolean;
	/** Its events come by FIFO queues, not by the bitmaps of shared_info. */
	fifo: boolean;
	vcpus: UpcallState[];
	ports: PortState[];
	words: PortWord[];
}

export interface ChannelPicture {
	domains: DomainPorts[];
}
