/**
 * What snapshots tell about writes without any replay: a frame that is in the same piece in two of them was not written to in
 * between.
 */
import { KIND } from '../../trace/events';
import type { CpuState } from '../../hardware/cpu/state';
import { FLUSH } from '../../hardware/mmu/mmu';
import type { Player } from './player';
import { pageOf, type PageMap } from './snapshots/page-map';
import type { Snapshot } from './snapshots/shelf';
import type { StopSpec } from '../stops';
import type { WatchPoint } from '../points/watch';
import { frameOf, PTE_P, PTE_PS } from '../../x86/paging';
import { CR4 } from '../../x86/control';

/** Tells stretches of a run in which none of the watched bytes was written to. */
export class Untouched {
	/** Null where more is looked for than writes. */
	private readonly points: readonly WatchPoint[] | null;

	constructor(
		private readonly player: Player,
		{ points = [], outside }: StopSpec
	) {
		const places = points.filter(({ kind }) => kind !== 'event');
		const watched = places.filter((point): point is WatchPoint => point.kind === 'watch' && point.access === 'write');
		const all = watched.length === places.length && outside === undefined;
		this.points = all ? watched : null;
	}

	/** Whether nothing that is looked for can have happened between `from` and the moment of `pages`, at event `seq`. */
	between(from: Snapshot, pages: PageMap, seq: number): boolean {
		const same = (frame: number): boolean => pageOf(from.image.pages, frame) === pageOf(pages, frame);
		return this.points !== null && this.points.every((point) => this.isQuiet(point, from, seq, same));
	}

	private isQuiet(point: WatchPoint, from: Snapshot, seq: number, same: (frame: number) => boolean): boolean {
		const { address, length, space } = point;
		const frames = this.player.system.machine.memory.frames;
		const pages = pagesOf(address, length);
		if (space === 'physical') return pages.every((page) => page >= frames || same(page));
		if (this.loadsTables(from.seq, seq)) return false;
		const { processors } = from.image.parts.machine;
		const known = (frame: number): boolean => frame >= frames || same(frame);
		return processors.every(({ cpu }) => pages.every((page) => this.isQuietPage(from, cpu, page, known)));
	}

	/** Whether CR3 may have been loaded between two events: each load flushes. */
	private loadsTables(from: number, to: number): boolean {
		const { view } = this.player.store;
		for (let seq = from; seq < Math.min(to, view.length); seq++)
			if (view.kind(seq) === KIND.tlb_flush && view.arg(seq, 0) !== FLUSH.INVLPG) return true;
		return from < to && view.length < to;
	}

	/** Whether neither the page that a processor maps a linear one to nor the tables that say so were written to. */
	private isQuietPage(
		{ image }: Snapshot,
		{ numbers, mmu }: CpuState,
		page: number,
		same: (frame: number) => boolean
	): boolean {
		if ((numbers.cr4 & CR4.PAE) === 0) return false;
		const entry = (frame: number, index: number): readonly [number, number] => {
			const words = this.player.words(pageOf(image.pages, frame));
			return [words[index * 2], words[index * 2 + 1]];
		};
		const slot = page >>> 18;
		const top = mmu.pdptes[slot * 2];
		if ((top & PTE_P) === 0) return true;
		const directory = frameOf(top, mmu.pdptes[slot * 2 + 1]);
		if (!same(directory)) return false;
		const [low, high] = entry(directory, (page >>> 9) & 511);
		if ((low & PTE_P) === 0) return true;
		if ((low & PTE_PS) !== 0) return same(frameOf(low, high) + (page & 511));
		const table = frameOf(low, high);
		if (!same(table)) return false;
		const [leafLow, leafHigh] = entry(table, page & 511);
		return (leafLow & PTE_P) === 0 || same(frameOf(leafLow, leafHigh));
	}
}

/** Numbers of the pages that `length` bytes at `address` lie on. */
function pagesOf(address: number, length: number): number[] {
	const first = Math.floor(address / 4096);
	const last = Math.floor((address + length - 1) / 4096);
	return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
