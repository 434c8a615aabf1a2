/**
 * Which instructions stand around the next one. Code can be read forwards only, so what comes before is found by
 * starting at the function's symbol, or some bytes earlier where reading falls in step with the instruction.
 */
import { HYPERCALL_VECTOR, vectorName } from '../../trace/values';
import type { CodeLine } from '../../moments';

/** Lines shown, and how many of them come after the next instruction at least. */
const LINES = 56;
const AFTER = 36;
/** A function that starts further back is not shown from its start, bytes. */
const NEAR = 480;
/** Without a symbol: how far back reading may begin, bytes, and how far it needs to fall in step. */
const BACK = 72;
const SETTLE = 24;

/** What reads code: `DebugSession` is one. */
export interface CodeReader {
	disassemble(address: number, count: number): Promise<CodeLine[]>;
	readonly symbols: { near(address: number): { name: string; offset: number } | null };
}

const sameBytes = (line: CodeLine, bytes: Uint8Array): boolean =>
	line.bytes.every((byte, index) => index >= bytes.length || bytes[index] === byte);

/** Whether a listing still shows the instruction at `address`, with room after it. */
export function stillShows(shown: readonly CodeLine[], address: number, bytes: Uint8Array): boolean {
	const at = shown.findIndex((line) => line.address === address);
	return at >= 0 && at < shown.length - 8 && sameBytes(shown[at], bytes);
}

/** Xen's own entries: `0F 3F ib` after each gate, said in words; the filling between them is left out. */
export function readable(lines: readonly CodeLine[]): CodeLine[] {
	const native = (line: CodeLine | undefined) => /^native 0x([0-9a-f]+)$/.exec(line?.text ?? '');
	return lines.flatMap((line, index) => {
		if (line.text === 'int3' && (native(lines[index - 1]) || native(lines[index + 1]))) return [];
		const entry = native(line);
		if (!entry) return [line];
		const vector = parseInt(entry[1], 16);
		const name = vector === HYPERCALL_VECTOR ? 'int 0x82, a hypercall' : vectorName(vector);
		return [{ ...line, text: `native ${entry[1]} ; Xen takes ${name}` }];
	});
}

/** About `LINES` instructions around the one at `address`; none where nothing is mapped. */
export async function listing(code: CodeReader, address: number): Promise<CodeLine[]> {
	const near = code.symbols.near(address);
	if (near && near.offset <= NEAR) {
		const lines = await code.disassemble((address - near.offset) >>> 0, near.offset + AFTER);
		const at = lines.findIndex((line) => line.address === address);
		if (at >= 0) return readable(lines.slice(0, Math.max(LINES, at + AFTER)));
	}
	for (let back = Math.min(BACK, address); back >= 8; back -= back > BACK - 8 ? 1 : 16) {
		const lines = await code.disassemble(address - back, back + AFTER);
		const at = lines.findIndex((line) => line.address === address);
		if (at < 0) continue;
		const first = back > SETTLE * 2 ? lines.findIndex((line) => line.address >= address - back + SETTLE) : 0;
		return readable(lines.slice(Math.min(first, at), at + AFTER));
	}
	return readable(await code.disassemble(address, LINES));
}
