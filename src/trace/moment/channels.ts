/** Event channels of all domains at one moment. */
import type { ChannelState, VcpuInfoState } from './domains';

/** A channel's end with who is told. */
export interface PortState extends ChannelState {
	/** The vcpu of its own domain that gets the upcall. */
	vcpu: number;
}

/** The bitmaps of a domain's shared_info, as far as words are not zero. */
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
}

/** One domain's ports. */
export interface DomainPorts {
	id: number;
	name: string;
	/** Its ends are served by the toolstack's programs: it has no shared_info that a guest reads. */
	native: boolean;
	vcpus: UpcallState[];
	ports: PortState[];
	words: PortWord[];
}

export interface ChannelPicture {
	domains: DomainPorts[];
}
