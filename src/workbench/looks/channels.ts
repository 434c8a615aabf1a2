/** Event channels: both ends, their bits in shared_info, and what waits for an upcall. */
import { SHARED_INFO } from '../../abi/structs/xen';
import type { Domain, Vcpu } from '../../hypervisor/domain';
import { sharedInfoAddress } from '../../hypervisor/shared-info';
import type { ChannelPicture, DomainPorts, PortWord, UpcallState } from '../../trace/moment';
import { channelState, vcpuInfo } from './moments';
import type { Run } from '../run';

const WORDS = 32;

/** Every domain with its open ports. */
export const channels = (run: Run): ChannelPicture => ({
	domains: [...run.system.hypervisor.domains.values()].map((domain) => ports(run, domain))
});

const ports = (run: Run, domain: Domain): DomainPorts => ({
	id: domain.id,
	name: domain.name,
	native: domain.native !== null,
	vcpus: domain.native ? [] : domain.vcpus.map((v) => upcall(run, v)),
	ports: domain.channels.flatMap((channel, port) => {
		const state = channelState(run, domain, port);
		return state.state === 'free' ? [] : [{ ...state, vcpu: channel.vcpu }];
	}),
	words: domain.native ? [] : words(run, domain)
});

const upcall = (run: Run, v: Vcpu): UpcallState => ({
	...vcpuInfo(run, v),
	id: v.id,
	blocked: v.blocked,
	polling: v.polling && [...v.polling],
	callback: v.eventCallback && v.eventCallback.eip >>> 0
});

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
