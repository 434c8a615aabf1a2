/** XENMEM_increase_reservation, decrease_reservation and populate_physmap (xen/include/public/memory.h). */
import { MEMOP_EXTENT_SHIFT, XEN_MEMORY_RESERVATION, XENMEM, XENMEMF_POPULATE_ON_DEMAND } from '../../abi/structs/mm';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { takesLong } from './batch';
import type { Mm } from './context';
import { domainByAnyId, maySee } from './foreign';
import { FLAG, getPage, putAllocReference, putPage } from './frame-table';
import { setM2p } from './m2p';

/** Largest extent that a domain may ask for: 2^9 pages, or 2^12 for the control domain (xen/common/memory.c: max_order). */
export const maxOrder = (d: Domain): number => (d.privileges.control || d.hasHardware ? 12 : 9);
/** More extents than this could not be encoded in a continued call. */
const MAX_EXTENTS = 0xffff_ffff >>> 6;

/** struct xen_memory_reservation, decoded. */
export interface Reservation {
	readonly list: number;
	readonly extents: number;
	readonly order: number;
	readonly flags: number;
	readonly domid: number;
}

const AT = XEN_MEMORY_RESERVATION.at;
/** Reads a reservation at byte `offset` of a view. */
export const readReservation = (view: DataView, offset = 0): Reservation => ({
	list: view.getUint32(offset + AT.extent_start, true),
	extents: view.getUint32(offset + AT.nr_extents, true),
	order: view.getUint32(offset + AT.extent_order, true),
	flags: view.getUint32(offset + AT.mem_flags, true),
	domid: view.getUint16(offset + AT.domid, true)
});

/** Whether the memory may lie anywhere: `address_bits` is 0 or covers all RAM. Null when it makes no sense at all. */
function anyAddress(mm: Mm, flags: number): boolean | null {
	const bits = flags & 0xff;
	if (bits === 0 || bits >= Math.ceil(Math.log2(mm.frames.size)) + 12) return true;
	return bits <= 12 ? null : false;
}

/** `mem_flags`: above the address bits a NUMA node plus one, and whether it must be that one, or a virtual node. */
const NODE_SHIFT = 8;
const EXACT_NODE = 1 << 17;
const VIRTUAL_NODE = 1 << 18;
const MOST_NODES = 64;

/** Only the control domain may insist on a node; virtual nodes are not told of to anybody, and so do not matter. */
export function nodeAllowed(caller: Domain, flags: number, virtual = true): boolean {
	const node = (flags >>> NODE_SHIFT) & 0xff;
	if (node === 0 || (virtual && (flags & VIRTUAL_NODE) !== 0)) return true;
	const { control, hardware } = caller.privileges;
	return control || hardware ? node - 1 < MOST_NODES : (flags & EXACT_NODE) === 0;
}

/** The address bits that all of an allocation must fit, or Infinity. */
export const addressBits = (flags: number): number => flags & 0xff || Infinity;

/**
 * @param start extents that an earlier, interrupted call has done
 * @returns how many extents are done, never -errno: a refusal is a number smaller than asked for
 */
export function changeReservation(mm: Mm, v: Vcpu, op: number, start: number, address: number): number {
	const view = mm.guest.read(address, XEN_MEMORY_RESERVATION.size);
	if (view === null) return start;
	const r = readReservation(view);
	const placed = anyAddress(mm, r.flags) !== null && nodeAllowed(v.domain, r.flags);
	const allowed = r.order <= maxOrder(v.domain) && r.extents <= MAX_EXTENTS && placed;
	if (!mm.ask(CHECK.reservation_sane, allowed, r.extents, r.order) || start >= r.extents) return start;
	const d = domainByAnyId(mm, v.domain, r.domid);
	if (d === null || !maySee(mm, v.domain, d)) return start;
	const optional = op === XENMEM.increase_reservation && r.list === 0;
	if (!optional && !mm.guest.accessible(r.list, r.extents * 4)) return start;
	const started = mm.processor.time;
	for (let i = start; i < r.extents; i++) {
		if (i > start && mm.continueHypercall && takesLong(mm, (i - start) << r.order, started)) {
			return mm.continueHypercall(v, [((i << MEMOP_EXTENT_SHIFT) | op) >>> 0, address]);
		}
		if (!changeExtent(mm, d, op, r, i)) return i;
	}
	return r.extents;
}

function changeExtent(mm: Mm, d: Domain, op: number, r: Reservation, index: number): boolean {
	const at = r.list + index * 4;
	switch (op) {
		case XENMEM.increase_reservation:
			return increase(mm, d, r, at);
		case XENMEM.populate_physmap:
			return populate(mm, d, r, at);
		default:
			return decrease(mm, d, r, at);
	}
}

/** Allocates an extent; the guest learns its first frame, unless it gave no list. */
function increase(mm: Mm, d: Domain, r: Reservation, at: number): boolean {
	const first = allocate(mm, d, r);
	return first >= 0 && (r.list === 0 || writeFrame(mm, at, first));
}

/** Allocates an extent for the pseudo-physical frames that the list names, and sets their M2P entries. */
function populate(mm: Mm, d: Domain, r: Reservation, at: number): boolean {
	const view = mm.guest.read(at, 4);
	if (view === null || (r.flags & XENMEMF_POPULATE_ON_DEMAND) !== 0) return false;
	const pfn = view.getUint32(0, true);
	const first = allocate(mm, d, r);
	if (first < 0) return false;
	for (let i = 0; i < 1 << r.order; i++) setM2p(mm, first + i, pfn + i);
	return writeFrame(mm, at, first);
}

function decrease(mm: Mm, d: Domain, r: Reservation, at: number): boolean {
	const view = mm.guest.read(at, 4);
	if (view === null) return false;
	const first = view.getUint32(0, true);
	for (let i = 0; i < 1 << r.order; i++) if (!removePage(mm, d, first + i)) return false;
	return true;
}

/** Frames above an address limit smaller than RAM are refused rather than searched for: heap frames rise from the bottom. */
function allocate(mm: Mm, d: Domain, r: Reservation): number {
	const first = mm.heap.allocateExtent(d, r.order);
	if (first < 0 || anyAddress(mm, r.flags) || first + (1 << r.order) <= 2 ** ((r.flags & 0xff) - 12)) return first;
	for (let i = 0; i < 1 << r.order; i++) putAllocReference(mm, first + i);
	return -1;
}

/** Tells the guest a frame number. */
export function writeFrame(mm: Mm, address: number, frame: number): boolean {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, frame, true);
	return mm.guest.write(address, bytes);
}

/**
 * A domain gives up a frame: the allocator's reference goes. The frame is free once the last mapping of it is gone, and
 * its pin if it is a pinned table, which may be much later. A page of Xen's that the domain shares stays for as long as Xen uses
 * it; the guest is told nothing else (guest_remove_page). False: it is not the domain's.
 */
function removePage(mm: Mm, d: Domain, frame: number): boolean {
	if (!getPage(mm, frame, d.id)) return false;
	const ordinary = !mm.frames.has(frame, FLAG.xenHeap);
	if (mm.ask(CHECK.frame_returnable, ordinary, frame, mm.frames.flags[frame])) putAllocReference(mm, frame);
	putPage(mm, frame);
	return true;
}
