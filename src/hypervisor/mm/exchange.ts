/** XENMEM_exchange: frames given for others, to get runs of frames or ones at low addresses (xen/include/public/memory.h). */
import { E2BIG, EFAULT, EINVAL, ENOMEM, EPERM, ESRCH } from '../../abi/errno';
import { XEN_MEMORY_EXCHANGE, XENMEM } from '../../abi/structs/mm';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { takesLong } from './batch';
import type { Mm } from './context';
import { domainByAnyId, maySee } from './foreign';
import { FLAG, putAllocReference } from './frame-table';
import { setM2p } from './m2p';
import { addressBits, maxOrder, nodeAllowed, readReservation, writeFrame, type Reservation } from './reservation';

const AT = XEN_MEMORY_EXCHANGE.at;
/** In place of a result: the call goes on later, from what `nr_exchanged` says. */
const PREEMPTED = 1;
/** An extent of the one list against 2^10 of the other is more than the translation of a 32-bit guest's lists has room for. */
const MOST_APART = 9;

/** The two lists, and how many extents of the first are done. */
interface Exchange {
	readonly d: Domain;
	readonly from: Reservation;
	readonly to: Reservation;
	readonly before: number;
}

/** @returns 0, or -errno; after a refusal on the way `nr_exchanged` tells how many input extents were exchanged before */
export function exchange(mm: Mm, v: Vcpu, address: number, start: number): number {
	const view = mm.guest.read(address, XEN_MEMORY_EXCHANGE.size);
	if (view === null) return -EFAULT;
	const from = readReservation(view, AT.in);
	const to = readReservation(view, AT.out);
	const before = view.getUint32(AT.nr_exchanged, true);
	const malformed = checkLists(mm, from, to, before);
	if (malformed !== 0) return malformed;
	if (start !== 0) return -EINVAL;
	const d = admit(mm, v, from, to, before);
	if (typeof d === 'number') return d;
	const { done, rc } = exchangeChunks(mm, { d, from, to, before });
	if (!writeFrame(mm, address + AT.nr_exchanged, done)) return -EFAULT;
	return rc === PREEMPTED && mm.continueHypercall ? mm.continueHypercall(v, [XENMEM.exchange, address]) : rc;
}

/** Shifts as the processor does: the count is taken modulo 32. */
const overflows = ({ extents, order }: Reservation): boolean => 0xffff_ffff >>> order < extents;

/** The two lists by themselves (compat_memory_op). @returns 0, -EINVAL, -EFAULT or -E2BIG */
function checkLists(mm: Mm, from: Reservation, to: Reservation, before: number): number {
	const [framesIn, framesOut] = [(from.extents << from.order) >>> 0, (to.extents << to.order) >>> 0];
	const apart = (to.order - from.order) | 0;
	const aligned = apart <= 0 || (before & ((1 << apart) - 1)) === 0;
	const fits = before <= from.extents && aligned && !overflows(from) && !overflows(to) && framesIn === framesOut;
	if (!mm.ask(CHECK.exchange_sizes, fits, framesIn, framesOut)) return -EINVAL;
	if (!mm.guest.accessible(from.list, from.extents * 4) || !mm.guest.accessible(to.list, to.extents * 4))
		return -EFAULT;
	return mm.ask(CHECK.exchange_lists, (Math.abs(apart) & 31) <= MOST_APART, from.order, to.order) ? 0 : -E2BIG;
}

/** Who asks for what (memory_exchange). @returns the domain; 0 where nothing is left to do; -errno */
function admit(mm: Mm, v: Vcpu, from: Reservation, to: Reservation, before: number): Domain | number {
	const order = Math.max(from.order, to.order);
	if (!mm.ask(CHECK.exchange_order, order <= maxOrder(v.domain), order, maxOrder(v.domain))) return -EPERM;
	if (!mm.ask(CHECK.exchange_owner, from.domid === to.domid, from.domid, to.domid)) return -EINVAL;
	if (before === from.extents) return 0;
	if (!mm.ask(CHECK.exchange_node, nodeAllowed(v.domain, to.flags, false), to.flags)) return -EINVAL;
	const d = domainByAnyId(mm, v.domain, from.domid);
	if (d === null) return -ESRCH;
	return maySee(mm, v.domain, d) ? d : -EPERM;
}

/** A chunk is the larger of the two extent sizes: it is exchanged whole or not at all. */
function exchangeChunks(mm: Mm, x: Exchange): { done: number; rc: number } {
	const { from, to } = x;
	const extentsIn = 1 << Math.max(0, to.order - from.order);
	const extentsOut = 1 << Math.max(0, from.order - to.order);
	const chunks = Math.floor(from.extents / extentsIn);
	const first = Math.floor(x.before / extentsIn);
	const started = mm.processor.time;
	for (let chunk = first; chunk < chunks; chunk++) {
		const frames = ((chunk - first) * extentsIn) << from.order;
		if (chunk > first && mm.continueHypercall && takesLong(mm, frames, started))
			return { done: chunk * extentsIn, rc: PREEMPTED };
		const rc = exchangeChunk(mm, x, chunk, extentsIn, extentsOut);
		if (rc !== 0) return { done: chunk * extentsIn, rc };
	}
	return { done: from.extents, rc: 0 };
}

function exchangeChunk(
	mm: Mm,
	{ d, from, to }: Exchange,
	chunk: number,
	extentsIn: number,
	extentsOut: number
): number {
	const given = readFrames(mm, from, chunk * extentsIn, extentsIn);
	if (given === null) return -EFAULT;
	if (new Set(given).size !== given.length || !given.every((frame) => isUnused(mm, d, frame))) return -EINVAL;
	const got = withdraw(mm, to, extentsOut);
	if (got === null) return -ENOMEM;
	for (const frame of given) putAllocReference(mm, frame);
	// The owner's count went down with the frames given; the new ones bring it back.
	d.mm.totalPages += given.length;
	const at = to.list + chunk * extentsOut * 4;
	return got.map((first, i) => handOver(mm, d, to, first, at + i * 4)).find((rc) => rc !== 0) ?? 0;
}

/** Takes extents for a chunk out of the heap, below the address that the request names; all of them, or none and null. */
function withdraw(mm: Mm, to: Reservation, extents: number): number[] | null {
	const end = 2 ** (addressBits(to.flags) - 12);
	const got: number[] = [];
	while (got.length < extents) {
		const first = mm.heap.allocateAnonymous(to.order);
		if (first >= 0) got.push(first);
		if (first >= 0 && first + (1 << to.order) <= end) continue;
		for (const start of got) for (let j = 0; j < 1 << to.order; j++) mm.heap.giveBack(start + j);
		return null;
	}
	return got;
}

function readFrames(mm: Mm, from: Reservation, first: number, count: number): number[] | null {
	const view = mm.guest.read(from.list + first * 4, count * 4);
	if (view === null) return null;
	const frames: number[] = [];
	for (let i = 0; i < count; i++)
		for (let k = 0; k < 1 << from.order; k++) frames.push(view.getUint32(i * 4, true) + k);
	return frames;
}

/** Only a frame to which nothing refers can change hands: the allocator's reference must be the only one. */
function isUnused(mm: Mm, d: Domain, frame: number): boolean {
	const f = mm.frames;
	const owned =
		f.exists(frame) && f.owner[frame] === d.id && f.has(frame, FLAG.allocated) && !f.has(frame, FLAG.xenHeap);
	return mm.ask(
		CHECK.exchange_unused,
		owned && f.refCount[frame] === 1,
		frame,
		f.exists(frame) ? f.refCount[frame] : 0
	);
}

function handOver(mm: Mm, d: Domain, to: Reservation, first: number, at: number): number {
	const pfn = mm.guest.read(at, 4)?.getUint32(0, true);
	for (let k = 0; k < 1 << to.order; k++) {
		mm.heap.assign(first + k, d);
		if (pfn !== undefined) setM2p(mm, first + k, pfn + k);
	}
	return pfn !== undefined && writeFrame(mm, at, first) ? 0 : -EFAULT;
}
