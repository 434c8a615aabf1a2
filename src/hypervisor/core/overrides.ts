/**
 * What has been switched off by hand, to see what it is good for: answers to questions, flushes of the TLB, events on
 * their way. It is plain data beside the rest of the hypervisor's state, and while it is empty nothing here does anything.
 *
 * The record stays truthful: a question that is overruled has been recorded with its true answer, and an `overruled` event
 * follows. What comes of it is the hypervisor's own doing. A domain that gains by it can only do what it was let do;
 * but the hypervisor relies on its own rules, and may find its books in a state that they exclude. Then it stops the
 * machine, as Xen does with BUG(): `xen_crash` says so, with the change that led there. The same state
 * without any change made by hand is a bug of ours, and is thrown as one.
 */
import { Bug } from '../../base';
import { CHECK_NAMES, FINAL_CHECKS, KIND, type CheckName, word } from '../../trace/events';
import type { Hypervisor } from './hypervisor';
import { log } from './log';

/** Plain data. */
export interface Overrides {
	/** By question: how many more times a no is taken for a yes. */
	readonly skipChecks: Map<CheckName, number>;
	/** By question: how often it is still asked until the answer, whatever it is, is taken for the other one, once. */
	readonly turnAnswers: Map<CheckName, number>;
	/** How many more flushes are left out. */
	skipFlushes: number;
	/** By `domain:port` of the receiver: how many more events are lost. */
	readonly dropEvents: Map<string, number>;
	/** The last event by which something was changed by hand, or such a change took effect; -1 when there was none. */
	last: number;
}

/** Nothing is switched off. */
export const noOverrides = (): Overrides => ({
	skipChecks: new Map(),
	turnAnswers: new Map(),
	skipFlushes: 0,
	dropEvents: new Map(),
	last: -1
});

/** Numbers of OVERRULED. */
const WHAT = { check: 0, flush: 1, event: 2, yes: 3 } as const;

/** Takes one from a count that is kept under `key`; false when there is none. */
function take<Key>(counts: Map<Key, number>, key: Key): boolean {
	const left = counts.get(key) ?? 0;
	if (left <= 1) counts.delete(key);
	else counts.set(key, left - 1);
	return left > 0;
}

function note(hv: Hypervisor, what: number, check: number, a: number, b: number): true {
	hv.overrides.last = hv.recorder.record(
		KIND.overruled,
		word('what', what),
		word('check', check),
		word('a', a >>> 0),
		word('b', b >>> 0)
	);
	return true;
}

/** Whether the no to a question, just recorded, is to be taken for a yes. */
const overrulesCheck = (hv: Hypervisor, check: number, a: number, b: number): boolean =>
	take(hv.overrides.skipChecks, CHECK_NAMES[check]) && note(hv, WHAT.check, check, a, b);

/** Whether it is this time that the answer to a question is turned. A no that is final stays one. */
function turnsAnswer({ overrides: { turnAnswers } }: Hypervisor, name: CheckName, answer: boolean): boolean {
	const left = turnAnswers.get(name);
	if (left === undefined) return false;
	if (left > 1) turnAnswers.set(name, left - 1);
	else turnAnswers.delete(name);
	return left === 1 && (answer || !FINAL_CHECKS.has(name));
}

/** What the hypervisor takes for the answer to a question, just recorded with its true one. */
export function answerTaken(hv: Hypervisor, check: number, answer: boolean, a: number, b: number): boolean {
	if (hv.overrides.turnAnswers.size > 0 && turnsAnswer(hv, CHECK_NAMES[check], answer)) {
		note(hv, answer ? WHAT.yes : WHAT.check, check, a, b);
		return !answer;
	}
	return answer || overrulesCheck(hv, check, a, b);
}

/** Whether a flush is to be left out: of the page at `address`, or of everything for null. */
export function overrulesFlush(hv: Hypervisor, address: number | null): boolean {
	if (hv.overrides.skipFlushes === 0) return false;
	hv.overrides.skipFlushes--;
	return note(hv, WHAT.flush, 0, address ?? 0, address === null ? 0 : 1);
}

/** Whether an event for `port` of domain `dom` gets lost. */
export const overrulesEvent = (hv: Hypervisor, dom: number, port: number): boolean =>
	hv.overrides.dropEvents.size > 0 &&
	take(hv.overrides.dropEvents, dropKey(dom, port)) &&
	note(hv, WHAT.event, 0, dom, port);

/** The key of `dropEvents`. */
export const dropKey = (dom: number, port: number): string => `${dom}:${port}`;

/**
 * Takes what was thrown inside the hypervisor as the consequence of a change made by hand, if there was one: the machine
 * stops. False where it is a bug of ours, which is to be thrown on. A replay that differs always is one.
 */
export function takeConsequence(hv: Hypervisor, thrown: unknown): boolean {
	const { last } = hv.overrides;
	if (last < 0 || (thrown instanceof Bug && 'replayed' in thrown.state)) return false;
	hv.recorder.record(KIND.xen_crash, word('because', last), word('eip', hv.pcpu.cpu.eip >>> 0));
	log(hv, `Xen BUG: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
	log(hv, `It follows from a change made by hand (event ${last}); without it this state cannot be reached.`);
	hv.quiet = 0;
	hv.pcpu.call.abandon();
	hv.pcpu.inside = false;
	hv.recorder.cause = -1;
	hv.pcpu.cpu.shutdown = true;
	hv.machine.stop();
	return true;
}
