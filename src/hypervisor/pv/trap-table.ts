/** set_trap_table: the guest's own interrupt descriptor table (xen/arch/x86/traps.c, x86_32/traps.c). */
import { EFAULT } from '../../abi/errno';
import { FIRST_RESERVED_GDT_ENTRY, FLAT_RING1_CS, TI_DPL_MASK, TI_IF, TRAP_INFO } from '../../abi/structs/cpu';
import { CHECK } from '../../trace/events';
import { loadDirectGate } from './switch';
import { trapGate } from '../core/descriptors';
import type { Vcpu } from '../core/domain';
import type { TrapHandler } from './records';
import { readStruct } from '../core/guest-memory';
import { continueHypercall } from '../calls/dispatch';
import type { Hypervisor } from '../core/hypervisor';
import { DIRECT_VECTOR } from '../core/layout';
import { type DescriptorWords, isLocal, SELECTOR_RPL } from '../../x86/descriptors';
import { VECTORS } from '../../x86/exceptions';

/** A guest may name ring 0 in a selector; it gets ring 1 (fixup_guest_code_selector). */
export const fixupSelector = (selector: number): number =>
	((selector & SELECTOR_RPL) === 0 ? selector | 1 : selector) & 0xffff;

/** Selectors that a gate of the real IDT may hold: the guest's own segments, and Xen's flat ring-1 code. */
const gateSelectorOk = (selector: number): boolean =>
	selector >> 3 < FIRST_RESERVED_GDT_ENTRY || selector === FLAT_RING1_CS || isLocal(selector);

/**
 * The gate by which INT 0x80 goes straight into ring 1, without the hypervisor; [0, 0] where that cannot be. No
 * processor masks event upcalls, so a handler that wants that is left to the slow way (init_int80_direct_trap).
 */
export function directGate(hv: Hypervisor, handler: TrapHandler | null): DescriptorWords {
	if (!handler) return [0, 0];
	const direct = !handler.masks && gateSelectorOk(handler.cs);
	if (!hv.ask(CHECK.gate_direct, direct, handler.cs, handler.eip)) return [0, 0];
	return trapGate(handler.cs, handler.eip, handler.dpl);
}

/** Puts a handler into the virtual IDT; null takes it out. Vector 0x80's real gate follows. */
export function setTrap(hv: Hypervisor, v: Vcpu, vector: number, handler: TrapHandler | null): void {
	v.pv.traps[vector] = handler;
	if (vector !== DIRECT_VECTOR) return;
	v.pv.directGate = directGate(hv, handler);
	if (v === hv.pcpu.current) loadDirectGate(hv, v);
}

/** A row of the trap table as the guest wrote it; null for one without an address. */
export function trapHandler(view: DataView, at = 0): TrapHandler | null {
	const eip = view.getUint32(at + TRAP_INFO.at.address, true);
	if (eip === 0) return null;
	const flags = view.getUint8(at + TRAP_INFO.at.flags);
	const cs = fixupSelector(view.getUint16(at + TRAP_INFO.at.cs, true));
	return { cs, eip, dpl: flags & TI_DPL_MASK, masks: (flags & TI_IF) !== 0 };
}

/** Rows that are read at a time; a longer table goes on after a look at who should run. */
const MAX_ROWS = 256;

/** set_trap_table(traps): rows until one without an address; a null pointer clears the table. */
export function doSetTrapTable(hv: Hypervisor, v: Vcpu, traps: number): number {
	if (traps === 0) {
		for (let vector = 0; vector < VECTORS; vector++) setTrap(hv, v, vector, null);
		return 0;
	}
	const end = traps + MAX_ROWS * TRAP_INFO.size;
	for (let address = traps; address < end; address += TRAP_INFO.size) {
		const row = readStruct(hv, address, TRAP_INFO);
		if (!row) return -EFAULT;
		const handler = trapHandler(row);
		if (!handler) return 0;
		setTrap(hv, v, row.getUint8(TRAP_INFO.at.vector), handler);
	}
	return continueHypercall(hv, [end]);
}
