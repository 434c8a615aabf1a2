/** Arguments of sched_op and vcpu_op (xen/include/public/sched.h, vcpu.h). */
import { struct } from '../layout';

const SCHED_H = 'xen/include/public/sched.h';
const VCPU_H = 'xen/include/public/vcpu.h';

export const SCHEDOP = {
	yield: 0,
	block: 1,
	shutdown: 2,
	poll: 3,
	remote_shutdown: 4,
	shutdown_code: 5,
	watchdog: 6,
	pin_override: 7
} as const;

export const SCHED_SHUTDOWN = struct('sched_shutdown', SCHED_H, { reason: 'u32' });
export const SCHED_POLL = struct('sched_poll', SCHED_H, { ports: 'ptr', nr_ports: 'u32', timeout: 'u64' });
export const SCHED_REMOTE_SHUTDOWN = struct('sched_remote_shutdown', SCHED_H, { domain_id: 'u16', reason: 'u32' });
export const SCHED_WATCHDOG = struct('sched_watchdog', SCHED_H, { id: 'u32', timeout: 'u32' });

export const SHUTDOWN = { poweroff: 0, reboot: 1, suspend: 2, crash: 3, watchdog: 4, soft_reset: 5 } as const;
export const SHUTDOWN_MAX = 5;

export const VCPUOP = {
	initialise: 0,
	up: 1,
	down: 2,
	is_up: 3,
	get_runstate_info: 4,
	register_runstate_memory_area: 5,
	set_periodic_timer: 6,
	stop_periodic_timer: 7,
	set_singleshot_timer: 8,
	stop_singleshot_timer: 9,
	register_vcpu_info: 10,
	send_nmi: 11,
	get_physid: 12,
	register_vcpu_time_memory_area: 13
} as const;

export const RUNSTATE = { running: 0, runnable: 1, blocked: 2, offline: 3 } as const;

/** Times in nanoseconds; bit 63 of `state_entry_time` is set while Xen writes, if the guest asked for that. */
export const VCPU_RUNSTATE_INFO = struct('vcpu_runstate_info', VCPU_H, {
	state: 's32',
	state_entry_time: 'u64',
	time: ['u64', 4]
});
/** A guest pointer in the first word of a 64-bit union. */
export const VCPU_REGISTER_AREA = struct('vcpu_register_runstate_memory_area', VCPU_H, { addr: 'ptr', pad: 'u32' });
export const VCPU_REGISTER_VCPU_INFO = struct('vcpu_register_vcpu_info', VCPU_H, {
	mfn: 'u64',
	offset: 'u32',
	rsvd: 'u32'
});
export const VCPU_GET_PHYSID = struct('vcpu_get_physid', VCPU_H, { phys_id: 'u64' });
