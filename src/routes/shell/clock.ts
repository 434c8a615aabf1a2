/** What time it is for the learner: the one place that asks. Nothing below the pages knows of it. */

/** Milliseconds since 1970. */
export const now = (): number => Date.now();

/** A moment as it is kept and exported: ISO 8601, in UTC. Such texts sort as the moments do. */
export const stamp = (at = now()): string => new Date(at).toISOString();
