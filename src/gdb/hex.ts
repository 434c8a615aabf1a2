/** Hexadecimal as the protocol writes it: two digits a byte, numbers big end first, registers and memory as they lie. */

/** Two lower-case digits a byte. */
export const toHex = (bytes: Uint8Array): string =>
	Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The bytes that `text` writes down, or null where it is no even row of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | null {
	if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return null;
	return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(at * 2, at * 2 + 2), 16));
}

/** A number, most significant digit first; NaN where `text` is none, or has more than 32 bits. */
export const hexNumber = (text: string): number => (/^[0-9a-f]{1,8}$/i.test(text) ? parseInt(text, 16) : NaN);

/** A 32-bit value in the byte order of the target, as eight digits. */
export const wordHex = (value: number): string =>
	toHex(Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24));

/** A text as the digits of its UTF-8 bytes. */
export const textHex = (text: string): string => toHex(new TextEncoder().encode(text));
