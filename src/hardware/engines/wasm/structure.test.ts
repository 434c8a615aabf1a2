import { expect, it } from 'vitest';
import { arrange, type Part } from './structure';
import { Random } from '../oracle/cases';

class Vertex {
	successors: this[] = [];
	entered = false;
	constructor(readonly offset: number) {}
}

const graph = (...edges: (readonly [number, number])[]): Vertex[] => {
	const size = Math.max(...edges.flat()) + 1;
	const vertices = Array.from({ length: size }, (_, n) => new Vertex(n));
	for (const [from, to] of edges) vertices[from].successors.push(vertices[to]);
	return vertices;
};

/** A part as text: `2`, or `(2 3 (4))` for a loop, its head first. */
const text = (parts: readonly Part<Vertex>[]): string =>
	parts.map((part) => (part.kind === 'node' ? `${part.node.offset}` : `(${text(part.body)})`)).join(' ');

it.each<[string, Vertex[], string]>([
	['a line', graph([0, 1], [1, 2]), '0 1 2'],
	['a branch and where its ways meet', graph([0, 1], [0, 2], [1, 3], [2, 3]), '0 1 2 3'],
	['a loop of one', graph([0, 1], [1, 1], [1, 2]), '0 (1) 2'],
	['a loop within a loop', graph([0, 1], [1, 2], [2, 2], [2, 1], [1, 3]), '0 (1 (2)) 3'],
	['two loops with one head are one', graph([0, 1], [1, 2], [1, 3], [2, 1], [3, 1]), '0 (1 2 3)'],
	['a loop that is entered in its middle begins there', graph([0, 2], [1, 2], [2, 1], [2, 3]), '0 (2 1) 3'],
	['a loop with two ways in has the lower one for its head', graph([0, 1], [0, 2], [1, 2], [2, 1]), '0 (1 2)']
])('%s', (_name, vertices, expected) => {
	expect(text(arrange(vertices))).toBe(expected);
});

/** Goes through parts in order and checks every edge. */
function checkEdges(parts: readonly Part<Vertex>[], heads: readonly Vertex[]): void {
	const place = new Map<Vertex, number>();
	parts.forEach((part, index) => {
		for (const node of part.kind === 'node' ? [part.node] : part.nodes) {
			expect(place.has(node)).toBe(false);
			place.set(node, index);
		}
	});
	for (const [node, at] of place) {
		for (const to of node.successors) {
			const there = place.get(to);
			if (there === undefined || heads.includes(to)) continue;
			const inLoop = parts[at].kind === 'loop' && there === at;
			expect(there > at || inLoop, `${node.offset} to ${to.offset}`).toBe(true);
		}
	}
	for (const part of parts) {
		if (part.kind === 'node') continue;
		expect(part.body[0]).toEqual({ kind: 'node', node: part.head });
		checkEdges(part.body, [...heads, part.head]);
	}
}

it('in any graph edges lead forward, or to the head of a loop around them', () => {
	const random = new Random(11);
	for (let n = 0; n < 400; n++) {
		const size = 1 + random.below(14);
		const vertices = Array.from({ length: size }, (_, offset) => new Vertex(offset));
		for (let edges = random.below(2 * size); edges > 0; edges--) {
			random.pick(vertices).successors.push(random.pick(vertices));
		}
		for (const vertex of vertices) vertex.entered = random.chance(20);
		const parts = arrange(vertices);
		checkEdges(parts, []);
	}
});
