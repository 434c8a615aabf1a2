/**
 * The way back to the latest moment before now at which a stop holds.
 *
 * What events tell is read from the trace, without replay. Addresses, watched bytes and lines are looked for by replaying from one
 * snapshot to the next, the last stretch first, until one has a hit; its last one counts. For watched writes a stretch in which
 * nobody wrote to those words is passed over: the snapshots tell. Then one seek.
 *
 * Moments are those at which a way forward would stop, so there and back agree.
 */
import { eventTest } from '../../trace/query';
import { contextOf } from '../points/condition-context';
import { parseCondition, type Condition } from '../points/conditions';
import { isBefore, type Point } from '../moment';
import { kindJudge, Points, type Held } from '../points/points';
import type { Hit } from '../points/watch';
import { hasReached, stepTowards } from './seek';
import type { Run } from '../run';
import type { Snapshot } from './snapshots/shelf';
import type { StopPoint, StopReport, StopSpec } from '../stops';
import { Work } from '../task';
import { Untouched } from './untouched';

type EventPoint = Extract<StopPoint, { kind: 'event' }>;
type Steps<T> = Generator<void, T, void>;

/** A place where the stop holds. */
interface Found {
	readonly at: Point;
	readonly held: Held;
}

/** A point that events meet. */
interface Wanted {
	readonly point: EventPoint;
	readonly test: ReturnType<typeof eventTest>;
	readonly condition: Condition | null;
}

/** Events looked at, and stops made, between two looks at the allowance. */
const EVENTS_AT_ONCE = 1 << 17;
const STOPS_AT_ONCE = 256;
/** What they count for, in instructions. */
const EVENTS_COST = 1_000_000;
const STOPS_COST = 100_000;
/** A stretch with more hits is cut into shorter ones first. */
const MANY_HITS = 4096;
/** Stretches are not cut below this many instructions. */
const SHORT = 1 << 15;

/** A reverse-continue, in pieces. */
export class ReverseContinue extends Work<StopReport> {
	private readonly here: Point;
	private readonly now: Snapshot;
	/** Stretches between snapshots that were gone through once more, so far. */
	replayed = 0;
	private found: Found | null = null;
	/** How often each point has held, and where: what turns out to lie beyond the goal is not counted in the end. */
	private readonly held = new Map<number, number>();
	private readonly taken: { readonly at: Point; readonly point: number }[] = [];
	private readonly wanted: readonly Wanted[];
	private readonly kinds: ReturnType<typeof kindJudge>;
	/** All but what events tell. */
	private readonly places: Points | null;
	private readonly untouched: Untouched;
	/** The next instruction is one that was stopped before already. */
	private passed = false;

	/**
	 * @param touchedHere whether a touch of the step that led to the present moment counts: a way forward stops after a touch, so
	 * that this is the first one which is undone on the way back. Places and events of the present moment never count
	 * @param isMeant which touches are looked for, where not all are: asked about each, the last one first
	 * @throws RangeError, QueryError or ConditionError for a stop that cannot be
	 */
	constructor(
		private readonly run: Run,
		private readonly stop: StopSpec,
		private readonly touchedHere = false,
		private readonly isMeant: (hit: Hit, at: Point) => boolean = () => true
	) {
		const { points = [], outside } = stop;
		if (!run.player.shelf) throw new RangeError('this run keeps no past to go back to');
		if (stop.cycle !== undefined || stop.text !== undefined)
			throw new RangeError('one goes back to an event, a place or an access, not to a cycle or a text');
		const events = points.filter((point): point is EventPoint => point.kind === 'event');
		const others = points.filter(({ kind }) => kind !== 'event');
		const wanted = events.map((point) => ({
			point,
			test: eventTest(point.query),
			condition: point.condition === undefined ? null : parseCondition(point.condition)
		}));
		const searches = others.length > 0 || outside !== undefined;
		const places = searches ? new Points(run.player, { points: others, outside }, false) : null;
		const { lastHit } = run;
		super(
			() => this.goBack(),
			() => {
				run.player.stand(this.now);
				run.player.shelf?.giveBack(this.now.image);
				run.lastHit = lastHit;
			}
		);
		this.wanted = wanted;
		this.kinds = kindJudge(stop);
		this.places = places;
		this.untouched = new Untouched(run.player, stop);
		this.here = run.moment;
		this.now = run.player.take('fixed');
		run.player.shelf.borrow(this.now.image);
	}

	private *goBack(): Steps<StopReport> {
		this.fraction = 0;
		yield* this.readTrace();
		yield* this.readCounts();
		if (this.places) yield* this.search(this.places);
		const report = yield* this.arrive();
		this.run.player.shelf?.giveBack(this.now.image);
		return report;
	}

	private *arrive(): Steps<StopReport> {
		const { run, found } = this;
		const hits = this.hitsUpTo(found);
		const report = yield* this.wait(run.seeking(found?.at ?? { icount: 0 }));
		run.lastHit = found?.held.hit ?? null;
		const point = found?.held.point;
		return {
			...report,
			cause: found ? found.held.cause : 'start',
			...(point === undefined ? {} : { point }),
			...(hits.size > 0 ? { hits: [...hits] } : {})
		};
	}

	/** Takes a hit, the latest of those not seen before: whether it is the one. */
	private takes(at: Point, held: Held): boolean {
		const { point } = held;
		// Beyond what has been found nothing is met any more, nor counted.
		if (this.found && isBefore(at, this.found.at)) return true;
		if (held.hit && !this.isMeant(held.hit, at)) return false;
		if (point !== undefined) {
			const count = (this.held.get(point) ?? 0) + 1;
			this.held.set(point, count);
			this.taken.push({ at, point });
			if (count <= (this.stop.points?.find(({ id }) => id === point)?.skip ?? 0)) return false;
		}
		if (!this.found || isBefore(this.found.at, at) || this.comesFirst(held, this.found.held)) this.found = { at, held };
		return true;
	}

	/** Whether a way forward names `held` rather than `other` where both hold: what was touched comes first. */
	private comesFirst(held: Held, other: Held): boolean {
		return held.hit !== undefined && other.hit === undefined;
	}

	/** How often each point has held on the way to what was found. */
	private hitsUpTo(found: Found | null): Map<number, number> {
		const hits = new Map<number, number>();
		for (const { at, point } of this.taken)
			if (!found || !isBefore(at, found.at)) hits.set(point, (hits.get(point) ?? 0) + 1);
		return hits;
	}

	// --- from the trace ------------------------------------------------------------------------------------

	/** The last event before now that is wanted: stands right after the instruction that recorded it. */
	private *readTrace(): Steps<void> {
		if (!this.kinds && this.wanted.length === 0) return;
		for (let bound = this.here.seq; ;) {
			const seq = yield* this.lastWanted(bound);
			if (seq < 0) return;
			const began = yield* this.goPast(seq);
			const at = this.run.moment;
			if (began < 0) return;
			if (isBefore(at, this.here)) for (const held of this.heldBy(began, at.seq)) if (this.takes(at, held)) return;
			bound = began;
		}
	}

	/** The last wanted event below `bound`, or -1. */
	private *lastWanted(bound: number): Steps<number> {
		for (let seq = bound - 1; seq >= 0; seq--) {
			if (this.isWanted(seq)) return seq;
			if ((seq & (EVENTS_AT_ONCE - 1)) === 0) yield* this.spend(EVENTS_COST);
		}
		return -1;
	}

	private isWanted(seq: number): boolean {
		const { trace } = this.run;
		return this.isKind(seq) || this.wanted.some(({ test }) => test(trace, seq));
	}

	private isKind(seq: number): boolean {
		const { trace } = this.run;
		return this.kinds !== null && this.kinds(trace.kind(seq), trace.row(seq).args.length > 0 ? trace.word(seq, 0) : 0);
	}

	/** Stands right after the step that recorded event `seq`. @returns how many events there were before that step; -1 at reset */
	private *goPast(seq: number): Steps<number> {
		const { run } = this;
		const { player } = run;
		yield* this.wait(run.seeking({ icount: run.trace.icount(seq) }));
		if (player.store.next > seq) return -1;
		for (;;) {
			const began = player.store.next;
			stepTowards(player, { icount: run.icount, seq: began + 1 });
			if (player.store.next > seq) return began;
		}
	}

	/** What the events from `from` up to `to`, which one step recorded, meet at the present moment. */
	private heldBy(from: number, to: number): Held[] {
		const { trace, player } = this.run;
		const held: Held[] = [];
		const seqs = Array.from({ length: to - from }, (_, index) => from + index);
		for (const { point, test, condition } of this.wanted) {
			if (!seqs.some((seq) => test(trace, seq))) continue;
			const reached = (this.held.get(point.id) ?? 0) + 1;
			if (!condition || condition.holds(contextOf(player, reached))) held.push({ cause: 'point', point: point.id });
		}
		if (seqs.some((seq) => this.isKind(seq))) held.push({ cause: 'event' });
		return held;
	}

	/** The moments that the stop names by a count. */
	private *readCounts(): Steps<void> {
		const { run, stop, here } = this;
		if (stop.icount !== undefined && stop.icount <= here.icount) {
			yield* this.wait(run.seeking({ icount: stop.icount }));
			if (isBefore(run.moment, here)) this.takes(run.moment, { cause: 'icount' });
		}
		if (stop.seq !== undefined && stop.seq > 0 && stop.seq <= here.seq) {
			const began = yield* this.goPast(stop.seq - 1);
			if (began >= 0 && isBefore(run.moment, here)) this.takes(run.moment, { cause: 'seq' });
		}
	}

	// --- by replay -----------------------------------------------------------------------------------------

	/** Looks through the stretches between snapshots, the last one first. */
	private *search(points: Points): Steps<void> {
		const { run, here, untouched } = this;
		const { player } = run;
		const shelf = player.shelf!;
		let end: Pick<Snapshot, 'icount' | 'seq' | 'image'> = this.now;
		let isCut = false;
		for (;;) {
			const from: Snapshot | null = shelf.before(player.branch, end);
			if (!from || (this.found && !isBefore(this.found.at, end))) return;
			this.fraction = 1 - end.icount / Math.max(1, here.icount);
			if (!untouched.between(from, end)) {
				const mayCut = end.icount - from.icount > SHORT && !isCut;
				const hits: Found[] | null =
					mayCut && end === this.now ? null : yield* this.hitsBetween(points, from, end, mayCut);
				if (hits === null) {
					yield* this.cutUp(end);
					isCut = true;
					continue;
				}
				if (this.takesLast(hits)) return;
			}
			end = from;
			isCut = false;
		}
	}

	/** Takes hits from the last one back, those of one moment together and in their order: whether one of them is the one. */
	private takesLast(hits: readonly Found[]): boolean {
		for (let end = hits.length; end > 0;) {
			let begin = end - 1;
			while (begin > 0 && !isBefore(hits[begin - 1].at, hits[begin].at)) begin--;
			const taken = hits.slice(begin, end).map(({ at, held }) => this.takes(at, held));
			if (taken.includes(true)) return true;
			end = begin;
		}
		return false;
	}

	private counts(at: Point, { hit }: Held): boolean {
		return isBefore(at, this.here) || (this.touchedHere && hit !== undefined && !isBefore(this.here, at));
	}

	/** Leaves snapshots ever closer to `end`, so that what comes next goes by short stretches. */
	private *cutUp(end: Point): Steps<void> {
		const { player } = this.run;
		player.standNear(end, true);
		while (!hasReached(player, end)) {
			stepTowards(player, end, this.allowance);
			yield* this.spend(STOPS_COST);
		}
	}

	/** All hits after `from` and up to `end`, in order; null where there are too many and the stretch `may` be cut. */
	private *hitsBetween(points: Points, from: Snapshot, end: Point, may: boolean): Steps<Found[] | null> {
		const { player } = this.run;
		const hits: Found[] = [];
		player.stand(from);
		this.replayed++;
		this.passed = false;
		while (!hasReached(player, end)) {
			yield* this.spend(this.collect(points, end, hits));
			if (may && hits.length > MANY_HITS) return null;
		}
		return hits;
	}

	/** Some more of the way to `end` with the points armed; what it cost. */
	private collect(points: Points, end: Point, hits: Found[]): number {
		const { player } = this.run;
		const began = player.icount;
		points.arm();
		try {
			for (let stops = 0; stops < STOPS_AT_ONCE && !hasReached(player, end); stops++) {
				const step = stepTowards(player, end, this.allowance, !this.passed);
				const met = points.met(step);
				this.passed = step.reason === 'breakpoint' || met.length > 0;
				for (const held of met) if (this.counts(player.now, held)) hits.push({ at: player.now, held });
				if (step.reason === 'idle' || step.reason === 'shutdown') break;
				if (player.icount - began >= this.allowance) break;
			}
		} finally {
			points.disarm();
		}
		return Math.max(STOPS_COST, player.icount - began);
	}
}
