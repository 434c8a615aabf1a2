/** The decoder in a worker of its own, so that loading it never holds up the page or the machine. */
import * as Comlink from 'comlink';
import { Decoder, type Decoded } from './decode';

const decoder = Decoder.load();

/** What the worker answers: as `Decoder.decode`. */
export interface DecodeWorker {
	decode(bytes: Uint8Array, address: number, count: number, bits: 16 | 32): Promise<Decoded[]>;
}

const service: DecodeWorker = {
	decode: async (bytes, address, count, bits) => (await decoder).decode(bytes, address, count, bits)
};

Comlink.expose(service);
