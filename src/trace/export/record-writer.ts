/**
 * Records in the windows of a file: for each stretch of one processor's buffer xentrace writes a record TRACE_CPU_CHANGE
 * with the number of the processor and how many bytes of its records follow. Time stamps are not its concern.
 */
import { CYCLES_INCLUDED, TRC, WORDS_SHIFT } from './records';

/** Bytes a window: half of the buffer that xentrace asks for, the mark at which Xen wakes it. */
const WINDOW_BYTES = 64 * 1024;
/** Header, time stamp and words. */
const LARGEST_RECORD = 4 + 8 + 7 * 4;
const CPU_CHANGE_BYTES = 12;

/** Writes the records of one processor. */
export class RecordWriter {
	private view = RecordWriter.window();
	private at = CPU_CHANGE_BYTES;
	private readonly done: Uint8Array<ArrayBuffer>[] = [];

	constructor(private readonly cpu = 0) {}

	private static window(): DataView<ArrayBuffer> {
		return new DataView(new ArrayBuffer(CPU_CHANGE_BYTES + WINDOW_BYTES));
	}

	/** A record with its time; `words` are taken modulo 2^32. */
	record(cycle: number, event: number, ...words: number[]): void {
		if (this.at + LARGEST_RECORD > this.view.byteLength) this.close();
		const { view } = this;
		view.setUint32(this.at, event | (words.length << WORDS_SHIFT) | CYCLES_INCLUDED, true);
		view.setUint32(this.at + 4, cycle, true);
		view.setUint32(this.at + 8, Math.floor(cycle / 0x1_0000_0000), true);
		this.at += 12;
		for (const word of words) {
			view.setUint32(this.at, word, true);
			this.at += 4;
		}
	}

	private close(): void {
		const { view, at } = this;
		view.setUint32(0, TRC.TRACE_CPU_CHANGE | (2 << WORDS_SHIFT), true);
		view.setUint32(4, this.cpu, true);
		view.setUint32(8, at - CPU_CHANGE_BYTES, true);
		this.done.push(new Uint8Array(view.buffer, 0, at));
		this.view = RecordWriter.window();
		this.at = CPU_CHANGE_BYTES;
	}

	/** Windows that are full. */
	take(): Uint8Array<ArrayBuffer>[] {
		return this.done.splice(0);
	}

	/** The last window as well, full or not. */
	finish(): Uint8Array<ArrayBuffer>[] {
		this.close();
		return this.take();
	}
}
