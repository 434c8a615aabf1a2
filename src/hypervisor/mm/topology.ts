/** What is only there for others: NUMA nodes, and memory that is populated on demand. A PV guest here has neither. */
import { EFAULT, EINVAL, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';
import { domainByAnyId, maySee } from './foreign';

const MEMORY_H = 'xen/include/public/memory.h';
const POD_TARGET = struct('xen_pod_target', MEMORY_H, {
	target_pages: 'u64',
	tot_pages: 'u64',
	pod_cache_pages: 'u64',
	pod_entries: 'u64',
	domid: 'u16'
});

/** The argument of XENMEM_get_vnumainfo; the three pointers take eight bytes each. */
export const VNUMA_INFO = struct('xen_vnuma_topology_info', MEMORY_H, {
	domid: 'u16',
	pad: 'u16',
	nr_vnodes: 'u32',
	nr_vcpus: 'u32',
	nr_vmemranges: 'u32',
	vdistance: 'u64',
	vcpu_to_vnode: 'u64',
	vmemrange: 'u64'
});

/** XENMEM_get_vnumainfo (xen/common/memory.c). */
export function vnumaInfo(mm: Mm, v: Vcpu, argument: DataView): number {
	const padding = argument.getUint16(VNUMA_INFO.at.pad, true);
	if (!mm.ask(CHECK.vnuma_padding, padding === 0, padding)) return -EINVAL;
	const d = domainByAnyId(mm, v.domain, argument.getUint16(VNUMA_INFO.at.domid, true));
	if (d === null) return -ESRCH;
	return maySee(mm, v.domain, d) ? -EOPNOTSUPP : -EPERM;
}

/** XENMEM_set_pod_target and get_pod_target: for fully virtualized domains (xen/arch/x86/mm.c: arch_memory_op). */
export function podTarget(mm: Mm, v: Vcpu, address: number): number {
	const argument = mm.guest.read(address, POD_TARGET.size);
	if (argument === null) return -EFAULT;
	const d = domainByAnyId(mm, v.domain, argument.getUint16(POD_TARGET.at.domid, true));
	return d === null ? -ESRCH : -EINVAL;
}
