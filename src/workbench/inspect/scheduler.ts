/** Who is on the processor, who waits for it, and every deadline that may change that. */
import type { Domain, Vcpu } from '../../hypervisor/core/domain';
import type { SchedTimer, SchedulerPicture, SchedVcpu } from '../../moments';
import type { Run } from '../run';
import { words } from '../../words/late';
import { fill } from '../../words/template';

const said = words.inspect.timers;

/** What the policies keep, as their `save` gives it. */
interface PolicyState {
	queue: [dom: number, vcpu: number][];
}

/** Vcpus, queue and timers. */
export function scheduler(run: Run): SchedulerPicture {
	const { machine, hypervisor } = run.system;
	const { sched, options, timeScale } = hypervisor;
	const { current, sliceEnd } = hypervisor.pcpu;
	const domains = [...hypervisor.domains.values()];
	const apic = machine.lapic.timerDeadline;
	return {
		policy: sched.name,
		now: run.now,
		hz: machine.clock.profile.hz,
		slice: Math.round((options.sliceMs * timeScale.hz) / 1000),
		sliceEnd: Number.isFinite(sliceEnd) ? sliceEnd : null,
		running: current && [current.domain.id, current.id],
		queue: (sched.save() as PolicyState).queue,
		vcpus: domains.flatMap((domain) => domain.vcpus.map((v) => vcpu(run, domain, v))),
		timers: [
			...ownTimers(run),
			...domains.filter((domain) => domain.alive).flatMap((domain) => timers(run, domain))
		].sort((a, b) => a.at - b.at),
		apic: apic === 0 ? null : apic
	};
}

const vcpu = (run: Run, domain: Domain, v: Vcpu): SchedVcpu => ({
	dom: domain.id,
	name: domain.name,
	vcpu: v.id,
	runstate: v.sched.runstate,
	since: v.sched.runstateSince,
	times: v.sched.runstateTime.map(
		(cycles, state) => cycles + (state === v.sched.runstate ? run.now - v.sched.runstateSince : 0)
	),
	blocked: v.sched.blocked,
	down: v.sched.down,
	pauseCount: v.sched.pauseCount,
	domainPaused: domain.paused,
	polling: v.sched.polling && [...v.sched.polling]
});

/** Rows as in src/hypervisor/time/timers.ts: what has a deadline. */
function ownTimers(run: Run): SchedTimer[] {
	const { pcpu, timeScale } = run.system.hypervisor;
	const { sliceEnd, calibrationDue } = pcpu;
	const own = { dom: null, vcpu: null };
	return [
		{ ...own, what: said.slice, at: sliceEnd, period: 0 },
		{ ...own, what: said.calibration, at: calibrationDue, period: timeScale.hz }
	].filter((timer) => Number.isFinite(timer.at));
}

function timers(run: Run, domain: Domain): SchedTimer[] {
	const { current } = run.system.hypervisor.pcpu;
	const dogs = domain.time.watchdogs.map((at, id) => ({
		what: fill(said.watchdog, { id }),
		dom: domain.id,
		vcpu: null,
		at,
		period: 0
	}));
	const own = domain.vcpus.flatMap((v) => {
		const of = { dom: domain.id, vcpu: v.id };
		// The tick rests while its vcpu is off the processor.
		const tick = v.time.periodicPeriod > 0 && v === current ? v.time.periodicLast + v.time.periodicPeriod : 0;
		return [
			{ ...of, what: said.oneShot, at: v.time.singleshot, period: 0 },
			{ ...of, what: said.poll, at: v.sched.pollDeadline, period: 0 },
			{ ...of, what: said.tick, at: tick, period: v.time.periodicPeriod }
		];
	});
	return [...dogs, ...own].filter((timer) => timer.at > 0);
}
