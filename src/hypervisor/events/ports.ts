/**
 * A domain's ports by the ABI that it uses: it begins with the two-level ABI; its first EVTCHNOP_init_control takes it to the
 * other, EVTCHNOP_reset back.
 */
import type { Domain } from '../core/domain';
import { TWO_LEVEL } from './two-level';
import type { PortOps } from './port-ops';
import { testAndClearBit, testAndSetBit, testBit } from './bits';
import { FIFO } from './fifo';
import type { Hypervisor } from '../core/hypervisor';

/** The ABI that the domain uses now. */
export const portOps = (d: Domain): PortOps => (d.events.fifo ? FIFO : TWO_LEVEL);

/** Whether the port's pending bit is set. */
export function portPending(hv: Hypervisor, d: Domain, port: number): boolean {
	const place = portOps(d).bit(d, port, 'pending');
	return place !== null && testBit(hv, place);
}

/** Whether events on the port are held back: by its mask, or because there is no place to show them. */
export function portMasked(hv: Hypervisor, d: Domain, port: number): boolean {
	const place = portOps(d).bit(d, port, 'masked');
	return place === null || testBit(hv, place);
}

/** Clears the pending bit; nothing else of the port changes. */
export function clearPortPending(hv: Hypervisor, d: Domain, port: number): void {
	const place = portOps(d).bit(d, port, 'pending');
	if (place) testAndClearBit(hv, place);
}

/** Sets the mask, as guests do themselves. */
export function maskPort(hv: Hypervisor, d: Domain, port: number): void {
	const place = portOps(d).bit(d, port, 'masked');
	if (place) testAndSetBit(hv, place);
}
