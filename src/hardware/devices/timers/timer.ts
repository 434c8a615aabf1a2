import { Alarm, type AlarmState } from '../../alarm';
import type { Trigger } from '../../interrupts/lines';
import type { Fitting, Site } from '../device';
import { countsAt, nextChange, out, Pit, PIT_HZ, type PitState } from '../pit';

export interface TimerState extends PitState {
	/** When OUT of counter 0 changes. */
	change: AlarmState;
}

/** The first cycle at which so many counts have passed. */
function cycleOf(counts: number, hz: number): number {
	let cycle = Math.ceil((counts * hz) / PIT_HZ);
	while (countsAt(cycle, hz) < counts) cycle++;
	return cycle;
}

/**
 * The interval timer of a PC, whose counter 0 is wired to an interrupt line by its OUT pin: to set any mode but 0 raises that (data sheet,
 * mode definitions: OUT is initially high).
 */
export class Timer extends Pit {
	trigger: Trigger = () => {};
	private readonly change: Alarm;

	constructor({ clock }: Pick<Site, 'clock'>) {
		super(clock);
		this.change = new Alarm(clock, () => this.update());
	}

	override write(offset: number, size: number, value: number): void {
		super.write(offset, size, value);
		// Also for the control register, which may set the mode of counter 0 and so its OUT.
		this.update();
	}

	private update(): void {
		const [counter] = this.state.counters;
		const { now } = this;
		this.trigger(out(counter, now));
		const next = nextChange(counter, now);
		if (next === Infinity) this.change.cancel();
		else this.change.set(cycleOf(next, this.clock.hz));
	}

	override reset(): void {
		super.reset();
		this.update();
	}

	override save(): TimerState {
		return { ...super.save(), change: this.change.save() };
	}

	override restore({ change, ...state }: TimerState): void {
		super.restore(state);
		this.change.restore(change);
	}
}

/** The timer as a PC has it. */
export const TIMER: Fitting = {
	name: 'pit',
	make: (site) => new Timer(site),
	ports: [
		[0x40, 4],
		[0x61, 1, 4]
	],
	line: 'irq0'
};
