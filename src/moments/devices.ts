/** Devices in two halves at one moment: a front end and a back end, and the rings between them. */

/** One half, as xenstore has it. */
export interface DeviceEnd {
	dom: number;
	/** Its folder. */
	path: string;
	/** XenbusState (xen/include/public/io/xenbus.h), 0 where it says none. */
	state: number;
}

/** A device of a domain that another one serves. */
export interface SplitDevice {
	/** `1/vbd/51712`: domain of the front end, class, handle. */
	id: string;
	/** `vbd` or `vif`. */
	class: string;
	handle: string;
	front: DeviceEnd;
	back: DeviceEnd;
	rings: IoRing[];
}

/** What travels in a ring. */
export type RingProtocol = 'blk' | 'tx' | 'rx';

/** Indices that both sides see; they run freely, a slot is an index modulo the size (xen/include/public/io/ring.h). */
export interface SharedIndices {
	req_prod: number;
	req_event: number;
	rsp_prod: number;
	rsp_event: number;
}

/** What the front end keeps to itself. */
export interface FrontIndices {
	req_prod_pvt: number;
	rsp_cons: number;
}

/** What the back end keeps to itself. */
export interface BackIndices {
	rsp_prod_pvt: number;
	req_cons: number;
}

/** One ring, read from the frame that the front end granted. */
export interface IoRing {
	/** `1/vbd/51712`, with `/tx` or `/rx` where a device has two. */
	id: string;
	device: string;
	protocol: RingProtocol;
	front: number;
	back: number;
	/** Reference of the grant, and the machine frame that it names. */
	ref: number;
	frame: number;
	/** The front end's event port, and the back end's that it is connected to; -1 where there is none. */
	port: number;
	backPort: number;
	/** Slots. */
	size: number;
	shared: SharedIndices;
	/** Null where the guest's kernel does not say where it keeps them. */
	frontOwn: FrontIndices | null;
	backOwn: BackIndices | null;
	/** By slot, the words that lie in it, as a request and as a response. */
	slots: RingSlot[];
}

/** One slot: the same bytes read both ways. */
export interface RingSlot {
	request: SlotField[];
	response: SlotField[];
}
export type SlotField = readonly [name: string, value: string];

export interface DevicePicture {
	devices: SplitDevice[];
}
