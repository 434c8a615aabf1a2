/**
 * What the two ABIs of event channels have in common: a record of operations for each (struct evtchn_port_ops of
 * xen/include/xen/event.h). `two-level.ts` and `fifo.ts` are the records, `ports.ts` takes the domain's.
 */
import type { Domain, Vcpu } from '../core/domain';
import type { BitPlace } from './bits';
import type { Hypervisor } from '../core/hypervisor';

/** What became of a port that something happened on. */
export const RAISED = {
	/** Nothing that the guest can see now. */
	no: 0,
	/** It was pending already and may have to be made findable once more. */
	again: 1,
	/** Its pending bit was clear and is set. */
	first: 2
} as const;
export type Raised = (typeof RAISED)[keyof typeof RAISED];

/** The two bits that both ABIs have for a port. */
export type PortBit = 'pending' | 'masked';

/** What the ABIs do differently. `v` is the vcpu that is told of the port's events. */
export interface PortOps {
	/** Ports that there can be, port 0 included. */
	readonly ports: number;
	/** Where the guest finds a bit of the port; null where it has no memory for it yet. */
	bit(d: Domain, port: number, which: PortBit): BitPlace | null;
	/** Sets the pending bit of an open port. */
	raise(hv: Hypervisor, v: Vcpu, port: number): Raised;
	/** Makes a raised port findable from the vcpu, unless it is masked. @returns whether the vcpu has to be told */
	link(hv: Hypervisor, v: Vcpu, port: number): boolean;
	/** Clears the mask and makes up for what was held back. @returns whether the vcpu has to be told */
	unmask(hv: Hypervisor, v: Vcpu, port: number): boolean;
	/** Whether a closed port cannot be opened yet, because the guest still has it in its hands. */
	busy(hv: Hypervisor, d: Domain, port: number): boolean;
}
