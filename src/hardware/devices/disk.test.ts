/** The medium of a disk: an image that never changes, what was written over it, and what a power failure leaves of that. */
import { describe, expect, it } from 'vitest';
import { Sharing } from '../../workbench/time/snapshots/share';
import { Random } from '../engines/oracle/cases';
import { Disk, SECTOR } from './disk';

const filled = (sectors: number): Uint8Array => Uint8Array.from({ length: sectors * SECTOR }, (_, at) => at >> 9);
const sector = (value: number, count = 1): Uint8Array => new Uint8Array(SECTOR * count).fill(value);
const firsts = (disk: Disk, lba: number, count: number): number[] =>
	Array.from({ length: count }, (_, n) => disk.read(lba + n, 1)[7]);

describe('sectors over an image', () => {
	it('are read across chunks, and written without touching the image', () => {
		const image = filled(40);
		const disk = new Disk({ image });
		disk.write(6, Uint8Array.from([...sector(0xa1), ...sector(0xa2), ...sector(0xa3)]), true);
		expect(firsts(disk, 5, 5)).toEqual([5, 0xa1, 0xa2, 0xa3, 9]);
		expect([...disk.read(5, 5)].filter((_, at) => at % SECTOR === 511)).toEqual([5, 0xa1, 0xa2, 0xa3, 9]);
		expect(image).toEqual(filled(40));
		expect(disk.overlayBytes).toBe(2 * 4096);
		expect(disk.export()[6 * SECTOR]).toBe(0xa1);
		expect(disk.export().length).toBe(40 * SECTOR);
	});

	it('an image with part of a sector is filled up with zeros, and a disk may be larger than its image', () => {
		const disk = new Disk({ image: Uint8Array.of(1, 2, 3) });
		expect([disk.sectors, ...disk.read(0, 1).subarray(0, 5)]).toEqual([1, 1, 2, 3, 0, 0]);
		const larger = new Disk({ image: filled(3), sectors: 2 ** 40 });
		larger.write(2 ** 40 - 1, sector(9), true);
		expect([firsts(larger, 0, 4), firsts(larger, 2 ** 40 - 2, 2)]).toEqual([
			[0, 1, 2, 0],
			[0, 9]
		]);
	});

	it('a disk without sectors, or smaller than its image, is refused', () => {
		expect(() => new Disk({ name: 'empty' })).toThrow('the disk empty has no sectors');
		expect(() => new Disk({ name: 'small', image: filled(3), sectors: 2 })).toThrow(
			'has 2 sectors, and its image fills 3'
		);
	});
});

describe('the write cache', () => {
	it('loses what was not flushed when the power fails', () => {
		const disk = new Disk({ image: filled(20) });
		disk.write(1, sector(0xa1), false);
		expect(disk.flush()).toBe(-1);
		disk.write(1, sector(0xb1), false);
		disk.write(2, sector(0xb2, 2), false);
		expect([firsts(disk, 0, 4), disk.waiting]).toEqual([[0, 0xb1, 0xb2, 0xb2], 3]);
		disk.cutPower((lba) => lba === 3);
		expect([firsts(disk, 0, 4), disk.waiting]).toEqual([[0, 0xa1, 2, 0xb2], 0]);
	});

	it('what is written through is durable by itself', () => {
		const disk = new Disk({ image: filled(20) });
		disk.write(1, sector(0xb1, 2), false);
		disk.write(2, sector(0xc2), true);
		expect(disk.unflushedSectors).toEqual([1]);
		disk.cutPower();
		expect(firsts(disk, 0, 4)).toEqual([0, 1, 0xc2, 3]);
	});

	it('a flush stops at a sector that cannot be written, and the next one goes on behind it', () => {
		const disk = new Disk({ image: filled(20), badSectors: [{ lba: 5, count: 2, on: 'write' }] });
		disk.write(4, sector(0xee, 4), false);
		expect([disk.flush(), disk.unflushedSectors]).toEqual([5, [6, 7]]);
		expect([disk.flush(), disk.flush()]).toEqual([6, -1]);
		disk.cutPower();
		expect(firsts(disk, 3, 6)).toEqual([3, 0xee, 5, 6, 0xee, 8]);
	});
});

it('tells the first sector that fails: bad ones, and those past the end', () => {
	const disk = new Disk({
		image: filled(20),
		badSectors: [
			{ lba: 5, on: 'read' },
			{ lba: 9, on: 'both' }
		]
	});
	expect([disk.firstBad(0, 5, 'read'), disk.firstBad(0, 6, 'read'), disk.firstBad(0, 20, 'write')]).toEqual([-1, 5, 9]);
	expect([disk.firstBad(18, 2, 'read'), disk.firstBad(18, 3, 'read'), disk.firstBad(40, 1, 'write')]).toEqual([
		-1, 20, 40
	]);
	disk.write(5, sector(1), false);
	expect(disk.firstBad(0, 6, 'read')).toBe(-1);
});

it.each([1, 2, 3])('is what two plain arrays would be, whatever is done to it (%i)', (seed) => {
	const random = new Random(seed);
	const sectors = 300;
	const disk = new Disk({ image: filled(sectors) });
	const content = Array.from({ length: sectors }, (_, lba) => lba & 255);
	const durable = [...content];
	const unflushed = new Set<number>();
	const settle = (lba: number): void => {
		durable[lba] = content[lba];
		unflushed.delete(lba);
	};
	let kept: { state: ReturnType<Disk['save']>; content: number[]; durable: number[]; unflushed: number[] } | null =
		null;
	for (let n = 0; n < 400; n++) {
		const deed = random.below(20);
		if (deed < 14) {
			const lba = random.below(sectors - 40);
			const count = 1 + random.below(40);
			const through = deed < 6;
			disk.write(lba, sector(n, count), through);
			for (let at = lba; at < lba + count; at++) {
				content[at] = n & 255;
				if (through) settle(at);
				else unflushed.add(at);
			}
		} else if (deed < 16) {
			disk.flush();
			for (const lba of unflushed) settle(lba);
		} else if (deed === 16) {
			const survives = (lba: number): boolean => lba % 3 === n % 3;
			disk.cutPower(survives);
			for (const lba of unflushed) if (survives(lba)) settle(lba);
			unflushed.clear();
			content.splice(0, sectors, ...durable);
		} else if (deed < 19 || kept === null)
			kept = { state: disk.save(), content: [...content], durable: [...durable], unflushed: [...unflushed] };
		else {
			disk.restore(kept.state);
			content.splice(0, sectors, ...kept.content);
			durable.splice(0, sectors, ...kept.durable);
			unflushed.clear();
			for (const lba of kept.unflushed) unflushed.add(lba);
		}
		expect(firsts(disk, 0, sectors)).toEqual(content);
		expect(disk.unflushedSectors).toEqual([...unflushed].sort((a, b) => a - b));
	}
	disk.cutPower();
	expect(firsts(disk, 0, sectors)).toEqual(durable);
});

describe('a saved disk', () => {
	it('is put back however it was changed since', () => {
		const disk = new Disk({ image: filled(2000) });
		disk.write(10, sector(1, 20), true);
		disk.write(12, sector(2), false);
		const state = structuredClone(disk.save());
		const kept = disk.save();
		disk.write(12, sector(3, 3), true);
		disk.write(1500, sector(3), false);
		for (const back of [state, kept]) {
			disk.restore(back);
			expect([firsts(disk, 11, 3), disk.unflushedSectors, firsts(disk, 1500, 1)]).toEqual([
				[1, 2, 1],
				[12],
				[1500 & 255]
			]);
			disk.cutPower();
			expect(firsts(disk, 11, 3)).toEqual([1, 1, 1]);
		}
	});

	it('shares all that was not written with the one before: a hundred cost what a hundred sectors do', () => {
		const disk = new Disk({ sectors: 200_000 });
		for (let lba = 0; lba < 100_000; lba += 64) disk.write(lba, sector(7, 64), true);
		expect(disk.save()).toBe(disk.save());
		const first = disk.save();
		let before = first;
		let fresh = 0;
		for (let n = 0; n < 100; n++) {
			disk.write(n * 8, sector(n, 8), true);
			const sharing = new Sharing();
			before = sharing.share(disk.save(), before);
			fresh += sharing.fresh;
		}
		// A chunk each, and the two levels of lists above it, for both trees.
		expect(fresh).toBeLessThan(100 * 2 * (4096 + 12_000));
		disk.restore(first);
		expect(firsts(disk, 0, 800).every((value) => value === 7)).toBe(true);
		expect(before.content[0]).toBe(before.durable[0]);
	});
});
