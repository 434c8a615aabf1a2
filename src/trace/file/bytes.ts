/** Numbers as bytes: LEB128 groups of seven bits, the lowest first, bit 7 set while more follow. */
import { FileError } from './error';

/** Largest number that may be written: what a double holds exactly, with room for the sign of a difference. */
export const LARGEST = 2 ** 52;

/** Bytes that grow. */
export class ByteWriter {
	private bytes = new Uint8Array(4096);
	length = 0;

	private room(count: number): void {
		if (this.length + count <= this.bytes.length) return;
		const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
		grown.set(this.bytes);
		this.bytes = grown;
	}

	byte(value: number): void {
		this.room(1);
		this.bytes[this.length++] = value;
	}

	/** A whole number from 0 to 2 * LARGEST. */
	number(value: number): void {
		this.room(8);
		const { bytes } = this;
		while (value > 0x7fff_ffff) {
			bytes[this.length++] = (value % 128) | 0x80;
			value = Math.floor(value / 128);
		}
		while (value > 0x7f) {
			bytes[this.length++] = (value & 0x7f) | 0x80;
			value >>>= 7;
		}
		bytes[this.length++] = value;
	}

	/** A whole number of either sign: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
	signed(value: number): void {
		this.number(value < 0 ? -2 * value - 1 : 2 * value);
	}

	/** What has been written, with its length before it. */
	block(other: ByteWriter): void {
		this.number(other.length);
		this.room(other.length);
		this.bytes.set(other.bytes.subarray(0, other.length), this.length);
		this.length += other.length;
	}

	/** What has been written; valid until more is. */
	get written(): Uint8Array {
		return this.bytes.subarray(0, this.length);
	}
}

/** Reads what a `ByteWriter` wrote, and nothing beyond its end. */
export class ByteReader {
	at = 0;

	constructor(private readonly bytes: Uint8Array) {}

	get left(): number {
		return this.bytes.length - this.at;
	}

	byte(): number {
		if (this.at >= this.bytes.length) throw new FileError('its data end too early');
		return this.bytes[this.at++];
	}

	number(): number {
		const { bytes } = this;
		let value = 0;
		for (let scale = 1; scale < 2 ** 56; scale *= 128) {
			const byte = bytes[this.at++];
			if (byte < 0x80) return value + byte * scale;
			if (byte === undefined) throw new FileError('its data end too early');
			value += (byte & 0x7f) * scale;
		}
		throw new FileError('it holds a number that is too large');
	}

	signed(): number {
		const value = this.number();
		return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
	}

	/** A reader of the next block. */
	block(): ByteReader {
		const length = this.number();
		if (length > this.left) throw new FileError('its data end too early');
		this.at += length;
		return new ByteReader(this.bytes.subarray(this.at - length, this.at));
	}

	/** Everything must have been read. */
	finish(): void {
		if (this.left !== 0) throw new FileError('it holds data that belong to nothing');
	}
}
