/**
 * Interrupt lines of the machine and the domains that they are for (xen/arch/x86/irq.c: struct irq_desc, irq_guest_action_t). A line that a
 * domain binds gets a vector, and its entry in the I/O APIC is unmasked.
 *
 * An edge is ended at once (ACKTYPE_NONE). A level would come again as soon as it is ended, since its device knows of nothing yet: so its
 * entry is masked, and unmasked when all domains that were told have said that they have seen to it (ACKTYPE_UNMASK: Xen's `ioapic_ack=old`).
 *
 * Invariant: a line's entry is unmasked exactly while a domain has it and none of them still has to end it.
 */
import { EBUSY, EINVAL } from '../../abi/errno';
import { Bug, copyPlain } from '../../base';
import { CHECK, KIND, word } from '../../trace/events';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import type { Pcpu } from '../core/pcpu';
import { DIRECT_VECTOR, HYPERCALL_VECTOR } from '../core/layout';
import { testAndClearBit, testAndSetBit, bitOf } from '../events/bits';
import { setPortPending } from '../events/channels';
import { pins, route } from './io-apic';

/** A line that has been set up. Plain data. */
export interface IrqLine {
	/** 0 until it has one. */
	vector: number;
	level: boolean;
	activeLow: boolean;
	/** Numbers of the domains that have it bound. */
	guests: number[];
	/** The first that bound it will share it. */
	shareable: boolean;
	/** How many of them still have to end it. */
	inFlight: number;
}

/** Vectors for lines (FIRST_DYNAMIC_VECTOR, LAST_DYNAMIC_VECTOR), which are taken eight apart, so that they fall into different priorities. */
const [FIRST_VECTOR, LAST_VECTOR, STEP] = [0x20, 0xdf, 8];
const VECTOR_ORDER: readonly number[] = Array.from({ length: STEP }, (_, offset) =>
	Array.from({ length: (LAST_VECTOR + 1 - FIRST_VECTOR) / STEP }, (_, n) => FIRST_VECTOR + offset + n * STEP)
)
	.flat()
	.filter((vector) => vector !== DIRECT_VECTOR && vector !== HYPERCALL_VECTOR && vector !== FIRST_VECTOR);

/** Most domains that share a line (IRQ_MAX_GUESTS). */
const MOST_GUESTS = 7;

const unused = (): IrqLine => ({
	vector: 0,
	level: false,
	activeLow: false,
	guests: [],
	shareable: false,
	inFlight: 0
});

/** The interrupt of a domain that stands for a line, 0 for none. */
export function pirqOf(d: Domain, irq: number): number {
	for (const [pirq, info] of d.events.pirqs) if (info.irq === irq) return pirq;
	return 0;
}

export class IrqLines {
	private lines = new Map<number, IrqLine>();

	/** What is known of a line. ISA lines are edges, active high, until somebody says otherwise. */
	of(irq: number): Readonly<IrqLine> {
		return this.lines.get(irq) ?? unused();
	}

	/** Every line that was ever set up, by its number. */
	entries(): Iterable<readonly [irq: number, line: Readonly<IrqLine>]> {
		return this.lines.entries();
	}

	private take(irq: number): IrqLine {
		const line = this.lines.get(irq) ?? unused();
		this.lines.set(irq, line);
		return line;
	}

	/** Says what a line is, while nobody has it (io_apic_set_pci_routing). */
	configure(hv: Hypervisor, irq: number, level: boolean, activeLow: boolean): void {
		const line = this.take(irq);
		Object.assign(line, { level, activeLow });
		this.giveVector(line);
		route(hv, irq, line, true);
	}

	private giveVector(line: IrqLine): void {
		const taken = new Set([...this.lines.values()].map(({ vector }) => vector));
		const vector = VECTOR_ORDER.find((candidate) => !taken.has(candidate));
		if (line.vector === 0 && vector === undefined) throw new Bug('more interrupt lines than vectors');
		line.vector ||= vector!;
	}

	/** Gives a line to a domain, as its interrupt `pirq` (pirq_guest_bind). @returns 0; -EBUSY where it is another's; -EINVAL without a controller */
	bind(hv: Hypervisor, d: Domain, irq: number, pirq: number, share: boolean): number {
		if (!hv.ask(CHECK.irq_controller, irq < pins(hv), irq, pins(hv))) return -EINVAL;
		const line = this.take(irq);
		const free = line.guests.length === 0 || (share && line.shareable && line.guests.length < MOST_GUESTS);
		if (!hv.ask(CHECK.irq_free, free, irq, line.guests[0] ?? 0)) return -EBUSY;
		if (line.guests.length === 0) {
			Object.assign(line, { shareable: share, inFlight: 0 });
			this.giveVector(line);
		}
		line.guests.push(d.id);
		noteEoi(hv, d, pirq, line.level);
		route(hv, irq, line, line.inFlight > 0);
		return 0;
	}

	/** Takes a line from a domain (pirq_guest_unbind). */
	unbind(hv: Hypervisor, d: Domain, pirq: number): void {
		const info = d.events.pirqs.get(pirq);
		const line = info && this.lines.get(info.irq);
		if (!info || !line?.guests.includes(d.id)) return;
		this.end(hv, d, pirq);
		line.guests.splice(line.guests.indexOf(d.id), 1);
		if (line.guests.length === 0) route(hv, info.irq, line, true);
	}

	/** A domain has seen to its interrupt (pirq_guest_eoi); no harm where there was none. */
	end(hv: Hypervisor, d: Domain, pirq: number): void {
		const info = d.events.pirqs.get(pirq);
		const line = info && this.lines.get(info.irq);
		if (!info?.masked || !line) return;
		info.masked = false;
		if (--line.inFlight === 0) route(hv, info.irq, line, false);
	}

	/** An interrupt with `vector` reached the processor (do_IRQ). @returns false where no line has that vector */
	handle(hv: Hypervisor, pcpu: Pcpu, vector: number): boolean {
		for (const [irq, line] of this.lines) {
			if (line.vector !== vector) continue;
			if (line.level) route(hv, irq, line, true);
			pcpu.lapic.eoi();
			for (const dom of [...line.guests]) tell(hv, irq, line, dom);
			return true;
		}
		return false;
	}

	save(): [irq: number, line: IrqLine][] {
		return copyPlain([...this.lines]);
	}

	restore(saved: readonly (readonly [irq: number, line: IrqLine])[]): void {
		this.lines = new Map(copyPlain(saved));
	}
}

/** Tells a domain of its line (send_guest_pirq). */
function tell(hv: Hypervisor, irq: number, line: IrqLine, dom: number): void {
	const d = hv.domains.get(dom);
	const pirq = d ? pirqOf(d, irq) : 0;
	const info = d?.events.pirqs.get(pirq);
	if (!d || !info) throw new Bug('a line is bound by a domain that has no such interrupt', { irq, dom });
	if (line.level && !info.masked) {
		info.masked = true;
		line.inFlight++;
	}
	const seq = hv.inContext(dom, d.events.channels[info.port].vcpu, () =>
		hv.recorder.record(KIND.pirq, word('of_dom', dom), word('irq', irq), word('pirq', pirq), word('port', info.port))
	);
	hv.causedBy(seq, () => setPortPending(hv, d, info.port));
}

/** In the page that the domain gave for it: whether the interrupt wants its end told (set_pirq_eoi). */
function noteEoi(hv: Hypervisor, d: Domain, pirq: number, needed: boolean): void {
	if (d.events.eoiPage === null) return;
	const place = bitOf(d.events.eoiPage * 4096, pirq);
	(needed ? testAndSetBit : testAndClearBit)(hv, place);
}
