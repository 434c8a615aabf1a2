/** Hypercalls that no domain here may make, or that this hypervisor is built without. */
import { ENOSYS, EPERM } from '../abi/errno';
import type { Handler } from './hypervisor';

/** For the control domain's kernel and tools: -EPERM for anybody else (xen/include/xsm/dummy.h). */
export const needsPrivilege: Handler = (hv, v) =>
	hv.ask('privileged', v.domain.privileged, v.domain.id) ? -ENOSYS : -EPERM;

/** Not part of this build: -ENOSYS, as from a Xen without the feature. */
export const notBuiltIn: Handler = (hv) => (hv.ask('built_in', false) ? 0 : -ENOSYS);
