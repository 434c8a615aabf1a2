/**
 * The hypervisor's timers, all on the processor's local APIC timer: the earliest deadline is programmed, and its
 * interrupt runs what is due. Deadlines are plain numbers in processors, domains and vcpus, so there is no queue to keep;
 * a row below says where each kind has its own, and what happens then.
 */
import { SHUTDOWN } from '../../abi/structs/sched';
import { VIRQ } from '../../abi/structs/xen';
import { KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { shutdownDomain } from '../core/domains';
import { sendVirq } from '../events/channels';
import type { Hypervisor } from '../core/hypervisor';
import type { Pcpu } from '../core/pcpu';
import { unblockVcpu } from '../sched/wake';
import { updateTimeInfo } from './clock';
import { LAST_TICK } from './time-scale';

type Owner = Pcpu | Domain | Vcpu;

/** A kind of timer that each owner of a kind has. Firing must move its deadline into the future, or to Infinity. */
interface Timer<One extends Owner> {
	/** Cycle of the deadline, or Infinity. */
	at(hv: Hypervisor, owner: One): number;
	fire(hv: Hypervisor, owner: One): void;
}

const orNever = (cycle: number): number => (cycle === 0 ? Infinity : cycle);

/** Raises VIRQ_TIMER of a vcpu. */
function notify(hv: Hypervisor, v: Vcpu, periodic: boolean): void {
	const seq = hv.inContext(v.domain.id, v.id, () =>
		hv.recorder.record(KIND.timer_fire, word('of_vcpu', v.id), word('periodic', periodic ? 1 : 0))
	);
	hv.causedBy(seq, () => sendVirq(hv, v, VIRQ.TIMER));
}

/** The tick of a vcpu: VIRQ_TIMER, and the period starts again. */
function tick(hv: Hypervisor, v: Vcpu): void {
	v.time.periodicLast = hv.machine.clock.now;
	notify(hv, v, true);
}

const singleshot: Timer<Vcpu> = {
	at: (_hv, v) => orNever(v.time.singleshot),
	fire(hv, v) {
		v.time.singleshot = 0;
		notify(hv, v, false);
	}
};

const poll: Timer<Vcpu> = {
	at: (_hv, v) => orNever(v.sched.pollDeadline),
	fire(hv, v) {
		v.sched.pollDeadline = 0;
		unblockVcpu(hv, v);
	}
};

/** The tick stops while its vcpu is off the processor; `catchUpTick` makes up for it. */
const periodic: Timer<Vcpu> = {
	at: (_hv, v) => (v.time.periodicPeriod > 0 && v.pcpu ? v.time.periodicLast + v.time.periodicPeriod : Infinity),
	fire: tick
};

const watchdog = (id: number): Timer<Domain> => ({
	at: (_hv, d) => orNever(d.time.watchdogs[id]),
	fire(hv, d) {
		d.time.watchdogs[id] = 0;
		shutdownDomain(hv, d, SHUTDOWN.watchdog);
	}
});

const slice: Timer<Pcpu> = {
	at: (_hv, pcpu) => pcpu.sliceEnd,
	fire(_hv, pcpu) {
		pcpu.sliceEnd = Infinity;
		pcpu.requestReschedule();
	}
};

/** The running vcpu's clock is written anew once a second of its running (Xen's calibration epoch). */
const calibration: Timer<Pcpu> = {
	at: (_hv, pcpu) => pcpu.calibrationDue,
	fire(hv, pcpu) {
		pcpu.calibrationDue = hv.machine.clock.now + hv.timeScale.hz;
		if (pcpu.current) updateTimeInfo(hv, pcpu.current);
	}
};

const PCPU_TIMERS = [slice, calibration];
const DOMAIN_TIMERS = [watchdog(0), watchdog(1)];
const VCPU_TIMERS = [singleshot, poll, periodic];

/** The earliest deadline and how to fire it; the first in the order of the tables where two are equal. */
class Earliest {
	at = Infinity;
	private timer: Timer<never> | null = null;
	private owner: Owner | null = null;

	/** Looks again, through the processor's own timers and those of all that live. */
	find(hv: Hypervisor, pcpu: Pcpu): this {
		this.at = Infinity;
		this.consider(hv, PCPU_TIMERS, pcpu);
		for (const d of hv.domains.values()) {
			if (!d.alive) continue;
			this.consider(hv, DOMAIN_TIMERS, d);
			for (const v of d.vcpus) this.consider(hv, VCPU_TIMERS, v);
		}
		return this;
	}

	private consider<One extends Owner>(hv: Hypervisor, timers: readonly Timer<One>[], owner: One): void {
		for (const timer of timers) {
			const at = timer.at(hv, owner);
			if (at >= this.at) continue;
			this.at = at;
			this.timer = timer;
			this.owner = owner;
		}
	}

	fire(hv: Hypervisor): void {
		this.timer?.fire(hv, this.owner as never);
	}
}

/** Nothing is kept in it from one `find` to the next. */
const EARLIEST = new Earliest();

/** Programs the processor's local APIC timer for the earliest deadline, or stops it. */
export function programTimer(hv: Hypervisor, pcpu: Pcpu): void {
	const { at } = EARLIEST.find(hv, pcpu);
	const deadline = at > LAST_TICK ? 0 : at;
	if (deadline !== pcpu.lapic.timerDeadline) pcpu.lapic.setTimer(deadline);
}

/** Runs everything that is due, earliest first, and programs the next. */
export function runTimers(hv: Hypervisor, pcpu: Pcpu): void {
	while (EARLIEST.find(hv, pcpu).at <= hv.machine.clock.now) EARLIEST.fire(hv);
	programTimer(hv, pcpu);
}

/** A vcpu that gets the processor back receives the tick that it missed (vcpu_periodic_timer_work). */
export function catchUpTick(hv: Hypervisor, v: Vcpu): void {
	if (v.time.periodicPeriod > 0 && hv.machine.clock.now - v.time.periodicLast >= v.time.periodicPeriod) tick(hv, v);
}
