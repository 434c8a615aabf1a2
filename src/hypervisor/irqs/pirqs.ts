/**
 * A domain's interrupts by the numbers that it has for them, and the machine's lines behind them (xen/arch/x86/irq.c: map_domain_pirq,
 * xen/arch/x86/physdev.c: physdev_map_pirq). They are numbered like the lines, and beyond those as the domain likes.
 */
import { EEXIST, EINVAL, ENOSPC, EPERM } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { permit, permits } from '../core/permissions';
import { closePort, pirqCount } from '../events/channels';
import { ENTRIES, ENTRY, irqAt, pins, readApic } from './io-apic';
import { pirqOf } from './lines';

/** A number that was given out and stands for no line yet (PIRQ_ALLOCATED). */
const ALLOCATED = -1;
/** The lines of ISA have their numbers; those beyond are free for others. */
const ISA_LINES = 16;

/** Puts a line behind `pirq`, or behind a free number where that is negative. @returns the number, or -errno */
export function mapGsi(hv: Hypervisor, caller: Domain, d: Domain, gsi: number, pirq: number): number {
	const irq = irqOf(hv, caller, gsi);
	if (irq < 0) return irq;
	const known = pirqOf(d, irq);
	if (pirq < 0) pirq = known || freePirq(hv, d, true);
	else if (!hv.ask(CHECK.pirq_is_its, known === 0 || known === pirq, irq, known)) return -EEXIST;
	return pirq < 0 ? pirq : mapDomainPirq(hv, caller, d, irq, pirq);
}

/** The line that a caller means: what he has under that number, or for the hardware domain the line itself. */
function irqOf(hv: Hypervisor, caller: Domain, gsi: number): number {
	if (!hv.ask(CHECK.irq_line, gsi < pins(hv), gsi, pins(hv))) return -EINVAL;
	const own = caller.events.pirqs.get(gsi)?.irq ?? 0;
	if (own > 0) return own;
	return hv.ask(CHECK.irq_of_hardware, caller.privileges.hardware, gsi, caller.id) ? gsi : -EINVAL;
}

function mapDomainPirq(hv: Hypervisor, caller: Domain, d: Domain, irq: number, pirq: number): number {
	if (!hv.ask(CHECK.irq_permitted, permits(caller.permissions, 'irqs', irq), irq, caller.id)) return -EPERM;
	const count = pirqCount(d);
	if (!hv.ask(CHECK.pirq_in_range, pirq < count, pirq, count)) return -EINVAL;
	const before = d.events.pirqs.get(pirq);
	// Whoever maps it once more is told that all is well, even where it is another line.
	if (before && before.irq > 0) return pirq;
	permit(d.permissions, 'irqs', irq, 1, true);
	d.events.pirqs.set(pirq, { irq, port: 0, masked: false });
	return pirq;
}

/** A number that stands for no line: of those beyond ISA's first, where it is to be for a line. @returns it, or -ENOSPC */
function freePirq(hv: Hypervisor, d: Domain, forLine: boolean): number {
	const free = (pirq: number): boolean => (d.events.pirqs.get(pirq)?.irq ?? 0) === 0;
	const lines = pins(hv);
	if (forLine) for (let pirq = ISA_LINES; pirq < lines; pirq++) if (free(pirq)) return pirq;
	for (let pirq = pirqCount(d) - 1; pirq >= lines; pirq--) if (free(pirq)) return pirq;
	return -ENOSPC;
}

/** Gives a free number out (PHYSDEVOP_get_free_pirq). @returns it, or -ENOSPC */
export function allocatePirq(hv: Hypervisor, d: Domain, forLine: boolean): number {
	const pirq = freePirq(hv, d, forLine);
	if (pirq >= 0) d.events.pirqs.set(pirq, { irq: ALLOCATED, port: 0, masked: false });
	return pirq;
}

/** Takes a line away, bound or not (unmap_domain_pirq). @returns 0 or -EINVAL */
export function unmapPirq(hv: Hypervisor, d: Domain, pirq: number): number {
	const info = d.events.pirqs.get(pirq);
	if (!hv.ask(CHECK.pirq_mapped, info !== undefined && info.irq > 0, pirq, d.id) || !info) return -EINVAL;
	if (info.port !== 0) closePort(hv, d, info.port);
	d.events.pirqs.delete(pirq);
	// The hardware domain may map its lines again.
	if (!d.privileges.hardware) permit(d.permissions, 'irqs', info.irq, 1, false);
	return 0;
}

/** Says how a line is triggered, once (mp_register_gsi). @returns 0 or -EINVAL */
export function registerGsi(hv: Hypervisor, gsi: number, level: boolean, activeLow: boolean): number {
	if (!hv.ask(CHECK.irq_controller_gsi, gsi < pins(hv), gsi, pins(hv))) return -EINVAL;
	if (hv.irqs.of(gsi).vector === 0) hv.irqs.configure(hv, gsi, level, activeLow);
	return 0;
}

/**
 * The hardware domain writes a register of the I/O APIC (ioapic_guest_write). Only the low half of an entry counts: its vector is the
 * number that the domain wants for the line, and whether it is masked is the hypervisor's affair.
 * @returns 0 or -errno
 */
export function writeRoute(hv: Hypervisor, d: Domain, index: number, value: number): number {
	if (index < ENTRIES || (index & 1) === 1) return 0;
	const pin = (index - ENTRIES) >> 1;
	if (!hv.ask(CHECK.irq_pin, pin < pins(hv), pin, pins(hv))) return -EINVAL;
	const irq = irqAt(pin);
	const { guests } = hv.irqs.of(irq);
	if (guests.length > 0) return 0;
	const mapped = mapDomainPirq(hv, d, d, irq, value & ENTRY.vector);
	if (mapped < 0) return mapped;
	hv.irqs.configure(hv, irq, (value & ENTRY.level) !== 0, (value & ENTRY.activeLow) !== 0);
	return 0;
}

export const readRoute = (hv: Hypervisor, index: number): number => readApic(hv, index);
