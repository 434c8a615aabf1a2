/** An arrangement in pixels: a box for each stack, a bar between each two parts, and what lies on which side of what. */
import { isStack, type Arrangement, type Side, type Stack } from './arrangement';

export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface StackBox extends Box {
	readonly stack: Stack;
}

/** What is dragged to make the part before it larger or smaller. */
export interface Bar extends Box {
	/** Names the bar as long as no panel moves. */
	readonly id: string;
	/** The split, by the indices on the way to it, and the part before the bar. */
	readonly path: readonly number[];
	readonly index: number;
	readonly along: 'rows' | 'cols';
	/** Share of the part before the bar, of both parts beside it together; 0..100. */
	readonly value: number;
	/** Pixels of the whole split, for which its shares stand. */
	readonly length: number;
	/** A panel on each side, to name the bar by. */
	readonly between: readonly [string, string];
}

/** Between stacks, pixels. */
export const GAP = 8;

/** All boxes and bars of an arrangement, in reading order. */
export function boxesOf(node: Arrangement, box: Box): { stacks: StackBox[]; bars: Bar[] } {
	const stacks: StackBox[] = [];
	const bars: Bar[] = [];
	place(node, box, [], stacks, bars);
	return { stacks, bars };
}

const firstPanel = (node: Arrangement): string => (isStack(node) ? node.shown : firstPanel(node.parts[0].node));

function place(node: Arrangement, box: Box, path: number[], stacks: StackBox[], bars: Bar[]): void {
	if (isStack(node)) {
		stacks.push({ ...box, stack: node });
		return;
	}
	const rows = node.along === 'rows';
	const length = (rows ? box.height : box.width) - GAP * (node.parts.length - 1);
	let at = rows ? box.y : box.x;
	node.parts.forEach(({ share, node: inner }, index) => {
		const size = (length * share) / 100;
		place(
			inner,
			rows ? { ...box, y: at, height: size } : { ...box, x: at, width: size },
			[...path, index],
			stacks,
			bars
		);
		at += size;
		const next = node.parts[index + 1];
		if (!next) return;
		bars.push({
			...(rows
				? { x: box.x, y: at, width: box.width, height: GAP }
				: { x: at, y: box.y, width: GAP, height: box.height }),
			id: [...path, index].join('.'),
			path: [...path],
			index,
			along: node.along,
			value: (100 * share) / (share + next.share),
			length,
			between: [firstPanel(inner), firstPanel(next.node)]
		});
		at += GAP;
	});
}

const overlap = (a: number, aLength: number, b: number, bLength: number): number =>
	Math.min(a + aLength, b + bLength) - Math.max(a, b);

/** The stack that lies next to `from` on a side and shares most of its border, or null at the edge. */
export function neighbour(stacks: readonly StackBox[], from: StackBox, side: Side): StackBox | null {
	const beside = (other: StackBox): number => {
		const distance = {
			left: from.x - (other.x + other.width),
			right: other.x - (from.x + from.width),
			above: from.y - (other.y + other.height),
			below: other.y - (from.y + from.height)
		}[side];
		if (Math.abs(distance - GAP) > 1) return 0;
		return side === 'left' || side === 'right'
			? overlap(from.y, from.height, other.y, other.height)
			: overlap(from.x, from.width, other.x, other.width);
	};
	let best: StackBox | null = null;
	for (const other of stacks) if (beside(other) > (best ? beside(best) : 0)) best = other;
	return best;
}

/** Where a panel that is dropped at a point goes: to a side of a stack, into it, or along an edge of the page. */
export interface Drop {
	readonly kind: 'join' | 'stand' | 'edge';
	readonly side: Side | null;
	/** A panel of the stack, or ''. */
	readonly beside: string;
	/** What the drop would cover. */
	readonly box: Box;
}

const EDGE = 14;
/** Nearer to a border than this share of the box is that side. */
const RIM = 0.28;

const half = (box: Box, side: Side, share: number): Box => {
	const width = side === 'left' || side === 'right' ? box.width * share : box.width;
	const height = side === 'above' || side === 'below' ? box.height * share : box.height;
	return {
		x: side === 'right' ? box.x + box.width - width : box.x,
		y: side === 'below' ? box.y + box.height - height : box.y,
		width,
		height
	};
};

export function dropAt(stacks: readonly StackBox[], page: Box, x: number, y: number): Drop | null {
	const edges: [Side, number][] = [
		['left', x - page.x],
		['right', page.x + page.width - x],
		['above', y - page.y],
		['below', page.y + page.height - y]
	];
	const outer = edges.find(([, distance]) => distance < EDGE);
	if (outer) return { kind: 'edge', side: outer[0], beside: '', box: half(page, outer[0], 0.28) };
	const box = stacks.find((each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height);
	if (!box) return null;
	const sides: [Side, number][] = [
		['left', (x - box.x) / box.width],
		['right', 1 - (x - box.x) / box.width],
		['above', (y - box.y) / box.height],
		['below', 1 - (y - box.y) / box.height]
	];
	sides.sort((a, b) => a[1] - b[1]);
	const [side, share] = sides[0];
	const beside = box.stack.shown;
	// The tabs themselves are at the top: a drop there is one among them.
	if (share > RIM || y - box.y < 34) return { kind: 'join', side: null, beside, box };
	return { kind: 'stand', side, beside, box: half(box, side, 0.5) };
}
