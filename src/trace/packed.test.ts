import { describe, expect, it } from 'vitest';
import { CHUNK_SIZE, COLUMN_NAMES, makeChunk, OPEN, WORD_COUNT, IS_SPAN, type Chunk } from './chunk';
import { EVENT_KINDS } from './events';
import { pack, Packed, unpack } from './packed';
import { runGuest } from '../workbench/testing';

/** Numbers that do not repeat themselves soon, and the same ones in each run. */
function numbers(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

/** A full chunk, in which each value comes from `of` and may be whatever its column holds. */
function chunkOf(first: number, of: (below: number) => number): Chunk {
	const chunk = makeChunk();
	let [cycle, icount] = [of(2 ** 40), of(2 ** 33)];
	for (let row = 0; row < CHUNK_SIZE; row++) {
		const seq = first + row;
		const kind = (chunk.kind[row] = of(EVENT_KINDS.length));
		chunk.cycle[row] = cycle += of(20) === 0 ? of(2 ** 36) : of(300);
		chunk.icount[row] = icount += of(3) === 0 ? of(90_000) : 0;
		if (of(4) === 0) [chunk.dom[row], chunk.vcpu[row], chunk.ring[row]] = [of(0x1_0000), of(256), of(4)];
		else if (row > 0) for (const name of ['dom', 'vcpu', 'ring'] as const) chunk[name][row] = chunk[name][row - 1];
		chunk.cause[row] = of(2) === 0 || seq === 0 ? -1 : of(seq);
		chunk.end[row] = of(9) === 0 ? OPEN : IS_SPAN[kind] ? seq + of(2 ** 20) : seq;
		chunk.argAt[row] = chunk.used;
		for (let index = 0; index < WORD_COUNT[kind]; index++)
			chunk.pool[chunk.used++] = [0, 1, 0xffff_ffff, of(256), of(2 ** 32), 0x8000_0000][of(6)];
	}
	return chunk;
}

function expectSame(got: Chunk, wanted: Chunk): void {
	for (const name of COLUMN_NAMES) expect(got[name], name).toEqual(wanted[name]);
	expect(got.used).toBe(wanted.used);
	expect(got.pool.subarray(0, got.used)).toEqual(wanted.pool.subarray(0, wanted.used));
}

describe('a packed chunk', () => {
	it.each([1, 2, 3, 4, 5])('comes back as it was, whatever it holds (%i)', (seed) => {
		const of = numbers(seed);
		const first = of(2 ** 21) * CHUNK_SIZE;
		const chunk = chunkOf(first, of);
		const packed = pack(chunk, first);
		expectSame(unpack(packed, first), chunk);
		// Also into columns that hold something else.
		expectSame(unpack(packed, first, chunkOf(0, numbers(seed + 100))), chunk);
		// Its bytes are all there is to it.
		expectSame(unpack(new Packed(structuredClone(packed.bytes)), first), chunk);
		expect([packed.cycle, packed.icount]).toEqual([chunk.cycle[0], chunk.icount[0]]);
		expect(packed.kind).toEqual(chunk.kind);
	});

	it('holds times that go back, jump or are no whole numbers, and nothing but zeros', () => {
		const chunk = makeChunk();
		const odd = [
			3,
			2,
			2 ** 53,
			1.5,
			-7,
			2 ** 32 + 1.5,
			1e300,
			2 ** 32 - 3,
			2 ** 33 - 4,
			2 ** 33 - 4 + 2 ** 32,
			Infinity,
			0
		];
		for (const [row, time] of odd.entries()) chunk.cycle[row] = chunk.icount[CHUNK_SIZE - 1 - row] = time;
		for (let row = 0; row < CHUNK_SIZE; row++) {
			chunk.kind[row] = EVENT_KINDS.indexOf('halt');
			chunk.argAt[row] = chunk.used;
			chunk.used += WORD_COUNT[chunk.kind[row]];
			chunk.end[row] = row;
			chunk.cause[row] = row - 1;
		}
		expectSame(unpack(pack(chunk, 0), 0), chunk);
	});

	it('takes a quarter of its columns, where guests are at work', () => {
		const run = runGuest('pocket', { cmdline: 'run=pipes', memoryMiB: 8 });
		run.advance({ cycle: 1e9 });
		const { view } = run.store;
		const chunk = view.chunkOf(0);
		expectSame(unpack(pack(chunk, 0), 0), chunk);
		const bytes = chunk.used * 4 + COLUMN_NAMES.reduce((sum, name) => sum + chunk[name].byteLength, 0);
		expect(pack(chunk, 0).bytes.length).toBeLessThan(bytes / 4);
	});
});
