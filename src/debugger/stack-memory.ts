/** Memory for the reader of stacks: words at linear addresses, asked for in larger pieces. */
export type ReadMemory = (address: number, length: number) => Promise<Uint8Array>;

const PIECE = 512;

/** Memory of one moment, kept as long as that moment is looked at. */
export class StackMemory {
	private readonly pieces = new Map<number, Promise<Uint8Array>>();

	constructor(private readonly source: ReadMemory) {}

	private piece(address: number): Promise<Uint8Array> {
		const start = (address & ~(PIECE - 1)) >>> 0;
		let piece = this.pieces.get(start);
		if (!piece) this.pieces.set(start, (piece = this.source(start, PIECE)));
		return piece;
	}

	/** Bytes at an address, as far as they are mapped. */
	async bytes(address: number, length: number): Promise<Uint8Array> {
		const found = new Uint8Array(length);
		let done = 0;
		while (done < length) {
			const at = (address + done) >>> 0;
			const piece = await this.piece(at);
			const part = piece.subarray(at & (PIECE - 1), (at & (PIECE - 1)) + length - done);
			if (part.length === 0) break;
			found.set(part, done);
			done += part.length;
		}
		return found.subarray(0, done);
	}

	/** The 32-bit word at an address; null where it is not mapped. */
	async word(address: number): Promise<number | null> {
		const bytes = await this.bytes(address, 4);
		return bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) : null;
	}

	/** Whether a CALL ends right before `address`: near relative (E8), or near indirect (FF /2) of any length (SDM vol. 2, CALL). */
	async followsCall(address: number): Promise<boolean> {
		const before = await this.bytes((address - 7) >>> 0, 7);
		if (before.length < 7) return false;
		if (before[2] === 0xe8) return true;
		return [2, 3, 4, 6, 7].some((length) => {
			const [opcode, modrm] = [before[7 - length], before[8 - length]];
			return opcode === 0xff && ((modrm >>> 3) & 7) === 2 && indirectLength(modrm, before[9 - length]) === length;
		});
	}
}

/** Length of FF /2 by its ModRM and SIB bytes (SDM vol. 2, tables 2-2 and 2-3). */
function indirectLength(modrm: number, sib: number): number {
	const [mod, rm] = [modrm >>> 6, modrm & 7];
	if (mod === 3) return 2;
	const withSib = rm === 4 ? 1 : 0;
	const far = mod === 2 || (mod === 0 && (rm === 5 || (rm === 4 && (sib & 7) === 5)));
	return 2 + withSib + (far ? 4 : mod);
}
