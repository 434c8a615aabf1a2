/** GNTTABOP_set_version and get_version: version 1 is the only one, as on a Xen that was started with `gnttab=max-ver:1`. */
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { GNTST_bad_domain, GNTTAB_GET_VERSION, GNTTAB_SET_VERSION } from '../../abi/structs/grant';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { readStruct, writeStruct } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { grantDomain } from './setup';

const VERSION = 1;

/** Whatever was asked, the version in use is told. */
export function setVersion(hv: Hypervisor, _: Vcpu, uop: number): number {
	const request = readStruct(hv, uop, GNTTAB_SET_VERSION);
	if (!request) return -EFAULT;
	const version = request.getUint32(GNTTAB_SET_VERSION.at.version, true);
	const refusal = version === 2 ? -ENOSYS : -EINVAL;
	const result = hv.ask(CHECK.grant_version, version === VERSION, version, VERSION) ? 0 : refusal;
	request.setUint32(GNTTAB_SET_VERSION.at.version, VERSION, true);
	return writeStruct(hv, uop, request) ? result : -EFAULT;
}

/** The version of a domain's table. */
export function getVersion(hv: Hypervisor, v: Vcpu, uop: number): number {
	const request = readStruct(hv, uop, GNTTAB_GET_VERSION);
	if (!request) return -EFAULT;
	const d = grantDomain(hv, v, request.getUint16(GNTTAB_GET_VERSION.at.dom, true));
	if (typeof d === 'number') return d === GNTST_bad_domain ? -ESRCH : -EPERM;
	request.setUint32(GNTTAB_GET_VERSION.at.version, VERSION, true);
	return writeStruct(hv, uop, request) ? 0 : -EFAULT;
}
