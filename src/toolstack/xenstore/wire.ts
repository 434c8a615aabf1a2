/**
 * Messages of xenstore's protocol as bytes: a header of four words, then `len` bytes of payload
 * (xen/include/public/io/xs_wire.h: struct xsd_sockmsg).
 */
import { XENSTORE_PAYLOAD_MAX, XSD_SOCKMSG } from '../../abi/structs/xenstore';

/** A request, reply or watch event (struct xsd_sockmsg, and its payload). */
export interface Message {
	readonly type: number;
	/** Chosen by the guest; the reply repeats it. */
	readonly requestId: number;
	/** Transaction, or 0. */
	readonly transaction: number;
	/** Bytes as characters 0 to 255. */
	readonly payload: string;
}

/** Bytes as a string of characters 0 to 255. */
export const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** The low byte of each character. */
export const toBytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);

/** Header and payload as bytes. */
export function encode(message: Message): Uint8Array {
	const bytes = new Uint8Array(XSD_SOCKMSG.size + message.payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(XSD_SOCKMSG.at.type, message.type, true);
	view.setUint32(XSD_SOCKMSG.at.req_id, message.requestId, true);
	view.setUint32(XSD_SOCKMSG.at.tx_id, message.transaction, true);
	view.setUint32(XSD_SOCKMSG.at.len, message.payload.length, true);
	bytes.set(toBytes(message.payload), XSD_SOCKMSG.size);
	return bytes;
}

/** Strings of a payload, each ended by a NUL; what follows the last NUL is left out. */
export const strings = (payload: string): string[] => payload.split('\0').slice(0, -1);

/** Joins strings as a payload. */
export const joined = (parts: readonly string[]): string => parts.map((part) => `${part}\0`).join('');

/** Puts the bytes that arrive back together into messages. */
export class Assembler {
	private pending = new Uint8Array(0);

	push(bytes: Uint8Array): void {
		if (bytes.length === 0) return;
		const joinedBytes = new Uint8Array(this.pending.length + bytes.length);
		joinedBytes.set(this.pending);
		joinedBytes.set(bytes, this.pending.length);
		this.pending = joinedBytes;
	}

	/** The next complete message, null when it is not complete yet, `'too long'` when it never may be. */
	next(): Message | null | 'too long' {
		if (this.pending.length < XSD_SOCKMSG.size) return null;
		const view = new DataView(this.pending.buffer, this.pending.byteOffset);
		const length = view.getUint32(XSD_SOCKMSG.at.len, true);
		if (length > XENSTORE_PAYLOAD_MAX) return 'too long';
		const end = XSD_SOCKMSG.size + length;
		if (this.pending.length < end) return null;
		const message: Message = {
			type: view.getUint32(XSD_SOCKMSG.at.type, true),
			requestId: view.getUint32(XSD_SOCKMSG.at.req_id, true),
			transaction: view.getUint32(XSD_SOCKMSG.at.tx_id, true),
			payload: latin1(this.pending.subarray(XSD_SOCKMSG.size, end))
		};
		this.pending = this.pending.slice(end);
		return message;
	}

	save(): Uint8Array {
		return this.pending.slice();
	}

	restore(saved: Uint8Array): void {
		this.pending = saved.slice();
	}
}
