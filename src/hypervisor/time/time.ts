/**
 * Time as guests see it: the clock in each vcpu_info, wall-clock time in shared_info, and the timers that
 * raise VIRQ_TIMER (xen/arch/x86/time.c, xen/common/sched/core.c). System time is nanoseconds since reset.
 */
import { EINVAL, ETIME, EFAULT } from '../../abi/errno';
import { SHARED_INFO, VCPU_INFO } from '../../abi/structs/xen';
import {
	VCPU_SET_PERIODIC_TIMER,
	VCPU_SET_SINGLESHOT_TIMER,
	VCPU_SSHOTTMR_FUTURE,
	VCPU_TIME_INFO,
	XEN_PVCLOCK_TSC_STABLE_BIT
} from '../../abi/structs/time';
import { KIND } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { copyToGuest, readStruct, readU64 } from '../core/guest-memory';
import type { HypercallArgs, Hypervisor } from '../core/hypervisor';
import { sharedInfoAddress, vcpuInfoAddress } from '../events/shared-info';
import { MILLISECOND_NS, toNanoseconds, toTicks } from './time-scale';
import { programTimer } from './timers';

/** Ticks of PV guests by default: 100 a second (xen/arch/x86/domain.c). */
export const DEFAULT_PERIOD_NS = 10 * MILLISECOND_NS;
/** Longest period (STIME_DELTA_MAX), and how far ahead a deadline of set_timer_op is still meant seriously. */
const LONGEST_PERIOD_NS = 2 ** 62;
const LONGEST_TIMEOUT_NS = 2 ** 50;

/** System time now, nanoseconds. */
const systemTime = (hv: Hypervisor): number => toNanoseconds(hv.timeScale, hv.machine.clock.now);
/** The cycle at which system time reaches `ns`. */
export const cycleOf = (hv: Hypervisor, ns: number): number => toTicks(hv.timeScale, ns);

const TIME = VCPU_INFO.at.time;
const AT = VCPU_TIME_INFO.at;

/** Writes the vcpu's clock: `version` goes odd, the values change, `version` goes even. */
export function updateTimeInfo(hv: Hypervisor, v: Vcpu): void {
	const { memory, clock } = hv.machine;
	const base = vcpuInfoAddress(v) + TIME;
	const version = memory.read32(base) & ~1;
	memory.write32(base, version + 1);
	const tsc = clock.now + hv.machine.cpu.tscOffset;
	write64(hv, base + AT.tsc_timestamp, tsc);
	write64(hv, base + AT.system_time, systemTime(hv));
	memory.write32(base + AT.tsc_to_system_mul, hv.timeScale.mul);
	memory.write8(base + AT.tsc_shift, hv.timeScale.shift & 0xff);
	memory.write8(base + AT.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
	memory.write32(base, version + 2);
	if (v.timeArea !== 0 && v === hv.current) copyToGuest(hv, v.timeArea, memory.bytes(base, VCPU_TIME_INFO.size));
}

function write64(hv: Hypervisor, at: number, value: number): void {
	hv.machine.memory.write32(at, value % 0x1_0000_0000);
	hv.machine.memory.write32(at + 4, Math.floor(value / 0x1_0000_0000));
}

/** Writes the wall-clock time of system time 0, once a domain is made (update_domain_wallclock_time). */
export function updateWallClock(hv: Hypervisor, d: Domain): void {
	const base = sharedInfoAddress(d);
	const { memory } = hv.machine;
	const version = memory.read32(base + SHARED_INFO.at.wc_version) & ~1;
	memory.write32(base + SHARED_INFO.at.wc_version, version + 1);
	memory.write32(base + SHARED_INFO.at.wc_sec, hv.options.wallClock >>> 0);
	memory.write32(base + SHARED_INFO.at.wc_nsec, 0);
	memory.write32(base + SHARED_INFO.at.wc_version, version + 2);
}

/** Sets the one-shot timer of `v` to a system time, or stops it with null. */
export function setSingleshot(hv: Hypervisor, v: Vcpu, ns: number | null): void {
	v.singleshot = ns === null ? 0 : Math.max(cycleOf(hv, ns), 1);
	if (ns !== null) hv.recorder.record(KIND.timer_set, ns % 0x1_0000_0000, Math.floor(ns / 0x1_0000_0000));
	programTimer(hv);
}

/** Sets the period of the tick of `v`; 0 stops it. */
export function setPeriod(hv: Hypervisor, v: Vcpu, ns: number): void {
	v.periodicPeriod = ns === 0 ? 0 : cycleOf(hv, ns);
	v.periodicLast = hv.machine.clock.now;
	programTimer(hv);
}

/**
 * set_timer_op(timeout): 0 stops it. A deadline in the negative or beyond 13 days is an old guest's way of saying
 * "nothing to do", or a wrapped jiffy: it fires in 100 ms (xen/common/sched/core.c: do_set_timer_op).
 */
export function doSetTimerOp(hv: Hypervisor, v: Vcpu, [low, high]: HypercallArgs): number {
	const ns = low + high * 0x1_0000_0000;
	if (ns === 0) setSingleshot(hv, v, null);
	else if (hv.ask('timeout_sane', high < 2 ** 31 && ns - systemTime(hv) < LONGEST_TIMEOUT_NS, low, high))
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
			'period_sane',
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
	if (!hv.ask('own_timer', v === hv.current, v.id, hv.current?.id ?? 0)) return -EINVAL;
	const ns = readU64(args, VCPU_SET_SINGLESHOT_TIMER.at.timeout_abs_ns);
	const strict = (args.getUint32(VCPU_SET_SINGLESHOT_TIMER.at.flags, true) & VCPU_SSHOTTMR_FUTURE) !== 0;
	if (strict && !hv.ask('timeout_ahead', ns >= systemTime(hv), args.getUint32(0, true), args.getUint32(4, true)))
		return -ETIME;
	setSingleshot(hv, v, Math.min(ns, LONGEST_PERIOD_NS));
	return 0;
}
