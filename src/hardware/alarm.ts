import type { Clock } from './clock';

/** The cycle for which an alarm is set and the id of its appointment; 0 and 0 while it is not. */
export type AlarmState = readonly [at: number, id: number];

/** One appointment with the clock that its owner makes, calls off, and keeps in its saved state. */
export class Alarm {
	private due = 0;
	private id = 0;

	/** `ring` is called with the cycle that it was set for, when that has come. */
	constructor(
		private readonly clock: Clock,
		private readonly ring: (due: number) => void
	) {}

	/** Cycle for which it is set, or 0. */
	get at(): number {
		return this.due;
	}

	/** Sets it for `cycle`, above 0, and no longer for another; it rings at once if that has passed. */
	set(cycle: number): void {
		this.cancel();
		this.due = cycle;
		this.id = this.clock.schedule(cycle, () => this.expire());
	}

	cancel(): void {
		if (this.id !== 0) this.clock.cancel(this.id);
		this.due = this.id = 0;
	}

	private expire(): void {
		const { due } = this;
		this.due = this.id = 0;
		this.ring(due);
	}

	save(): AlarmState {
		return [this.due, this.id];
	}

	/** Restores after the clock has been, which has dropped every appointment. */
	restore([due, id]: AlarmState): void {
		this.due = due;
		this.id = id;
		if (id !== 0) this.clock.reschedule(id, () => this.expire());
	}
}
