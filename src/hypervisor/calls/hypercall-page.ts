/**
 * The page of hypercall stubs that a guest calls into (xen/arch/x86/x86_32/traps.c: hypercall_page_initialise). Slot n,
 * of 32 bytes, is hypercall n:
 *
 *     B8 nr32     mov  $n, %eax
 *     CD 82       int  $0x82
 *     C3          ret
 *
 * Slot 23, iret, never returns, so it saves EAX where the hypercall finds it:
 *
 *     50          push %eax
 *     B8 17       mov  $23, %eax
 *     CD 82       int  $0x82
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { TYPE } from '../mm/frame-table';
import { getPageAndType, putPageAndType } from '../mm/page-types';

const SLOT = 32;
const IRET = HYPERCALLS.iret.nr;

/** The bytes of one slot. */
const stub = (nr: number): number[] => {
	const load = [0xb8, nr, 0, 0, 0];
	return nr === IRET ? [0x50, ...load, 0xcd, 0x82] : [...load, 0xcd, 0x82, 0xc3];
};

/** Fills frame `mfn` with the 128 stubs, and INT3 between them, as Xen does. */
export function writeHypercallPage(hv: Hypervisor, mfn: number): void {
	const page = new Uint8Array(4096).fill(0xcc);
	for (let nr = 0; nr < page.length / SLOT; nr++) page.set(stub(nr), nr * SLOT);
	hv.machine.memory.copyIn(mfn * 4096, page);
}

/** Frame `mfn` becomes a hypercall page, if it is the domain's and may be written. */
export function installHypercallPage(hv: Hypervisor, d: Domain, mfn: number): boolean {
	if (!hv.ask(CHECK.hypercall_page, getPageAndType(hv, mfn, d.id, TYPE.writable) === 0, mfn, d.id)) return false;
	writeHypercallPage(hv, mfn);
	putPageAndType(hv, mfn);
	return true;
}
