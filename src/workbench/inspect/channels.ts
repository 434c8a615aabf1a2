/** Event channels: both ends, their bits where their domains look for them, and what waits for an upcall. */
import {
	EVTCHN_FIFO_CONTROL_BLOCK,
	EVTCHN_FIFO_LINK_MASK,
	EVTCHN_FIFO_LINKED,
	EVTCHN_FIFO_MAX_QUEUES
} from '../../abi/structs/events';
import { SHARED_INFO } from '../../abi/structs/xen';
import type { Domain, Vcpu } from '../../hypervisor/core/domain';
import { controlBlock, eventWord } from '../../hypervisor/events/fifo';
import { sharedInfoAddress } from '../../hypervisor/events/shared-info';
import {
	MOST_QUEUED,
	type ChannelPicture,
	type DomainPorts,
	type PortQueue,
	type PortWord,
	type ReadyQueue,
	type UpcallState
} from '../../moments';
import { channelState, vcpuInfo } from './moment';
import type { Run } from '../run';

const WORDS = 32;

/** Every domain with its open ports. */
export const channels = (run: Run): ChannelPicture => ({
	domains: [...run.system.hypervisor.domains.values()].map((domain) => ports(run, domain))
});

const ports = (run: Run, domain: Domain): DomainPorts => ({
	id: domain.id,
	name: domain.name,
	native: domain.played,
	fifo: domain.events.fifo !== null,
	vcpus: domain.vcpus.map((v) => upcall(run, v)),
	ports: domain.events.channels.flatMap((channel, port) => {
		const state = channelState(run, domain, port);
		return state.state === 'free' ? [] : [{ ...state, vcpu: channel.vcpu, queue: portQueue(run, domain, port) }];
	}),
	words: domain.played || domain.events.fifo ? [] : words(run, domain)
});

const upcall = (run: Run, v: Vcpu): UpcallState => ({
	...vcpuInfo(run, v),
	id: v.id,
	blocked: v.sched.blocked,
	polling: v.sched.polling && [...v.sched.polling],
	callback: v.pv.eventCallback && v.pv.eventCallback.eip >>> 0,
	queues: readyQueues(run, v)
});

/** LINKED and LINK of a port's event word, or null where it has none. */
function link(run: Run, domain: Domain, port: number): Omit<PortQueue, 'priority'> | null {
	const at = eventWord(domain, port);
	if (at === null) return null;
	const word = run.system.machine.memory.read32(at);
	return { linked: ((word >>> EVTCHN_FIFO_LINKED) & 1) === 1, link: word & EVTCHN_FIFO_LINK_MASK };
}

function portQueue(run: Run, domain: Domain, port: number): PortQueue | null {
	const found = link(run, domain, port);
	return found && { priority: domain.events.channels[port].priority, ...found };
}

/** The queues that the vcpu's control block marks as ready. What a guest wrote there may be anything: nothing is followed for long. */
function readyQueues(run: Run, v: Vcpu): ReadyQueue[] | null {
	const block = controlBlock(v);
	if (block === null) return null;
	const { memory } = run.system.machine;
	const { at } = EVTCHN_FIFO_CONTROL_BLOCK;
	const ready = memory.read32(block + at.ready);
	return Array.from({ length: EVTCHN_FIFO_MAX_QUEUES }, (_, priority) => priority)
		.filter((priority) => ((ready >>> priority) & 1) === 1)
		.map((priority) => follow(run, v.domain, priority, memory.read32(block + at.head + priority * 4) >>> 0));
}

/** A queue from its head on, until a port that is not linked or is the tail. */
function follow(run: Run, domain: Domain, priority: number, head: number): ReadyQueue {
	const ports: number[] = [];
	for (let port = head; port !== 0;) {
		const found = link(run, domain, port);
		if (!found?.linked) break;
		if (ports.length === MOST_QUEUED || ports.includes(port)) return { priority, ports, more: true };
		ports.push(port);
		port = found.link;
	}
	return { priority, ports, more: false };
}

/** Words of the bitmaps that say something; a bitmap of zeros still has its first word. */
function words(run: Run, domain: Domain): PortWord[] {
	const { memory } = run.system.machine;
	const base = sharedInfoAddress(domain);
	return Array.from({ length: WORDS }, (_, index) => ({
		index,
		pending: memory.read32(base + SHARED_INFO.at.evtchn_pending + index * 4) >>> 0,
		mask: memory.read32(base + SHARED_INFO.at.evtchn_mask + index * 4) >>> 0
	})).filter((word) => word.index === 0 || word.pending !== 0);
}
