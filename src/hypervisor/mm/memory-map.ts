/** Memory maps as the BIOS call E820 gives them: a domain's own, which it may set, and the machine's (xen/arch/x86/mm.c: arch_memory_op). */
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { E820_ENTRY, E820_RAM, XEN_MEMORY_MAP } from '../../abi/structs/mm';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';
import { domainByAnyId, maySee } from './foreign';
import { words } from './machphys';

const MEMORY_H = 'xen/include/public/memory.h';
const FOREIGN_MAP = struct('xen_foreign_memory_map', MEMORY_H, { domid: 'u16', map: XEN_MEMORY_MAP });
const RESERVED_MAP = struct('xen_reserved_device_memory_map', MEMORY_H, {
	flags: 'u32',
	nr_entries: 'u32',
	buffer: 'ptr',
	dev: 'u32'
});
/** XENMEM_RDM_ALL: regions of all devices; the only flag. */
const ALL_DEVICES = 1;
/** E820MAX: most ranges of a map. */
const MOST_RANGES = 1024;

/** One range of RAM from address 0. */
const ram = (size: number): Uint8Array => words(0, 0, size >>> 0, Math.floor(size / 2 ** 32), E820_RAM);

/** Writes ranges into the guest's buffer, as many as it has room for, and how many those are. */
function writeMap(mm: Mm, address: number, map: DataView, ranges: Uint8Array): number {
	const room = map.getUint32(XEN_MEMORY_MAP.at.nr_entries, true);
	const count = Math.min(room, ranges.length / E820_ENTRY.size);
	const buffer = map.getUint32(XEN_MEMORY_MAP.at.buffer, true);
	if (count > 0 && !mm.guest.write(buffer, ranges.subarray(0, count * E820_ENTRY.size))) return -EFAULT;
	return mm.guest.write(address, words(count)) ? 0 : -EFAULT;
}

/** XENMEM_memory_map. @returns also -ENOSYS where the map was set to nothing */
export function memoryMap(mm: Mm, v: Vcpu, address: number): number {
	const map = mm.guest.read(address, XEN_MEMORY_MAP.size);
	if (map === null) return -EFAULT;
	const ranges = v.domain.mm.memoryMap ?? ram(v.domain.mm.maxPages * 4096);
	if (!mm.ask(CHECK.memory_map_given, ranges.length > 0, v.domain.id, ranges.length / E820_ENTRY.size)) return -ENOSYS;
	return writeMap(mm, address, map, ranges);
}

/** XENMEM_machine_memory_map: all RAM, for the control domain. */
export function machineMemoryMap(mm: Mm, v: Vcpu, address: number): number {
	const map = mm.guest.read(address, XEN_MEMORY_MAP.size);
	if (map === null) return -EFAULT;
	if (!mm.ask(CHECK.machine_map_privilege, v.domain.privileges.control, v.domain.id)) return -EPERM;
	return writeMap(mm, address, map, ram(mm.machine.memory.size));
}

/** XENMEM_set_memory_map: a domain's own map, or that of one which the caller controls. The ranges are not looked at. */
export function setMemoryMap(mm: Mm, v: Vcpu, address: number): number {
	const view = mm.guest.read(address, FOREIGN_MAP.size);
	if (view === null) return -EFAULT;
	const entries = view.getUint32(FOREIGN_MAP.at.map + XEN_MEMORY_MAP.at.nr_entries, true);
	if (!mm.ask(CHECK.memory_map_size, entries <= MOST_RANGES, entries, MOST_RANGES)) return -EINVAL;
	const d = domainByAnyId(mm, v.domain, view.getUint16(FOREIGN_MAP.at.domid, true));
	if (d === null) return -ESRCH;
	if (!maySee(mm, v.domain, d)) return -EPERM;
	const buffer = view.getUint32(FOREIGN_MAP.at.map + XEN_MEMORY_MAP.at.buffer, true);
	const ranges = entries === 0 ? new DataView(new ArrayBuffer(0)) : mm.guest.read(buffer, entries * E820_ENTRY.size);
	if (ranges === null) return -EFAULT;
	d.mm.memoryMap = new Uint8Array(ranges.buffer);
	return 0;
}

/** XENMEM_reserved_device_memory_map: no device here reserves any. */
export function reservedDeviceMemory(mm: Mm, _v: Vcpu, address: number): number {
	const at = RESERVED_MAP.at;
	const view = mm.guest.read(address, RESERVED_MAP.size);
	if (view === null) return -EFAULT;
	const bytes = view.getUint32(at.nr_entries, true) * 8;
	if (!mm.guest.accessible(view.getUint32(at.buffer, true), bytes)) return -EFAULT;
	const flags = view.getUint32(at.flags, true);
	if (!mm.ask(CHECK.device_memory_flags, (flags & ~ALL_DEVICES) === 0, flags)) return -EINVAL;
	return mm.guest.write(address + at.nr_entries, words(0)) ? 0 : -EFAULT;
}
