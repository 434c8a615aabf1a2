/** HYPERVISOR_memory_op(cmd, arg): what a domain may ask about its memory, and how it gets more or gives some back. */
import { EACCES, EFAULT, EINVAL, ENOENT, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { MACH2PHYS_VIRT_END, MACH2PHYS_VIRT_START } from '../../abi/structs/cpu';
import {
	E820_ENTRY,
	E820_RAM,
	MEMOP_CMD_MASK,
	MEMOP_EXTENT_SHIFT,
	XEN_ADD_TO_PHYSMAP,
	XEN_MACHPHYS_MAPPING,
	XEN_MACHPHYS_MFN_LIST,
	XEN_MEMORY_DOMAIN,
	XEN_MEMORY_MAP,
	XEN_REMOVE_FROM_PHYSMAP,
	XENMAPSPACE_GMFN_FOREIGN,
	XENMEM
} from '../../abi/structs/mm';
import { SHARED_INFO, ARCH_SHARED_INFO } from '../../abi/structs/xen';
import type { Domain, Vcpu } from '../domain';
import type { Mm } from './context';
import { exchange } from './exchange';
import { domainByAnyId } from './foreign';
import { getPage, putPage } from './frame-table';
import { changeReservation } from './reservation';

type Args = readonly [number, number, number, number, number];
type Operation = (mm: Mm, v: Vcpu, address: number) => number;

/** @returns by operation: a number of extents done, pages, or 0; or -errno */
export function doMemoryOp(mm: Mm, v: Vcpu, args: Args): number {
	const [cmd, address] = args;
	const op = cmd & MEMOP_CMD_MASK;
	const start = cmd >>> MEMOP_EXTENT_SHIFT;
	if (op === XENMEM.increase_reservation || op === XENMEM.decrease_reservation || op === XENMEM.populate_physmap) {
		return changeReservation(mm, v, op, start, address);
	}
	const operation = OPERATIONS[op];
	if (operation === undefined) return -ENOSYS;
	if (start !== 0) return -EINVAL;
	return operation(mm, v, address);
}

/** For operations that name a domain: -EFAULT, -ESRCH, -EPERM, or what `work` says of it. */
const aboutDomain =
	(work: (mm: Mm, d: Domain) => number): Operation =>
	(mm, v, address) => {
		const view = mm.guest.read(address, XEN_MEMORY_DOMAIN.size);
		if (view === null) return -EFAULT;
		const d = domainByAnyId(mm, v.domain, view.getUint16(0, true));
		if (d === null) return -ESRCH;
		return maySee(mm, v.domain, d) ? work(mm, d) : -EPERM;
	};

/** Whether the caller may see or change the memory of `d`. */
export const maySee = (mm: Mm, caller: Domain, d: Domain): boolean =>
	mm.ask('memory_privilege', caller === d || caller.privileged, caller.id, d.id);

/** Highest pseudo-physical frame, as the guest itself declared it in shared_info. */
function maximumGpfn(mm: Mm, d: Domain): number {
	const at = d.sharedInfo * 4096 + SHARED_INFO.at.arch + ARCH_SHARED_INFO.at.max_pfn;
	return (mm.machine.memory.read32(at) || 1) - 1;
}

function words(...values: number[]): Uint8Array {
	const bytes = new Uint8Array(values.length * 4);
	const view = new DataView(bytes.buffer);
	values.forEach((value, i) => view.setUint32(i * 4, value, true));
	return bytes;
}

/** One range of RAM, as an e820 entry. */
const ram = (size: number): Uint8Array => words(0, 0, size >>> 0, Math.floor(size / 2 ** 32), E820_RAM);

/** Writes the map, of one range here, into the guest's buffer, and how many ranges it has. */
function writeMemoryMap(mm: Mm, address: number, size: number): number {
	const view = mm.guest.read(address, XEN_MEMORY_MAP.size);
	if (view === null) return -EFAULT;
	const count = Math.min(view.getUint32(XEN_MEMORY_MAP.at.nr_entries, true), 1);
	const buffer = view.getUint32(XEN_MEMORY_MAP.at.buffer, true);
	if (count > 0 && !mm.guest.write(buffer, ram(size).subarray(0, E820_ENTRY.size))) return -EFAULT;
	return mm.guest.write(address, words(count)) ? 0 : -EFAULT;
}

const memoryMap: Operation = (mm, v, address) => writeMemoryMap(mm, address, v.domain.maxPages * 4096);

const machineMemoryMap: Operation = (mm, v, address) =>
	mm.ask('machine_map_privilege', v.domain.privileged, v.domain.id)
		? writeMemoryMap(mm, address, mm.machine.memory.size)
		: -EPERM;

/** First frames of each 2 MiB of the M2P table. */
const machphysMfnList: Operation = (mm, _v, address) => {
	const view = mm.guest.read(address, XEN_MACHPHYS_MFN_LIST.size);
	if (view === null) return -EFAULT;
	const extents = Math.ceil((mm.frames.size * 4) / 0x20_0000);
	const count = Math.min(view.getUint32(XEN_MACHPHYS_MFN_LIST.at.max_extents, true), extents);
	const list = words(...Array.from({ length: count }, (_, i) => mm.spaces.m2pBase + i * 512));
	if (count > 0 && !mm.guest.write(view.getUint32(XEN_MACHPHYS_MFN_LIST.at.extent_start, true), list)) return -EFAULT;
	return mm.guest.write(address + XEN_MACHPHYS_MFN_LIST.at.nr_extents, words(count)) ? 0 : -EFAULT;
};

const machphysMapping: Operation = (mm, _v, address) => {
	const entries = (MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) / 4;
	const answer = words(MACH2PHYS_VIRT_START, MACH2PHYS_VIRT_END, entries - 1);
	return mm.guest.write(address, answer.subarray(0, XEN_MACHPHYS_MAPPING.size)) ? 0 : -EFAULT;
};

/** A PV guest keeps its physical map itself, so there is nothing to add to. */
const addToPhysmap: Operation = (mm, v, address) => {
	const view = mm.guest.read(address, XEN_ADD_TO_PHYSMAP.size);
	if (view === null) return -EFAULT;
	if (view.getUint32(XEN_ADD_TO_PHYSMAP.at.space, true) === XENMAPSPACE_GMFN_FOREIGN) return -ENOSYS;
	const d = domainByAnyId(mm, v.domain, view.getUint16(XEN_ADD_TO_PHYSMAP.at.domid, true));
	if (d === null) return -ESRCH;
	if (!maySee(mm, v.domain, d)) return -EPERM;
	return mm.ask('physmap_translated', false, d.id) ? 0 : -EACCES;
};

/** Nothing is kept that could be removed: a frame of the domain's gives success, another none. */
const removeFromPhysmap: Operation = (mm, v, address) => {
	const view = mm.guest.read(address, XEN_REMOVE_FROM_PHYSMAP.size);
	if (view === null) return -EFAULT;
	const d = domainByAnyId(mm, v.domain, view.getUint16(XEN_REMOVE_FROM_PHYSMAP.at.domid, true));
	if (d === null) return -ESRCH;
	if (!maySee(mm, v.domain, d)) return -EPERM;
	const frame = view.getUint32(XEN_REMOVE_FROM_PHYSMAP.at.gpfn, true);
	if (!getPage(mm, frame, d.id)) return -ENOENT;
	putPage(mm, frame);
	return 0;
};

const OPERATIONS: Readonly<Record<number, Operation>> = {
	[XENMEM.maximum_ram_page]: (mm) => mm.frames.size,
	[XENMEM.current_reservation]: aboutDomain((_mm, d) => d.totalPages),
	[XENMEM.maximum_reservation]: aboutDomain((_mm, d) => d.maxPages),
	[XENMEM.maximum_gpfn]: aboutDomain(maximumGpfn),
	[XENMEM.machphys_mfn_list]: machphysMfnList,
	[XENMEM.machphys_mapping]: machphysMapping,
	[XENMEM.memory_map]: memoryMap,
	[XENMEM.machine_memory_map]: machineMemoryMap,
	[XENMEM.exchange]: exchange,
	[XENMEM.add_to_physmap]: addToPhysmap,
	[XENMEM.remove_from_physmap]: removeFromPhysmap
};
