/**
 * The console daemon's side of one guest's console ring (xen/include/public/io/console.h).
 *
 * The guest may write anything into the shared page at any time. Each index is read once; a distance
 * larger than its ring is nonsense, and that direction then rests until the guest mends it.
 */
import { CONSOLE_IN_SIZE, CONSOLE_OUT_SIZE, XENCONS_INTERFACE } from '../abi/structs/io';
import type { SharedPage } from '../hypervisor/control';

const AT = XENCONS_INTERFACE.at;

/** What goes around a ring. */
export interface ConsoleHooks {
	/** Signals the guest's event channel. */
	notify(): void;
	/** Takes bytes that the guest wrote. */
	output(bytes: Uint8Array): void;
	/** Told how many typed bytes went into the ring. */
	typed(count: number): void;
}

/** What the daemon holds beside the shared page. */
export interface SavedConsole {
	queue: number[];
}

/** One guest's console, from the daemon's side. */
export class ConsoleRing {
	/** Typed bytes that wait for room in the ring. */
	private queue: number[] = [];

	constructor(
		private readonly page: SharedPage,
		private readonly hooks: ConsoleHooks
	) {}

	/** Typed bytes that the guest has not got yet. */
	get waiting(): number {
		return this.queue.length;
	}

	/** Bytes in the guest's input ring that it has not read yet. */
	get unread(): number {
		return (this.page.read32(AT.in_prod) - this.page.read32(AT.in_cons)) >>> 0;
	}

	/** Queues typed bytes; `service` moves them. */
	type(bytes: Uint8Array): void {
		for (const byte of bytes) this.queue.push(byte);
	}

	/** Moves what can be moved both ways, and signals the guest if anything was. */
	service(): void {
		const took = this.drain();
		const gave = this.feed();
		if (took || gave) this.hooks.notify();
	}

	/** Takes the guest's output; whether there was any. */
	drain(): boolean {
		const consumer = this.page.read32(AT.out_cons);
		const length = (this.page.read32(AT.out_prod) - consumer) >>> 0;
		if (length === 0 || length > CONSOLE_OUT_SIZE) return false;
		const bytes = new Uint8Array(length);
		const at = consumer & (CONSOLE_OUT_SIZE - 1);
		const first = Math.min(length, CONSOLE_OUT_SIZE - at);
		bytes.set(this.page.read(AT.out + at, first));
		bytes.set(this.page.read(AT.out, length - first), first);
		this.page.write32(AT.out_cons, consumer + length);
		this.hooks.output(bytes);
		return true;
	}

	/** Gives typed bytes to the guest as far as there is room; whether any went. */
	private feed(): boolean {
		const producer = this.page.read32(AT.in_prod);
		const used = (producer - this.page.read32(AT.in_cons)) >>> 0;
		if (used > CONSOLE_IN_SIZE) return false;
		const count = Math.min(this.queue.length, CONSOLE_IN_SIZE - used);
		if (count === 0) return false;
		this.queue.splice(0, count).forEach((byte, index) => {
			this.page.write(AT.in + ((producer + index) & (CONSOLE_IN_SIZE - 1)), Uint8Array.of(byte));
		});
		this.page.write32(AT.in_prod, producer + count);
		this.hooks.typed(count);
		return true;
	}

	save(): SavedConsole {
		return { queue: [...this.queue] };
	}

	restore(saved: SavedConsole): void {
		this.queue = [...saved.queue];
	}
}
