/** Hypercalls that no domain here may make, or that this hypervisor is built without. */
import { ENOSYS, EOPNOTSUPP, EPERM } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Handler, Hypervisor } from '../core/hypervisor';
import { controlCall, privileged } from './control-call';

/** For the control domain's kernel and tools, and not carried out here. */
export const needsPrivilege = (hv: Hypervisor, v: Vcpu): number => (privileged(hv, v.domain) ? -ENOSYS : -EPERM);

/** Not part of this build: -ENOSYS, as from a Xen without the feature. */
export const notBuiltIn: Handler = (hv) => (hv.ask(CHECK.built_in, false) ? 0 : -ENOSYS);

/** Performance counters: built in, and switched off at boot (xen/arch/x86/cpu/vpmu.c). */
export const doXenpmuOp: Handler = (hv) => (hv.ask(CHECK.counters_on, false) ? -ENOSYS : -EOPNOTSUPP);

/** platform_op: no command of it is carried out here (xen/include/public/platform.h: size and interface version of 4.17). */
export const doPlatformOp = controlCall({ bytes: 136, version: 0x0300_0001, commands: {}, about: () => true as const });
