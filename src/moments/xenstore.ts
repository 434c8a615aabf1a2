/** xenstore at one moment. */

/** One node; parents come before their children. */
export interface StoreNode {
	path: string;
	/** As bytes, one character each. */
	value: string;
	/** In the protocol's short form, the owner first: `n0`, `r1`. */
	permissions: string[];
	/** The store's counter when value, permissions or list of children last changed. */
	generation: number;
	children: number;
}

export interface StoreWatch {
	dom: number;
	path: string;
	token: string;
}

/** A transaction that has begun and not ended. */
export interface StoreTransaction {
	id: number;
	/** Paths that a decision rested on. */
	looked: number;
	changes: { kind: 'write' | 'mkdir' | 'remove' | 'permissions'; path: string }[];
}

/** A domain that is connected by its ring. */
export interface StoreConnection {
	dom: number;
	/** It broke the protocol and is no longer served. */
	dead: boolean;
	/** Bytes of a request that is not complete, and of answers that wait for room in the ring. */
	incoming: number;
	outgoing: number;
	transactions: StoreTransaction[];
}

export interface StorePicture {
	generation: number;
	nodes: StoreNode[];
	watches: StoreWatch[];
	connections: StoreConnection[];
}
