/**
 * domctl: domains as the control domain's tools see and govern them (xen/common/domctl.c, xen/arch/x86/domctl.c). The programs beside its kernel make
 * domains by `../control.ts`; a kernel makes them by these calls.
 */
import { EINVAL, EPERM, ESRCH } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { DOMCTL, DOMCTL_CMD } from '../../abi/structs/control';
import { DOMID_FIRST_RESERVED, DOMID_INVALID, DOMID_IO } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import { destroyDomain, destroyInPart, pauseDomain, unpauseDomain } from '../core/domains';
import { readU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { permit, permits, type Permitted } from '../core/permissions';
import { takesLong } from '../mm/batch';
import { controlCall, type Command } from './control-call';
import { writeDomainInfo } from './domain-info';
import { about, notSelf, U, type About } from './domctl-command';
import { MAKING_COMMANDS } from './domctl-making';
import { VCPU_COMMANDS } from './domctl-vcpus';
import { schedulerOp } from './scheduler-op';

/**
 * Commands of domctl that need no domain: createdomain, and getdomaininfo, which asks for the next one; the two that assign
 * devices take DOMID_IO, test_assign_device and vm_event_op DOMID_INVALID.
 */
const WITHOUT_DOMAIN: Readonly<Record<number, number | 'any'>> = {
	1: 'any',
	5: 'any',
	37: DOMID_IO,
	47: DOMID_IO,
	45: DOMID_INVALID,
	56: DOMID_INVALID
};

function domainOf(hv: Hypervisor, command: number, view: DataView): About | null {
	const id = view.getUint16(DOMCTL.at.domain, true);
	const without = WITHOUT_DOMAIN[command];
	const d = hv.domains.get(id);
	if (without === 'any' || without === id) return { d };
	return hv.ask(CHECK.control_domain, d !== undefined, id, command) && d ? { d } : null;
}

/** Gives a domain of what the caller may use itself, or takes it. */
function change(
	hv: Hypervisor,
	caller: Domain,
	d: Domain,
	[what, first, count]: readonly [Permitted, number, number],
	allow: boolean
): number {
	const may = permits(caller.permissions, what, first, first + count - 1);
	if (!hv.ask(CHECK.permission_own, may, first, count)) return -EPERM;
	permit(d.permissions, what, first, count, allow);
	return 0;
}

const {
	DOMCTL_SCHEDULER_OP: SCHEDULER,
	DOMCTL_IRQ_PERMISSION: IRQ,
	DOMCTL_IOMEM_PERMISSION: IOMEM,
	DOMCTL_IOPORT_PERMISSION: IOPORT
} = abi;
const PORTS = 0x1_0000;

/** The domain of that number, or else the next. */
const getDomainInfo: Command<About> = {
	answers: true,
	run(hv, _v, view) {
		const id = view.getUint16(DOMCTL.at.domain, true);
		if (!hv.domains.has(id) && id >= DOMID_FIRST_RESERVED) return -EINVAL;
		const next = [...hv.domains.keys()].filter((other) => other >= id).sort((a, b) => a - b)[0];
		const d = next === undefined ? undefined : hv.domains.get(next);
		if (!d) return -ESRCH;
		writeDomainInfo(hv, d, view, U);
		view.setUint16(DOMCTL.at.domain, d.id, true);
		return 0;
	}
};

/** Piece by piece: between two the caller may be interrupted, and then makes the same call again (domain_kill's -ERESTART). */
const destroy: Command<About> = {
	run(hv, v, _view, { d }) {
		if (!d) return -ESRCH;
		if (!notSelf(hv, v.domain, d)) return -EINVAL;
		if (d.vcpus.some(({ pcpu }) => pcpu !== null)) destroyDomain(hv, d);
		else {
			const started = hv.processor.time;
			if (!destroyInPart(hv, d, (done) => takesLong(hv, done, started))) return hv.continueHypercall(v, []);
		}
		return 0;
	}
};

const COMMANDS: Readonly<Record<number, Command<About>>> = {
	...MAKING_COMMANDS,
	...VCPU_COMMANDS,
	[DOMCTL_CMD.getdomaininfo]: getDomainInfo,
	[DOMCTL_CMD.destroydomain]: destroy,
	[DOMCTL_CMD.pausedomain]: about((hv, caller, d) => {
		if (!notSelf(hv, caller, d)) return -EINVAL;
		pauseDomain(hv, d);
		return 0;
	}),
	[DOMCTL_CMD.unpausedomain]: about((hv, _caller, d) => {
		if (!hv.ask(CHECK.domain_paused, d.paused, d.id)) return -EINVAL;
		unpauseDomain(hv, d);
		return 0;
	}),
	[DOMCTL_CMD.scheduler_op]: about((hv, _caller, _d, view) =>
		schedulerOp(hv, view.getUint32(U + SCHEDULER.at.sched_id, true), view.getUint32(U + SCHEDULER.at.cmd, true), true)
	),
	[DOMCTL_CMD.irq_permission]: about((hv, caller, d, view) => {
		const irq = caller.events.pirqs.get(view.getUint32(U + IRQ.at.pirq, true))?.irq ?? 0;
		return change(hv, caller, d, ['irqs', irq, 1], view.getUint8(U + IRQ.at.allow_access) !== 0);
	}),
	[DOMCTL_CMD.iomem_permission]: about((hv, caller, d, view) => {
		const [first, count] = [IOMEM.at.first_mfn, IOMEM.at.nr_mfns].map((at) => readU64(view, U + at));
		if (!hv.ask(CHECK.permission_range, count > 0, first, count)) return -EINVAL;
		return change(hv, caller, d, ['frames', first, count], view.getUint8(U + IOMEM.at.allow_access) !== 0);
	}),
	[DOMCTL_CMD.ioport_permission]: about((hv, caller, d, view) => {
		const [first, count] = [IOPORT.at.first_port, IOPORT.at.nr_ports].map((at) => view.getUint32(U + at, true));
		if (!hv.ask(CHECK.permission_ports, count > 0 && first + count <= PORTS, first, count)) return -EINVAL;
		return change(hv, caller, d, ['ports', first, count], view.getUint8(U + IOPORT.at.allow_access) !== 0);
	})
};

export const doDomctl = controlCall({ bytes: DOMCTL.size, version: 0x15, commands: COMMANDS, about: domainOf });
