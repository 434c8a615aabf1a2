/**
 * HYPERVISOR_memory_op(cmd, arg): what a domain may ask about its memory, and how it gets more or gives some back. `cmd` holds
 * the operation and, above it, the extent at which an interrupted call goes on (xen/common/memory.c, compat/memory.c).
 */
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import type { Struct } from '../../abi/layout';
import {
	MEMOP_CMD_MASK,
	MEMOP_EXTENT_SHIFT,
	XEN_MEMORY_DOMAIN,
	XEN_REMOVE_FROM_PHYSMAP,
	XENMEM
} from '../../abi/structs/mm';
import { ARCH_SHARED_INFO, SHARED_INFO } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import type { Mm } from './context';
import { exchange } from './exchange';
import { domainByAnyId, maySee } from './foreign';
import { machphysMapping, machphysMfnList } from './machphys';
import { machineMemoryMap, memoryMap, reservedDeviceMemory, setMemoryMap } from './memory-map';
import { accessOp, acquireResource, addToPhysmap, addToPhysmapBatch, removeFromPhysmap } from './physmap';
import { changeReservation } from './reservation';
import { podTarget, VNUMA_INFO, vnumaInfo } from './topology';

/** @param start the extent to go on from */
type Operation = (mm: Mm, v: Vcpu, address: number, start: number) => number;

/** @returns by operation: a number of extents done, pages, or 0; or -errno. Never more than an int holds */
export function doMemoryOp(mm: Mm, v: Vcpu, cmd: number, address: number): number {
	const op = cmd & MEMOP_CMD_MASK;
	const start = cmd >>> MEMOP_EXTENT_SHIFT;
	// The operations of the architecture are told by the whole word, so that none of them can be continued.
	const operation = OPERATIONS[op] ?? OF_ARCHITECTURE[cmd];
	if (!mm.ask(CHECK.memory_op_known, operation !== undefined, op, start) || operation === undefined) return -ENOSYS;
	return Math.min(operation(mm, v, address, start), 0x7fff_ffff);
}

const reservation =
	(op: number): Operation =>
	(mm, v, address, start) =>
		changeReservation(mm, v, op, start, address);

/** An operation that is done at once: -EINVAL when it is to go on from some extent. */
const whole =
	(op: number, work: (mm: Mm, v: Vcpu, address: number) => number): Operation =>
	(mm, v, address, start) =>
		startsAtFirst(mm, op, start) ? work(mm, v, address) : -EINVAL;

/** The same where the argument is read first. */
const wholeAfterReading =
	(op: number, layout: Struct, work: (mm: Mm, v: Vcpu, argument: DataView) => number): Operation =>
	(mm, v, address, start) => {
		const argument = mm.guest.read(address, layout.size);
		if (argument === null) return -EFAULT;
		return startsAtFirst(mm, op, start) ? work(mm, v, argument) : -EINVAL;
	};

const startsAtFirst = (mm: Mm, op: number, start: number): boolean =>
	mm.ask(CHECK.memory_op_start, start === 0, op, start);

/** For operations that name a domain: -EFAULT, -ESRCH, -EPERM, or what `work` says of it. */
const aboutDomain =
	(work: (mm: Mm, d: Domain) => number) =>
	(mm: Mm, v: Vcpu, address: number): number => {
		const view = mm.guest.read(address, XEN_MEMORY_DOMAIN.size);
		if (view === null) return -EFAULT;
		const d = domainByAnyId(mm, v.domain, view.getUint16(0, true));
		if (d === null) return -ESRCH;
		return maySee(mm, v.domain, d) ? work(mm, d) : -EPERM;
	};

/** Highest pseudo-physical frame, as the guest itself declared it in shared_info. */
function maximumGpfn(mm: Mm, d: Domain): number {
	const at = d.sharedInfo * 4096 + SHARED_INFO.at.arch + ARCH_SHARED_INFO.at.max_pfn;
	return (mm.machine.memory.read32(at) || 1) - 1;
}

const { maximum_ram_page, current_reservation, maximum_reservation, maximum_gpfn } = XENMEM;
const { remove_from_physmap, get_vnumainfo, reserved_device_memory_map } = XENMEM;
const OPERATIONS: Readonly<Record<number, Operation>> = {
	[XENMEM.increase_reservation]: reservation(XENMEM.increase_reservation),
	[XENMEM.decrease_reservation]: reservation(XENMEM.decrease_reservation),
	[XENMEM.populate_physmap]: reservation(XENMEM.populate_physmap),
	[maximum_ram_page]: whole(maximum_ram_page, (mm) => mm.frames.size),
	[current_reservation]: whole(
		current_reservation,
		aboutDomain((_mm, d) => d.mm.totalPages)
	),
	[maximum_reservation]: whole(
		maximum_reservation,
		aboutDomain((_mm, d) => d.mm.maxPages)
	),
	[maximum_gpfn]: whole(maximum_gpfn, aboutDomain(maximumGpfn)),
	[XENMEM.exchange]: exchange,
	[XENMEM.add_to_physmap]: addToPhysmap,
	[remove_from_physmap]: wholeAfterReading(remove_from_physmap, XEN_REMOVE_FROM_PHYSMAP, removeFromPhysmap),
	[XENMEM.access_op]: accessOp,
	[XENMEM.add_to_physmap_batch]: addToPhysmapBatch,
	[get_vnumainfo]: wholeAfterReading(get_vnumainfo, VNUMA_INFO, vnumaInfo),
	[reserved_device_memory_map]: whole(reserved_device_memory_map, reservedDeviceMemory),
	[XENMEM.acquire_resource]: acquireResource
};

const OF_ARCHITECTURE: Readonly<Record<number, Operation>> = {
	[XENMEM.machphys_mfn_list]: machphysMfnList,
	[XENMEM.machphys_compat_mfn_list]: machphysMfnList,
	[XENMEM.machphys_mapping]: machphysMapping,
	[XENMEM.memory_map]: memoryMap,
	[XENMEM.machine_memory_map]: machineMemoryMap,
	[XENMEM.set_memory_map]: setMemoryMap,
	[XENMEM.set_pod_target]: podTarget,
	[XENMEM.get_pod_target]: podTarget,
	// Pages are never shared behind a guest's back here, so none were saved by it.
	[XENMEM.get_sharing_freed_pages]: () => 0,
	[XENMEM.get_sharing_shared_pages]: () => 0
};
