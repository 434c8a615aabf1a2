/**
 * The iret hypercall (xen/arch/x86/x86_32/traps.c: do_iret). It pops, from the guest kernel's stack:
 *
 *     EAX  EIP  CS  EFLAGS  [ESP  SS]      the last two where CS is of ring 2 or 3
 *
 * EFLAGS.IF becomes the upcall mask. A frame that leads into ring 0, or into virtual-8086 mode, or that cannot be
 * read, ends the domain; a selector that the processor refuses is the failsafe callback's case.
 */
import { CHECK, KIND, word } from '../../trace/events';
import { crashDomain } from '../core/crash';
import type { Vcpu } from '../core/domain';
import { readGuestWords } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { setUpcallMask } from '../events/shared-info';
import { hasArchitecturalIopl } from './virtual-iopl';
import { EFLAGS, ioplOf } from '../../x86/flags';
import { SELECTOR_RPL } from '../../x86/descriptors';

const crash = (hv: Hypervisor, v: Vcpu): number => {
	crashDomain(hv, v.domain, 'fault in the iret frame');
	return 0;
};

/** Where the words are read to: the four that every frame has, and the two of an outer ring's. */
const INNER = new Uint32Array(4);
const OUTER = new Uint32Array(2);

/** @returns the EAX of the code returned to, which leaves the hypervisor in EAX as any result does */
export function doIret(hv: Hypervisor, v: Vcpu): number {
	const { frame } = hv.pcpu;
	if (!readGuestWords(hv, frame.esp, INNER)) return crash(hv, v);
	const [eax, eip, cs, eflags] = [INNER[0], INNER[1], INNER[2] & 0xffff, INNER[3]];
	if (!hv.ask(CHECK.iret_ring, (cs & SELECTOR_RPL) !== 0, cs, eip)) return crash(hv, v);
	if (!hv.ask(CHECK.iret_mode, (eflags & EFLAGS.VM) === 0, eflags, eip)) return crash(hv, v);
	let [esp, ss] = [(frame.esp + 16) >>> 0, frame.ss];
	if ((cs & SELECTOR_RPL) > 1) {
		if (!readGuestWords(hv, esp, OUTER)) return crash(hv, v);
		[esp, ss] = [OUTER[0], OUTER[1] & 0xffff];
	}
	if (hasArchitecturalIopl(v.domain)) v.pv.iopl = ioplOf(eflags);
	frame.eip = eip;
	frame.cs = cs;
	frame.eflags = (eflags & ~EFLAGS.IOPL) | EFLAGS.IF | EFLAGS.FIXED;
	frame.esp = esp;
	frame.ss = ss;
	const masked = (eflags & EFLAGS.IF) === 0;
	setUpcallMask(hv, v, masked);
	v.pv.nmiActive = false;
	hv.recorder.record(
		KIND.iret,
		word('eip', eip),
		word('to_ring', cs & SELECTOR_RPL),
		word('esp', esp),
		word('eflags', eflags),
		word('upcall_mask', masked ? 1 : 0)
	);
	return eax;
}
