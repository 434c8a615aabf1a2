/**
 * The calls by which a guest sets the timers that raise VIRQ_TIMER: set_timer_op, and VCPUOP_* for the tick and the one-shot
 * timer (xen/common/sched/core.c, xen/common/domain.c).
 */
import { EFAULT, EINVAL, ETIME } from '../../abi/errno';
import { VCPU_SET_PERIODIC_TIMER, VCPU_SET_SINGLESHOT_TIMER, VCPU_SSHOTTMR_FUTURE } from '../../abi/structs/time';
import { CHECK, KIND, word } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { readStruct, readU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { cycleOf, systemTime } from './clock';
import { MILLISECOND_NS } from './time-scale';
import { programTimer } from './timers';

/** Longest period (STIME_DELTA_MAX), and how far ahead a deadline of set_timer_op is still meant seriously. */
const LONGEST_PERIOD_NS = 2 ** 62;
const LONGEST_TIMEOUT_NS = 2 ** 50;

/** Sets the one-shot timer of `v` to a system time, or stops it with null. */
export function setSingleshot(hv: Hypervisor, v: Vcpu, ns: number | null): void {
	v.time.singleshot = ns === null ? 0 : Math.max(cycleOf(hv, ns), 1);
	if (ns !== null)
		hv.recorder.record(
			KIND.timer_set,
			word('deadline_low', ns % 0x1_0000_0000),
			word('deadline_high', Math.floor(ns / 0x1_0000_0000))
		);
	programTimer(hv, hv.pcpu);
}

/** Sets the period of the tick of `v`; 0 stops it. */
export function setPeriod(hv: Hypervisor, v: Vcpu, ns: number): void {
	v.time.periodicPeriod = ns === 0 ? 0 : cycleOf(hv, ns);
	v.time.periodicLast = hv.machine.clock.now;
	programTimer(hv, hv.pcpu);
}

/**
 * set_timer_op(timeout): 0 stops it. A deadline in the negative or beyond 13 days is an old guest's way of saying
 * "nothing to do", or a wrapped jiffy: it fires in 100 ms (xen/common/sched/core.c: do_set_timer_op).
 */
export function doSetTimerOp(hv: Hypervisor, v: Vcpu, low: number, high: number): number {
	const ns = low + high * 0x1_0000_0000;
	if (ns === 0) setSingleshot(hv, v, null);
	else if (hv.ask(CHECK.timeout_sane, high < 2 ** 31 && ns - systemTime(hv) < LONGEST_TIMEOUT_NS, low, high))
		setSingleshot(hv, v, ns);
	else setSingleshot(hv, v, systemTime(hv) + 100 * MILLISECOND_NS);
	return 0;
}

/** VCPUOP_set_periodic_timer: a period of at least a millisecond. */
export function setPeriodicTimer(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, VCPU_SET_PERIODIC_TIMER);
	if (!args) return -EFAULT;
	const ns = readU64(args, 0);
	if (
		!hv.ask(
			CHECK.period_sane,
			ns >= MILLISECOND_NS && ns < LONGEST_PERIOD_NS,
			args.getUint32(0, true),
			args.getUint32(4, true)
		)
	)
		return -EINVAL;
	setPeriod(hv, v, ns);
	return 0;
}

/** VCPUOP_set_singleshot_timer, on the calling vcpu only. */
export function setSingleshotTimer(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, VCPU_SET_SINGLESHOT_TIMER);
	if (!args) return -EFAULT;
	if (!hv.ask(CHECK.own_timer, v === hv.pcpu.current, v.id, hv.pcpu.current?.id ?? 0)) return -EINVAL;
	const ns = readU64(args, VCPU_SET_SINGLESHOT_TIMER.at.timeout_abs_ns);
	const strict = (args.getUint32(VCPU_SET_SINGLESHOT_TIMER.at.flags, true) & VCPU_SSHOTTMR_FUTURE) !== 0;
	if (strict && !hv.ask(CHECK.timeout_ahead, ns >= systemTime(hv), args.getUint32(0, true), args.getUint32(4, true)))
		return -ETIME;
	setSingleshot(hv, v, Math.min(ns, LONGEST_PERIOD_NS));
	return 0;
}
