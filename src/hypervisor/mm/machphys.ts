/** Where the machine-to-physical table lies, for guests (XENMEM_machphys_*; xen/arch/x86/x86_64/compat/mm.c). */
import { EFAULT } from '../../abi/errno';
import { MACH2PHYS_VIRT_END, MACH2PHYS_VIRT_START } from '../../abi/structs/cpu';
import { XEN_MACHPHYS_MAPPING, XEN_MACHPHYS_MFN_LIST } from '../../abi/structs/mm';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';

/** Frames of 2 MiB, which is what an extent of the list covers. */
const EXTENT_FRAMES = 512;

/** 32-bit words as bytes. */
export function words(...values: number[]): Uint8Array {
	const bytes = new Uint8Array(values.length * 4);
	const view = new DataView(bytes.buffer);
	values.forEach((value, i) => view.setUint32(i * 4, value, true));
	return bytes;
}

/** First frames of each 2 MiB of the M2P table, as many as there are and the guest has room for. */
export function machphysMfnList(mm: Mm, _v: Vcpu, address: number): number {
	const at = XEN_MACHPHYS_MFN_LIST.at;
	const view = mm.guest.read(address, XEN_MACHPHYS_MFN_LIST.size);
	if (view === null) return -EFAULT;
	const extents = Math.ceil((mm.frames.size * 4) / (EXTENT_FRAMES * 4096));
	const count = Math.min(view.getUint32(at.max_extents, true), extents);
	const list = words(...Array.from({ length: count }, (_, i) => mm.spaces.m2pBase + i * EXTENT_FRAMES));
	if (count > 0 && !mm.guest.write(view.getUint32(at.extent_start, true), list)) return -EFAULT;
	return mm.guest.write(address + at.nr_extents, words(count)) ? 0 : -EFAULT;
}

/** Its addresses and its last entry. */
export function machphysMapping(mm: Mm, _v: Vcpu, address: number): number {
	const entries = (MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) / 4;
	const answer = words(MACH2PHYS_VIRT_START, MACH2PHYS_VIRT_END, entries - 1);
	return mm.guest.write(address, answer.subarray(0, XEN_MACHPHYS_MAPPING.size)) ? 0 : -EFAULT;
}
