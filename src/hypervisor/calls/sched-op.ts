/** sched_op: yield, block, poll, shut down (xen/common/sched/core.c; xen/include/public/sched.h). */
import { EFAULT, EINVAL, ENOSPC, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { SCHED_POLL, SCHED_REMOTE_SHUTDOWN, SCHED_SHUTDOWN, SCHED_WATCHDOG, SCHEDOP } from '../../abi/structs/sched';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { shutdownDomain } from '../core/domains';
import { portPending } from '../events/ports';
import { portOpen } from '../events/channels';
import { readGuest32, readStruct, readU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { privileged } from './control-call';
import { needsPrivilege } from './refused';
import { blockVcpu } from '../sched/wake';
import { setUpcallMask, upcallDue } from '../events/shared-info';
import { cycleOf } from '../time/clock';
import { SECOND_NS } from '../time/time-scale';
import { programTimer } from '../time/timers';

/** Most ports of one SCHEDOP_poll. */
const MAX_POLL = 128;

function yieldVcpu(hv: Hypervisor, v: Vcpu): number {
	hv.sched.yield(v);
	hv.pcpu.reschedule = true;
	return 0;
}

/** Opens the upcall mask and waits, unless an event is waiting already: no wake-up can be lost in between. */
function block(hv: Hypervisor, v: Vcpu): number {
	setUpcallMask(hv, v, false);
	if (!upcallDue(hv, v)) blockVcpu(hv, v);
	return 0;
}

function shutdown(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SCHED_SHUTDOWN);
	if (!args) return -EFAULT;
	return end(hv, v, args.getUint32(0, true));
}

/** Any low byte is a reason: the six that the header names, and what a guest and its toolstack agree on. */
const reasonOf = (word: number): number => word & 0xff;

function end(hv: Hypervisor, v: Vcpu, reason: number): number {
	shutdownDomain(hv, v.domain, reasonOf(reason));
	return 0;
}

/** Waits until a port is pending, or a system time; events that are not asked for end it too. */
function poll(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SCHED_POLL);
	if (!args) return -EFAULT;
	const count = args.getUint32(SCHED_POLL.at.nr_ports, true);
	if (!hv.ask(CHECK.poll_ports, count <= MAX_POLL, count, MAX_POLL)) return -EINVAL;
	if (upcallDue(hv, v)) return 0;
	const list = args.getUint32(SCHED_POLL.at.ports, true);
	const ports: number[] = [];
	for (let index = 0; index < count; index++) {
		const port = readGuest32(hv, list + index * 4);
		if (port === null) return -EFAULT;
		if (!hv.ask(CHECK.poll_port, portOpen(v.domain, port), port, v.domain.events.channels.length)) return -EINVAL;
		if (portPending(hv, v.domain, port)) return 0;
		ports.push(port);
	}
	const timeout = readU64(args, SCHED_POLL.at.timeout);
	v.sched.polling = ports;
	v.sched.pollDeadline = timeout === 0 ? 0 : Math.max(cycleOf(hv, Math.min(timeout, 2 ** 50)), 1);
	blockVcpu(hv, v);
	programTimer(hv, hv.pcpu);
	return 0;
}

/** Sets the code that a later crash or shutdown will have, and goes on running. */
function shutdownCode(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SCHED_SHUTDOWN);
	if (!args) return -EFAULT;
	v.domain.announcedCode ??= reasonOf(args.getUint32(0, true));
	return 0;
}

/**
 * Arms, moves or stops one of two watchdogs, seconds ahead (domain_watchdog). A new one of no seconds goes off at once.
 * @returns the new one's id, from 1; 0 for one that there was; -errno
 */
function watchdog(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SCHED_WATCHDOG);
	if (!args) return -EFAULT;
	const [id, seconds] = [args.getUint32(0, true), args.getUint32(4, true)];
	const { watchdogs } = v.domain.time;
	const index = id === 0 ? watchdogs.indexOf(0) : id - 1;
	const known = id === 0 || (id <= watchdogs.length && watchdogs[index] !== 0);
	if (!hv.ask(CHECK.watchdog_known, known, id, seconds)) return -EINVAL;
	if (!hv.ask(CHECK.watchdog_free, index >= 0, id)) return -ENOSPC;
	watchdogs[index] = id !== 0 && seconds === 0 ? 0 : hv.machine.clock.now + cycleOf(hv, seconds * SECOND_NS);
	programTimer(hv, hv.pcpu);
	return id === 0 ? index + 1 : 0;
}

/** The control domain ends another in its name (SCHEDOP_remote_shutdown). */
function remoteShutdown(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SCHED_REMOTE_SHUTDOWN);
	if (!args) return -EFAULT;
	const target = args.getUint16(SCHED_REMOTE_SHUTDOWN.at.domain_id, true);
	if (!hv.ask(CHECK.shutdown_domain, hv.domains.has(target), target)) return -ESRCH;
	const d = hv.domains.get(target);
	if (!privileged(hv, v.domain)) return -EPERM;
	if (d) shutdownDomain(hv, d, reasonOf(args.getUint32(SCHED_REMOTE_SHUTDOWN.at.reason, true)));
	return 0;
}

const OPERATIONS: Readonly<Record<number, ((hv: Hypervisor, v: Vcpu, arg: number) => number) | undefined>> = {
	[SCHEDOP.yield]: yieldVcpu,
	[SCHEDOP.block]: block,
	[SCHEDOP.shutdown]: shutdown,
	[SCHEDOP.poll]: poll,
	[SCHEDOP.remote_shutdown]: remoteShutdown,
	[SCHEDOP.shutdown_code]: shutdownCode,
	[SCHEDOP.watchdog]: watchdog,
	[SCHEDOP.pin_override]: needsPrivilege
};

/** sched_op(cmd, arg) */
export function doSchedOp(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	const operation = OPERATIONS[cmd];
	if (!operation) return hv.ask(CHECK.sched_op_known, false, cmd) ? 0 : -ENOSYS;
	return operation(hv, v, arg);
}

/** sched_op_compat(cmd, arg): shutdown has its reason in the argument itself. */
export function doSchedOpCompat(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	if (cmd === SCHEDOP.yield) return yieldVcpu(hv, v);
	if (cmd === SCHEDOP.block) return block(hv, v);
	if (cmd === SCHEDOP.shutdown) return end(hv, v, arg);
	hv.ask(CHECK.sched_compat_known, false, cmd);
	return -ENOSYS;
}
