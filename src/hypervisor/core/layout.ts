/**
 * Where the hypervisor lies in every address space. Guests see nothing of it but the M2P table:
 * pages above it are supervisor pages that the segment limit keeps rings 1 to 3 away from.
 *
 *     0xF5800000  M2P table, readable by the guest         (MACH2PHYS_VIRT_START)
 *     0xF6800000  segment limit of the flat ring-1 and ring-3 segments
 *     0xFC000000  per-domain area, 4 MiB: 32 pages a vcpu, 16 of GDT then 16 of LDT
 *     0xFF000000  Xen's own pages: text, IDT, TSS, stack, GDT
 */
import { XEN_LEGACY_MAX_VCPUS } from '../../abi/structs/xen';

export { HYPERVISOR_VIRT_START, MACH2PHYS_VIRT_START, MACH2PHYS_VIRT_END } from '../../abi/structs/cpu';

/** First byte that no guest segment reaches. */
export const SEGMENT_LIMIT_END = 0xf680_0000;

export const PERDOMAIN_VIRT_START = 0xfc00_0000;
/** Linear address of the GDT that vcpu `id` uses while it runs. */
export const gdtVirt = (id: number): number => PERDOMAIN_VIRT_START + id * 0x2_0000;
/** Linear address at which the LDT of vcpu `id` is mapped, page by page. */
export const ldtVirt = (id: number): number => gdtVirt(id) + 0x1_0000;
/** Bytes of the LDT's area: 16 pages, 8192 entries. */
export const LDT_BYTES = 0x1_0000;
/**
 * Most vcpus of a domain. shared_info has room for so many vcpu_info; one beyond would have none before the guest had
 * registered one, and the last Xen for 32-bit hosts had no more either. They fit the per-domain area.
 */
export const MAX_VCPUS = XEN_LEGACY_MAX_VCPUS;

export const XEN_TEXT_VIRT = 0xff00_0000;
/** Stub of vector n: `0F 3F n`, padded to four bytes. */
export const stubVirt = (vector: number): number => XEN_TEXT_VIRT + vector * 4;
/** The idle loop, after the stubs: sti; hlt; jmp back. */
export const IDLE_VIRT = XEN_TEXT_VIRT + 0x400;
export const XEN_IDT_VIRT = 0xff00_1000;
/** The one TSS. Its I/O bitmap lies beyond its limit, so that every port is denied. */
export const XEN_TSS_VIRT = 0xff00_2000;
/** Ring-0 stack: two pages, above an unmapped one that catches an overflow. */
export const XEN_STACK_VIRT = 0xff00_6000;
const XEN_STACK_SIZE = 0x2000;
export const XEN_STACK_TOP = XEN_STACK_VIRT + XEN_STACK_SIZE;
/** The page of Xen's own descriptors: page 14 of every vcpu's GDT, and the whole GDT of the idle loop. */
export const XEN_GDT_VIRT = 0xff00_a000;

/** Selectors of Xen's descriptors; index = FIRST_RESERVED_GDT_ENTRY + n. */
export const XEN_CS = 0xe008;
export const XEN_DS = 0xe010;
export const TSS_SELECTOR = 0xe040;
export const LDT_SELECTOR = 0xe048;

/** IDT vectors that are not the processor's own (Xen: HYPERCALL_VECTOR, LOCAL_TIMER_VECTOR, EVENT_CHECK_VECTOR). */
export const HYPERCALL_VECTOR = 0x82;
export const DIRECT_VECTOR = 0x80;
export const EVENT_CHECK_VECTOR = 0xfc;
export const TIMER_VECTOR = 0xf9;
export const SPURIOUS_VECTOR = 0xff;
