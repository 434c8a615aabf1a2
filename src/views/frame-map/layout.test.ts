import { describe, expect, it } from 'vitest';
import type { FrameMap } from '../../moments';
import { DOMID_INVALID, DOMID_XEN } from '../shared/rings';
import { cellColour, describe as tell, layout, twin } from './layout';

/** 100 frames of Xen, a domain of 4,000 with three page tables, the rest free. */
function map(change: (map: FrameMap) => void = () => {}): FrameMap {
	const frames = 8192;
	const made: FrameMap = {
		frames,
		owner: new Uint16Array(frames).fill(DOMID_INVALID),
		type: new Uint8Array(frames),
		typeCount: new Uint32Array(frames),
		refCount: new Uint32Array(frames),
		flags: new Uint8Array(frames),
		pfn: new Uint32Array(frames).fill(0xffff_ffff)
	};
	made.owner.fill(DOMID_XEN, 0, 100);
	made.owner.fill(1, 100, 4100);
	made.type.fill(6, 100, 4100);
	[3, 2, 1].forEach((type, index) => (made.type[200 + index] = type));
	change(made);
	return made;
}

describe('the frame map', () => {
	it('folds what is alike, so that three page tables are seen among thousands', () => {
		const { cells } = layout({ map: map() }, { width: 400 });
		expect(cells.length).toBeLessThan(60);
		expect(cells.reduce((sum, cell) => sum + cell.frames, 0)).toBe(8192);
		expect(cells.filter((cell) => cell.type >= 1 && cell.type <= 3).map((cell) => [cell.mfn, cell.frames])).toEqual([
			[200, 1],
			[201, 1],
			[202, 1]
		]);
	});

	it('keeps every cell inside, without overlap', () => {
		for (const width of [240, 400, 900]) {
			const { cells, height } = layout({ map: map() }, { width });
			for (const [index, cell] of cells.entries()) {
				expect(cell.x + cell.width).toBeLessThanOrEqual(width);
				expect(cell.y + cell.height).toBeLessThanOrEqual(height);
				const next = cells[index + 1];
				if (next) expect(next.y > cell.y || next.x >= cell.x + cell.width).toBe(true);
			}
		}
	});

	it('marks what changed since a moment before, alone', () => {
		const after = map((now) => (now.type[2000] = 1));
		const { cells } = layout({ map: after, before: map() }, { width: 400 });
		expect(cells.filter((cell) => cell.changed).map((cell) => cell.mfn)).toEqual([2000]);
		expect(twin(after, map()).filter((line) => line.text.endsWith('(changed)'))).toHaveLength(1);
	});

	it('takes a frame that is spoken of out of its run', () => {
		expect(layout({ map: map(), single: 3000 }, { width: 400 }).cells.find((cell) => cell.mfn === 3000)?.frames).toBe(
			1
		);
	});

	it('tells a frame in words, and gives Xen and free frames colours of their own', () => {
		const pinned = map((now) => {
			now.flags[200] = 2;
			now.refCount[200] = 4;
			now.typeCount[200] = 2;
			now.pfn[200] = 0x64;
		});
		expect(tell(pinned, { mfn: 200, frames: 1 })).toBe(
			'frame c8: dom1, l3 page table, references 4, of its type 2, pinned, its guest calls it pfn 64'
		);
		expect(cellColour(6, DOMID_XEN)).toBe('--frame-xen');
		expect(cellColour(0, DOMID_INVALID)).toBe('--frame-none');
	});
});
