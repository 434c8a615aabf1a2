import { assert } from '../base';
import type { CostClass, CostProfile } from './cost';
import { COST_CLASSES, DEFAULT_PROFILE } from './cost';

export interface ClockState {
	now: number;
	nextId: number;
	/** Appointments that wait: the id of each, and its cycle. */
	waiting: [id: number, at: number][];
}

interface Appointment {
	at: number;
	id: number;
	run: () => void;
}

/**
 * Virtual time: cycles since reset. It moves only when something is charged or when a halted processor waits, so the same
 * run has the same times everywhere.
 *
 * Appointments run at block ends, in the order of (cycle, id). They are functions and so no part of the saved state:
 * whoever made them saves its own deadline and makes them again when restored.
 */
export class Clock {
	/** Cycles since reset, a whole number below 2^53. */
	now = 0;
	/** Cycle of the earliest appointment, or Infinity. */
	nextEvent = Infinity;
	readonly profile: CostProfile;
	/** Cycles a class, to be added to `now` directly where `charge` is too slow. */
	readonly costs: Record<CostClass, number>;
	/** While an appointment is being kept. */
	keeping = false;
	/** Called when an appointment is made that may be the earliest: whoever runs until then must look again. */
	readonly onSchedule: (() => void)[] = [];
	private queue: Appointment[] = [];
	private nextId = 1;
	/** Cycles of the appointments that were saved and are to be made again. */
	private missing = new Map<number, number>();

	constructor(profile: CostProfile = DEFAULT_PROFILE) {
		this.profile = profile;
		this.costs = Object.fromEntries(COST_CLASSES.map((name) => [name, profile.costs[name].cycles])) as Record<
			CostClass,
			number
		>;
	}

	/** Cycles a second. */
	get hz(): number {
		return this.profile.hz;
	}

	/** Lets `n` events of a class take their time. */
	charge(name: CostClass, n = 1): void {
		this.now += this.costs[name] * n;
	}

	/** Makes an appointment at `cycle`, now if that has passed. Returns its id, which grows with each call. */
	schedule(cycle: number, run: () => void): number {
		const id = this.nextId++;
		const at = Math.max(Math.ceil(cycle), this.now);
		let place = this.queue.length;
		while (place > 0 && this.queue[place - 1].at > at) place--;
		this.queue.splice(place, 0, { at, id, run });
		this.nextEvent = this.queue[0].at;
		for (const hear of this.onSchedule) hear();
		return id;
	}

	/** Calls an appointment off; an id that has run or never was is ignored. */
	cancel(id: number): void {
		const place = this.queue.findIndex((entry) => entry.id === id);
		if (place < 0) return;
		this.queue.splice(place, 1);
		this.nextEvent = this.queue.length > 0 ? this.queue[0].at : Infinity;
	}

	/** Runs every appointment that is due, also those made meanwhile. */
	runDue(): void {
		while (this.nextEvent <= this.now) {
			const due = this.queue.shift() as Appointment;
			this.nextEvent = this.queue.length > 0 ? this.queue[0].at : Infinity;
			this.keeping = true;
			try {
				due.run();
			} finally {
				this.keeping = false;
			}
		}
	}

	/** Moves time forward to `cycle`, as a halted processor does. */
	advanceTo(cycle: number): void {
		assert(Number.isFinite(cycle), 'time cannot advance to no moment', { cycle });
		if (cycle > this.now) this.now = cycle;
	}

	/** Number of appointments waiting. */
	get waiting(): number {
		return this.queue.length;
	}

	save(): ClockState {
		return { now: this.now, nextId: this.nextId, waiting: this.queue.map(({ id, at }) => [id, at]) };
	}

	/** Sets the time and drops every appointment; their owners make them again by `reschedule`. */
	restore(state: ClockState): void {
		this.now = state.now;
		this.nextId = state.nextId;
		this.queue = [];
		this.nextEvent = Infinity;
		this.missing = new Map(state.waiting);
	}

	/** Makes an appointment again that was saved, with the id and for the cycle that it had. */
	reschedule(id: number, run: () => void): void {
		const at = this.missing.get(id);
		assert(at !== undefined, 'an appointment was made again that had not been saved', { id });
		this.missing.delete(id);
		let place = this.queue.length;
		while (place > 0 && later(this.queue[place - 1], at, id)) place--;
		this.queue.splice(place, 0, { at, id, run });
		this.nextEvent = this.queue[0].at;
		for (const hear of this.onSchedule) hear();
	}

	/** To be called when every owner has been restored: throws where one has not made its appointment again. */
	checkRestored(): void {
		assert(this.missing.size === 0, 'an appointment was saved that nobody made again', {
			ids: [...this.missing.keys()]
		});
	}
}

const later = (entry: Appointment, at: number, id: number): boolean =>
	entry.at > at || (entry.at === at && entry.id > id);
