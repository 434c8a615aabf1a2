/**
 * Every attack of the hostile guests against a frame of a domain that minds its own business. The auditor
 * recomputes all counts after each hypercall that could change one; the other domain must not notice.
 * How each attack must end is told in src/guests/guests.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../abi/hypercalls';
import { EVTCHNOP } from '../abi/structs/events';
import attacks from '../guests/rogues/expected.json';
import { audit } from '../hypervisor/mm/audit';
import { TYPE } from '../hypervisor/mm/frame-table';
import { KIND } from '../trace/events';
import type { TraceView } from '../trace/view';
import { Run } from './run';
import { hasGuest, imageFile } from './testing';

const VICTIM = 1;
/** No attack needs more. */
const MOST_CYCLES = 1e9;
/** Hypercalls that take and give no frame, and are made by the thousand: whole calls, and operations of one. */
const HARMLESS: readonly number[] = [HYPERCALLS.sched_op.nr];
const HARMLESS_EVENTS: readonly number[] = [EVTCHNOP.send, EVTCHNOP.alloc_unbound, EVTCHNOP.bind_ipi];

const victim = { name: 'victim', image: 'pocket', memoryMiB: 4, cmdline: 'run=fork' };

const machine = (cmdline: string): Run =>
	new Run(
		{ machine: { ramMiB: 24 }, domains: [victim, { name: 'rogue', image: 'rogues', memoryMiB: 4, cmdline }] },
		imageFile
	);

/** A frame that the victim owns and can write to. */
function victimFrame(): number {
	const { owner, type, typeCount } = machine('').system.hypervisor.frames;
	return owner.findLastIndex((dom, mfn) => dom === VICTIM && type[mfn] === TYPE.writable && typeCount[mfn] > 0);
}

/** Whether the hypercall just made could have changed a count. */
function mayChangeFrames(trace: TraceView): boolean {
	let seq = trace.length - 1;
	while (seq >= 0 && trace.kind(seq) !== KIND.hypercall) seq--;
	if (seq < 0) return false;
	const nr = trace.arg(seq, 'nr');
	if (nr === HYPERCALLS.event_channel_op.nr) return !HARMLESS_EVENTS.includes(trace.arg(seq, 'op'));
	return !HARMLESS.includes(nr);
}

describe.runIf(hasGuest('rogues'))('beside a hostile guest', () => {
	const frame = victimFrame();
	const alone = new Run({ domains: [victim] }, imageFile);
	alone.advance({ cycle: MOST_CYCLES });
	const calm = alone.consoles.text(VICTIM);

	it.each(Object.keys(attacks))('%s: all counts stay right and the other domain is not disturbed', (name) => {
		const run = machine(`attack=${name} frame=${frame}`);
		const findings = new Set<string>();
		let report = run.advance({ kinds: [KIND.hypercall, KIND.ptwr], cycle: MOST_CYCLES });
		while (report.cause === 'event') {
			if (mayChangeFrames(run.trace)) audit(run.system.hypervisor).forEach((finding) => findings.add(finding));
			report = run.advance({ kinds: [KIND.hypercall, KIND.ptwr], cycle: MOST_CYCLES });
		}
		audit(run.system.hypervisor).forEach((finding) => findings.add(finding));
		expect([...findings]).toEqual([]);
		expect(report.cause).toBe('ended');
		expect(run.consoles.text(VICTIM)).toBe(calm);
	});
});
