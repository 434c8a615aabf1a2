/**
 * Motion that shows what moved and then ends. Values go from where they are to where they should be by
 * d3's interpolation and easing; with `prefers-reduced-motion` they are there at once.
 */
import { easeCubicInOut } from 'd3-ease';
import { interpolate } from 'd3-interpolate';
import { untrack } from 'svelte';

export const MOTION_MS = 320;

export const motionReduced = (): boolean =>
	typeof matchMedia === 'undefined' || matchMedia('(prefers-reduced-motion: reduce)').matches;

/** A value that glides to each new target. */
export class Glide<T> {
	now: T;
	#target: T;
	#frame = 0;

	constructor(
		start: T,
		private readonly duration = MOTION_MS
	) {
		this.now = $state.raw(start);
		this.#target = start;
	}

	get target(): T {
		return this.#target;
	}

	/** Is there now. */
	jump(to: T): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		this.#target = to;
		this.now = to;
	}

	/** Goes there and stops. */
	go(to: T): void {
		if (motionReduced()) return this.jump(to);
		cancelAnimationFrame(this.#frame);
		this.#target = to;
		const between = interpolate(untrack(() => this.now) as object, to as object) as unknown as (t: number) => T;
		const began = performance.now();
		const tick = (time: number) => {
			const t = Math.min(1, Math.max(0, (time - began) / this.duration));
			// d3 reuses the object that it returns: a fresh one tells Svelte that it changed.
			const value = between(easeCubicInOut(t));
			this.now = t >= 1 ? to : typeof value === 'object' && value ? ({ ...value } as T) : value;
			this.#frame = t < 1 ? requestAnimationFrame(tick) : 0;
		};
		this.#frame = requestAnimationFrame(tick);
	}

	stop(): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
	}
}
