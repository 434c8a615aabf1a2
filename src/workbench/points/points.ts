/**
 * The points of a stop, ready to be met: which of them held where the machine has just stopped, how often each has held, and whether
 * that is one to stop at.
 */
import { AddressGuard, type Guard } from '../../hardware/engines/guard';
import { KIND } from '../../trace/events';
import { eventTest } from '../../trace/query';
import type { EventJudge } from '../../trace/store';
import type { TraceView } from '../../trace/view';
import { contextOf } from './condition-context';
import { parseCondition, type Condition } from './conditions';
import type { Player, Step } from '../time/player';
import type { StopPoint, StopSpec } from '../stops';
import { checkWatch, Watches, type Hit, type WatchPoint } from './watch';
import { FIRST_USER_VECTOR } from '../../x86/exceptions';

type AddressPoint = Extract<StopPoint, { kind: 'address' }>;
type EventPoint = Extract<StopPoint, { kind: 'event' }>;

/** What the machine stopped for. */
export interface Held {
	readonly cause: 'event' | 'point' | 'outside' | 'icount' | 'seq';
	readonly point?: number;
	readonly hit?: Hit;
}

/** Whether an event is of the kinds that a stop names by number, or a fault. */
export function kindJudge({
	kinds = [],
	faults = false
}: StopSpec): ((kind: number, vector: number) => boolean) | null {
	if (kinds.length === 0 && !faults) return null;
	const wanted = new Set(kinds);
	return (kind, vector) =>
		wanted.has(kind) || (faults && (kind === KIND.page_fault || (kind === KIND.trap && vector < FIRST_USER_VECTOR)));
}

/** A point's event and condition, read once. */
interface Ready<P extends StopPoint> {
	readonly point: P;
	readonly condition: Condition | null;
}

const ready = <P extends StopPoint>(point: P): Ready<P> => ({
	point,
	condition: point.condition === undefined ? null : parseCondition(point.condition)
});

/** The ranges of `outside`, for the ring and domain that run as it begins. */
class OutsideGuard implements Guard {
	private readonly ring: number;
	private readonly dom: number | undefined;

	constructor(
		private readonly player: Player,
		private readonly ranges: readonly { from: number; to: number }[]
	) {
		const { machine, hypervisor } = player.system;
		this.ring = machine.cpu.cpl;
		this.dom = hypervisor.pcpu.current?.domain.id;
	}

	concerns(linear: number, bytes: number): boolean {
		return this.isOurs && !this.ranges.some(({ from, to }) => linear >= from && linear + bytes <= to);
	}
	stops(linear: number): boolean {
		return this.isOurs && !this.ranges.some(({ from, to }) => linear >= from && linear < to);
	}

	private get isOurs(): boolean {
		const { machine, hypervisor } = this.player.system;
		return machine.cpu.cpl === this.ring && hypervisor.pcpu.current?.domain.id === this.dom;
	}
}

/** Several at once. */
class AnyGuard implements Guard {
	constructor(private readonly guards: readonly Guard[]) {}
	concerns(linear: number, bytes: number): boolean {
		return this.guards.some((guard) => guard.concerns(linear, bytes));
	}
	stops(linear: number): boolean {
		return this.guards.some((guard) => guard.stops(linear));
	}
}

/** Meets the points of one stop, while it is armed. */
export class Points {
	/** How often each point has held, by its number. */
	readonly held = new Map<number, number>();
	/** How often each place was reached, whatever its condition. */
	private readonly reached = new Map<StopPoint, number>();
	private readonly addresses: readonly Ready<AddressPoint>[];
	private readonly events: readonly (Ready<EventPoint> & { test(view: TraceView, seq: number): boolean })[];
	private readonly watched: readonly Ready<WatchPoint>[];
	private readonly watches: Watches | null;
	private readonly kinds: ReturnType<typeof kindJudge>;
	private readonly outside: OutsideGuard | null;
	private readonly guard: Guard | null;
	/** What the events recorded since the last look have met. */
	private told = { kind: false, points: new Set<Ready<EventPoint>>() };

	/**
	 * @param skipping whether `skip` counts; a reverse-continue counts by itself, from the other end
	 * @throws RangeError, QueryError or ConditionError for a point that cannot be
	 */
	constructor(
		private readonly player: Player,
		stop: StopSpec,
		private readonly skipping = true
	) {
		const points = stop.points ?? [];
		const of = <K extends StopPoint['kind']>(kind: K): Extract<StopPoint, { kind: K }>[] =>
			points.filter((point): point is Extract<StopPoint, { kind: K }> => point.kind === kind);
		this.addresses = of('address').map(ready);
		this.events = of('event').map((point) => ({ ...ready(point), test: eventTest(point.query) }));
		const watched = of('watch');
		for (const point of watched) {
			const wrong = checkWatch(point);
			if (wrong) throw new RangeError(wrong);
		}
		this.watched = watched.map(ready);
		this.watches = watched.length > 0 ? new Watches(player.system, watched, () => player.ask('touch')) : null;
		this.kinds = kindJudge(stop);
		this.outside = stop.outside ? new OutsideGuard(player, stop.outside) : null;
		this.guard = this.makeGuard();
	}

	private makeGuard(): Guard | null {
		const places = this.addresses.map(({ point }) => point.address);
		const guards: Guard[] = [...(this.outside ? [this.outside] : [])];
		if (places.length > 0) guards.push(new AddressGuard(places));
		return guards.length > 1 ? new AnyGuard(guards) : (guards[0] ?? null);
	}

	arm(): void {
		const { player, watches, kinds, events } = this;
		player.system.machine.engine.guard = this.guard;
		player.judge = kinds || events.length > 0 ? this.judge : null;
		watches?.arm();
	}

	disarm(): void {
		const { player, watches } = this;
		player.system.machine.engine.guard = null;
		player.judge = null;
		watches?.disarm();
	}

	private readonly judge: EventJudge = (seq, kind, args) => {
		const { kinds, events, told, player } = this;
		if (kinds?.(kind, args[0])) told.kind = true;
		for (const event of events) if (event.test(player.store.view, seq)) told.points.add(event);
		return told.kind || told.points.size > 0;
	};

	/** What holds after a step and is to be stopped at: what was touched, then events, then the place. Every point is counted. */
	met(step: Step): Held[] {
		const { reason } = step;
		const found: Held[] = [];
		for (const hit of this.touches())
			for (const one of this.watched)
				if (one.point.id === hit.point && this.count(one)) found.push({ cause: 'point', point: hit.point, hit });
		for (const event of this.told.points) if (this.count(event)) found.push({ cause: 'point', point: event.point.id });
		if (this.told.kind) found.push({ cause: 'event' });
		this.told = { kind: false, points: new Set() };
		// Whoever is stopped here goes on from here, so what comes next is met now.
		const next = found.length > 0 && this.player.system.machine.engine.guardsNext;
		if (reason === 'breakpoint' || next) found.push(...this.atPlace());
		return found;
	}

	/** The instruction that touched may not have retired yet: a repeated one comes to an end of its own first. */
	private touches(): Hit[] {
		const hits = this.watches?.take() ?? [];
		const last = hits[hits.length - 1];
		const { player } = this;
		if (last?.by !== 'instruction' || player.icount > last.icount || player.store.next > last.seq) return hits;
		player.step(1);
		const after = new Map(this.watches?.take().map((hit) => [hit.point, hit]));
		return hits.map((hit) => ({ ...hit, after: after.get(hit.point)?.after ?? hit.after }));
	}

	private atPlace(): Held[] {
		const { engine } = this.player.system.machine;
		const { linear } = engine;
		const found: Held[] = [];
		for (const one of this.addresses)
			if (one.point.address >>> 0 === linear && this.isItsDomain(one.point) && this.count(one))
				found.push({ cause: 'point', point: one.point.id });
		if (this.outside?.stops(linear)) found.push({ cause: 'outside' });
		return found;
	}

	private isItsDomain({ dom }: AddressPoint): boolean {
		return dom === undefined || this.player.system.hypervisor.pcpu.current?.domain.id === dom;
	}

	/** Counts that a place was reached; whether it is one to stop at. */
	private count({ point, condition }: Ready<StopPoint>): boolean {
		const reached = (this.reached.get(point) ?? 0) + 1;
		this.reached.set(point, reached);
		if (condition && !condition.holds(contextOf(this.player, reached))) return false;
		const held = (this.held.get(point.id) ?? 0) + 1;
		this.held.set(point.id, held);
		return !this.skipping || held > (point.skip ?? 0);
	}
}
