/**
 * Reads debug sections. They are foreign input: every read is checked, and what does not fit is a
 * `DwarfError` that names the section and the offset. All numbers are little-endian; addresses have 4 bytes.
 */

/** A debug section that cannot be read on: what is wrong, in which section, at which offset. */
export class DwarfError extends Error {
	constructor(
		/** What is wrong, without the place. */
		readonly reason: string,
		readonly section: string,
		/** Offset into the section, bytes. */
		readonly offset: number
	) {
		super(`${section}+0x${offset.toString(16)}: ${reason}`);
		this.name = 'DwarfError';
	}
}

/** Longer strings are no names. */
const LONGEST_STRING = 4096;
/** A LEB128 number of more bytes does not fit in 64 bits (DWARF 4, 7.6). */
const LONGEST_LEB = 10;
const decoder = new TextDecoder();

/** A place in a section that moves on with each read, never beyond `end`. */
export class Reader {
	private readonly view: DataView;

	/**
	 * @param end offset of the first byte that may not be read
	 * @throws DwarfError when the range does not lie in the section
	 */
	constructor(
		readonly bytes: Uint8Array,
		readonly section: string,
		public at = 0,
		readonly end = bytes.length
	) {
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		if (!(at >= 0 && at <= end && end <= bytes.length))
			throw new DwarfError(`offset 0x${at.toString(16)} is outside`, section, Math.min(Math.max(at, 0), bytes.length));
	}

	get more(): boolean {
		return this.at < this.end;
	}
	error(reason: string, at = this.at): DwarfError {
		return new DwarfError(reason, this.section, at);
	}
	private claim(size: number): number {
		const { at } = this;
		if (!(size >= 0 && size <= this.end - at)) throw this.error(`${size} bytes are missing`);
		this.at = at + size;
		return at;
	}
	skip(size: number): void {
		this.claim(size);
	}
	u8(): number {
		return this.view.getUint8(this.claim(1));
	}
	s8(): number {
		return this.view.getInt8(this.claim(1));
	}
	u16(): number {
		return this.view.getUint16(this.claim(2), true);
	}
	u32(): number {
		return this.view.getUint32(this.claim(4), true);
	}
	/** An unsigned number of `size` bytes: 1, 2 or 4; of 8 as far as a double holds it. */
	unsigned(size: number): number {
		if (size === 1) return this.u8();
		if (size === 2) return this.u16();
		if (size === 4) return this.u32();
		if (size === 8) return this.u32() + this.u32() * 2 ** 32;
		throw this.error(`a number of ${size} bytes`);
	}
	/** ULEB128 (DWARF 4, 7.6); large ones lose their low bits. */
	uleb(): number {
		const from = this.at;
		let value = 0;
		for (let count = 0; count < LONGEST_LEB; count++) {
			const byte = this.u8();
			value += (byte & 0x7f) * 2 ** (7 * count);
			if (byte < 0x80) return value;
		}
		throw this.error('a LEB128 number does not end', from);
	}
	sleb(): number {
		const from = this.at;
		let value = 0;
		for (let count = 0; count < LONGEST_LEB; count++) {
			const byte = this.u8();
			value += (byte & 0x7f) * 2 ** (7 * count);
			if (byte < 0x80) return byte & 0x40 ? value - 2 ** (7 * (count + 1)) : value;
		}
		throw this.error('a LEB128 number does not end', from);
	}
	string(): string {
		const from = this.at;
		const stop = this.bytes.subarray(from, Math.min(this.end, from + LONGEST_STRING)).indexOf(0);
		if (stop < 0) throw this.error('a string does not end', from);
		this.at = from + stop + 1;
		return decoder.decode(this.bytes.subarray(from, from + stop));
	}
	/** The next `size` bytes as a reader of their own. */
	part(size: number): Reader {
		const from = this.claim(size);
		return new Reader(this.bytes, this.section, from, from + size);
	}
	/** A length that opens a unit, and the unit as a reader (DWARF 4, 7.4). The 64-bit format has no place in a 32-bit image. */
	unit(): Reader {
		const from = this.at;
		const length = this.u32();
		if (length >= 0xffff_fff0) throw this.error('a unit in the 64-bit format', from);
		if (length > this.end - this.at)
			throw this.error(`a unit of ${length} bytes, but only ${this.end - this.at} are left`, from);
		return this.part(length);
	}
}

/** A null-terminated string of a string section; '' with nothing there. */
export function stringAt(bytes: Uint8Array | undefined, offset: number): string {
	if (!bytes || !(offset >= 0 && offset < bytes.length)) return '';
	const stop = bytes.indexOf(0, offset);
	return decoder.decode(bytes.subarray(offset, Math.min(stop < 0 ? bytes.length : stop, offset + LONGEST_STRING)));
}
