/** xen_version: who the guest is talking to (xen/common/kernel.c; xen/include/public/version.h, features.h). */
import { EFAULT, EINVAL, ENODATA, ENOSYS, EPERM } from '../../abi/errno';
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import { XENFEAT } from '../../abi/structs/features';
import { VMASST_TYPE_PAE_EXTENDED_CR3 } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { copyFromGuest, copyToGuest, readGuest32 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';

const XEN_MAJOR = 4;
const XEN_MINOR = 17;

const XENVER = {
	version: 0,
	extraversion: 1,
	compile_info: 2,
	capabilities: 3,
	changeset: 4,
	platform_parameters: 5,
	get_features: 6,
	pagesize: 7,
	guest_handle: 8,
	commandline: 9,
	build_id: 10
} as const;

/** A string in a field of `size` bytes, zero-terminated. */
const text = (value: string, size: number): Uint8Array => {
	const bytes = new Uint8Array(size);
	bytes.set(new TextEncoder().encode(value).subarray(0, size - 1));
	return bytes;
};
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);

/** Page tables and descriptor tables are not writable for PV guests, whose frames are the machine's; what a real 4.17 answers. */
function features(d: Domain): number {
	const bit = (n: number): number => 1 << n;
	const extended = d.assisted(VMASST_TYPE_PAE_EXTENDED_CR3);
	return (
		bit(XENFEAT.memory_op_vnode_supported) |
		bit(XENFEAT.mmu_pt_update_preserve_ad) |
		bit(XENFEAT.highmem_assist) |
		bit(XENFEAT.gnttab_map_avail_bits) |
		bit(XENFEAT.direct_mapped) |
		(extended ? bit(XENFEAT.pae_pgdir_above_4gb) : 0) |
		(d.privileges.hardware ? bit(XENFEAT.dom0) : 0)
	);
}

/** What others than the control domain get for the command line; no byte more is written. */
const DENIED = '<denied>';

/** The bytes of an answer that is copied out whole. */
const ANSWERS: Readonly<Record<number, (d: Domain) => Uint8Array>> = {
	[XENVER.extraversion]: () => text('.0-ringside', 16),
	[XENVER.compile_info]: () => join(text('TypeScript', 64), text('ringside', 16), text('ringside', 32), text('', 32)),
	[XENVER.capabilities]: () => text('xen-3.0-x86_32p ', 1024),
	[XENVER.changeset]: () => text('unavailable', 64),
	[XENVER.platform_parameters]: () => word(HYPERVISOR_VIRT_START),
	[XENVER.guest_handle]: (d) => join(word(d.id), new Uint8Array(12)),
	[XENVER.commandline]: (d) => (d.privileges.control ? text('', 1024) : text(DENIED, DENIED.length + 1))
};

/** The guest names a submap of 32 features and gets its bits. */
function getFeatures(hv: Hypervisor, d: Domain, arg: number): number {
	const view = copyFromGuest(hv, arg, 8);
	if (!view) return -EFAULT;
	const submap = view.getUint32(0, true);
	if (!hv.ask(CHECK.feature_submap, submap === 0, submap)) return -EINVAL;
	return copyToGuest(hv, arg, join(word(0), word(features(d)))) ? 0 : -EFAULT;
}

/** A build of ours has no number; the question is the control domain's, and brings the length of its buffer or nothing. */
function buildId(hv: Hypervisor, d: Domain, arg: number): number {
	if (!hv.ask(CHECK.build_id_privilege, d.privileges.control, d.id)) return -EPERM;
	if (arg === 0) return -ENODATA;
	const length = readGuest32(hv, arg);
	if (length === null) return -EFAULT;
	return length === 0 ? -EINVAL : -ENODATA;
}

/** xen_version(cmd, arg) */
export function doXenVersion(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	if (cmd === XENVER.version) return (XEN_MAJOR << 16) | XEN_MINOR;
	if (cmd === XENVER.pagesize) return arg === 0 ? 4096 : -EINVAL;
	if (cmd === XENVER.get_features) return getFeatures(hv, v.domain, arg);
	if (cmd === XENVER.build_id) return buildId(hv, v.domain, arg);
	const answer = ANSWERS[cmd];
	if (!answer) return hv.ask(CHECK.version_op_known, false, cmd) ? 0 : -ENOSYS;
	return copyToGuest(hv, arg, answer(v.domain)) ? 0 : -EFAULT;
}
