/**
 * Which snapshots there are, and which go when they hold too much.
 *
 * - **Main** ones are left `gap` instructions apart while a future is recorded. When there are too many, or they hold more than the
 *   budget, the gap doubles and every second one goes: the longest replay stays as short as evenly spaced snapshots can make it,
 *   wherever one goes.
 * - **Local** ones are left on the way to a moment, ever closer to it (8 Ki, 32 Ki ... instructions before), so that steps
 *   backwards from there are short. Only the latest few are kept.
 * - **Fixed** ones stay as long as somebody needs them: at reset, and where futures part.
 */
import type { ConsolesMark } from '../../consoles/consoles';
import type { StoreMark } from '../../../trace/store';
import { atOrBefore, isBefore, type Moment, type Point } from '../../moment';
import type { Branch, Timelines } from '../timelines';
import type { Image, Imager } from './image';
import { visitPages } from './page-map';

/** A moment that can be gone to without replay. */
export interface Snapshot extends Point {
	readonly kind: 'main' | 'local' | 'fixed';
	/** At the first moment of its icount; else `seq` tells which. */
	readonly settled: boolean;
	/** Entries of the log that the machine has had. */
	readonly logged: number;
	readonly image: Image;
	readonly trace: StoreMark;
	readonly consoles: ConsolesMark;
}

/** What snapshots there are and what they hold. */
export interface ShelfReport {
	main: number;
	local: number;
	fixed: number;
	/** Instructions between two main ones. */
	gap: number;
	/** Bytes held. */
	bytes: number;
}

/** Most main snapshots. */
const MOST_MAIN = 1024;
/** Most local snapshots; the nearest to the moment gone to, and how much further away each next one lies. */
const MOST_LOCAL = 24;
const NEAREST = 1 << 13;
const FURTHER = 4;
/** A budget that is reached is brought below this share of it. */
const SLACK = 0.9;
/** Bytes that a snapshot takes beside its image. */
const OWN_BYTES = 1024;

/** All snapshots of a run. */
export class Shelf {
	private held = 0;
	/** Local ones, the oldest first, and whose they are. */
	private locals: { snapshot: Snapshot; branch: Branch }[] = [];
	/** Images that are needed though no branch has them. */
	private readonly borrowed = new Set<Image>();

	/**
	 * @param budget bytes that snapshots may hold
	 * @param gap instructions between two main snapshots at first
	 */
	constructor(
		private readonly imager: Imager,
		private readonly timelines: Timelines,
		private readonly budget: number,
		private gap: number
	) {}

	get report(): ShelfReport {
		const all = this.timelines.branches.flatMap(({ snapshots }) => snapshots);
		const count = (kind: Snapshot['kind']): number => all.filter((snapshot) => snapshot.kind === kind).length;
		return { main: count('main'), local: count('local'), fixed: count('fixed'), gap: this.gap, bytes: this.bytes };
	}

	private get bytes(): number {
		return this.imager.store.bytes + this.held;
	}

	/** The one at reset. */
	get first(): Snapshot {
		return this.timelines.get(0).snapshots[0];
	}

	/** Keeps a snapshot of the present moment of `branch`. */
	add(branch: Branch, snapshot: Snapshot): void {
		const { snapshots } = branch;
		let place = snapshots.length;
		while (place > 0 && isBefore(snapshot, snapshots[place - 1])) place--;
		snapshots.splice(place, 0, snapshot);
		this.held += snapshot.image.bytes + OWN_BYTES;
		if (snapshot.kind === 'main') branch.due = Math.max(branch.due, snapshot.icount + this.gap);
		if (snapshot.kind === 'local') this.locals.push({ snapshot, branch });
		if (this.locals.length > MOST_LOCAL) this.dropLocal();
		this.trim();
	}

	/** Keeps an image for as long as it is borrowed. */
	borrow(image: Image): void {
		this.borrowed.add(image);
	}
	giveBack(image: Image): void {
		this.borrowed.delete(image);
		this.trim();
	}

	/** When the next main snapshot is due that follows one at `icount`. */
	dueAfter(icount: number): number {
		return icount + this.gap;
	}

	/** The last snapshot in the past of `moment`, or at it. */
	nearest(branch: Branch, { icount, seq }: Moment): Snapshot | null {
		return this.last(branch, (s) =>
			s.icount !== icount ? s.icount < icount : seq === undefined ? s.settled : s.seq <= seq
		);
	}

	/** The last snapshot before `moment`. */
	before(branch: Branch, moment: Point): Snapshot | null {
		return this.last(branch, (s) => isBefore(s, moment));
	}

	/** The last one that `fits`, of those in the branch's past. */
	private last(branch: Branch, fits: (snapshot: Snapshot) => boolean): Snapshot | null {
		let best: Snapshot | null = null;
		let limit: Branch | null = null;
		for (const own of this.timelines.ancestry(branch)) {
			const bound: Branch | null = limit;
			const found = lastOf(own.snapshots, (s) => fits(s) && (bound === null || belongs(s, bound)));
			if (found && (best === null || isBefore(best, found))) best = found;
			if (limit === null || isBefore(own.at, limit.at)) limit = own;
			if (best && atOrBefore(own.at, best)) break;
		}
		return best;
	}

	/** Instruction counts at which to leave local snapshots on the way from `from` to `to`, the last one first. */
	plan(from: number, to: number): number[] {
		const plan: number[] = [];
		for (let distance = NEAREST; to - distance > from + NEAREST / 2; distance *= FURTHER) plan.push(to - distance);
		return plan;
	}

	/** Forgets the snapshots of a branch after `moment`. */
	truncate(branch: Branch, moment: Point): void {
		const gone = branch.snapshots.filter((snapshot) => isBefore(moment, snapshot));
		this.drop(branch, gone);
		branch.due = Math.min(branch.due, moment.icount + this.gap);
	}

	private drop(branch: Branch, gone: readonly Snapshot[]): void {
		const dropped = new Set(gone);
		branch.snapshots = branch.snapshots.filter((snapshot) => !dropped.has(snapshot));
		this.locals = this.locals.filter(({ snapshot }) => !dropped.has(snapshot));
		for (const { image } of gone) this.held -= image.bytes + OWN_BYTES;
	}

	private dropLocal(): void {
		const [{ snapshot, branch }] = this.locals;
		this.drop(branch, [snapshot]);
	}

	// --- too many ------------------------------------------------------------------------------------------

	private get mains(): number {
		return this.timelines.branches.reduce(
			(sum, { snapshots }) => sum + snapshots.filter(({ kind }) => kind === 'main').length,
			0
		);
	}

	private trim(): void {
		if (this.bytes > this.budget) this.sweep();
		else if (this.mains <= MOST_MAIN) return;
		while (this.mains > MOST_MAIN || this.bytes > this.budget * SLACK) {
			if (this.mains <= 1) {
				if (this.locals.length <= 1) return;
				this.dropLocal();
			} else this.thin();
			this.sweep();
		}
	}

	/** Doubles the gap. */
	private thin(): void {
		this.gap *= 2;
		for (const branch of this.timelines.branches) {
			let kept = -Infinity;
			const gone = branch.snapshots.filter(({ kind, icount }) => {
				if (kind === 'local') return false;
				const goes = kind === 'main' && icount - kept < this.gap;
				if (!goes) kept = icount;
				return goes;
			});
			this.drop(branch, gone);
			branch.due = Math.max(branch.due, kept + this.gap);
		}
		this.joinWritten();
	}

	/** Those of snapshots, and those that are needed beside. */
	private get images(): Image[] {
		const kept = this.timelines.branches.flatMap(({ snapshots }) => snapshots.map(({ image }) => image));
		return [...kept, ...this.borrowed];
	}

	/** What was written on the way to an image that is gone goes over to those that come after it. */
	private joinWritten(): void {
		const kept = new Set(this.images.map(({ written }) => written));
		if (this.imager.currentWritten) kept.add(this.imager.currentWritten);
		for (const written of kept) written.join(kept);
	}

	/** Frees the pieces that no snapshot names. */
	private sweep(): void {
		const { imager, images } = this;
		imager.store.sweep((name) => {
			visitPages([...images.map(({ pages }) => pages), imager.current], name);
			for (const { columns } of images) columns.forEach(name);
			imager.currentColumns.forEach(name);
		});
	}
}

/** Whether a snapshot of an ancestor is in the past of `branch`. */
const belongs = (snapshot: Snapshot, branch: Branch): boolean =>
	atOrBefore(snapshot, branch.at) && snapshot.logged <= branch.shared;

/** The last element for which `fits` holds; those for which it does not lie behind, but for a few. */
function lastOf(snapshots: readonly Snapshot[], fits: (snapshot: Snapshot) => boolean): Snapshot | null {
	for (let n = snapshots.length - 1; n >= 0; n--) if (fits(snapshots[n])) return snapshots[n];
	return null;
}
