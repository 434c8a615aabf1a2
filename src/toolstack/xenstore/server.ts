/**
 * xenstore: the tree, its watches, and the domains that are connected. What each request does is in
 * `requests.ts`.
 */
import { KIND, type Recorder, word } from '../../trace/events';
import { XENSTORE_PAYLOAD_MAX, XS } from '../../abi/structs/xenstore';
import { Access, type Change, type Witness } from './access';
import { Connection, type SavedConnection } from './connection';
import { XsError } from './errors';
import { watchPath } from './path';
import { formatPermission, isPrivileged, permissions, type Permissions } from './permissions';
import { REQUESTS, TRANSACTIONAL } from './requests';
import type { XenstoreRing } from './ring';
import { descendants, findNode, restoreNode, saveNode, Tree, type Node, type SavedNode, type Stamp } from './store';
import { Transaction } from './transactions';
import { Watches, type Watch } from './watches';
import { joined, strings, type Message } from './wire';

/** What `Xenstore.save` gives: plain data. */
export interface SavedXenstore {
	root: SavedNode;
	generation: number;
	watches: Watch[];
	connections: SavedConnection[];
}

const EMPTY_ROOT: Node = { value: '', permissions: permissions('n0'), children: new Map(), generation: 0 };

/** The server: what guests ask through rings, and what the toolstack does as domain 0. */
export class Xenstore {
	private readonly stamp: Stamp = { generation: 0 };
	private tree = new Tree(EMPTY_ROOT, this.stamp);
	readonly watches = new Watches((watch, at) => this.deliver(watch, at));
	private readonly fireAtOnce: Witness = {
		looked: () => {},
		changing: () => {},
		changed: (change, before) => this.fire(change, before)
	};
	private readonly connections = new Map<number, Connection>();
	/** Programs in domain 0 with connections of their own, by negative numbers. */
	private readonly programs = new Map<number, (path: string, token: string) => void>();

	constructor(private readonly recorder: Recorder) {}

	/** Connects domain `dom` by its ring page; `notify` signals its event channel. */
	introduce(dom: number, ring: XenstoreRing, notify: () => void): void {
		this.connections.set(dom, new Connection(dom, ring, notify));
		ring.introduce();
		this.watches.special('@introduceDomain');
	}

	/** Forgets a domain: its connection, watches and transactions. */
	release(dom: number): void {
		if (!this.connections.delete(dom)) return;
		this.watches.removeAll(dom);
		this.watches.special('@releaseDomain');
	}

	isIntroduced(dom: number): boolean {
		return isPrivileged(dom) || this.connections.has(dom);
	}

	/** Domain `dom` signalled its channel: answers what it asked. */
	service(dom: number): void {
		this.connections.get(dom)?.service((connection, message) => this.answer(connection, message));
	}

	// --- domain 0's own use ----------------------------------------------------------------------

	/** The value at `at`, or undefined. */
	read(at: string): string | undefined {
		return this.tree.find(at)?.value;
	}

	/** Names of the children of `at`; none where there is no such node. */
	list(at: string): string[] {
		return [...(this.tree.find(at)?.children.keys() ?? [])];
	}

	/** The permissions of `at` as the protocol writes them, or undefined. */
	permissionsOf(at: string): string[] | undefined {
		return this.tree.find(at)?.permissions.map(formatPermission);
	}

	/** Writes as domain 0, with permissions (for instance `n0 r1`) where given. */
	write(at: string, value: string, perms?: string): void {
		const access = this.live(0);
		access.write(at, value);
		if (perms) access.setPermissions(at, permissions(perms));
	}

	/** Removes a subtree as domain 0; nothing happens where there is none. */
	remove(at: string): void {
		if (this.tree.find(at)) this.live(0).remove(at);
	}

	/** Connects a program in domain 0 under the negative number `by`; `onEvent` is told of each event of its watches. */
	attach(by: number, onEvent: (path: string, token: string) => void): void {
		this.programs.set(by, onEvent);
	}

	/** Sets a watch of a program; it fires at once, and then for each change. */
	watchAs(by: number, at: string, token: string): void {
		const watch = programWatch(by, at, token);
		this.watches.add(watch);
		this.watches.fireFirst(watch);
	}

	/** Takes a program's watch back. */
	unwatchAs(by: number, at: string, token: string): void {
		this.watches.remove(programWatch(by, at, token));
	}

	/** Whether domain `dom` is connected by its ring. */
	isConnected(dom: number): boolean {
		return this.connections.has(dom);
	}

	// --- for the request handlers ----------------------------------------------------------------

	/** A new transaction on the tree as it is now. */
	transaction(id: number, dom: number): Transaction {
		return new Transaction(id, dom, this.tree.root, this.tree.branch());
	}

	/**
	 * Commits, then fires the watches of all that changed: once a node, in the order in which the transaction first touched them, reads
	 * included, as the C daemon does.
	 */
	commit(transaction: Transaction): void {
		const before = this.tree.root;
		transaction.commit(this.tree);
		for (const change of transaction.events()) this.fire(change, before);
	}

	save(): SavedXenstore {
		return {
			root: saveNode(this.tree.root),
			generation: this.stamp.generation,
			watches: this.watches.save(),
			connections: [...this.connections.values()].map((connection) => connection.save())
		};
	}

	/** Restores into a server whose domains have been introduced anew (`connect`), which fires nothing. */
	restore(saved: SavedXenstore, connect: (dom: number) => { ring: XenstoreRing; notify: () => void }): void {
		this.stamp.generation = saved.generation;
		this.tree = new Tree(restoreNode(saved.root), this.stamp);
		this.watches.restore(saved.watches);
		this.connections.clear();
		for (const state of saved.connections) {
			const { ring, notify } = connect(state.dom);
			const connection = new Connection(state.dom, ring, notify);
			connection.restore(state, this.stamp);
			this.connections.set(state.dom, connection);
		}
	}

	private answer(connection: Connection, message: Message): void {
		let error = 0;
		let after = (): void => {};
		try {
			after = this.perform(connection, message);
		} catch (thrown) {
			if (!(thrown instanceof XsError)) throw thrown;
			error = thrown.number;
			connection.reply({ ...message, type: XS.ERROR, payload: `${thrown.code}\0` });
		}
		this.recorder.record(
			KIND.xenstore,
			word('of_dom', connection.dom),
			word('op', message.type),
			word('bytes', message.payload.length),
			word('error', error)
		);
		after();
	}

	/** Does what `message` asks and replies; returns what remains to be done after the reply. */
	private perform(connection: Connection, message: Message): () => void {
		const handler = REQUESTS[message.type];
		if (!handler) throw new XsError('ENOSYS');
		const transaction = this.transactionOf(connection, message);
		const result = handler(this, {
			connection,
			dom: connection.dom,
			args: strings(message.payload),
			payload: message.payload,
			access: transaction ? new Access(transaction.tree, connection.dom, transaction) : this.live(connection.dom),
			transaction,
			transactionId: message.transaction
		});
		const reply = typeof result === 'string' ? { payload: result, after: () => {} } : result;
		if (reply.payload.length > XENSTORE_PAYLOAD_MAX) throw new XsError('E2BIG');
		connection.reply({ ...message, payload: reply.payload });
		return reply.after;
	}

	private transactionOf(connection: Connection, message: Message): Transaction | null {
		if (message.transaction === 0 || !TRANSACTIONAL.has(message.type)) return null;
		const transaction = connection.transactions.get(message.transaction);
		if (!transaction) throw new XsError('ENOENT');
		return transaction;
	}

	/** The live tree in the name of `dom`; changes fire watches. */
	live(dom: number): Access {
		return new Access(this.tree, dom, this.fireAtOnce);
	}

	private fire(change: Change, before: Node): void {
		const node = findNode(change.kind === 'remove' ? before : this.tree.root, change.path);
		if (!node) return;
		this.watches.changed(change.path, node.permissions);
		if (change.kind !== 'remove') return;
		for (const below of descendants(node, change.path))
			this.watches.removedBelow(below, permissionsAt(before, below, node.permissions));
	}

	private deliver(watch: Watch, at: string): void {
		this.programs.get(watch.by)?.(at, watch.token);
		const connection = this.connections.get(watch.by);
		connection?.event({ type: XS.WATCH_EVENT, requestId: 0, transaction: 0, payload: joined([at, watch.token]) });
		connection?.push();
	}
}

const programWatch = (by: number, at: string, token: string): Watch => ({
	dom: 0,
	by,
	path: watchPath(at, 0),
	token,
	relative: false
});

const permissionsAt = (root: Node, at: string, otherwise: Permissions): Permissions =>
	findNode(root, at)?.permissions ?? otherwise;
