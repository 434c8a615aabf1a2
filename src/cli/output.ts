/** Where a command writes, all of it, before going on: standard output, standard error, files. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from './arguments';

/** A stream that takes bytes; throws an error whose code is EPIPE once nobody reads it any more. */
export interface Output {
	write(bytes: Uint8Array): void;
}

/** Standard input, for a command that is talked to. Text is bytes, a character each. */
export interface Input {
	/** A person types there: it is read line by line, or key by key. */
	readonly terminal: boolean;
	/** Tells what is typed, and the end of it; returns what stops the reading. */
	listen(onText: (text: string) => void, onEnd: () => void): () => void;
	/** Each key at once and unchanged, or whole lines, as the terminal edits them. */
	keys(each: boolean): void;
}

/** What a command has of the world besides files: a process's own (main.ts), or a test's (testing.ts). */
export interface Streams {
	readonly stdin: Input;
	readonly stdout: Output;
	readonly stderr: Output;
	/** Calls `listener` when the command is asked to stop; returns what takes it back. */
	onInterrupt(listener: () => void): () => void;
}

const encoder = new TextEncoder();
const bytesOf = (piece: string | Uint8Array): Uint8Array => (typeof piece === 'string' ? encoder.encode(piece) : piece);

const sleep = (milliseconds: number): void =>
	void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** An open file as an output; waits while it is a pipe that is full. */
export const fileOutput = (fd: number): Output => ({
	write(bytes) {
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
});

export const writeAll = (output: Output, pieces: Iterable<string | Uint8Array>): void => {
	for (const piece of pieces) output.write(bytesOf(piece));
};

const isClosed = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE';

/** The guest's console on standard output. */
export class ConsoleOutput {
	/** The reader went away: nothing more is written. */
	closed = false;
	private last = 0x0a;

	constructor(private readonly output: Output) {}

	write(bytes: Uint8Array): void {
		if (this.closed || bytes.length === 0) return;
		this.last = bytes[bytes.length - 1];
		try {
			this.output.write(bytes);
		} catch (error) {
			if (!isClosed(error)) throw error;
			this.closed = true;
		}
	}

	/** A line of text, which gets its end. */
	writeLine(line: string): void {
		this.write(bytesOf(`${line}\n`));
	}

	/** Whether the console stands in the middle of a line. */
	get midLine(): boolean {
		return this.last !== 0x0a;
	}
}

/** A console among others, a line at a time, each marked. */
export class MarkedLines {
	private line = '';
	private readonly decoder = new TextDecoder();

	/** @param tell takes a line without its end */
	constructor(
		private readonly tell: (line: string) => void,
		private readonly mark: string
	) {}

	write(bytes: Uint8Array): void {
		const lines = (this.line + this.decoder.decode(bytes, { stream: true })).split('\n');
		this.line = lines.pop() ?? '';
		for (const line of lines) this.tell(this.mark + line);
	}

	/** Writes what the last line has so far. */
	finish(): void {
		const rest = this.takeRest();
		if (rest !== '') this.tell(this.mark + rest);
	}

	/** What the last line has so far, which is then somebody else's to write. */
	takeRest(): string {
		const rest = this.line;
		this.line = '';
		return rest;
	}
}

/** A line on standard error; a closed one is no reason to fail. */
export function say({ stderr }: Streams, text: string): void {
	try {
		writeAll(stderr, [`${text}\n`]);
	} catch (error) {
		if (!isClosed(error)) throw error;
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
		try {
			writeAll(fileOutput(this.fd), pieces);
		} finally {
			closeSync(this.fd);
		}
	}
}
