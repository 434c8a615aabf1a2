/**
 * shared_info and vcpu_info: the words that a guest and the hypervisor both write
 * (xen/include/public/xen.h). They lie in frames of the guest, so they are read and written physically
 * and need no mapping.
 */
import { PAGE_SHIFT } from '../../base';
import { VCPU_INFO } from '../../abi/structs/xen';
import type { Domain, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

/** Physical address of a vcpu's vcpu_info. */
export const vcpuInfoAddress = (v: Vcpu): number => v.events.vcpuInfo.mfn * 4096 + v.events.vcpuInfo.offset;
/** Physical address of a domain's shared_info. */
export const sharedInfoAddress = (d: Domain): number => (d.sharedInfo << PAGE_SHIFT) >>> 0;

const PENDING = VCPU_INFO.at.evtchn_upcall_pending;
const MASK = VCPU_INFO.at.evtchn_upcall_mask;

/** evtchn_upcall_pending: some port of the vcpu became pending. */
export const upcallPending = (hv: Hypervisor, v: Vcpu): boolean =>
	hv.machine.memory.read8(vcpuInfoAddress(v) + PENDING) !== 0;
/** evtchn_upcall_mask: a PV guest's interrupt flag, upside down. */
export const upcallMasked = (hv: Hypervisor, v: Vcpu): boolean =>
	hv.machine.memory.read8(vcpuInfoAddress(v) + MASK) !== 0;
/** Says that some port became pending; delivering the upcall is not done here. */
export const setUpcallPending = (hv: Hypervisor, v: Vcpu): void =>
	hv.machine.memory.write8(vcpuInfoAddress(v) + PENDING, 1);
/** Masks or unmasks upcalls, as an entry into the guest and its IRET do. */
export const setUpcallMask = (hv: Hypervisor, v: Vcpu, masked: boolean): void =>
	hv.machine.memory.write8(vcpuInfoAddress(v) + MASK, masked ? 1 : 0);
/** Whether an upcall should be delivered now. */
export const upcallDue = (hv: Hypervisor, v: Vcpu): boolean => upcallPending(hv, v) && !upcallMasked(hv, v);

/** CR2 as a PV guest reads it: `vcpu_info.arch.cr2`. */
export const setSharedCr2 = (hv: Hypervisor, v: Vcpu, address: number): void =>
	hv.machine.memory.write32(vcpuInfoAddress(v) + VCPU_INFO.at.arch, address);
