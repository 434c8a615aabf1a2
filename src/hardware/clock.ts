import { assert } from '../base';
import type { CostClass, CostProfile } from './cost';
import { COST_CLASSES, DEFAULT_PROFILE } from './cost';

export interface ClockState {
	now: number;
	nextId: number;
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
	private queue: Appointment[] = [];
	private nextId = 1;

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
			due.run();
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
		return { now: this.now, nextId: this.nextId };
	}

	/** Sets the time and drops every appointment; their owners make them again, in their old order of ids. */
	restore(state: ClockState): void {
		this.now = state.now;
		this.nextId = state.nextId;
		this.queue = [];
		this.nextEvent = Infinity;
	}

	/** Makes an appointment with the id that it had when its owner was saved. */
	reschedule(id: number, cycle: number, run: () => void): void {
		let place = this.queue.length;
		while (place > 0 && later(this.queue[place - 1], cycle, id)) place--;
		this.queue.splice(place, 0, { at: cycle, id, run });
		this.nextEvent = this.queue[0].at;
	}
}

const later = (entry: Appointment, at: number, id: number): boolean =>
	entry.at > at || (entry.at === at && entry.id > id);
