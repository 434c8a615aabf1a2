/**
 * One domain's connection to xenstore: its ring, the bytes on their way in and out, its transactions.
 * Replies and watch events leave in the order they were made. While earlier bytes wait for room, no
 * new request is taken up: a guest that does not read its replies only stops itself.
 */
import { XENSTORE_ERROR_PROTO, XENSTORE_ERROR_RINGIDX } from '../../abi/structs/xenstore';
import { QUOTA } from './access';
import type { XenstoreRing } from './ring';
import type { Stamp } from './store';
import { Transaction, type SavedTransaction } from './transactions';
import { Assembler, encode, type Message } from './wire';

/** A connection as plain data. */
export interface SavedConnection {
	dom: number;
	pending: Uint8Array;
	outgoing: Uint8Array[];
	dead: boolean;
	nextTransaction: number;
	transactions: SavedTransaction[];
}

/** One domain's side of the conversation. */
export class Connection {
	readonly transactions = new Map<number, Transaction>();
	nextTransaction = 1;
	/** It broke the protocol and is no longer served. */
	dead = false;
	private readonly assembler = new Assembler();
	private outgoing: Uint8Array[] = [];
	private queuedBytes = 0;

	constructor(
		readonly dom: number,
		private readonly ring: XenstoreRing,
		/** Signals the guest that the ring has moved. */
		private readonly notify: () => void
	) {}

	/** Takes requests out of the ring and has each answered, as long as the answers find room. */
	service(answer: (connection: Connection, message: Message) => void): void {
		if (this.dead) return;
		let moved = this.flush();
		while (this.outgoing.length === 0 && !this.dead) {
			const message = this.next();
			if (message === null) break;
			answer(this, message);
			moved = this.flush() || moved;
		}
		if (moved) this.notify();
	}

	reply(message: Message): void {
		this.enqueue(encode(message));
	}

	/** Queues an event and starts sending it; dropped when the guest lets too many wait. */
	event(message: Message): void {
		const bytes = encode(message);
		if (this.dead || this.queuedBytes + bytes.length > QUOTA.queuedBytes) return;
		this.enqueue(bytes);
	}

	/** Moves queued bytes into the ring; whether any moved. */
	flush(): boolean {
		let moved = false;
		while (this.outgoing.length > 0 && !this.dead) {
			const sent = this.ring.put(this.outgoing[0]);
			if (sent < 0) {
				this.die(XENSTORE_ERROR_RINGIDX);
				break;
			}
			if (sent === 0) break;
			moved = true;
			this.queuedBytes -= sent;
			if (sent === this.outgoing[0].length) this.outgoing.shift();
			else this.outgoing[0] = this.outgoing[0].subarray(sent);
		}
		return moved;
	}

	/** Sends what waits, outside of a request, and signals the guest. */
	push(): void {
		if (this.flush()) this.notify();
	}

	save(): SavedConnection {
		return {
			dom: this.dom,
			pending: this.assembler.save(),
			outgoing: this.outgoing.map((bytes) => bytes.slice()),
			dead: this.dead,
			nextTransaction: this.nextTransaction,
			transactions: [...this.transactions.values()].map((transaction) => transaction.save())
		};
	}

	restore(saved: SavedConnection, stamp: Stamp): void {
		this.assembler.restore(saved.pending);
		this.outgoing = saved.outgoing.map((bytes) => bytes.slice());
		this.queuedBytes = this.outgoing.reduce((sum, bytes) => sum + bytes.length, 0);
		this.dead = saved.dead;
		this.nextTransaction = saved.nextTransaction;
		this.transactions.clear();
		for (const transaction of saved.transactions)
			this.transactions.set(transaction.id, Transaction.restore(transaction, this.dom, stamp));
	}

	private enqueue(bytes: Uint8Array): void {
		this.outgoing.push(bytes);
		this.queuedBytes += bytes.length;
	}

	private next(): Message | null {
		const waiting = this.assembler.next();
		if (waiting === 'too long') return this.die(XENSTORE_ERROR_PROTO);
		if (waiting) return waiting;
		const bytes = this.ring.take();
		if (!bytes) return this.die(XENSTORE_ERROR_RINGIDX);
		this.assembler.push(bytes);
		const message = this.assembler.next();
		return message === 'too long' ? this.die(XENSTORE_ERROR_PROTO) : message;
	}

	private die(reason: number): null {
		this.dead = true;
		this.ring.fail(reason);
		return null;
	}
}
