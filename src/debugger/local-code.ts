/** Bytes to text and text to bytes in this thread; iced is loaded at the first question. */
import { Assembler, type Assembled } from './assembler/assembler';
import { Decoder, type Decoded } from './decode';

/** Asked of either side; see `Decoder.decode` and `Assembler.assemble`. */
export interface CodeWorker {
	decode(bytes: Uint8Array, address: number, count: number, bits: 16 | 32): Promise<Decoded[]>;
	assemble(text: string, address: number): Promise<Assembled>;
}

/** In this thread. */
export function localCode(): CodeWorker {
	let decoder: Promise<Decoder> | null = null;
	let assembler: Promise<Assembler> | null = null;
	return {
		decode: async (...asked) => (await (decoder ??= Decoder.load())).decode(...asked),
		assemble: async (...asked) => (await (assembler ??= Assembler.load())).assemble(...asked)
	};
}
