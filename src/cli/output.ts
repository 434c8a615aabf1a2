/** Writing to standard output and to files, all of it, before going on. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from './arguments';

const sleep = (milliseconds: number): void =>
	void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Writes all of `bytes`; waits while a pipe is full. */
export function writeAll(fd: number, bytes: Uint8Array): void {
	let done = 0;
	while (done < bytes.length) {
		try {
			done += writeSync(fd, bytes, done);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
			sleep(2);
		}
	}
}

/** The guest's console on standard output. */
export class ConsoleOutput {
	/** The reader went away: nothing more is written. */
	closed = false;
	private last = 0x0a;

	write(bytes: Uint8Array): void {
		if (this.closed || bytes.length === 0) return;
		this.last = bytes[bytes.length - 1];
		try {
			writeAll(1, bytes);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
			this.closed = true;
		}
	}

	/** Whether the console stands in the middle of a line. */
	get midLine(): boolean {
		return this.last !== 0x0a;
	}
}

/** A line on standard error; a closed one is no reason to fail. */
export function say(text: string): void {
	try {
		writeAll(2, new TextEncoder().encode(text + '\n'));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
	}
}

/** A file opened before the run, so that a bad path is told at once. */
export class OutputFile {
	private readonly fd: number;

	/** @param option by which it was named, for what is said of it */
	constructor(
		option: string,
		readonly path: string
	) {
		try {
			this.fd = openSync(path, 'w');
		} catch (error) {
			throw new UsageError(`${option}: ${path} cannot be written: ${(error as Error).message}`);
		}
	}

	/** Writes all pieces and closes the file. */
	finish(pieces: Iterable<string | Uint8Array>): void {
		const encoder = new TextEncoder();
		try {
			for (const piece of pieces) writeAll(this.fd, typeof piece === 'string' ? encoder.encode(piece) : piece);
		} finally {
			closeSync(this.fd);
		}
	}
}
