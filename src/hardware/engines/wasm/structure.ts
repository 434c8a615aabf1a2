/**
 * From a graph of blocks to what WebAssembly has: sequences, in which one goes forward only, and loops.
 *
 * Strongly connected parts become loops; each has one head, to which alone one goes back. Within a loop the edges to its head are set aside, and
 * what is left is arranged the same way. An edge into a loop that does not lead to its head goes through the head all the same: whoever takes
 * it says where it leads (NEXT), and the head passes it on. So every graph has a structure, and those that compilers make need no passing on.
 */

/** A node of the graph; `successors` are those among the graph's nodes. */
export interface Vertex {
	/** Where it lies: of several possible heads the lowest is taken. */
	readonly offset: number;
	readonly successors: readonly this[];
	/** It may be entered from outside the graph. */
	readonly entered: boolean;
}

export type Part<N> =
	| { readonly kind: 'node'; readonly node: N }
	| { readonly kind: 'loop'; readonly head: N; readonly nodes: ReadonlySet<N>; readonly body: readonly Part<N>[] };

/** Arranges `nodes` so that edges lead forward, but for those to a loop's head from inside it. */
export function arrange<N extends Vertex>(nodes: readonly N[], head: N | null = null): Part<N>[] {
	const inside = new Set(nodes);
	const edges = (node: N): N[] => node.successors.filter((to) => to !== head && inside.has(to));
	const parts = components(nodes, edges).map((component): Part<N> => {
		const [node] = component;
		if (component.length === 1 && !edges(node).includes(node)) return { kind: 'node', node };
		const members = new Set(component);
		const chosen = headOf(component, nodes.filter((other) => !members.has(other)).flatMap(edges));
		return { kind: 'loop', head: chosen, nodes: members, body: arrange(component, chosen) };
	});
	if (head === null) return parts;
	// Nothing leads to the head now, so it may come first.
	const first = parts.findIndex((part) => part.kind === 'node' && part.node === head);
	return [parts[first], ...parts.slice(0, first), ...parts.slice(first + 1)];
}

/** The lowest of those that edges from outside lead to; else of those that are entered; else of all. */
function headOf<N extends Vertex>(component: readonly N[], targets: readonly N[]): N {
	const reached = new Set(targets);
	const candidates = [
		component.filter((node) => reached.has(node)),
		component.filter(({ entered }) => entered),
		component
	];
	const [best] = candidates.filter(({ length }) => length > 0);
	return best.reduce((lowest, node) => (node.offset < lowest.offset ? node : lowest));
}

/** Strongly connected components in topological order (R. Tarjan, 1972), without recursion: graphs may be deep. */
function components<N extends Vertex>(nodes: readonly N[], edges: (node: N) => readonly N[]): N[][] {
	const index = new Map<N, number>();
	const low = new Map<N, number>();
	const stack: N[] = [];
	const onStack = new Set<N>();
	const found: N[][] = [];
	const visit = (root: N): void => {
		const path: { node: N; rest: N[] }[] = [];
		const begin = (node: N): void => {
			index.set(node, index.size);
			low.set(node, index.size - 1);
			stack.push(node);
			onStack.add(node);
			path.push({ node, rest: [...edges(node)] });
		};
		begin(root);
		while (path.length > 0) {
			const { node, rest } = path[path.length - 1];
			const to = rest.pop();
			if (to !== undefined) {
				if (!index.has(to)) begin(to);
				else if (onStack.has(to)) low.set(node, Math.min(low.get(node)!, index.get(to)!));
				continue;
			}
			path.pop();
			const above = path[path.length - 1];
			if (above !== undefined) low.set(above.node, Math.min(low.get(above.node)!, low.get(node)!));
			if (low.get(node) !== index.get(node)) continue;
			const component: N[] = [];
			let member: N;
			do {
				member = stack.pop()!;
				onStack.delete(member);
				component.push(member);
			} while (member !== node);
			found.push(component.sort((a, b) => a.offset - b.offset));
		}
	};
	// From the highest on, so that in the reverse of what is found lower ones come first where no edge says otherwise.
	for (const node of [...nodes].sort((a, b) => b.offset - a.offset)) if (!index.has(node)) visit(node);
	return found.reverse();
}
