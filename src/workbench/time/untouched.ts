/**
 * What snapshots tell about writes without any replay: a frame that is in the same piece in two of them was not written to in
 * between, and of one that was, they know which words were.
 */
import { PAGE_SIZE } from '../../base';
import { KIND } from '../../trace/events';
import type { CpuState } from '../../hardware/cpu/state';
import { FLUSH } from '../../hardware/mmu/mmu';
import type { Player } from './player';
import { pageOf } from './snapshots/page-map';
import type { Snapshot } from './snapshots/shelf';
import type { StopSpec } from '../stops';
import type { WatchPoint } from '../points/watch';
import { frameOf, PTE_P, PTE_PS } from '../../x86/paging';
import { CR4 } from '../../x86/control';

/** Whether bytes that lie on one frame were not written to. */
type Unwritten = (physical: number, length: number) => boolean;

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

	/** Whether nothing that is looked for can have happened between `from` and `end`. */
	between(from: Snapshot, end: Pick<Snapshot, 'seq' | 'image'>): boolean {
		const { frames } = this.player.system.machine.memory;
		const same: Unwritten = (physical, length) => {
			const frame = Math.floor(physical / PAGE_SIZE);
			if (frame >= frames || pageOf(from.image.pages, frame) === pageOf(end.image.pages, frame)) return true;
			return !end.image.written.mayHold(from, physical, length);
		};
		return this.points !== null && this.points.every((point) => this.isQuiet(point, from, end.seq, same));
	}

	private isQuiet({ address, length, space }: WatchPoint, from: Snapshot, seq: number, same: Unwritten): boolean {
		const pieces = piecesOf(address, length);
		if (space === 'physical') return pieces.every((piece) => same(piece.address, piece.length));
		if (this.loadsTables(from.seq, seq)) return false;
		const { processors } = from.image.parts.machine;
		return processors.every(({ cpu }) => pieces.every((piece) => this.isQuietPiece(from, cpu, piece, same)));
	}

	/** Whether CR3 may have been loaded between two events: each load flushes. */
	private loadsTables(from: number, to: number): boolean {
		const { view } = this.player.store;
		for (let seq = from; seq < Math.min(to, view.length); seq++)
			if (view.kind(seq) === KIND.tlb_flush && view.arg(seq, 0) !== FLUSH.INVLPG) return true;
		return from < to && view.length < to;
	}

	/** Whether neither the bytes that a processor maps linear ones to nor the entries that say so were written to. */
	private isQuietPiece(
		{ image }: Snapshot,
		{ numbers, mmu }: CpuState,
		{ address, length }: Piece,
		same: Unwritten
	): boolean {
		if ((numbers.cr4 & CR4.PAE) === 0) return false;
		const page = Math.floor(address / PAGE_SIZE);
		const isEntrySame = (table: number, index: number): boolean => same(table * PAGE_SIZE + index * 8, 8);
		const entry = (table: number, index: number): readonly [number, number] => {
			const words = this.player.words(pageOf(image.pages, table));
			return [words[index * 2], words[index * 2 + 1]];
		};
		const areBytesSame = (frame: number): boolean => same(frame * PAGE_SIZE + (address % PAGE_SIZE), length);
		const slot = page >>> 18;
		const top = mmu.pdptes[slot * 2];
		if ((top & PTE_P) === 0) return true;
		const directory = frameOf(top, mmu.pdptes[slot * 2 + 1]);
		const [large, leaf] = [(page >>> 9) & 511, page & 511];
		if (!isEntrySame(directory, large)) return false;
		const [low, high] = entry(directory, large);
		if ((low & PTE_P) === 0) return true;
		if ((low & PTE_PS) !== 0) return areBytesSame(frameOf(low, high) + leaf);
		const table = frameOf(low, high);
		if (!isEntrySame(table, leaf)) return false;
		const [leafLow, leafHigh] = entry(table, leaf);
		return (leafLow & PTE_P) === 0 || areBytesSame(frameOf(leafLow, leafHigh));
	}
}

/** Bytes on one page. */
interface Piece {
	readonly address: number;
	readonly length: number;
}

/** The pieces of `length` bytes at `address`, one a page. */
function piecesOf(address: number, length: number): Piece[] {
	const pieces: Piece[] = [];
	for (let at = address; at < address + length; at = at - (at % PAGE_SIZE) + PAGE_SIZE)
		pieces.push({ address: at, length: Math.min(address + length - at, PAGE_SIZE - (at % PAGE_SIZE)) });
	return pieces;
}
