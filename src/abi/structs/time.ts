/** Time as guests read it (xen/include/public/xen.h). */
import { struct } from '../layout';

const XEN_H = 'xen/include/public/xen.h';

/**
 * One vcpu's clock: `system_time + (((tsc - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32)`
 * nanoseconds since boot. `version` is odd while Xen writes.
 */
export const VCPU_TIME_INFO = struct('vcpu_time_info', XEN_H, {
	version: 'u32',
	pad0: 'u32',
	tsc_timestamp: 'u64',
	system_time: 'u64',
	tsc_to_system_mul: 'u32',
	tsc_shift: 's8',
	flags: 'u8',
	pad1: ['u8', 2]
});

export const XEN_PVCLOCK_TSC_STABLE_BIT = 1;
export const XEN_PVCLOCK_GUEST_STOPPED = 2;

const VCPU_H = 'xen/include/public/vcpu.h';

export const VCPU_SET_PERIODIC_TIMER = struct('vcpu_set_periodic_timer', VCPU_H, { period_ns: 'u64' });
export const VCPU_SET_SINGLESHOT_TIMER = struct('vcpu_set_singleshot_timer', VCPU_H, {
	timeout_abs_ns: 'u64',
	flags: 'u32'
});
/** VCPU_SSHOTTMR_future: refuse a deadline that has passed (-ETIME). */
export const VCPU_SSHOTTMR_FUTURE = 1;
