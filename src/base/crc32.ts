/** CRC-32 as in gzip and PNG (ISO 3309): polynomial 0xEDB88320, reflected, both ends inverted. */
const TABLES: readonly Uint32Array[] = makeTables();

/** Four tables, so that four bytes are taken in one step. */
function makeTables(): Uint32Array[] {
	const tables = [0, 1, 2, 3].map(() => new Uint32Array(256));
	for (let byte = 0; byte < 256; byte++) {
		let value = byte;
		for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
		tables[0][byte] = value;
	}
	for (let byte = 0; byte < 256; byte++) {
		for (let n = 1; n < 4; n++) {
			const before = tables[n - 1][byte];
			tables[n][byte] = (before >>> 8) ^ tables[0][before & 0xff];
		}
	}
	return tables;
}

/** The checksum of `bytes`, going on from that of what came before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
	const [t0, t1, t2, t3] = TABLES;
	let crc = ~before;
	let at = 0;
	for (const end = bytes.length - 3; at < end; at += 4) {
		crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
		crc = t3[crc & 0xff] ^ t2[(crc >>> 8) & 0xff] ^ t1[(crc >>> 16) & 0xff] ^ t0[crc >>> 24];
	}
	for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]) & 0xff];
	return ~crc >>> 0;
}
