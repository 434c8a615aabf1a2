/**
 * Bytes to text and text to bytes: in a worker where there are workers, so that loading iced holds up neither page nor machine, else in this
 * thread. Nothing is loaded before the first question. Where iced cannot be had, code is still told, by the processor's own table.
 */
import * as Comlink from 'comlink';
import { Lifeline, startWorker } from '../workbench/worker/lifeline';
import type { Assembled } from './assembler/assembler';
import type { Decoded } from './decode';
import { localCode, type CodeWorker } from './local-code';

type Decode = CodeWorker['decode'];

export class CodeService {
	private lifeline: Lifeline | null = null;
	private asked: CodeWorker | null = null;
	private plain: Promise<Decode> | null = null;

	/** @param onmissing is told once why there is no disassembler */
	constructor(private readonly onmissing: (why: string) => void = () => {}) {}

	async decode(bytes: Uint8Array, address: number, count: number, bits: 16 | 32 = 32): Promise<Decoded[]> {
		if (!this.plain) {
			try {
				return await this.service.decode(bytes, address, count, bits);
			} catch (error) {
				if (!this.plain) {
					this.plain = plainly();
					this.close();
					this.onmissing(error instanceof Error ? error.message : String(error));
				}
			}
		}
		return (await this.plain)(bytes, address, count, bits);
	}

	/** Rejects where iced cannot be had. */
	async assemble(text: string, address: number): Promise<Assembled> {
		return this.service.assemble(text, address);
	}

	/** Ends the worker. */
	close(): void {
		this.lifeline?.end();
		this.lifeline = this.asked = null;
	}

	private get service(): CodeWorker {
		return (this.asked ??= typeof Worker === 'undefined' ? localCode() : this.inWorker());
	}

	private inWorker(): CodeWorker {
		const worker = startWorker(
			() => new Worker(new URL('./code.worker.ts', import.meta.url), { type: 'module', name: 'ringside-code' })
		);
		this.lifeline = new Lifeline(worker);
		return this.lifeline.guard<CodeWorker>(Comlink.wrap<CodeWorker>(worker));
	}
}

const plainly = async (): Promise<Decode> => {
	const { plainDecode } = await import('./plain-decode');
	return (...asked) => Promise.resolve(plainDecode(...asked));
};
