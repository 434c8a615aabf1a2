/**
 * The hypervisor's timers, all on the one local APIC timer: the earliest deadline is programmed, and its
 * interrupt runs what is due. Deadlines are plain numbers in vcpus and domains, so there is no queue to keep.
 */
import { SHUTDOWN } from '../abi/structs/sched';
import { VIRQ } from '../abi/structs/xen';
import { KIND } from '../trace/events';
import type { Domain, Vcpu } from './domain';
import { shutdownDomain } from './domains';
import { sendVirq } from './events';
import type { Hypervisor } from './hypervisor';
import { unblockVcpu } from './sched/schedule';
import { updateTimeInfo } from './time';

/** A deadline, in cycles, and what happens then. */
interface Timer {
	readonly at: number;
	fire(): void;
}

/** The tick of a vcpu: VIRQ_TIMER, and the period starts again. */
function tick(hv: Hypervisor, v: Vcpu): void {
	v.periodicLast = hv.machine.clock.now;
	fire(hv, v, true);
}

function fire(hv: Hypervisor, v: Vcpu, periodic: boolean): void {
	const seq = hv.inContext(v.domain.id, v.id, () => hv.recorder.record(KIND.timer_fire, v.id, periodic ? 1 : 0));
	hv.causedBy(seq, () => sendVirq(hv, v, VIRQ.TIMER));
}

function* timersOf(hv: Hypervisor, v: Vcpu): Generator<Timer> {
	if (v.singleshot > 0) {
		yield {
			at: v.singleshot,
			fire: () => {
				v.singleshot = 0;
				fire(hv, v, false);
			}
		};
	}
	if (v.pollDeadline > 0) yield { at: v.pollDeadline, fire: () => unblockVcpu(hv, v) };
	// The tick stops while its vcpu is off the processor; `catchUpTick` makes up for it.
	if (v.periodicPeriod > 0 && v === hv.current)
		yield { at: v.periodicLast + v.periodicPeriod, fire: () => tick(hv, v) };
}

function* timersOfDomain(hv: Hypervisor, d: Domain): Generator<Timer> {
	for (const [id, at] of d.watchdogs.entries()) {
		if (at === 0) continue;
		yield {
			at,
			fire: () => {
				d.watchdogs[id] = 0;
				shutdownDomain(hv, d, SHUTDOWN.watchdog);
			}
		};
	}
	for (const v of d.vcpus) yield* timersOf(hv, v);
}

function* allTimers(hv: Hypervisor): Generator<Timer> {
	yield { at: hv.sliceEnd, fire: () => hv.requestReschedule() };
	yield { at: hv.calibrationDue, fire: () => calibrate(hv) };
	for (const d of hv.domains.values()) if (d.alive) yield* timersOfDomain(hv, d);
}

/** Writes the running vcpu's clock anew, once a second of its running (Xen's calibration epoch). */
function calibrate(hv: Hypervisor): void {
	hv.calibrationDue = hv.machine.clock.now + hv.timeScale.hz;
	if (hv.current) updateTimeInfo(hv, hv.current);
}

/** Programs the local APIC timer for the earliest deadline, or stops it. */
export function programTimer(hv: Hypervisor): void {
	let earliest = Infinity;
	for (const timer of allTimers(hv)) earliest = Math.min(earliest, timer.at);
	hv.machine.lapic.setTimer(earliest === Infinity ? 0 : earliest);
}

/** Runs everything that is due, earliest first, and programs the next. */
export function runTimers(hv: Hypervisor): void {
	const now = hv.machine.clock.now;
	const due = [...allTimers(hv)].filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at);
	hv.sliceEnd = hv.sliceEnd <= now ? Infinity : hv.sliceEnd;
	for (const timer of due) timer.fire();
	programTimer(hv);
}

/** A vcpu that gets the processor back receives the tick that it missed (vcpu_periodic_timer_work). */
export function catchUpTick(hv: Hypervisor, v: Vcpu): void {
	if (v.periodicPeriod > 0 && hv.machine.clock.now - v.periodicLast >= v.periodicPeriod) tick(hv, v);
}
