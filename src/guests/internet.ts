/** The Internet's checksums (RFC 1071) over frames that were captured, for tests: written apart from the guests' own. */

/** The ones' complement sum of 16-bit words; 0xffff over what holds its own right checksum. */
export function sum16(bytes: Uint8Array): number {
	let sum = 0;
	for (let at = 0; at < bytes.length; at += 2) sum += bytes[at] * 256 + (bytes[at + 1] ?? 0);
	while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
	return sum;
}
