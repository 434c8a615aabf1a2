/** event_channel_op: a guest's arguments to the operations of `channels.ts` (xen/include/public/event_channel.h). */
import { EBUSY, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import type { Struct } from '../../abi/layout';
import * as abi from '../../abi/structs/events';
import { EVTCHNOP } from '../../abi/structs/events';
import { DOMID_SELF } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import * as fifo from './fifo';
import * as events from './channels';
import { CHANNEL } from './records';
import { copyFromGuest, readStruct, readU64, writeStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';

/** One operation: the struct it reads, what it does with it, and whether the struct goes back to the guest. */
interface Operation {
	readonly layout: Struct;
	readonly answers?: true;
	/** @returns 0 or -errno; an answering one has written the struct through `args` */
	run(hv: Hypervisor, d: Domain, args: DataView): number;
}

/** Stores a port that an operation gave, or passes its -errno on. */
const answer = (args: DataView, at: number, port: number): number => {
	if (port < 0) return port;
	args.setUint32(at, port, true);
	return 0;
};

const {
	EVTCHN_ALLOC_UNBOUND: ALLOC,
	EVTCHN_BIND_INTERDOMAIN: INTERDOMAIN,
	EVTCHN_BIND_VIRQ: BIND_VIRQ,
	EVTCHN_BIND_IPI: BIND_IPI,
	EVTCHN_BIND_PIRQ: PIRQ,
	EVTCHN_STATUS: STATUS,
	EVTCHN_BIND_VCPU: BIND_VCPU,
	EVTCHN_INIT_CONTROL: INIT
} = abi;

function status(hv: Hypervisor, caller: Domain, args: DataView): number {
	const d = events.channelDomain(hv, caller, args.getUint16(STATUS.at.dom, true));
	if (!d) return -ESRCH;
	const channel = events.portRecord(hv, d, args.getUint32(STATUS.at.port, true));
	if (!channel) return -EINVAL;
	if (!events.channelAllowed(hv, caller, d)) return -EPERM;
	args.setUint32(STATUS.at.status, channel.state, true);
	args.setUint32(STATUS.at.vcpu, channel.vcpu, true);
	const remote = channel.state === CHANNEL.unbound || channel.state === CHANNEL.interdomain;
	if (remote) args.setUint16(STATUS.at.u0, channel.remoteDom, true);
	if (channel.state === CHANNEL.interdomain) args.setUint32(STATUS.at.u1, channel.remotePort, true);
	if (channel.state === CHANNEL.virq) args.setUint32(STATUS.at.u0, channel.virq, true);
	if (channel.state === CHANNEL.pirq) args.setUint32(STATUS.at.u0, channel.pirq, true);
	return 0;
}

function allocUnbound(hv: Hypervisor, caller: Domain, args: DataView): number {
	const d = events.channelOwner(hv, caller, args.getUint16(ALLOC.at.dom, true));
	if (typeof d === 'number') return d;
	const remote = args.getUint16(ALLOC.at.remote_dom, true);
	return answer(args, ALLOC.at.port, events.allocUnbound(hv, d, remote === DOMID_SELF ? caller.id : remote));
}

function reset(hv: Hypervisor, caller: Domain, args: DataView): number {
	const d = events.channelOwner(hv, caller, args.getUint16(abi.EVTCHN_RESET.at.dom, true));
	if (typeof d === 'number') return d;
	events.resetPorts(hv, d);
	return 0;
}

/** An operation that Xen keeps for itself, to go on with a long reset. */
const RESET_CONT = 14;

/** Here no reset is ever left halfway, so there is none to go on with. */
function resetGoesOn(hv: Hypervisor, caller: Domain, args: DataView): number {
	const d = events.channelOwner(hv, caller, args.getUint16(abi.EVTCHN_RESET.at.dom, true));
	if (typeof d === 'number') return d;
	return hv.ask(CHECK.reset_under_way, false, d.id) ? 0 : -EBUSY;
}

function initControl(hv: Hypervisor, d: Domain, args: DataView): number {
	const { control_gfn, offset, vcpu, link_bits } = INIT.at;
	args.setUint8(link_bits, abi.EVTCHN_FIFO_LINK_BITS);
	const frame = readU64(args, control_gfn);
	return fifo.initControl(hv, d, frame, args.getUint32(offset, true), args.getUint32(vcpu, true));
}

/** BIND_PIRQ__WILL_SHARE */
const WILL_SHARE = 1;

function bindPirq(hv: Hypervisor, d: Domain, args: DataView): number {
	const { pirq, flags, port } = PIRQ.at;
	const share = (args.getUint32(flags, true) & WILL_SHARE) !== 0;
	return answer(args, port, events.bindPirq(hv, d, args.getUint32(pirq, true), share));
}

const port = (args: DataView): number => args.getUint32(0, true);

const OPERATIONS: Readonly<Record<number, Operation | undefined>> = {
	[EVTCHNOP.alloc_unbound]: { layout: ALLOC, answers: true, run: allocUnbound },
	[EVTCHNOP.bind_interdomain]: {
		layout: INTERDOMAIN,
		answers: true,
		run: (hv, d, args) =>
			answer(
				args,
				INTERDOMAIN.at.local_port,
				events.bindInterdomain(
					hv,
					d,
					args.getUint16(INTERDOMAIN.at.remote_dom, true),
					args.getUint32(INTERDOMAIN.at.remote_port, true)
				)
			)
	},
	[EVTCHNOP.bind_virq]: {
		layout: BIND_VIRQ,
		answers: true,
		run: (hv, d, args) =>
			answer(
				args,
				BIND_VIRQ.at.port,
				events.bindVirq(hv, d, args.getUint32(BIND_VIRQ.at.virq, true), args.getUint32(BIND_VIRQ.at.vcpu, true))
			)
	},
	[EVTCHNOP.bind_ipi]: {
		layout: BIND_IPI,
		answers: true,
		run: (hv, d, args) => answer(args, BIND_IPI.at.port, events.bindIpi(hv, d, args.getUint32(BIND_IPI.at.vcpu, true)))
	},
	[EVTCHNOP.bind_pirq]: {
		layout: PIRQ,
		answers: true,
		run: bindPirq
	},
	[EVTCHNOP.bind_vcpu]: {
		layout: BIND_VCPU,
		run: (hv, d, args) => events.bindVcpu(hv, d, port(args), args.getUint32(BIND_VCPU.at.vcpu, true))
	},
	[EVTCHNOP.close]: { layout: abi.EVTCHN_CLOSE, run: (hv, d, args) => events.closePort(hv, d, port(args)) },
	[EVTCHNOP.send]: { layout: abi.EVTCHN_SEND, run: (hv, d, args) => events.sendEvent(hv, d, port(args)) },
	[EVTCHNOP.unmask]: { layout: abi.EVTCHN_UNMASK, run: (hv, d, args) => events.unmaskPort(hv, d, port(args)) },
	[EVTCHNOP.status]: { layout: STATUS, answers: true, run: status },
	[EVTCHNOP.reset]: { layout: abi.EVTCHN_RESET, run: reset },
	[RESET_CONT]: { layout: abi.EVTCHN_RESET, run: resetGoesOn },
	[EVTCHNOP.init_control]: { layout: INIT, answers: true, run: initControl },
	[EVTCHNOP.expand_array]: {
		layout: abi.EVTCHN_EXPAND_ARRAY,
		run: (hv, d, args) => events.expandEventArray(hv, d, readU64(args, abi.EVTCHN_EXPAND_ARRAY.at.array_gfn))
	},
	[EVTCHNOP.set_priority]: {
		layout: abi.EVTCHN_SET_PRIORITY,
		run: (hv, d, args) =>
			events.setPriority(hv, d, port(args), args.getUint32(abi.EVTCHN_SET_PRIORITY.at.priority, true))
	}
};

/** event_channel_op(cmd, arg) */
export function doEventChannelOp(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	const operation = OPERATIONS[cmd];
	if (!operation) return hv.ask(CHECK.event_op_known, false, cmd) ? 0 : -ENOSYS;
	const args = readStruct(hv, arg, operation.layout);
	if (!args) return -EFAULT;
	const result = operation.run(hv, v.domain, args);
	if (result === 0 && operation.answers && !writeStruct(hv, arg, args)) return -EFAULT;
	return result;
}

/** Bytes of a struct evtchn_op, all of which the old call reads: the command, and the largest argument. */
const EVTCHN_OP_BYTES = 4 + STATUS.size;

/**
 * event_channel_op_compat(op): the command in the first word, its struct after it (struct evtchn_op). Operations that came
 * after the new call are not to be had by the old one.
 */
export function doEventChannelOpCompat(hv: Hypervisor, v: Vcpu, op: number): number {
	const cmd = copyFromGuest(hv, op, EVTCHN_OP_BYTES)?.getUint32(0, true);
	if (cmd === undefined) return -EFAULT;
	if (!hv.ask(CHECK.event_op_old, cmd <= EVTCHNOP.unmask, cmd, EVTCHNOP.unmask)) return -ENOSYS;
	return doEventChannelOp(hv, v, cmd, (op + 4) >>> 0);
}
