/**
 * Event channels (xen/common/event_channel.c; xen/include/public/event_channel.h).
 *
 * A channel has two ends, each a port of a domain. Sending on one end sets the pending bit of the other where
 * its domain looks for it; unless that port is masked, it is made findable (by a selector or a queue, as the domain's
 * ABI has it: `ports.ts`), the vcpu's upcall flag is set, and the vcpu is woken. The upcall itself happens on the
 * way back to the guest (`pv/bounce.ts`).
 */
import { EACCES, EINVAL, ENOENT, ENOSPC, ENOSYS, EEXIST, EPERM, ESRCH } from '../../abi/errno';
import { EVTCHN_FIFO_PRIORITY_DEFAULT, EVTCHN_FIFO_PRIORITY_MIN } from '../../abi/structs/events';
import { alignUp } from '../../base';
import { DOMID_INVALID, NR_VIRQS, VIRQ } from '../../abi/structs/xen';
import { CHECK, KIND, word } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { RAISED } from './port-ops';
import { expandArray, leaveFifo } from './fifo';
import { CHANNEL, type EventChannel } from './records';
import { clearPortPending, portMasked, portOps } from './ports';
import type { Hypervisor } from '../core/hypervisor';
import { overrulesEvent } from '../core/overrides';
import { permits } from '../core/permissions';
import { unblockVcpu, pokeVcpu } from '../sched/wake';
import * as shared from './shared-info';

const closed = (): EventChannel => ({
	state: CHANNEL.closed,
	vcpu: 0,
	remoteDom: 0,
	remotePort: 0,
	virq: 0,
	pirq: 0,
	priority: EVTCHN_FIFO_PRIORITY_DEFAULT,
	pending: false,
	native: false
});

/** VIRQs that exist once in a domain rather than once a vcpu (xen/include/public/xen.h). */
const isGlobalVirq = (virq: number): boolean =>
	virq !== VIRQ.TIMER && virq !== VIRQ.DEBUG && virq !== VIRQ.XENOPROF && virq !== VIRQ.XENPMU;

/** Whether `port` is an end of a channel. */
export const portOpen = (d: Domain, port: number): boolean =>
	d.events.channels[port] !== undefined && d.events.channels[port].state !== CHANNEL.closed;

/** Xen keeps its records of ports in buckets of so many: a port has one as soon as a neighbour was opened. */
const PORTS_PER_BUCKET = 64;

/** The record of `port`, open or not, or null where there is none (port_is_valid). */
export function portRecord(hv: Hypervisor, d: Domain, port: number): EventChannel | null {
	const valid = Math.max(alignUp(d.events.channels.length, PORTS_PER_BUCKET), PORTS_PER_BUCKET);
	return hv.ask(CHECK.port_exists, port < valid, port, valid) ? (d.events.channels[port] ?? closed()) : null;
}

/** The open channel at `port`, or null: asked once for every operation that names a port. */
function openChannel(hv: Hypervisor, d: Domain, port: number): EventChannel | null {
	const channel = d.events.channels[port];
	return hv.ask(CHECK.port_open, portOpen(d, port), port, channel?.state ?? 0) ? channel : null;
}

/** Opens the lowest free port as `channel`; returns it, or -ENOSPC. */
function open(hv: Hypervisor, d: Domain, channel: Partial<EventChannel>): number {
	const { ports, busy } = portOps(d);
	const most = Math.min(ports, d.events.maxPort + 1);
	let port = 1;
	while (port < d.events.channels.length && (d.events.channels[port].state !== CHANNEL.closed || busy(hv, d, port)))
		port++;
	if (!hv.ask(CHECK.port_free, port < most, port, most)) return -ENOSPC;
	if (d.events.channels.length === 0) d.events.channels[0] = closed();
	d.events.channels[port] = { ...closed(), ...channel };
	return port;
}

/** Opens a port of `d` to which `remoteDom` may connect. @returns the port, or -errno */
export const allocUnbound = (hv: Hypervisor, d: Domain, remoteDom: number): number =>
	open(hv, d, { state: CHANNEL.unbound, remoteDom });

/**
 * Connects a new port of `d` to a port of `remoteDom` that waits for it. Notifications may have been lost
 * while it was unbound, so the new port starts pending.
 * @param native whether it is for a program outside
 * @returns the local port, or -errno
 */
export function bindInterdomain(
	hv: Hypervisor,
	d: Domain,
	remoteDom: number,
	remotePort: number,
	native = false
): number {
	const remote = hv.domain(remoteDom, d);
	if (!hv.ask(CHECK.remote_domain, remote !== undefined, remoteDom) || !remote) return -ESRCH;
	const far = remote.events.channels[remotePort];
	const accepts = far?.state === CHANNEL.unbound && far.remoteDom === d.id;
	if (!hv.ask(CHECK.channel_accepts, accepts, remotePort, far?.remoteDom ?? DOMID_INVALID)) return -EINVAL;
	const local = open(hv, d, { state: CHANNEL.interdomain, remoteDom: remote.id, remotePort, native });
	if (local < 0) return local;
	Object.assign(far, { state: CHANNEL.interdomain, remoteDom: d.id, remotePort: local });
	setPortPending(hv, d, local);
	return local;
}

/** Binds a virtual interrupt of `v` to a new port. @returns the port, or -errno */
export function bindVirq(hv: Hypervisor, d: Domain, virq: number, vcpu: number): number {
	const known = virq < NR_VIRQS && (!isGlobalVirq(virq) || vcpu === 0);
	if (!hv.ask(CHECK.virq_exists, known, virq, vcpu)) return -EINVAL;
	const v = d.vcpus[vcpu];
	if (!hv.ask(CHECK.virq_vcpu, v !== undefined, vcpu, d.vcpus.length)) return -ENOENT;
	if (!hv.ask(CHECK.virq_free, v.events.virqPort[virq] === 0, virq, v.events.virqPort[virq])) return -EEXIST;
	const port = open(hv, d, { state: CHANNEL.virq, virq, vcpu });
	if (port > 0) v.events.virqPort[virq] = port;
	return port;
}

/** Opens a port by which the domain's own vcpus signal vcpu `vcpu`. @returns the port, or -errno */
export function bindIpi(hv: Hypervisor, d: Domain, vcpu: number): number {
	if (!hv.ask(CHECK.ipi_vcpu, d.vcpus[vcpu] !== undefined, vcpu, d.vcpus.length)) return -ENOENT;
	return open(hv, d, { state: CHANNEL.ipi, vcpu });
}

/** The 16 interrupts of an ISA bus, and 32 more for a domain's own devices (extra_guest_irqs). */
const GUEST_PIRQS = 16 + 32;
/** The lines of the I/O APIC, and as many vectors as a processor has for other interrupts (arch_hwdom_irqs). */
const HARDWARE_PIRQS = 24 + 197;

/** How many interrupts a domain may have. */
export const pirqCount = (d: Domain): number => (d.privileges.hardware ? HARDWARE_PIRQS : GUEST_PIRQS);

/** Binds an interrupt of the machine that the domain was given to a new port (evtchn_bind_pirq). @returns the port, or -errno */
export function bindPirq(hv: Hypervisor, d: Domain, pirq: number, share: boolean): number {
	const count = pirqCount(d);
	if (!hv.ask(CHECK.pirq_number, pirq < count, pirq, count)) return -EINVAL;
	const info = d.events.pirqs.get(pirq);
	const allowed = info !== undefined && info.irq > 0 && permits(d.permissions, 'irqs', info.irq);
	if (!hv.ask(CHECK.pirq_allowed, allowed, pirq, d.id) || !info) return -EPERM;
	if (!hv.ask(CHECK.pirq_unbound, info.port === 0, pirq, info.port)) return -EEXIST;
	const port = open(hv, d, { state: CHANNEL.pirq, pirq });
	if (port < 0) return port;
	const bound = hv.irqs.bind(hv, d, info.irq, pirq, share);
	if (bound === 0) info.port = port;
	else d.events.channels[port] = closed();
	return bound === 0 ? port : bound;
}

/** Lets `vcpu` be told of `port`'s events. @returns 0 or -errno */
export function bindVcpu(hv: Hypervisor, d: Domain, port: number, vcpu: number): number {
	if (!hv.ask(CHECK.notify_vcpu, d.vcpus[vcpu] !== undefined, vcpu, d.vcpus.length)) return -ENOENT;
	const channel = openChannel(hv, d, port);
	if (!channel) return -EINVAL;
	const moves = channel.state === CHANNEL.virq ? isGlobalVirq(channel.virq) : channel.state !== CHANNEL.ipi;
	if (!hv.ask(CHECK.channel_moves, moves, port, channel.state)) return -EINVAL;
	channel.vcpu = vcpu;
	return 0;
}

/** Closes an end; the other end of a connection goes back to waiting for it. @returns 0 or -EINVAL */
export function closePort(hv: Hypervisor, d: Domain, port: number): number {
	const channel = openChannel(hv, d, port);
	if (!channel) return -EINVAL;
	if (channel.state === CHANNEL.interdomain) {
		const far = hv.domains.get(channel.remoteDom)?.events.channels[channel.remotePort];
		if (far) Object.assign(far, { state: CHANNEL.unbound, remoteDom: d.id, remotePort: 0 });
	}
	if (channel.state === CHANNEL.virq) {
		for (const v of d.vcpus) if (v.events.virqPort[channel.virq] === port) v.events.virqPort[channel.virq] = 0;
	}
	if (channel.state === CHANNEL.pirq) unbindPirq(hv, d, channel.pirq);
	clearPortPending(hv, d, port);
	d.events.channels[port] = closed();
	return 0;
}

function unbindPirq(hv: Hypervisor, d: Domain, pirq: number): void {
	hv.irqs.unbind(hv, d, pirq);
	const info = d.events.pirqs.get(pirq);
	if (info) info.port = 0;
}

/** Closes every port of a domain and goes back to the two-level ABI (EVTCHNOP_reset, and its end). */
export function resetPorts(hv: Hypervisor, d: Domain): void {
	d.events.channels.forEach((channel, port) => {
		if (channel.state !== CHANNEL.closed) closePort(hv, d, port);
	});
	leaveFifo(hv, d);
}

/** Signals the other end of `port` (EVTCHNOP_send). @returns 0 or -EINVAL */
export function sendEvent(hv: Hypervisor, d: Domain, port: number): number {
	const channel = openChannel(hv, d, port);
	if (!channel) return -EINVAL;
	const sends =
		channel.state === CHANNEL.interdomain || channel.state === CHANNEL.ipi || channel.state === CHANNEL.unbound;
	if (!hv.ask(CHECK.channel_sends, sends, port, channel.state)) return -EINVAL;
	const target = channel.state === CHANNEL.ipi ? d : hv.domains.get(channel.remoteDom);
	const targetPort = channel.state === CHANNEL.ipi ? port : channel.remotePort;
	const { recorder } = hv;
	const { dom, vcpu, cause } = recorder;
	recorder.dom = d.id;
	recorder.vcpu = d.id === hv.pcpu.current?.domain.id ? hv.pcpu.current.id : 0;
	// As `inContext` and `causedBy` do, but without the closures that those take: also where a change made by hand throws.
	try {
		recorder.cause = recorder.record(
			KIND.event_send,
			word('port', port),
			word('remote_dom', channel.state === CHANNEL.ipi ? d.id : channel.remoteDom),
			word('remote_port', targetPort)
		);
		if (channel.state !== CHANNEL.unbound && target) setPortPending(hv, target, targetPort);
	} finally {
		recorder.dom = dom;
		recorder.vcpu = vcpu;
		recorder.cause = cause;
	}
	return 0;
}

/** Raises a virtual interrupt of `v`, if the guest bound it. */
export function sendVirq(hv: Hypervisor, v: Vcpu, virq: number): void {
	const port = v.events.virqPort[virq];
	if (port === 0) return;
	const seq = hv.inContext(v.domain.id, v.id, () =>
		hv.recorder.record(KIND.virq, word('virq', virq), word('port', port))
	);
	hv.causedBy(seq, () => setPortPending(hv, v.domain, port));
}

/** Raises a virtual interrupt that exists once in the machine: for the hardware domain's kernel (send_global_virq). */
export function sendGlobalVirq(hv: Hypervisor, virq: number): void {
	const v = hv.hardwareDomain?.vcpus[0];
	if (v) sendVirq(hv, v, virq);
}

/** Sets a port's pending bit and what follows from it, unless the event is lost by hand. */
export function setPortPending(hv: Hypervisor, d: Domain, port: number): void {
	if (overrulesEvent(hv, d.id, port)) return;
	const channel = d.events.channels[port];
	if (channel.native) {
		const seq = hv.recorder.record(
			KIND.event_pending,
			word('target_dom', d.id),
			word('port', port),
			word('masked', 0),
			word('target_vcpu', 0)
		);
		return hv.causedBy(seq, () => d.events.native?.(port));
	}
	const v = d.vcpus[channel.vcpu] ?? d.vcpus[0];
	const ops = portOps(d);
	const raised = ops.raise(hv, v, port);
	if (raised === RAISED.no) return;
	// A port that was pending already has no event of its own: what set it is then the cause of its upcall.
	const seq =
		raised === RAISED.first
			? hv.recorder.record(
					KIND.event_pending,
					word('target_dom', d.id),
					word('port', port),
					word('masked', portMasked(hv, d, port) ? 1 : 0),
					word('target_vcpu', v.id)
				)
			: hv.recorder.next - 1;
	const { cause } = hv.recorder;
	hv.recorder.cause = seq;
	if (ops.link(hv, v, port)) markUpcallPending(hv, v, seq);
	if (raised === RAISED.first) wakePollers(hv, d, port);
	hv.recorder.cause = cause;
}

/** Clears a port's mask, though the port be closed, delivering what became pending meanwhile (EVTCHNOP_unmask). @returns 0 or -EINVAL */
export function unmaskPort(hv: Hypervisor, d: Domain, port: number): number {
	if (!portRecord(hv, d, port)) return -EINVAL;
	clearPortMask(hv, d, port);
	return 0;
}

/** Clears the mask of an open port, and what follows from it. */
export function clearPortMask(hv: Hypervisor, d: Domain, port: number): void {
	const v = d.vcpus[d.events.channels[port]?.vcpu ?? 0];
	if (portOps(d).unmask(hv, v, port)) markUpcallPending(hv, v, hv.recorder.next - 1);
}

/**
 * Adds a page of event words (EVTCHNOP_expand_array); ports that became pending without one are raised now.
 * @returns 0 or -errno
 */
export function expandEventArray(hv: Hypervisor, d: Domain, frame: number): number {
	const first = expandArray(hv, d, frame);
	if (first < 0) return first;
	for (let port = first; port < d.events.channels.length; port++) {
		const channel = d.events.channels[port];
		if (!channel.pending) continue;
		channel.pending = false;
		setPortPending(hv, d, port);
	}
	return 0;
}

/**
 * Has the events of a port go through another queue from the next one on (EVTCHNOP_set_priority).
 * @returns 0; -ENOSYS under the two-level ABI, which has no queues; -EACCES for a closed port; -EINVAL
 */
export function setPriority(hv: Hypervisor, d: Domain, port: number, priority: number): number {
	const channel = portRecord(hv, d, port);
	if (!channel) return -EINVAL;
	if (!hv.ask(CHECK.fifo_queues, d.events.fifo !== null, d.id)) return -ENOSYS;
	if (!hv.ask(CHECK.priority_open, channel.state !== CHANNEL.closed, port)) return -EACCES;
	if (!hv.ask(CHECK.priority_exists, priority <= EVTCHN_FIFO_PRIORITY_MIN, priority, EVTCHN_FIFO_PRIORITY_MIN))
		return -EINVAL;
	channel.priority = priority;
	return 0;
}

/** Sets a vcpu's upcall flag; event `seq` is the cause of the upcall that follows. */
export function markUpcallPending(hv: Hypervisor, v: Vcpu, seq: number): void {
	if (shared.upcallPending(hv, v)) return;
	shared.setUpcallPending(hv, v);
	v.events.pendingCause = seq;
	unblockVcpu(hv, v);
	pokeVcpu(v);
}

/** Ends the SCHEDOP_poll of those who wait for `port`; who polls several, or none, is woken by any (evtchn_check_pollers). */
function wakePollers(hv: Hypervisor, d: Domain, port: number): void {
	for (const v of d.vcpus) {
		if (v.sched.polling && (v.sched.polling.length !== 1 || v.sched.polling[0] === port)) unblockVcpu(hv, v);
	}
}

/** The domain that a call names, or null. */
export function channelDomain(hv: Hypervisor, caller: Domain, id: number): Domain | null {
	const d = hv.domain(id, caller);
	return hv.ask(CHECK.channel_domain, d !== undefined, id) && d ? d : null;
}

/** Whether `caller` may ask about, or change, the channels of `d`. */
export const channelAllowed = (hv: Hypervisor, caller: Domain, d: Domain): boolean =>
	hv.ask(CHECK.channel_privilege, d === caller || caller.privileges.control, d.id, caller.id);

/** Whose channels a call means: the caller's, or with privilege another domain's. -errno otherwise. */
export function channelOwner(hv: Hypervisor, caller: Domain, id: number): Domain | number {
	const d = channelDomain(hv, caller, id);
	if (!d) return -ESRCH;
	return channelAllowed(hv, caller, d) ? d : -EPERM;
}
