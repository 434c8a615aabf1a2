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
/** Flag of bind_pirq: other devices, or other domains, have the line too. */
export const BIND_PIRQ__WILL_SHARE = 1;
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
export const EVTCHN_INIT_CONTROL = struct('evtchn_init_control', HEADER, {
	control_gfn: 'u64',
	offset: 'u32',
	vcpu: 'u32',
	link_bits: 'u8',
	_pad: ['u8', 7]
});
export const EVTCHN_EXPAND_ARRAY = struct('evtchn_expand_array', HEADER, { array_gfn: 'u64' });
export const EVTCHN_SET_PRIORITY = struct('evtchn_set_priority', HEADER, { port: 'u32', priority: 'u32' });

/** Priorities of the FIFO ABI, each a queue of its own: 0 is served first, 15 last. */
export const EVTCHN_FIFO_PRIORITY_MAX = 0;
export const EVTCHN_FIFO_PRIORITY_DEFAULT = 7;
export const EVTCHN_FIFO_PRIORITY_MIN = 15;
export const EVTCHN_FIFO_MAX_QUEUES = EVTCHN_FIFO_PRIORITY_MIN + 1;

/**
 * An event word of the FIFO ABI, one a port, 1024 a page:
 *
 *     31 PENDING   30 MASKED   29 LINKED   28 BUSY   16..0 LINK: the port behind this one in its queue, 0 for none
 */
export const EVTCHN_FIFO_PENDING = 31;
export const EVTCHN_FIFO_MASKED = 30;
export const EVTCHN_FIFO_LINKED = 29;
export const EVTCHN_FIFO_BUSY = 28;
export const EVTCHN_FIFO_LINK_BITS = 17;
export const EVTCHN_FIFO_LINK_MASK = (1 << EVTCHN_FIFO_LINK_BITS) - 1;
export const EVTCHN_FIFO_NR_CHANNELS = 1 << EVTCHN_FIFO_LINK_BITS;

/** Where a vcpu finds its queues: bit n of `ready` says that queue n has something, `head[n]` is its first port. */
export const EVTCHN_FIFO_CONTROL_BLOCK = struct('evtchn_fifo_control_block', HEADER, {
	ready: 'u32',
	_rsvd: 'u32',
	head: ['u32', EVTCHN_FIFO_MAX_QUEUES]
});
