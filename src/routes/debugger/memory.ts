/** Memory as rows of a hex dump. */
import { hex8 } from '../../base';

export interface DumpRow {
	address: string;
	/** Sixteen bytes as two hexadecimal digits, or `  ` where nothing was read. */
	bytes: string[];
	text: string;
	/** Places among the sixteen that differ from before. */
	changed: boolean[];
}

const PRINTABLE = (byte: number) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/** @param before the same bytes as they were at the last stop, or null */
export function dump(start: number, bytes: Uint8Array, before: Uint8Array | null): DumpRow[] {
	const rows: DumpRow[] = [];
	for (let at = 0; at < bytes.length; at += 16) {
		const part = Array.from(bytes.subarray(at, at + 16));
		rows.push({
			address: hex8(start + at),
			bytes: Array.from({ length: 16 }, (_, index) => part[index]?.toString(16).padStart(2, '0') ?? '  '),
			text: part.map(PRINTABLE).join(''),
			changed: part.map((byte, index) => before !== null && at + index < before.length && before[at + index] !== byte)
		});
	}
	return rows;
}
