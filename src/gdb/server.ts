/**
 * The server: on the loopback address alone, one client at a time. It listens to the socket between the pieces of what takes long, so
 * that 0x03 stops it; and whatever a client sends or leaves unsaid, the next one finds it ready.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { refusal } from './commands';
import type { Debuggee } from './debuggee';
import { fromLatin1, packet, PacketReader, shorten, type Incoming } from './packets';
import { Session, type Reply } from './session';

/** How long a client waits for the one before it, whose leave may be on its way. */
const PATIENCE_MS = 1000;
const LOOPBACK = '127.0.0.1';
const ACK = '+';
const NAK = '-';
/** Packets that a client may send ahead of their replies. */
const MOST_WAITING = 64;

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One client, from its first byte to its last. */
class Connection {
	private readonly reader = new PacketReader();
	private readonly session: Session;
	private readonly waiting: { data: Uint8Array; interrupted: boolean }[] = [];
	private last: Uint8Array = new Uint8Array(0);
	private busy = false;
	private interrupted = false;
	private closed = false;

	constructor(
		private readonly socket: Socket,
		debuggee: Debuggee,
		log: (text: string) => void,
		private readonly onEnd: () => void
	) {
		this.session = new Session(debuggee, { send: (text) => this.send(text), log });
		socket.on('data', (bytes: Buffer) => this.take(bytes));
		socket.on('close', () => this.close());
	}

	private take(bytes: Uint8Array): void {
		for (const incoming of this.reader.feed(bytes)) this.incoming(incoming);
		void this.work();
	}

	private incoming(incoming: Incoming): void {
		const { acknowledges } = this.session;
		switch (incoming.kind) {
			case 'packet':
				if (acknowledges) this.socket.write(ACK);
				this.waiting.push({ data: incoming.data, interrupted: false });
				if (this.waiting.length > MOST_WAITING) this.socket.destroy();
				return;
			case 'broken':
				if (acknowledges) this.socket.write(NAK);
				return;
			case 'nak':
				if (acknowledges && this.last.length > 0) this.socket.write(this.last);
				return;
			case 'interrupt':
				this.interrupt();
				return;
			case 'ack':
		}
	}

	/** Means the packet before it, which may not have been begun; when there is none, nothing. */
	private interrupt(): void {
		const last = this.waiting.at(-1);
		if (last) last.interrupted = true;
		else this.interrupted = this.busy;
	}

	/** Answers what waits, one packet after another. */
	private async work(): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		for (let next = this.waiting.shift(); next && !this.closed; next = this.waiting.shift()) {
			this.interrupted = next.interrupted;
			const text = await this.carryOut(this.session.reply(next.data));
			if (!this.closed) this.send(text);
		}
		this.busy = false;
		if (this.closed) this.onEnd();
	}

	/** The reply itself, at once or after listening in between. */
	private async carryOut(reply: Reply): Promise<string> {
		if (reply === null) return '';
		if (typeof reply === 'string') return reply;
		for (;;) {
			const text = this.session.advance(reply.way);
			if (text !== null) return text;
			await pause();
			if (this.interrupted || this.closed) return this.session.giveUp(reply);
		}
	}

	private send(text: string): void {
		this.last = packet(shorten(fromLatin1(text)));
		if (!this.socket.destroyed) this.socket.write(this.last);
	}

	private close(): void {
		this.closed = true;
		if (!this.busy) this.onEnd();
	}
}

/** A server for one run. */
export class GdbServer {
	private readonly server: Server;
	private current: Connection | null = null;
	private readonly sockets = new Set<Socket>();
	/** They wait for the current client to have gone. */
	private readonly queue: Socket[] = [];

	/** @param log gets a line for whoever started the server */
	constructor(
		private readonly debuggee: Debuggee,
		private readonly log: (text: string) => void
	) {
		this.server = createServer((socket) => this.connect(socket));
	}

	/** Begins to listen; 0 chooses a free port. Gives the port. Rejects where it is taken. */
	listen(port: number): Promise<number> {
		return new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, LOOPBACK, () => resolve((this.server.address() as AddressInfo).port));
		});
	}

	/** Stops listening; a client is cut off. */
	close(): void {
		this.server.close();
		for (const socket of this.sockets) socket.destroy();
	}

	private connect(socket: Socket): void {
		this.sockets.add(socket.once('close', () => this.sockets.delete(socket)));
		socket.setNoDelay(true);
		socket.on('error', () => socket.destroy());
		if (!this.current) return this.serve(socket);
		this.queue.push(socket);
		setTimeout(() => {
			const at = this.queue.indexOf(socket);
			if (at < 0) return;
			this.queue.splice(at, 1);
			this.refuse(socket);
		}, PATIENCE_MS);
	}

	private serve(socket: Socket): void {
		this.current = new Connection(socket, this.debuggee, this.log, () => {
			this.current = null;
			const next = this.queue.shift();
			if (next) this.serve(next);
		});
	}

	/** The first packet is answered by the reason; GDB shows it. */
	private refuse(socket: Socket): void {
		const reason = 'another debugger is connected; one at a time';
		this.log(`a second debugger was refused: ${reason}`);
		socket.once('data', () => socket.end(Buffer.concat([fromLatin1(ACK), packet(fromLatin1(refusal(reason)))])));
	}
}
