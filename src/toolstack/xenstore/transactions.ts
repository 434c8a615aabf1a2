/**
 * Transactions: a guest works on a snapshot and its changes take effect at once, or not at all.
 *
 * A transaction notes each path it looked at with the generation found there. When it ends and one of
 * them has changed in the live tree, it fails with EAGAIN and the guest tries again.
 */
import { applyChange, QUOTA, type Change, type Witness } from './access';
import { XsError } from './errors';
import { isPrivileged } from './permissions';
import { countOwners, findNode, restoreNode, saveNode, Tree, type Node, type SavedNode, type Stamp } from './store';

/** A generation no node has: nothing was there. */
const ABSENT = -1;

/** A transaction as plain data. */
export interface SavedTransaction {
	id: number;
	base: SavedNode;
	/** Its own tree, as it has changed it. */
	root: SavedNode;
	looked: [path: string, generation: number][];
	changes: Change[];
}

/** A transaction that has begun: its own tree, what it looked at, and what it changed. */
export class Transaction implements Witness {
	private readonly looks = new Map<string, number>();
	readonly changes: Change[] = [];

	constructor(
		readonly id: number,
		private readonly dom: number,
		private readonly base: Node,
		readonly tree: Tree,
		/** Nodes that the domain owned when it started. */
		private readonly ownedBefore = tree.owned.get(dom) ?? 0
	) {}

	/** Notes the generation that `path` had when the transaction started. */
	looked(path: string): void {
		if (!this.looks.has(path)) this.looks.set(path, findNode(this.base, path)?.generation ?? ABSENT);
	}

	changing(change: Change): void {
		if (!isPrivileged(this.dom) && this.changes.length >= QUOTA.transactionChanges) throw new XsError('ENOSPC');
		this.changes.push(change);
	}

	/** Nobody hears of a change before it is committed. */
	changed(): void {}

	/**
	 * Makes the changes in the live tree.
	 * @throws XsError, with nothing changed: EAGAIN when a path that this transaction looked at has changed,
	 * ENOSPC when its new nodes and those made since it started are too many
	 */
	commit(live: Tree): void {
		// What it read was all of one moment, whatever has happened since.
		if (this.changes.length === 0) return;
		for (const [path, generation] of this.looks)
			if ((live.find(path)?.generation ?? ABSENT) !== generation) throw new XsError('EAGAIN');
		this.checkQuota(live);
		for (const change of this.changes) applyChange(live, change, this.dom);
	}

	/** What watches are to hear of it: one change a node, in the order in which the nodes were first touched. */
	events(): Change[] {
		const touched = [...this.looks.keys()];
		const place = new Map(touched.map((path, index) => [path, index]));
		const last = new Map<string, Change>();
		for (const change of this.changes) last.set(change.path, change);
		return [...last.values()].sort((a, b) => place.get(a.path)! - place.get(b.path)!);
	}

	private checkQuota(live: Tree): void {
		if (isPrivileged(this.dom)) return;
		const made = (this.tree.owned.get(this.dom) ?? 0) - this.ownedBefore;
		if (made > 0 && (live.owned.get(this.dom) ?? 0) + made > QUOTA.nodes) throw new XsError('ENOSPC');
	}

	save(): SavedTransaction {
		const { id, base, tree, looks, changes } = this;
		return { id, base: saveNode(base), root: saveNode(tree.root), looked: [...looks], changes: [...changes] };
	}

	static restore(saved: SavedTransaction, dom: number, stamp: Stamp): Transaction {
		const tree = new Tree(restoreNode(saved.root), stamp);
		const base = restoreNode(saved.base);
		const transaction = new Transaction(saved.id, dom, base, tree, countOwners(base).get(dom) ?? 0);
		for (const [path, generation] of saved.looked) transaction.looks.set(path, generation);
		transaction.changes.push(...saved.changes);
		return transaction;
	}
}
