/**
 * The two-level ABI of event channels (xen/common/event_2l.c). Level one is a pending bit and a mask bit a port, in
 * shared_info; level two a selector in each vcpu_info, a bit a word of the pending bitmap, so that a guest need not look at
 * all of it. 32 words of 32 bits make 1024 ports.
 */
import { EVTCHN_2L_NR_CHANNELS, SHARED_INFO, VCPU_INFO } from '../../abi/structs/xen';
import { bitOf, testAndClearBit, testAndSetBit, testBit } from './bits';
import type { Domain, Vcpu } from '../core/domain';
import { RAISED, type PortBit, type PortOps } from './port-ops';
import type { Hypervisor } from '../core/hypervisor';
import { sharedInfoAddress, vcpuInfoAddress } from './shared-info';

const BITMAP: Readonly<Record<PortBit, number>> = {
	pending: SHARED_INFO.at.evtchn_pending,
	masked: SHARED_INFO.at.evtchn_mask
};

const bit = (d: Domain, port: number, which: PortBit) => bitOf(sharedInfoAddress(d) + BITMAP[which], port);

/** Sets the selector bit of the port's word; what it was. */
const testAndSetSelector = (hv: Hypervisor, v: Vcpu, port: number): boolean =>
	testAndSetBit(hv, bitOf(vcpuInfoAddress(v) + VCPU_INFO.at.evtchn_pending_sel, port >>> 5));

export const TWO_LEVEL: PortOps = {
	ports: EVTCHN_2L_NR_CHANNELS,
	bit,
	raise: (hv, v, port) => (testAndSetBit(hv, bit(v.domain, port, 'pending')) ? RAISED.no : RAISED.first),
	link: (hv, v, port) => !testBit(hv, bit(v.domain, port, 'masked')) && !testAndSetSelector(hv, v, port),
	unmask: (hv, v, port) =>
		testAndClearBit(hv, bit(v.domain, port, 'masked')) &&
		testBit(hv, bit(v.domain, port, 'pending')) &&
		!testAndSetSelector(hv, v, port),
	busy: () => false
};
