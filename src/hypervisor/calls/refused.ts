/** Hypercalls that no domain here may make, or that this hypervisor is built without. */
import { EACCES, EFAULT, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import { DOMID_INVALID, DOMID_IO } from '../../abi/structs/xen';
import { copyFromGuest } from '../core/guest-memory';
import type { Handler, Hypervisor } from '../core/hypervisor';

/** For the control domain's kernel and tools: -EPERM for anybody else (xen/include/xsm/dummy.h). */
export const needsPrivilege: Handler = (hv, v) =>
	hv.ask('privileged', v.domain.privileges.control, v.domain.id) ? -ENOSYS : -EPERM;

/** Not part of this build: -ENOSYS, as from a Xen without the feature. */
export const notBuiltIn: Handler = (hv) => (hv.ask('built_in', false) ? 0 : -ENOSYS);

/** Performance counters: built in, and switched off at boot (xen/arch/x86/cpu/vpmu.c). */
export const doXenpmuOp: Handler = (hv) => (hv.ask('counters_on', false) ? -ENOSYS : -EOPNOTSUPP);

/** The head of a control call's argument: command, interface version, and for domctl a domain. */
interface ControlCall {
	/** Bytes of the whole argument, which is read before anything else. */
	readonly bytes: number;
	/** The one interface version that is understood. */
	readonly version: number;
	/** Whether the domain that it is about has to exist. */
	readonly about?: (hv: Hypervisor, command: number, domid: number) => boolean;
}

/** Bad pointer, wrong version, no such domain, no privilege: in that order (xen/common/sysctl.c, domctl.c). */
const control =
	({ bytes, version, about }: ControlCall): Handler =>
	(hv, v, args) => {
		const view = copyFromGuest(hv, args[0], bytes);
		if (!view) return -EFAULT;
		const [command, given] = [view.getUint32(0, true), view.getUint32(4, true)];
		if (!hv.ask('control_version', given === version, given, version)) return -EACCES;
		if (about && !about(hv, command, view.getUint16(8, true))) return -ESRCH;
		return needsPrivilege(hv, v, args);
	};

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

function domainOf(hv: Hypervisor, command: number, domid: number): boolean {
	const without = WITHOUT_DOMAIN[command];
	return without === 'any' || without === domid || hv.ask('control_domain', hv.domains.has(domid), domid, command);
}

/** xen/include/public/sysctl.h, domctl.h, platform.h: sizes and interface versions of 4.17. */
export const doSysctl = control({ bytes: 136, version: 0x15 });
export const doDomctl = control({ bytes: 144, version: 0x15, about: domainOf });
export const doPlatformOp = control({ bytes: 136, version: 0x0300_0001 });
