/**
 * The clocks that guests read: one in each vcpu_info, and wall-clock time in shared_info (xen/arch/x86/time.c). System time is
 * nanoseconds since reset.
 */
import { SHARED_INFO, VCPU_INFO } from '../../abi/structs/xen';
import { VCPU_TIME_INFO, XEN_PVCLOCK_TSC_STABLE_BIT } from '../../abi/structs/time';
import type { Domain, Vcpu } from '../core/domain';
import { copyToGuest } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { sharedInfoAddress, vcpuInfoAddress } from '../events/shared-info';
import { toNanoseconds, toTicks } from './time-scale';

/** System time now, nanoseconds. */
export const systemTime = (hv: Hypervisor): number => toNanoseconds(hv.timeScale, hv.machine.clock.now);
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
	const tsc = clock.now + hv.pcpu.cpu.tscOffset;
	write64(hv, base + AT.tsc_timestamp, tsc);
	write64(hv, base + AT.system_time, systemTime(hv));
	memory.write32(base + AT.tsc_to_system_mul, hv.timeScale.mul);
	memory.write8(base + AT.tsc_shift, hv.timeScale.shift & 0xff);
	memory.write8(base + AT.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
	memory.write32(base, version + 2);
	if (v.time.timeArea !== 0 && v === hv.pcpu.current)
		copyToGuest(hv, v.time.timeArea, memory.bytes(base, VCPU_TIME_INFO.size));
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
