/**
 * Which piece each frame of RAM is in: a tree of two levels that never changes. A map made from another shares every
 * part in which nothing differs, so a thousand maps of one run cost little more than what was written to.
 */
import { ZERO_PAGE } from './pages';

/** Frames in one leaf. */
const LEAF_SHIFT = 6;
const LEAF = 1 << LEAF_SHIFT;

export type PageMap = readonly (readonly number[])[];

/** All frames are zero. */
export function emptyMap(frames: number): PageMap {
	const leaf = new Array<number>(LEAF).fill(ZERO_PAGE);
	return Array.from({ length: Math.ceil(frames / LEAF) }, () => leaf);
}

/** The piece of a frame. */
export const pageOf = (map: PageMap, frame: number): number => map[frame >>> LEAF_SHIFT][frame & (LEAF - 1)];

/** `map` with the pieces of `frames` exchanged for what `piece` gives. */
export function withPages(map: PageMap, frames: readonly number[], piece: (frame: number) => number): PageMap {
	const made = map.slice();
	for (const frame of frames) {
		const at = frame >>> LEAF_SHIFT;
		if (made[at] === map[at]) made[at] = map[at].slice();
		(made[at] as number[])[frame & (LEAF - 1)] = piece(frame);
	}
	return made;
}

/** Calls `differs` with each frame that is in another piece in the two maps. */
export function compareMaps(a: PageMap, b: PageMap, differs: (frame: number) => void): void {
	for (let at = 0; at < a.length; at++) {
		const [left, right] = [a[at], b[at]];
		if (left === right) continue;
		for (let i = 0; i < LEAF; i++) if (left[i] !== right[i]) differs((at << LEAF_SHIFT) | i);
	}
}

/** Calls `visit` with every piece named by any of `maps`; parts that follow each other unchanged are looked at once. */
export function visitPages(maps: Iterable<PageMap>, visit: (id: number) => void): void {
	let last: PageMap = [];
	for (const map of maps) {
		for (let at = 0; at < map.length; at++) if (map[at] !== last[at]) map[at].forEach(visit);
		last = map;
	}
}

/** Bytes that `map` holds by itself beside `before`, its pieces aside. */
export function mapBytes(map: PageMap, before: PageMap): number {
	let bytes = map.length * 8;
	for (let at = 0; at < map.length; at++) if (map[at] !== before[at]) bytes += LEAF * 8;
	return bytes;
}
