/**
 * The decisions a hypervisor takes, as a table: one row a question. `check` events carry the row's
 * number, the answer, and the two values looked at. A question is put so that `yes` is the answer that lets the guest go on.
 *
 * Each is asked at exactly one place in `src/hypervisor`, as `hv.ask(CHECK.name, answer, a, b)`, so
 * that a page can show the very lines that asked.
 */
import { CONTROL_CHECKS } from './control';
import { GRANT_CHECKS } from './grants';
import { MEMORY_CHECKS } from './memory';
import type { CheckRow } from './row';

export const CHECKS = { ...MEMORY_CHECKS, ...CONTROL_CHECKS, ...GRANT_CHECKS } satisfies Record<string, CheckRow>;

export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];
/** `CHECK.frame_owner` is the number that a `check` event of that question carries. */
export const CHECK = Object.freeze(Object.fromEntries(CHECK_NAMES.map((name, index) => [name, index]))) as {
	readonly [K in CheckName]: number;
};
