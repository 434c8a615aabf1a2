/**
 * The FIFO ABI of event channels (xen/common/event_fifo.c; xen/include/public/event_channel.h). Each port has an event
 * word in pages that the guest gives, each vcpu sixteen queues, one a priority. A queue is a list of ports through the LINK
 * fields of their words: the guest takes from its head, which lies in the vcpu's control block; the hypervisor appends
 * behind its tail, which only the hypervisor knows.
 *
 *     control block   ready: 0000 0080          queue 7 has something
 *                     head[7] = 12
 *     event word 12   PENDING LINKED LINK=3  →  event word 3   PENDING LINKED LINK=0    the tail of queue 7
 *
 * To consume, a guest reads the head, clears LINKED and LINK of its word (what LINK was is the next head) and, where PENDING
 * is set and MASKED is not, handles the event. A tail whose LINKED bit is gone has been consumed: its queue is empty, and
 * the next port becomes the head.
 *
 * All of these words lie in the guest's memory, and none of them is trusted. The hypervisor follows no LINK and reads no
 * head: it writes to the word of the port that was raised, to the word of its own tail, and to the control block. A guest
 * that sets LINKED or BUSY where it must not loses its own events. BUSY is how a Xen with several processors holds a
 * tail's word while a guest may unmask it at the same time, four attempts long; with one processor nobody can come in
 * between, so it is never set here, and cleared as Xen clears it.
 */
import { EINVAL, ENOENT, ENOSPC, EOPNOTSUPP } from '../../abi/errno';
import {
	EVTCHN_FIFO_BUSY,
	EVTCHN_FIFO_CONTROL_BLOCK,
	EVTCHN_FIFO_LINK_MASK,
	EVTCHN_FIFO_LINKED,
	EVTCHN_FIFO_MASKED,
	EVTCHN_FIFO_MAX_QUEUES,
	EVTCHN_FIFO_NR_CHANNELS,
	EVTCHN_FIFO_PENDING
} from '../../abi/structs/events';
import { PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { type BitPlace, testAndClearBit, testAndSetBit, testBit } from './bits';
import { RAISED, type PortBit, type PortOps } from './port-ops';
import type { Hypervisor } from '../core/hypervisor';
import { TYPE } from '../mm/frame-table';
import { getPageAndType, putPageAndType } from '../mm/page-types';
import { CHANNEL, type FifoVcpu } from './records';
import { TWO_LEVEL } from './two-level';

const WORDS_PER_PAGE = PAGE_SIZE / 4;
const MAX_ARRAY_PAGES = EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE;
const BLOCK = EVTCHN_FIFO_CONTROL_BLOCK;
const BITS: Readonly<Record<PortBit, number>> = { pending: EVTCHN_FIFO_PENDING, masked: EVTCHN_FIFO_MASKED };

/** Physical address of the port's event word, or null while the array does not reach to it. */
export function eventWord(d: Domain, port: number): number | null {
	const page = d.events.fifo?.array[Math.floor(port / WORDS_PER_PAGE)];
	return page === undefined ? null : page * PAGE_SIZE + (port % WORDS_PER_PAGE) * 4;
}

const wordBit = (d: Domain, port: number, bit: number): BitPlace | null => {
	const word = eventWord(d, port);
	return word === null ? null : { word, bit };
};

const sideOf = (v: Vcpu): FifoVcpu => v.domain.events.fifo!.vcpus[v.id];

/** Physical address of the vcpu's control block, or null before it has one. */
export function controlBlock(v: Vcpu): number | null {
	const control = v.domain.events.fifo?.vcpus[v.id].control;
	return control ? control.mfn * PAGE_SIZE + control.offset : null;
}

/** A port that is linked anew is the tail of no queue any more: the guest has consumed it. */
function forgetTail(d: Domain, port: number): void {
	for (const { tails } of d.events.fifo!.vcpus)
		for (let priority = 0; priority < tails.length; priority++) if (tails[priority] === port) tails[priority] = 0;
}

/** Links `port` behind `tail`; false where the guest has consumed that. */
function linkBehind(hv: Hypervisor, d: Domain, tail: number, port: number): boolean {
	const { memory } = hv.machine;
	const at = eventWord(d, tail)!;
	const word = memory.read32(at);
	if (((word >>> EVTCHN_FIFO_LINKED) & 1) === 0) return false;
	memory.write32(at, (word & ~((1 << EVTCHN_FIFO_BUSY) | EVTCHN_FIFO_LINK_MASK)) | port);
	return true;
}

/** Appends a port to the queue of its priority. @returns whether the queue was empty and not yet marked as ready */
function enqueue(hv: Hypervisor, v: Vcpu, port: number): boolean {
	const { priority } = v.domain.events.channels[port];
	const { tails } = sideOf(v);
	forgetTail(v.domain, port);
	const tail = tails[priority];
	tails[priority] = port;
	if (tail !== 0 && linkBehind(hv, v.domain, tail, port)) return false;
	const block = controlBlock(v)!;
	hv.machine.memory.write32(block + BLOCK.at.head + priority * 4, port);
	return !testAndSetBit(hv, { word: block + BLOCK.at.ready, bit: priority });
}

function link(hv: Hypervisor, v: Vcpu, port: number): boolean {
	const word = eventWord(v.domain, port);
	if (word === null || testBit(hv, { word, bit: EVTCHN_FIFO_MASKED })) return false;
	return !testAndSetBit(hv, { word, bit: EVTCHN_FIFO_LINKED }) && enqueue(hv, v, port);
}

export const FIFO: PortOps = {
	ports: EVTCHN_FIFO_NR_CHANNELS,
	bit: (d, port, which) => wordBit(d, port, BITS[which]),
	/** Without an event word the port is pending once there is one; without a control block the event is lost. */
	raise(hv, v, port) {
		const pending = wordBit(v.domain, port, EVTCHN_FIFO_PENDING);
		if (!pending) v.domain.events.channels[port].pending = true;
		if (!pending || controlBlock(v) === null) return RAISED.no;
		return testAndSetBit(hv, pending) ? RAISED.again : RAISED.first;
	},
	link,
	unmask(hv, v, port) {
		const word = eventWord(v.domain, port);
		if (word === null) return false;
		testAndClearBit(hv, { word, bit: EVTCHN_FIFO_MASKED });
		return testBit(hv, { word, bit: EVTCHN_FIFO_PENDING }) && controlBlock(v) !== null && link(hv, v, port);
	},
	/** In a queue still: a new channel there would be taken for the old one. */
	busy(hv, d, port) {
		const linked = wordBit(d, port, EVTCHN_FIFO_LINKED);
		return linked !== null && testBit(hv, linked);
	}
};

/** Holds a frame of the domain as a writable one. @param frame whatever the guest said, up to 64 bits */
const hold = (hv: Hypervisor, d: Domain, frame: number): boolean =>
	getPageAndType(hv, frame, d.id, TYPE.writable) === 0;

/** The domain's ports as they were: what is pending in the bitmaps will be once more when its event word is there. */
function carryOver(hv: Hypervisor, d: Domain): void {
	for (const [port, channel] of d.events.channels.slice(0, TWO_LEVEL.ports).entries())
		channel.pending = channel.state !== CHANNEL.closed && testBit(hv, TWO_LEVEL.bit(d, port, 'pending')!);
}

/**
 * Gives a vcpu its control block (EVTCHNOP_init_control); the domain's first takes it over to the FIFO ABI, with an event
 * array that has no pages yet.
 * @param frame the guest's frame number, up to 64 bits
 * @returns 0; -ENOENT without such a vcpu; -EINVAL where the block does not fit, the vcpu has one, or the frame is none
 */
export function initControl(hv: Hypervisor, d: Domain, frame: number, offset: number, vcpu: number): number {
	if (!hv.ask(CHECK.fifo_vcpu, d.vcpus[vcpu] !== undefined, vcpu, d.vcpus.length)) return -ENOENT;
	const fits = offset <= PAGE_SIZE - BLOCK.size && offset % 8 === 0;
	if (!hv.ask(CHECK.control_block_fits, fits, offset, BLOCK.size)) return -EINVAL;
	const had = d.events.fifo?.vcpus[vcpu].control ?? null;
	if (!hv.ask(CHECK.control_block_free, had === null, vcpu, had?.mfn ?? 0)) return -EINVAL;
	if (!hold(hv, d, frame)) return -EINVAL;
	if (!d.events.fifo) {
		carryOver(hv, d);
		const side = (): FifoVcpu => ({ control: null, tails: new Array<number>(EVTCHN_FIFO_MAX_QUEUES).fill(0) });
		d.events.fifo = { array: [], vcpus: d.vcpus.map(side) };
	}
	d.events.fifo.vcpus[vcpu].control = { mfn: frame, offset };
	return 0;
}

/**
 * Adds a page of event words (EVTCHNOP_expand_array).
 * @param frame the guest's frame number, up to 64 bits
 * @returns the first port that has a word now; -EOPNOTSUPP under the two-level ABI, -ENOSPC where all ports have words,
 * -EINVAL where the frame is none
 */
export function expandArray(hv: Hypervisor, d: Domain, frame: number): number {
	if (!hv.ask(CHECK.fifo_array, d.events.fifo !== null, d.id) || !d.events.fifo) return -EOPNOTSUPP;
	const { array } = d.events.fifo;
	if (!hv.ask(CHECK.event_array_room, array.length < MAX_ARRAY_PAGES, array.length, MAX_ARRAY_PAGES)) return -ENOSPC;
	if (!hold(hv, d, frame)) return -EINVAL;
	return (array.push(frame) - 1) * WORDS_PER_PAGE;
}

/** Gives the guest's frames back; the domain's events come by the two-level ABI again. All its ports are closed. */
export function leaveFifo(hv: Hypervisor, d: Domain): void {
	if (!d.events.fifo) return;
	for (const frame of d.events.fifoFrames) putPageAndType(hv, frame);
	d.events.fifo = null;
}
