/**
 * Which words of RAM were written to from one image to the next, whatever was written there: the value that they had as well. Packed in
 * words, frame by frame:
 *
 *     frame │ which of its 32 groups follow, a bit each │ a word for each of these: a bit for each of its 32 words of RAM
 *
 * Images are taken and put back along futures, and each leads back to the one from which its interval was gone through.
 */
import { PAGE_SIZE } from '../../../base';
import type { PhysicalMemory } from '../../../hardware/memory';
import { RAM_BASE } from '../../../hardware/layout';
import { isBefore, type Point } from '../../moment';

/** Words of a frame, in groups of so many. */
const GROUP = 32;
const GROUPS = PAGE_SIZE / 4 / GROUP;

/** What was written on the way to one moment. */
export class Written {
	/**
	 * @param at the moment up to which it tells
	 * @param since from which moment on: what was written on the way there; null at reset
	 */
	constructor(
		readonly at: Point,
		private since: Written | null,
		private packed: Int32Array
	) {}

	/** Bytes that it holds, roughly. */
	get bytes(): number {
		return this.packed.byteLength;
	}

	/** Whether some of `length` bytes at physical address `pa`, which lie on one page, may have been written to after `from`. */
	mayHold(from: Point, pa: number, length: number): boolean {
		const frame = Math.floor(pa / PAGE_SIZE);
		const offset = pa % PAGE_SIZE;
		const [first, last] = [offset >>> 2, (offset + length - 1) >>> 2];
		for (const { at, packed } of Written.backFrom(this)) {
			if (!isBefore(from, at)) return false;
			if (holds(packed, frame, first, last)) return true;
		}
		return false;
	}

	private static *backFrom(last: Written): Generator<Written> {
		for (let one: Written | null = last; one !== null; one = one.since) yield one;
	}

	/** Takes over from those before it which are not `kept`: nobody asks for moments between two images any more that are gone. */
	join(kept: ReadonlySet<Written>): void {
		if (!this.since || kept.has(this.since)) return;
		const frames = new Map<number, Int32Array>();
		addTo(frames, this.packed);
		while (this.since && !kept.has(this.since)) {
			addTo(frames, this.since.packed);
			this.since = this.since.since;
		}
		this.packed = packed([...frames]);
	}
}

/** What was written to memory since its frames were marked clean. */
export function writtenWords(memory: PhysicalMemory): Int32Array {
	const { written } = memory;
	const noted = new Int32Array(written.buffer, written.byteOffset, written.length >>> 2);
	return packed(memory.dirty.map((frame) => [frame, groupsOf(noted, (RAM_BASE + frame * PAGE_SIZE) >>> 4)]));
}

/** The groups of one frame, whose notes begin at word `from` of `noted`: a note is a byte, 0 or 1, for each word of RAM. */
function groupsOf(noted: Int32Array, from: number): Int32Array {
	const groups = new Int32Array(GROUPS);
	for (let group = 0; group < GROUPS; group++) {
		let bits = 0;
		for (let n = 0; n < GROUP / 4; n++) {
			const four = noted[from + group * (GROUP / 4) + n];
			bits |= ((four | (four >>> 7) | (four >>> 14) | (four >>> 21)) & 15) << (n * 4);
		}
		groups[group] = bits;
	}
	return groups;
}

function packed(frames: readonly (readonly [frame: number, groups: Int32Array])[]): Int32Array {
	const words: number[] = [];
	for (const [frame, groups] of frames) {
		const head = words.push(frame, 0) - 1;
		groups.forEach((group, n) => {
			if (group === 0) return;
			words[head] |= 1 << n;
			words.push(group);
		});
	}
	return Int32Array.from(words);
}

/** How many bits are set. */
function bitCount(bits: number): number {
	let count = 0;
	for (let left = bits; left !== 0; left &= left - 1) count++;
	return count;
}

/** Where the record of a frame begins; -1 where there is none. */
function find(record: Int32Array, frame: number): number {
	for (let at = 0; at < record.length; at += 2 + bitCount(record[at + 1])) if (record[at] === frame) return at;
	return -1;
}

/** Whether one of the words `first` to `last` of a frame was written to. */
function holds(record: Int32Array, frame: number, first: number, last: number): boolean {
	const at = find(record, frame);
	if (at < 0) return false;
	const there = record[at + 1];
	for (let group = Math.floor(first / GROUP); group <= Math.floor(last / GROUP); group++) {
		if (((there >>> group) & 1) === 0) continue;
		const bits = record[at + 2 + bitCount(there & ((1 << group) - 1))];
		const [from, to] = [Math.max(0, first - group * GROUP), Math.min(GROUP - 1, last - group * GROUP)];
		const wanted = (-1 >>> (GROUP - 1 - to + from)) << from;
		if ((bits & wanted) !== 0) return true;
	}
	return false;
}

function addTo(frames: Map<number, Int32Array>, record: Int32Array): void {
	for (let at = 0; at < record.length;) {
		const [frame, there] = [record[at], record[at + 1]];
		const groups = frames.get(frame) ?? new Int32Array(GROUPS);
		frames.set(frame, groups);
		at += 2;
		for (let group = 0; group < GROUPS; group++) if ((there >>> group) & 1) groups[group] |= record[at++];
	}
}
