/**
 * The outermost layer of GDB's remote serial protocol (GDB manual, appendix E.1): packets in a stream of bytes.
 *
 *     $ data # c c      two hexadecimal digits: the sum of the bytes between $ and #, modulo 256
 *     + -               the last packet came through, or must be sent again (until QStartNoAckMode)
 *     0x03              outside a packet: stop what is running
 *
 * In data, `}` says that the next byte was XORed with 0x20; so `#`, `$`, `}` (and in replies `*`) can be carried. In replies
 * `*` repeats the character before it: what follows, less 29, is how many more times.
 */

/** Longest packet taken, and told to the other side: bytes between $ and #. */
export const PACKET_SIZE = 0x4000;

const DOLLAR = 0x24;
const HASH = 0x23;
const STAR = 0x2a;
const ESCAPE = 0x7d;
const INTERRUPT = 0x03;
const FLIP = 0x20;

/** What a piece of the stream turned out to be. */
export type Incoming =
	| { readonly kind: 'packet'; readonly data: Uint8Array }
	| { readonly kind: 'ack' }
	| { readonly kind: 'nak' }
	| { readonly kind: 'interrupt' }
	/** A packet that cannot be used: its checksum is wrong, or it is too long. */
	| { readonly kind: 'broken'; readonly reason: string };

const SIGNS: ReadonlyMap<number, Incoming> = new Map<number, Incoming>([
	[0x2b, { kind: 'ack' }],
	[0x2d, { kind: 'nak' }],
	[INTERRUPT, { kind: 'interrupt' }]
]);

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);

/** Finds packets in bytes that come in pieces of any size. Whatever comes, it finds the next whole packet. */
export class PacketReader {
	private data: number[] = [];
	private digits = '';
	private state: 'outside' | 'data' | 'checksum' = 'outside';
	/** The packet has outgrown PACKET_SIZE: the rest is passed over. */
	private tooLong = false;

	/** Everything that is complete with these bytes, in order. Bytes between packets that mean nothing are passed over. */
	*feed(bytes: Uint8Array): Generator<Incoming> {
		for (const byte of bytes) {
			const found = this.take(byte);
			if (found) yield found;
		}
	}

	private take(byte: number): Incoming | undefined {
		if (this.state === 'checksum') return this.takeDigit(byte);
		if (byte === DOLLAR) return this.begin();
		if (this.state === 'outside') return SIGNS.get(byte);
		if (byte === HASH) this.state = 'checksum';
		else if (this.data.length < PACKET_SIZE) this.data.push(byte);
		else this.tooLong = true;
		return undefined;
	}

	/** A `$` never stands inside a packet: one that was not finished is given up. */
	private begin(): Incoming | undefined {
		const cut = this.state === 'data';
		[this.state, this.data, this.digits, this.tooLong] = ['data', [], '', false];
		return cut ? { kind: 'broken', reason: 'a packet began within another' } : undefined;
	}

	private takeDigit(byte: number): Incoming | undefined {
		this.digits += String.fromCharCode(byte);
		if (this.digits.length < 2) return undefined;
		this.state = 'outside';
		const data = Uint8Array.from(this.data);
		if (this.tooLong) return { kind: 'broken', reason: `a packet of more than ${PACKET_SIZE} bytes` };
		if (!/^[0-9a-f]{2}$/i.test(this.digits) || parseInt(this.digits, 16) !== sum(data))
			return { kind: 'broken', reason: 'a packet with a wrong checksum' };
		return { kind: 'packet', data };
	}
}

/** Puts binary data into a form that may stand in a reply. */
export function escape(bytes: Uint8Array): Uint8Array {
	const out: number[] = [];
	for (const byte of bytes) {
		if (byte === HASH || byte === DOLLAR || byte === ESCAPE || byte === STAR) out.push(ESCAPE, byte ^ FLIP);
		else out.push(byte);
	}
	return Uint8Array.from(out);
}

/** Undoes `escape`; null where the last byte escapes nothing. */
export function unescape(bytes: Uint8Array): Uint8Array | null {
	const out: number[] = [];
	for (let at = 0; at < bytes.length; at++) {
		if (bytes[at] !== ESCAPE) out.push(bytes[at]);
		else if (++at < bytes.length) out.push(bytes[at] ^ FLIP);
		else return null;
	}
	return Uint8Array.from(out);
}

/** A repeat count that is less than this gains nothing. */
const LEAST_REPEAT = 3;
/** The count's character must be printable: at most `~`. */
const MOST_REPEAT = 126 - 29;
/** Counts whose characters would be `#` and `$`. */
const FORBIDDEN = [HASH - 29, DOLLAR - 29];

/** Writes runs of equal bytes as one and a count. */
export function shorten(bytes: Uint8Array): Uint8Array {
	const out: number[] = [];
	for (let at = 0; at < bytes.length;) {
		const byte = bytes[at];
		let repeat = 0;
		while (repeat < MOST_REPEAT && bytes[at + 1 + repeat] === byte) repeat++;
		while (FORBIDDEN.includes(repeat)) repeat--;
		out.push(byte);
		if (repeat >= LEAST_REPEAT) out.push(STAR, repeat + 29);
		at += 1 + (repeat >= LEAST_REPEAT ? repeat : 0);
	}
	return Uint8Array.from(out);
}

/** Undoes `shorten`. */
export function lengthen(bytes: Uint8Array): Uint8Array {
	const out: number[] = [];
	for (let at = 0; at < bytes.length; at++) {
		if (bytes[at] !== STAR || out.length === 0) out.push(bytes[at]);
		else for (let repeat = bytes[++at] - 29, last = out[out.length - 1]; repeat > 0; repeat--) out.push(last);
	}
	return Uint8Array.from(out);
}

/** A whole packet around `data`: as it is, so escaped and shortened before. */
export function packet(data: Uint8Array): Uint8Array {
	const out = new Uint8Array(data.length + 4);
	out[0] = DOLLAR;
	out.set(data, 1);
	out.set(new TextEncoder().encode(`#${sum(data).toString(16).padStart(2, '0')}`), data.length + 1);
	return out;
}

/** Bytes as text, one character a byte. */
export const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** Text as bytes, one a character. */
export const fromLatin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
