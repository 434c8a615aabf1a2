/**
 * The I/O privilege level that a guest believes in. The real one is 0 in every guest, so that port instructions, CLI and STI
 * trap; whether they are carried out, the virtual one says (xen/arch/x86/pv/emul-priv-op.c: iopl_ok).
 */
import { VMASST_TYPE_ARCHITECTURAL_IOPL } from '../../abi/structs/xen';
import type { Domain, Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

/** Whether frames and `iret` carry the level in EFLAGS, as on a processor; else PHYSDEVOP_set_iopl alone sets it. */
export const hasArchitecturalIopl = (d: Domain): boolean => d.assisted(VMASST_TYPE_ARCHITECTURAL_IOPL);

/** Whether the level covers the code that runs: a kernel counts as ring 1, or as ring 0 with the assist; all else as ring 3. */
export function ioplCovers(hv: Hypervisor, v: Vcpu): boolean {
	const kernel = hasArchitecturalIopl(v.domain) ? 0 : 1;
	return v.pv.iopl >= (hv.pcpu.frame.ring === 1 ? kernel : 3);
}
