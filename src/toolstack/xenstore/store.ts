/**
 * The tree of xenstore. Nodes are values that never change: a write makes new nodes from the written
 * one up to the root and shares the rest. So a transaction's snapshot is the root it started from,
 * and costs nothing.
 *
 * Nobody's rights are asked here, and no watch fires: that is `access.ts` and `watches.ts`.
 */
import { childPath, parentPath, pathNames } from './path';
import { inherited, ownerOf, type Permissions } from './permissions';

/** Values are byte strings: each character is one byte, 0 to 255. */
export interface Node {
	readonly value: string;
	readonly permissions: Permissions;
	readonly children: ReadonlyMap<string, Node>;
	/** The store's counter when this node's value, permissions or list of children last changed. */
	readonly generation: number;
}

/** A node as plain data. */
export interface SavedNode {
	value: string;
	permissions: Permissions;
	generation: number;
	children: [name: string, node: SavedNode][];
}

/** Neither a node nor its plain form ever changes, so each is made once. */
const savedForms = new WeakMap<Node, SavedNode>();
const nodes = new WeakMap<SavedNode, Node>();

/** A node and all below it as plain data, not to be changed: trees that share nodes share these too. */
export function saveNode(node: Node): SavedNode {
	const known = savedForms.get(node);
	if (known) return known;
	const { value, permissions, generation } = node;
	const children = [...node.children].map(([name, child]): [string, SavedNode] => [name, saveNode(child)]);
	const saved = { value, permissions, generation, children };
	savedForms.set(node, saved);
	nodes.set(saved, node);
	return saved;
}

/** The node that `saveNode` was given, or one that is equal. */
export function restoreNode(saved: SavedNode): Node {
	const known = nodes.get(saved);
	if (known) return known;
	const { value, permissions, generation } = saved;
	const children = new Map(saved.children.map(([name, child]) => [name, restoreNode(child)]));
	const node = { value, permissions, generation, children };
	nodes.set(saved, node);
	return node;
}

/** How many nodes each domain owns in the tree under `node`, added to `counts`. */
export function countOwners(node: Node, counts = new Map<number, number>()): Map<number, number> {
	const owner = ownerOf(node.permissions);
	counts.set(owner, (counts.get(owner) ?? 0) + 1);
	for (const child of node.children.values()) countOwners(child, counts);
	return counts;
}

/** Every path below `path`, `node` being the node there; parents first. */
export function descendants(node: Node, path: string): string[] {
	return [...node.children].flatMap(([name, child]) => {
		const at = childPath(path, name);
		return [at, ...descendants(child, at)];
	});
}

/** The node at an absolute, well-formed `path` under `root`. */
export function findNode(root: Node, path: string): Node | undefined {
	let node: Node | undefined = root;
	for (const name of pathNames(path)) node = node?.children.get(name);
	return node;
}

/** A counter that stamps changes; the live tree and all transactions share one. */
export interface Stamp {
	generation: number;
}

/** A tree one can change: the live one, or a transaction's own. */
export class Tree {
	/** @param owned how many nodes each domain owns */
	constructor(
		public root: Node,
		private readonly stamp: Stamp,
		readonly owned = countOwners(root)
	) {}

	/** A tree of its own, that begins as this one is now. */
	branch(): Tree {
		return new Tree(this.root, this.stamp, new Map(this.owned));
	}

	/** The node at an absolute, well-formed `path`. */
	find(path: string): Node | undefined {
		return findNode(this.root, path);
	}

	/** The nearest existing node at or above `path`. */
	nearest(path: string): { path: string; node: Node } {
		for (let at = path; ; at = parentPath(at)) {
			const node = this.find(at);
			if (node) return { path: at, node };
		}
	}

	/** How many nodes `create(path)` would make. */
	missing(path: string): number {
		return pathNames(path).length - pathNames(this.nearest(path).path).length;
	}

	/** Makes the node at `path`, and its missing ancestors, in the name of `creator`. */
	create(path: string, creator: number): Node {
		const existing = this.find(path);
		if (existing) return existing;
		const parent = this.create(parentPath(path), creator);
		const node: Node = {
			value: '',
			permissions: inherited(parent.permissions, creator),
			children: new Map(),
			generation: ++this.stamp.generation
		};
		this.replace(path, node);
		this.count(ownerOf(node.permissions), 1);
		return node;
	}

	setValue(path: string, value: string): void {
		this.replace(path, { ...this.require(path), value, generation: ++this.stamp.generation });
	}

	setPermissions(path: string, permissions: Permissions): void {
		const node = this.require(path);
		this.count(ownerOf(node.permissions), -1);
		this.count(ownerOf(permissions), 1);
		this.replace(path, { ...node, permissions, generation: ++this.stamp.generation });
	}

	/** Removes the node at `path` with everything below it. The root stays. */
	remove(path: string): void {
		for (const [owner, nodes] of countOwners(this.require(path))) this.count(owner, -nodes);
		this.replace(path, null);
	}

	private require(path: string): Node {
		const node = this.find(path);
		if (!node) throw new RangeError(`no node ${path}`);
		return node;
	}

	private count(owner: number, change: number): void {
		this.owned.set(owner, (this.owned.get(owner) ?? 0) + change);
	}

	private replace(path: string, node: Node | null): void {
		this.root = this.rebuilt(this.root, pathNames(path), node);
	}

	/** `from` with the node at `names` below it replaced, added, or (null) taken away. */
	private rebuilt(from: Node, names: readonly string[], node: Node | null): Node {
		const [name, ...rest] = names;
		if (name === undefined) return node!;
		const children = new Map(from.children);
		const listChanges = rest.length === 0 && (node === null || !children.has(name));
		if (rest.length === 0 && node === null) children.delete(name);
		else if (rest.length === 0) children.set(name, node!);
		else children.set(name, this.rebuilt(children.get(name)!, rest, node));
		return { ...from, children, generation: listChanges ? ++this.stamp.generation : from.generation };
	}
}
