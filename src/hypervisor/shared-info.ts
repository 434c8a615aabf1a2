/**
 * shared_info and vcpu_info: the words that a guest and the hypervisor both write
 * (xen/include/public/xen.h). They lie in frames of the guest, so they are read and written physically
 * and need no mapping.
 */
import { PAGE_SHIFT } from '../base';
import { SHARED_INFO, VCPU_INFO } from '../abi/structs/xen';
import type { Domain, Vcpu } from './domain';
import type { Hypervisor } from './hypervisor';

/** Physical address of a vcpu's vcpu_info. */
export const vcpuInfoAddress = (v: Vcpu): number => v.vcpuInfo.mfn * 4096 + v.vcpuInfo.offset;
/** Physical address of a domain's shared_info. */
export const sharedInfoAddress = (d: Domain): number => (d.sharedInfo << PAGE_SHIFT) >>> 0;

const PENDING = VCPU_INFO.at.evtchn_upcall_pending;
const MASK = VCPU_INFO.at.evtchn_upcall_mask;
const SELECTOR = VCPU_INFO.at.evtchn_pending_sel;

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

/** Sets bit `port % 32` of word `port / 32` of the bitmap at `base`; returns what it was. */
function testAndSet(hv: Hypervisor, base: number, bit: number): boolean {
	const at = base + (bit >>> 5) * 4;
	const word = hv.machine.memory.read32(at);
	const mask = 1 << (bit & 31);
	if ((word & mask) !== 0) return true;
	hv.machine.memory.write32(at, word | mask);
	return false;
}

function testAndClear(hv: Hypervisor, base: number, bit: number): boolean {
	const at = base + (bit >>> 5) * 4;
	const word = hv.machine.memory.read32(at);
	const mask = 1 << (bit & 31);
	if ((word & mask) === 0) return false;
	hv.machine.memory.write32(at, word & ~mask);
	return true;
}

const test = (hv: Hypervisor, base: number, bit: number): boolean =>
	(hv.machine.memory.read32(base + (bit >>> 5) * 4) & (1 << (bit & 31))) !== 0;

const pendingBitmap = (d: Domain): number => sharedInfoAddress(d) + SHARED_INFO.at.evtchn_pending;
const maskBitmap = (d: Domain): number => sharedInfoAddress(d) + SHARED_INFO.at.evtchn_mask;

/** The four operations of the two-level ABI on a port's bits; the `testAnd…` ones return the old value. */
export const portPending = (hv: Hypervisor, d: Domain, port: number): boolean => test(hv, pendingBitmap(d), port);
/** Whether the guest has masked the port. */
export const portMasked = (hv: Hypervisor, d: Domain, port: number): boolean => test(hv, maskBitmap(d), port);
/** Sets the pending bit; what it was. */
export const testAndSetPending = (hv: Hypervisor, d: Domain, port: number): boolean =>
	testAndSet(hv, pendingBitmap(d), port);
/** Clears the pending bit; what it was. */
export const testAndClearPending = (hv: Hypervisor, d: Domain, port: number): boolean =>
	testAndClear(hv, pendingBitmap(d), port);
/** Sets the mask bit; what it was. Guests do this themselves. */
export const testAndSetMask = (hv: Hypervisor, d: Domain, port: number): boolean => testAndSet(hv, maskBitmap(d), port);
/** Clears the mask bit; what it was. */
export const testAndClearMask = (hv: Hypervisor, d: Domain, port: number): boolean =>
	testAndClear(hv, maskBitmap(d), port);
/** Sets the selector bit of `port`'s word in a vcpu's vcpu_info. */
export const testAndSetSelector = (hv: Hypervisor, v: Vcpu, port: number): boolean =>
	testAndSet(hv, vcpuInfoAddress(v) + SELECTOR, port >>> 5);
