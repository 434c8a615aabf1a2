/** For tests: the real GDB on a script, and a client that speaks the protocol by itself. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromLatin1, latin1, lengthen, packet, PacketReader } from './packets';

/** GDB's path; '' where there is none. */
export const GDB =
	[process.env.GDB, '/usr/bin/gdb', '/usr/local/bin/gdb'].find((path) => path && existsSync(path)) ?? '';

/** Everything that GDB says when it carries `script` out on the server at `port`, from the first instruction on. */
export async function gdb(port: number, script: readonly string[]): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), 'ringside-gdb-'));
	const file = join(folder, 'script');
	const begin = [
		'set width 0',
		'set confirm off',
		'set print frame-arguments none',
		'set architecture i386',
		`target remote 127.0.0.1:${port}`,
		'monitor goto 0',
		'maintenance flush register-cache',
		'maintenance flush dcache'
	];
	writeFileSync(file, [...begin, ...script].join('\n') + '\n');
	try {
		// One file for both: what comes by two pipes may be heard in another order than it was said in.
		const said = join(folder, 'said');
		const into = openSync(said, 'a');
		await new Promise<void>((resolve, reject) => {
			const child = spawn(GDB, ['-batch', '-nx', '-x', file], { stdio: ['ignore', into, into] });
			child.on('error', reject);
			child.on('close', () => resolve());
		});
		closeSync(into);
		return readFileSync(said, 'utf8');
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** A client that sends bytes and waits for replies. */
export class Client {
	private readonly reader = new PacketReader();
	private readonly replies: string[] = [];
	/** Everything that came between replies: `+`, `-`. */
	signs = '';
	closed = false;
	private wake: () => void = () => {};

	private constructor(private readonly socket: Socket) {
		socket.setNoDelay(true);
		socket.on('data', (bytes: Buffer) => {
			for (const found of this.reader.feed(bytes)) {
				if (found.kind === 'packet') this.replies.push(latin1(lengthen(found.data)));
				else this.signs += found.kind === 'ack' ? '+' : found.kind === 'nak' ? '-' : '?';
			}
			this.wake();
		});
		socket.on('error', () => socket.destroy());
		socket.on('close', () => {
			this.closed = true;
			this.wake();
		});
	}

	static open(port: number): Promise<Client> {
		return new Promise((resolve, reject) => {
			const socket = connect(port, '127.0.0.1', () => resolve(new Client(socket)));
			socket.once('error', reject);
		});
	}

	/** Raw bytes, one character each. */
	send(text: string): void {
		this.socket.write(fromLatin1(text));
	}

	/** The next packet that comes; rejects when the connection ends first. */
	async reply(): Promise<string> {
		while (this.replies.length === 0) {
			if (this.closed) throw new Error('the connection has ended');
			await new Promise<void>((resolve) => (this.wake = resolve));
		}
		return this.replies.shift()!;
	}

	/** Sends a packet and waits for the reply; text for the console that comes before it is put before it. */
	async ask(text: string): Promise<string> {
		this.socket.write(packet(fromLatin1(text)));
		let said = '';
		for (;;) {
			const reply = await this.reply();
			if (!/^O[0-9a-f]+$/.test(reply)) return said + reply;
			said += Buffer.from(reply.slice(1), 'hex').toString();
		}
	}

	/** Ends the connection, and waits until it has ended. */
	async close(): Promise<void> {
		this.socket.destroy();
		while (!this.closed) await new Promise<void>((resolve) => (this.wake = resolve));
	}
}
