/**
 * Motion that shows what moved and then ends. Values go evenly from where they are to where they should be, slowly at both ends; with
 * `prefers-reduced-motion` they are there at once. (The two formulas are written out: the modules that have them weigh 5 KiB in every page.)
 */
import { untrack } from 'svelte';

const MOTION_MS = 320;

export const motionReduced = (): boolean =>
	typeof matchMedia === 'undefined' || matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Cubic, slow at both ends. */
const easeCubicInOut = (t: number): number => (t < 0.5 ? 4 * t ** 3 : 1 - 4 * (1 - t) ** 3);

const interpolateNumber =
	(from: number, to: number) =>
	(t: number): number =>
		from * (1 - t) + to * t;

/** Between two numbers, or between two records of numbers key by key; a key that is new is there at once. */
function between<T extends Glidable>(from: T, to: T): (t: number) => T {
	if (typeof to === 'number') return interpolateNumber(from as number, to) as unknown as (t: number) => T;
	const parts = Object.entries(to as Record<string, number>).map(
		([key, value]) => [key, interpolateNumber((from as Record<string, number>)[key] ?? value, value)] as const
	);
	return (t) => Object.fromEntries(parts.map(([key, part]) => [key, part(t)])) as T;
}

type Glidable = number | object;

/** A value that glides to each new target. */
export class Glide<T extends Glidable> {
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
		const value = between(
			untrack(() => this.now),
			to
		);
		const began = performance.now();
		const tick = (time: number) => {
			const t = Math.min(1, Math.max(0, (time - began) / this.duration));
			this.now = t >= 1 ? to : value(easeCubicInOut(t));
			this.#frame = t < 1 ? requestAnimationFrame(tick) : 0;
		};
		this.#frame = requestAnimationFrame(tick);
	}

	stop(): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
	}
}
