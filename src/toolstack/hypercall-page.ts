/**
 * The hypercall page: slot n, 32 bytes long, makes hypercall n. Guests call it so that they need not
 * know how a crossing is made (Xen sources: xen/arch/x86/pv/hypercall.c, pv_ring1_init_hypercall_page).
 *
 *     n:   B8 nn nn nn nn   mov eax, n         iret:   50               push eax
 *          CD 82            int 0x82                   B8 17 00 00 00   mov eax, 23
 *          C3               ret                        CD 82            int 0x82
 */
import { PAGE_SIZE } from '../base';
import { HYPERCALLS } from '../abi/hypercalls';

export const HYPERCALL_SLOT_SIZE = 32;
const INT_82 = [0xcd, 0x82];
const MOV_EAX = 0xb8;
const PUSH_EAX = 0x50;
const RET = 0xc3;
/** INT3 between the slots: a jump into the void is noticed. */
const FILL = 0xcc;

const slot = (nr: number): number[] =>
	nr === HYPERCALLS.iret.nr ? [PUSH_EAX, MOV_EAX, nr, 0, 0, 0, ...INT_82] : [MOV_EAX, nr, 0, 0, 0, ...INT_82, RET];

/** The bytes of a hypercall page. */
export function hypercallPage(): Uint8Array {
	const page = new Uint8Array(PAGE_SIZE).fill(FILL);
	for (let nr = 0; nr < PAGE_SIZE / HYPERCALL_SLOT_SIZE; nr++) page.set(slot(nr), nr * HYPERCALL_SLOT_SIZE);
	return page;
}
