/**
 * Reading and changing a tree in the name of a domain: rights and quotas are asked here, and every
 * path that a decision rested on is noted, so that a transaction can tell a conflict.
 *
 * Rules as in xenstored (docs/misc/xenstore.txt of the Xen sources): a missing node is reported as
 * ENOENT only to those who may look at its nearest existing ancestor, to others as EACCES.
 */
import { XENSTORE_PAYLOAD_MAX } from '../../abi/structs/xenstore';
import { XsError } from './errors';
import { parentPath } from './path';
import { isPrivileged, mayAccess, mayChangePermissions, ownerOf, READ, WRITE, type Permissions } from './permissions';
import type { Node, Tree } from './store';

/** What an unprivileged domain may take of xenstore's memory. */
export const QUOTA = {
	/** Nodes that it owns. */
	nodes: 1000,
	/** Bytes of one value. */
	valueBytes: 2048,
	/** Entries of one node's permissions. */
	permissions: 5,
	watches: 128,
	transactions: 10,
	/** Changes within one transaction. */
	transactionChanges: 1024,
	/** Bytes of events that wait for it to make room in its ring. */
	queuedBytes: 64 * 1024
} as const;

/** One change of a tree. */
export type Change =
	| { readonly kind: 'write'; readonly path: string; readonly value: string }
	| { readonly kind: 'mkdir'; readonly path: string }
	| { readonly kind: 'remove'; readonly path: string }
	| { readonly kind: 'permissions'; readonly path: string; readonly permissions: Permissions };

/** Told of each path that a decision looked at, and of each change before and after it is made. */
export interface Witness {
	looked(path: string): void;
	/** May refuse it. */
	changing(change: Change): void;
	/** `before` is the root as it was. */
	changed(change: Change, before: Node): void;
}

/** Makes `change` in `tree` in the name of `dom`; the rights have been asked. */
export function applyChange(tree: Tree, change: Change, dom: number): void {
	if (change.kind === 'remove') return tree.remove(change.path);
	if (change.kind === 'permissions') return tree.setPermissions(change.path, change.permissions);
	tree.create(change.path, dom);
	if (change.kind === 'write') tree.setValue(change.path, change.value);
}

/** A tree as domain `dom` may use it. All paths are absolute and well formed. */
export class Access {
	constructor(
		private readonly tree: Tree,
		private readonly dom: number,
		private readonly witness: Witness
	) {}

	read(path: string): string {
		return this.require(path, READ).value;
	}

	/** Names of the children, in the order they were made. */
	list(path: string): { names: string[]; generation: number } {
		const node = this.require(path, READ);
		return { names: [...node.children.keys()], generation: node.generation };
	}

	permissions(path: string): Permissions {
		return this.require(path, READ).permissions;
	}

	write(path: string, value: string): void {
		if (!isPrivileged(this.dom) && value.length > QUOTA.valueBytes) throw new XsError('ENOSPC');
		if (value.length > XENSTORE_PAYLOAD_MAX) throw new XsError('E2BIG');
		this.claim(path);
		this.change({ kind: 'write', path, value });
	}

	/** Makes an empty node; one that exists already is left as it is. */
	mkdir(path: string): boolean {
		const made = !this.tree.find(path);
		this.claim(path);
		if (made) this.change({ kind: 'mkdir', path });
		return made;
	}

	/** Removes a subtree. Gone already is well where its parent exists. Returns what was removed. */
	remove(path: string): Node | null {
		if (path === '/') throw new XsError('EINVAL');
		this.look(path);
		const node = this.tree.find(path);
		if (!node) return this.removeNothing(path);
		if (!mayAccess(node.permissions, this.dom, WRITE)) throw new XsError('EACCES');
		this.witness.looked(parentPath(path));
		this.change({ kind: 'remove', path });
		return node;
	}

	setPermissions(path: string, permissions: Permissions): void {
		const node = this.require(path, READ);
		if (!mayChangePermissions(node.permissions, this.dom)) throw new XsError('EACCES');
		if (!isPrivileged(this.dom)) {
			if (permissions.length > QUOTA.permissions) throw new XsError('ENOSPC');
			if (ownerOf(permissions) !== ownerOf(node.permissions)) throw new XsError('EPERM');
		}
		this.change({ kind: 'permissions', path, permissions });
	}

	private removeNothing(path: string): null {
		const parent = this.tree.find(parentPath(path));
		this.look(parentPath(path));
		if (parent && mayAccess(parent.permissions, this.dom, WRITE)) return null;
		throw this.refusal(path, WRITE);
	}

	/** The node at `path`, of which `dom` has `access`. */
	private require(path: string, access: number): Node {
		this.look(path);
		const node = this.tree.find(path);
		if (!node) throw this.refusal(path, access);
		if (!mayAccess(node.permissions, this.dom, access)) throw new XsError('EACCES');
		return node;
	}

	/** Why there is nothing at `path` for `dom`. */
	private refusal(path: string, access: number): XsError {
		const above = this.tree.nearest(path);
		return new XsError(mayAccess(above.node.permissions, this.dom, access) ? 'ENOENT' : 'EACCES');
	}

	/** Asks whether `dom` may write, or create, the node at `path`. */
	private claim(path: string): void {
		const above = this.tree.nearest(path);
		this.look(path);
		this.witness.looked(above.path);
		if (!mayAccess(above.node.permissions, this.dom, WRITE)) throw new XsError('EACCES');
		if (isPrivileged(this.dom) || above.path === path) return;
		const owned = this.tree.owned.get(this.dom) ?? 0;
		if (owned + this.tree.missing(path) > QUOTA.nodes) throw new XsError('ENOSPC');
	}

	private look(path: string): void {
		this.witness.looked(path);
	}

	private change(change: Change): void {
		const before = this.tree.root;
		this.witness.changing(change);
		applyChange(this.tree, change, this.dom);
		this.witness.changed(change, before);
	}
}
