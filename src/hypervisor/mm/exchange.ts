/** XENMEM_exchange: frames given for others, to get runs of frames or ones at low addresses (xen/include/public/memory.h). */
import { EFAULT, EINVAL, ENOMEM, EPERM, ESRCH } from '../../abi/errno';
import { XEN_MEMORY_EXCHANGE, XENMEM } from '../../abi/structs/mm';
import type { Domain, Vcpu } from '../domain';
import { takesLong } from './batch';
import type { Mm } from './context';
import { domainByAnyId } from './foreign';
import { FLAG, putAllocReference } from './frame-table';
import { setM2p } from './m2p';
import { maySee } from './memory-op';
import { maxOrder, readReservation, writeFrame, type Reservation } from './reservation';

const AT = XEN_MEMORY_EXCHANGE.at;
/** In place of a result: the call goes on later, from what `nr_exchanged` says. */
const PREEMPTED = 1;

/** @returns 0, or -errno; `nr_exchanged` then tells how many input extents were exchanged before */
export function exchange(mm: Mm, v: Vcpu, address: number): number {
	const view = mm.guest.read(address, XEN_MEMORY_EXCHANGE.size);
	if (view === null) return -EFAULT;
	const from = readReservation(view, AT.in);
	const to = readReservation(view, AT.out);
	const before = view.getUint32(AT.nr_exchanged, true);
	const admitted = admit(mm, v, from, to, before);
	const { done, rc } =
		typeof admitted === 'number' ? { done: before, rc: admitted } : exchangeChunks(mm, admitted, from, to, before);
	if (!writeFrame(mm, address + AT.nr_exchanged, done)) return -EFAULT;
	return rc === PREEMPTED && mm.continueHypercall ? mm.continueHypercall(v, [XENMEM.exchange, address]) : rc;
}

function admit(mm: Mm, v: Vcpu, from: Reservation, to: Reservation, before: number): Domain | number {
	const order = Math.max(from.order, to.order);
	if (!mm.ask('exchange_order', order <= maxOrder(v.domain), order, maxOrder(v.domain))) return -EPERM;
	const [framesIn, framesOut] = [from.extents * 2 ** from.order, to.extents * 2 ** to.order];
	const fits = before <= from.extents && from.domid === to.domid && framesIn === framesOut && framesIn < 2 ** 32;
	if (!mm.ask('exchange_sizes', fits, framesIn, framesOut)) return -EINVAL;
	if (!mm.guest.accessible(from.list, from.extents * 4) || !mm.guest.accessible(to.list, to.extents * 4))
		return -EFAULT;
	const d = domainByAnyId(mm, v.domain, from.domid);
	if (d === null) return -ESRCH;
	return maySee(mm, v.domain, d) ? d : -EPERM;
}

/** A chunk is the larger of the two extent sizes: it is exchanged whole or not at all. */
function exchangeChunks(
	mm: Mm,
	d: Domain,
	from: Reservation,
	to: Reservation,
	before: number
): { done: number; rc: number } {
	const extentsIn = 1 << Math.max(0, to.order - from.order);
	const extentsOut = 1 << Math.max(0, from.order - to.order);
	const chunks = Math.floor(from.extents / extentsIn);
	const first = Math.floor(before / extentsIn);
	const started = mm.processor.time;
	for (let chunk = first; chunk < chunks; chunk++) {
		const frames = ((chunk - first) * extentsIn) << from.order;
		if (chunk > first && mm.continueHypercall && takesLong(mm, frames, started))
			return { done: chunk * extentsIn, rc: PREEMPTED };
		const rc = exchangeChunk(mm, d, from, to, chunk * extentsIn, extentsIn, chunk * extentsOut, extentsOut);
		if (rc !== 0) return { done: chunk * extentsIn, rc };
	}
	return { done: from.extents, rc: 0 };
}

function exchangeChunk(
	mm: Mm,
	d: Domain,
	from: Reservation,
	to: Reservation,
	firstIn: number,
	countIn: number,
	firstOut: number,
	countOut: number
): number {
	const given = readFrames(mm, from, firstIn, countIn);
	if (given === null) return -EFAULT;
	if (new Set(given).size !== given.length || !given.every((frame) => isUnused(mm, d, frame))) return -EINVAL;
	const got: number[] = [];
	for (let i = 0; i < countOut; i++) {
		const first = mm.heap.allocateAnonymous(to.order);
		if (first < 0) {
			for (const start of got) for (let j = 0; j < 1 << to.order; j++) mm.heap.giveBack(start + j);
			return -ENOMEM;
		}
		got.push(first);
	}
	for (const frame of given) putAllocReference(mm, frame);
	// The owner's count went down with the frames given; the new ones bring it back.
	d.totalPages += given.length;
	return got.map((first, i) => handOver(mm, d, to, first, to.list + (firstOut + i) * 4)).find((rc) => rc !== 0) ?? 0;
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
	return mm.ask('exchange_unused', owned && f.refCount[frame] === 1, frame, f.exists(frame) ? f.refCount[frame] : 0);
}

function handOver(mm: Mm, d: Domain, to: Reservation, first: number, at: number): number {
	const pfn = mm.guest.read(at, 4)?.getUint32(0, true);
	for (let k = 0; k < 1 << to.order; k++) {
		mm.heap.assign(first + k, d);
		if (pfn !== undefined) setM2p(mm, first + k, pfn + k);
	}
	return pfn !== undefined && writeFrame(mm, at, first) ? 0 : -EFAULT;
}
