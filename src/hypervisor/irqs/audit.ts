/** What the hypervisor knows of interrupt lines, counted again (irqs/README.md: the invariant); one sentence for each thing that does not fit. */
import { CHANNEL } from '../events/records';
import type { Hypervisor } from '../core/hypervisor';
import { ENTRY, peekEntry } from './io-apic';
import { pirqOf, type IrqLine } from './lines';

/** @returns nothing where all fits */
export function irqDisagreements(hv: Hypervisor): string[] {
	const lines = [...hv.irqs.entries()].flatMap(([irq, line]) => ofLine(hv, irq, line));
	return [...lines, ...[...hv.domains.keys()].flatMap((dom) => ofDomain(hv, dom))];
}

function ofLine(hv: Hypervisor, irq: number, { guests, inFlight, vector }: Readonly<IrqLine>): string[] {
	const infos = guests.map((dom) => {
		const d = hv.domains.get(dom);
		return d?.events.pirqs.get(pirqOf(d, irq));
	});
	const masked = infos.filter((info) => info?.masked).length;
	const open = (peekEntry(hv, irq) & ENTRY.masked) === 0;
	const problems: string[] = [];
	if (infos.some((info) => !info || info.port === 0)) problems.push(`line ${irq} is a domain's that has not bound it`);
	if (masked !== inFlight) problems.push(`line ${irq} waits for ${inFlight} ends, ${masked} domains owe one`);
	if (open !== (guests.length > 0 && inFlight === 0))
		problems.push(`line ${irq} is ${open ? 'open' : 'masked'} at the I/O APIC`);
	if (guests.length > 0 && vector === 0) problems.push(`line ${irq} has no vector`);
	return problems;
}

function ofDomain(hv: Hypervisor, dom: number): string[] {
	const { pirqs, channels } = hv.domains.get(dom)!.events;
	const problems: string[] = [];
	for (const [pirq, { irq, port, masked }] of pirqs) {
		const channel = channels[port];
		const bound = port !== 0;
		if (bound && (channel?.state !== CHANNEL.pirq || channel.pirq !== pirq))
			problems.push(`port ${port} of d${dom} is not of its interrupt ${pirq}`);
		if (bound && !hv.irqs.of(irq).guests.includes(dom)) problems.push(`line ${irq} does not know that d${dom} has it`);
		if (masked && !bound) problems.push(`interrupt ${pirq} of d${dom} is to be ended, and not bound`);
	}
	return problems;
}
