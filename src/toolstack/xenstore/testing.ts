/** A guest's side of xenstore's ring, for tests: sends requests as bytes and reads replies as bytes. */
import { XENSTORE_INTERFACE, XENSTORE_RING_SIZE, XS } from '../../abi/structs/xenstore';
import { MemoryPage } from '../testing';
import { XenstoreRing } from './ring';
import type { Xenstore } from './server';
import { Assembler, encode, strings, type Message } from './wire';

const AT = XENSTORE_INTERFACE.at;

export class TestGuest {
	readonly page = new MemoryPage();
	readonly events: [path: string, token: string][] = [];
	signals = 0;
	private readonly assembler = new Assembler();
	private nextId = 1;

	constructor(
		readonly server: Xenstore,
		readonly dom: number
	) {
		server.introduce(dom, new XenstoreRing(this.page), () => this.signals++);
	}

	/** Puts bytes into the request ring as far as there is room; returns how many. */
	put(bytes: Uint8Array): number {
		const producer = this.page.read32(AT.req_prod);
		const room = XENSTORE_RING_SIZE - (producer - this.page.read32(AT.req_cons));
		const count = Math.min(room, bytes.length);
		for (let i = 0; i < count; i++) this.page.bytes[AT.req + ((producer + i) & (XENSTORE_RING_SIZE - 1))] = bytes[i];
		this.page.write32(AT.req_prod, producer + count);
		return count;
	}

	/** Takes all bytes out of the response ring. */
	take(): Uint8Array {
		const bytes: number[] = [];
		let consumer = this.page.read32(AT.rsp_cons);
		for (; consumer !== this.page.read32(AT.rsp_prod); consumer = (consumer + 1) >>> 0)
			bytes.push(this.page.bytes[AT.rsp + (consumer & (XENSTORE_RING_SIZE - 1))]);
		this.page.write32(AT.rsp_cons, consumer);
		return Uint8Array.from(bytes);
	}

	/** Sends bytes, letting the server work whenever the ring is full; collects what comes back. */
	exchange(bytes: Uint8Array): Message[] {
		const replies: Message[] = [];
		let sent = 0;
		for (let round = 0; round < 100; round++) {
			sent += this.put(bytes.subarray(sent));
			this.server.service(this.dom);
			replies.push(...this.receive());
		}
		return replies;
	}

	/** Takes the messages that have arrived; watch events go to `events`. */
	receive(): Message[] {
		this.assembler.push(this.take());
		const replies: Message[] = [];
		for (let message = this.assembler.next(); message && message !== 'too long'; message = this.assembler.next()) {
			if (message.type === XS.WATCH_EVENT) this.events.push(strings(message.payload) as [string, string]);
			else replies.push(message);
		}
		return replies;
	}

	/** One request and its reply's payload; an error comes back as `!ENOENT`. */
	ask(type: number, payload: string, transaction = 0): string {
		const requestId = this.nextId++;
		const replies = this.exchange(encode({ type, requestId, transaction, payload }));
		const reply = replies.find((message) => message.requestId === requestId);
		if (!reply) return 'no reply';
		return reply.type === XS.ERROR ? `!${reply.payload.replace('\0', '')}` : reply.payload;
	}

	read = (path: string, tx = 0): string => this.ask(XS.READ, `${path}\0`, tx);
	write = (path: string, value: string, tx = 0): string => this.ask(XS.WRITE, `${path}\0${value}`, tx);
	list = (path: string, tx = 0): string[] | string => {
		const reply = this.ask(XS.DIRECTORY, `${path}\0`, tx);
		return reply.startsWith('!') ? reply : strings(reply);
	};
	remove = (path: string, tx = 0): string => this.ask(XS.RM, `${path}\0`, tx);
	watch = (path: string, token: string): string => this.ask(XS.WATCH, `${path}\0${token}\0`);
	start = (): number => Number.parseInt(this.ask(XS.TRANSACTION_START, '\0'), 10);
	end = (tx: number, commit = true): string => this.ask(XS.TRANSACTION_END, `${commit ? 'T' : 'F'}\0`, tx);
	perms = (path: string): string => this.ask(XS.GET_PERMS, `${path}\0`);
	setPerms = (path: string, ...perms: string[]): string => this.ask(XS.SET_PERMS, [path, ...perms, ''].join('\0'));
}
