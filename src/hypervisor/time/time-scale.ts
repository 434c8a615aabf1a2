/**
 * Turning counts of the time-stamp counter into nanoseconds the way guests do it
 * (xen/arch/x86/time.c: set_time_scale, scale_delta; the formula stands in xen/include/public/xen.h at
 * struct vcpu_time_info):
 *
 *     ns = ((count << shift) * mul) >> 32
 */
export interface TimeScale {
	/** tsc_to_system_mul: an unsigned 32-bit fraction. */
	readonly mul: number;
	/** tsc_shift: shift left by it, or right if negative. */
	readonly shift: number;
	readonly hz: number;
}

export const SECOND_NS = 1e9;
export const MILLISECOND_NS = 1e6;

/** The scale of a counter of `hz` ticks a second. */
export function timeScale(hz: number): TimeScale {
	let ticks = BigInt(Math.round(hz));
	let shift = 0;
	while (ticks > 2_000_000_000n) {
		ticks >>= 1n;
		shift--;
	}
	while (ticks <= 1_000_000_000n) {
		ticks <<= 1n;
		shift++;
	}
	return { mul: Number((1_000_000_000n << 32n) / ticks), shift, hz };
}

/**
 * Nanoseconds of `count` ticks, rounded down exactly as a guest's own arithmetic does; so system time is the
 * same wherever a guest extrapolates it from, and never goes back.
 */
export function toNanoseconds(scale: TimeScale, count: number): number {
	const ticks = BigInt(count);
	const shifted = scale.shift < 0 ? ticks >> BigInt(-scale.shift) : ticks << BigInt(scale.shift);
	return Number((shifted * BigInt(scale.mul)) >> 32n);
}

/**
 * The last tick that may be waited for: three weeks of a 2.4 GHz processor. Ticks are whole numbers below 2^53, and a
 * machine that idles goes straight to its next deadline; a guest must not be able to lead it out of that range.
 */
export const LAST_TICK = 2 ** 52;

/** The first tick at which at least `ns` nanoseconds have passed; Infinity where that is beyond the last. */
export function toTicks(scale: TimeScale, ns: number): number {
	let ticks = Math.ceil((ns / SECOND_NS) * scale.hz);
	if (ticks > LAST_TICK) return Infinity;
	while (toNanoseconds(scale, ticks) < ns) ticks++;
	return ticks;
}

/** Ticks of PV guests by default: 100 a second (xen/arch/x86/domain.c). */
export const DEFAULT_PERIOD_NS = 10 * MILLISECOND_NS;
