/** Arguments of event_channel_op (xen/include/public/event_channel.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/event_channel.h';

export const EVTCHNOP = {
	bind_interdomain: 0,
	bind_virq: 1,
	bind_pirq: 2,
	close: 3,
	send: 4,
	status: 5,
	alloc_unbound: 6,
	bind_ipi: 7,
	bind_vcpu: 8,
	unmask: 9,
	reset: 10,
	init_control: 11,
	expand_array: 12,
	set_priority: 13
} as const;

export const EVTCHN_ALLOC_UNBOUND = struct('evtchn_alloc_unbound', HEADER, {
	dom: 'u16',
	remote_dom: 'u16',
	port: 'u32'
});
export const EVTCHN_BIND_INTERDOMAIN = struct('evtchn_bind_interdomain', HEADER, {
	remote_dom: 'u16',
	remote_port: 'u32',
	local_port: 'u32'
});
export const EVTCHN_BIND_VIRQ = struct('evtchn_bind_virq', HEADER, { virq: 'u32', vcpu: 'u32', port: 'u32' });
export const EVTCHN_BIND_PIRQ = struct('evtchn_bind_pirq', HEADER, { pirq: 'u32', flags: 'u32', port: 'u32' });
export const EVTCHN_BIND_IPI = struct('evtchn_bind_ipi', HEADER, { vcpu: 'u32', port: 'u32' });
export const EVTCHN_CLOSE = struct('evtchn_close', HEADER, { port: 'u32' });
export const EVTCHN_SEND = struct('evtchn_send', HEADER, { port: 'u32' });
/** `u0` is the remote domain (low 16 bits), the PIRQ or the VIRQ; `u1` the remote port. */
export const EVTCHN_STATUS = struct('evtchn_status', HEADER, {
	dom: 'u16',
	port: 'u32',
	status: 'u32',
	vcpu: 'u32',
	u0: 'u32',
	u1: 'u32'
});
export const EVTCHN_BIND_VCPU = struct('evtchn_bind_vcpu', HEADER, { port: 'u32', vcpu: 'u32' });
export const EVTCHN_UNMASK = struct('evtchn_unmask', HEADER, { port: 'u32' });
export const EVTCHN_RESET = struct('evtchn_reset', HEADER, { dom: 'u16' });
