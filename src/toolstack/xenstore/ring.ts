/**
 * The two byte rings of xenstore's page, seen from the daemon's side. The page is shared with a guest
 * that may write anything into it at any time: indices are read once and checked before use.
 */
import type { SharedPage } from '../../hypervisor/control';
import {
	XENSTORE_ERROR_COMM,
	XENSTORE_INTERFACE,
	XENSTORE_RING_SIZE,
	XENSTORE_SERVER_FEATURE_ERROR
} from '../../abi/structs/xenstore';

const AT = XENSTORE_INTERFACE.at;

/** Bytes between two free-running indices. */
const distance = (producer: number, consumer: number): number => (producer - consumer) >>> 0;

/** Splits a stretch of `length` bytes at ring position `index` where it wraps. */
function* stretches(index: number, length: number): Generator<{ at: number; from: number; length: number }> {
	for (let from = 0; from < length;) {
		const at = (index + from) & (XENSTORE_RING_SIZE - 1);
		const part = Math.min(length - from, XENSTORE_RING_SIZE - at);
		yield { at, from, length: part };
		from += part;
	}
}

/** Bytes in and out of a guest's xenstore page. */
export class XenstoreRing {
	constructor(private readonly page: SharedPage) {}

	/** Tells the guest what this server can do. */
	introduce(): void {
		this.page.write32(AT.server_features, XENSTORE_SERVER_FEATURE_ERROR);
	}

	/** Takes all request bytes out of the ring; null when the guest's indices make no sense. */
	take(): Uint8Array | null {
		const consumer = this.page.read32(AT.req_cons);
		const length = distance(this.page.read32(AT.req_prod), consumer);
		if (length > XENSTORE_RING_SIZE) return null;
		const bytes = new Uint8Array(length);
		for (const part of stretches(consumer, length)) bytes.set(this.page.read(AT.req + part.at, part.length), part.from);
		this.page.write32(AT.req_cons, consumer + length);
		return bytes;
	}

	/** Puts as many reply bytes as there is room for, and says how many; -1 when the indices make no sense. */
	put(bytes: Uint8Array): number {
		const producer = this.page.read32(AT.rsp_prod);
		const used = distance(producer, this.page.read32(AT.rsp_cons));
		if (used > XENSTORE_RING_SIZE) return -1;
		const length = Math.min(bytes.length, XENSTORE_RING_SIZE - used);
		for (const part of stretches(producer, length))
			this.page.write(AT.rsp + part.at, bytes.subarray(part.from, part.from + part.length));
		this.page.write32(AT.rsp_prod, producer + length);
		return length;
	}

	/** Tells the guest why it is no longer served. */
	fail(reason: number = XENSTORE_ERROR_COMM): void {
		this.page.write32(AT.error, reason);
	}
}
