/**
 * Round robin: one queue of those who wait, in the order in which they became runnable. Whoever runs
 * goes on until its slice ends while others wait, then joins the end of the queue.
 */
import type { Vcpu } from '../core/domain';
import type { Decision, Scheduler } from './scheduler';

interface RoundRobinState {
	queue: [dom: number, vcpu: number][];
	sliceStart: number;
	running: [dom: number, vcpu: number] | null;
}

const nameOf = (v: Vcpu): [number, number] => [v.domain.id, v.id];

/** The policy `round-robin`. */
export class RoundRobin implements Scheduler {
	readonly name = 'round-robin';
	readonly id = 0;
	private queue: Vcpu[] = [];
	/** Whose slice it is, and since when. */
	private running: Vcpu | null = null;
	private sliceStart = 0;

	/** @param slice cycles that a vcpu may run while others wait */
	constructor(private readonly slice: number) {}

	wake(v: Vcpu): void {
		if (v !== this.running && !this.queue.includes(v)) this.queue.push(v);
	}

	sleep(v: Vcpu): void {
		this.queue = this.queue.filter((other) => other !== v);
		if (v === this.running) this.running = null;
	}

	yield(v: Vcpu): void {
		if (v !== this.running) return;
		this.running = null;
		this.queue.push(v);
	}

	choose(now: number): Decision {
		const ended = this.running !== null && now - this.sliceStart >= this.slice;
		if (ended && this.queue.length > 0) this.yield(this.running!);
		if (this.running === null) {
			this.running = this.queue.shift() ?? null;
			this.sliceStart = now;
		}
		const end = this.queue.length > 0 ? this.sliceStart + this.slice : Infinity;
		return { next: this.running, until: end };
	}

	save(): RoundRobinState {
		const { sliceStart, running } = this;
		return { queue: this.queue.map(nameOf), sliceStart, running: running && nameOf(running) };
	}

	restore(state: unknown, find: (dom: number, vcpu: number) => Vcpu): void {
		const { queue, sliceStart, running } = state as RoundRobinState;
		this.queue = queue.map(([dom, vcpu]) => find(dom, vcpu));
		this.sliceStart = sliceStart;
		this.running = running && find(...running);
	}
}
