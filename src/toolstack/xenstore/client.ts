/**
 * A program's own connection to xenstore, such as the one that `xl` opens to the daemon's socket: it acts as domain 0, beside the ring of
 * domain 0's kernel, with watches of its own. A transaction is done in one go, so it never meets a conflict.
 */
import { XS } from '../../abi/structs/xenstore';
import { KIND, type Recorder, word } from '../../trace/events';
import { Access } from './access';
import { XsError } from './errors';
import { permissions } from './permissions';
import type { Xenstore } from './server';

/** A watch event that has come and waits to be looked at. */
export interface ClientEvent {
	readonly path: string;
	readonly token: string;
	/** Seq of the event that led to it, or -1. */
	readonly cause: number;
}

const OWN_DOMAIN = 0;

/** What a program may ask, within a transaction or outside of one. Paths are absolute; permissions are written `n0 r1`. */
export class Requests {
	constructor(
		private readonly access: () => Access,
		private readonly recorder: Recorder
	) {}

	/** The value, or undefined where there is no such node. */
	read(path: string): string | undefined {
		return this.ask(XS.READ, path, (access) => access.read(path));
	}

	/** Names of the children in the order of their making; none where there is no such node. */
	list(path: string): string[] {
		return this.ask(XS.DIRECTORY, path, (access) => access.list(path).names) ?? [];
	}

	write(path: string, value: string, perms?: string): void {
		this.ask(XS.WRITE, path + value, (access) => access.write(path, value));
		if (perms) this.setPermissions(path, perms);
	}

	mkdir(path: string, perms?: string): void {
		this.ask(XS.MKDIR, path, (access) => access.mkdir(path));
		if (perms) this.setPermissions(path, perms);
	}

	/** Removes a subtree; nothing happens where there is none. */
	remove(path: string): void {
		this.ask(XS.RM, path, (access) => access.remove(path));
	}

	setPermissions(path: string, perms: string): void {
		this.ask(XS.SET_PERMS, [path, ...perms.split(' ')].join('\0'), (access) =>
			access.setPermissions(path, permissions(perms))
		);
	}

	/** Does it and leaves a trace of it; undefined where the answer is ENOENT. */
	private ask<T>(op: number, payload: string, body: (access: Access) => T): T | undefined {
		let error = 0;
		try {
			return body(this.access());
		} catch (thrown) {
			if (!(thrown instanceof XsError) || thrown.code !== 'ENOENT') throw thrown;
			error = thrown.number;
			return undefined;
		} finally {
			this.recorder.record(
				KIND.xenstore,
				word('of_dom', OWN_DOMAIN),
				word('op', op),
				word('bytes', payload.length + 1),
				word('error', error)
			);
		}
	}
}

/** One program's connection. */
export class Client extends Requests {
	private events: ClientEvent[] = [];

	/**
	 * @param number tells it from other programs, 1 up
	 * @param wake called when an event has come that nobody has taken yet
	 */
	constructor(
		private readonly server: Xenstore,
		private readonly tracer: Recorder,
		readonly number: number,
		private readonly wake: () => void
	) {
		super(() => server.live(OWN_DOMAIN), tracer);
		server.attach(-number, (path, token) => {
			this.events.push({ path, token, cause: tracer.cause });
			this.wake();
		});
	}

	/** Makes what `body` asks happen at once, and what it throws undo it. */
	transaction<T>(body: (requests: Requests) => T): T {
		const transaction = this.server.transaction(0, OWN_DOMAIN);
		const access = new Access(transaction.tree, OWN_DOMAIN, transaction);
		const result = body(new Requests(() => access, this.tracer));
		this.server.commit(transaction);
		return result;
	}

	/** Sets a watch: its first event comes at once. */
	watch(path: string, token: string): void {
		this.server.watchAs(-this.number, path, token);
	}

	/** Takes a watch back, and the events that it has left here. */
	unwatch(path: string, token: string): void {
		this.server.unwatchAs(-this.number, path, token);
		this.events = this.events.filter((event) => event.token !== token);
	}

	/** The next event that waits, or undefined. */
	next(): ClientEvent | undefined {
		return this.events.shift();
	}

	get waiting(): boolean {
		return this.events.length > 0;
	}

	save(): ClientEvent[] {
		return [...this.events];
	}

	restore(saved: readonly ClientEvent[]): void {
		this.events = [...saved];
	}
}
