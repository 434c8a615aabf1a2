/** Xen's own descriptors. */
import { DIRECT_VECTOR, SEGMENT_LIMIT_END, stubVirt, XEN_CS } from './layout';
import {
	descriptorWords,
	type DescriptorWords,
	flatAccess,
	gateWords,
	READABLE_CODE,
	SYSTEM,
	systemAccess,
	WRITABLE_DATA
} from '../../x86/descriptors';

/** A flat segment of `dpl` that ends where the hypervisor begins; the whole address space for ring 0. */
const flat = (type: number, dpl: number): DescriptorWords =>
	descriptorWords(0, dpl === 0 ? 0xf_ffff : (SEGMENT_LIMIT_END >>> 12) - 1, flatAccess(type, dpl));

/** A gate that clears IF on the way in. */
export const interruptGate = (selector: number, offset: number, dpl: number): DescriptorWords =>
	gateWords(selector, offset, systemAccess(SYSTEM.INTERRUPT_GATE32, dpl));
/** A gate that leaves IF as it is. */
export const trapGate = (selector: number, offset: number, dpl: number): DescriptorWords =>
	gateWords(selector, offset, systemAccess(SYSTEM.TRAP_GATE32, dpl));

/** The gate of DIRECT_VECTOR while no vcpu has one of its own there. */
export const DEFAULT_DIRECT_GATE = interruptGate(XEN_CS, stubVirt(DIRECT_VECTOR), 0);

/**
 * The reserved entries, from FIRST_RESERVED_GDT_ENTRY on (xen/include/public/arch-x86/xen-x86_32.h gives the
 * selectors). TSS and LDT are filled in at boot and at each switch.
 */
export const XEN_DESCRIPTORS: readonly DescriptorWords[] = [
	[0, 0],
	flat(READABLE_CODE, 0), // 0xe008 Xen's code
	flat(WRITABLE_DATA, 0), // 0xe010 Xen's data
	flat(READABLE_CODE, 1), // 0xe019 FLAT_RING1_CS
	flat(WRITABLE_DATA, 1), // 0xe021 FLAT_RING1_DS, SS
	flat(READABLE_CODE, 3), // 0xe02b FLAT_RING3_CS
	flat(WRITABLE_DATA, 3) // 0xe033 FLAT_RING3_DS, SS
];
