/** Processor state that crosses the interface (xen/include/public/arch-x86/xen.h and xen-x86_32.h). */
import { struct } from '../layout';

const ARCH_H = 'xen/include/public/arch-x86/xen.h';
const X86_32_H = 'xen/include/public/arch-x86/xen-x86_32.h';

/** Selectors of the flat segments that Xen keeps in every guest's GDT. */
export const FLAT_RING1_CS = 0xe019;
export const FLAT_RING1_DS = 0xe021;
export const FLAT_RING3_CS = 0xe02b;
export const FLAT_RING3_DS = 0xe033;

/** Pages of the GDT that belong to the guest; from here on the entries are Xen's. */
export const FIRST_RESERVED_GDT_PAGE = 14;
export const FIRST_RESERVED_GDT_BYTE = FIRST_RESERVED_GDT_PAGE * 4096;
export const FIRST_RESERVED_GDT_ENTRY = FIRST_RESERVED_GDT_BYTE / 8;

/** Where the hypervisor's part of a 32-bit PAE guest's address space begins; the M2P table lies there. */
export const HYPERVISOR_VIRT_START = 0xf580_0000;
export const MACH2PHYS_VIRT_START = 0xf580_0000;
export const MACH2PHYS_VIRT_END = 0xf680_0000;

export const CPU_USER_REGS = struct('cpu_user_regs', X86_32_H, {
	ebx: 'u32',
	ecx: 'u32',
	edx: 'u32',
	esi: 'u32',
	edi: 'u32',
	ebp: 'u32',
	eax: 'u32',
	error_code: 'u16',
	entry_vector: 'u16',
	eip: 'u32',
	cs: 'u16',
	saved_upcall_mask: 'u8',
	pad0: 'u8',
	eflags: 'u32',
	esp: 'u32',
	ss: 'u16',
	pad1: 'u16',
	es: 'u16',
	pad2: 'u16',
	ds: 'u16',
	pad3: 'u16',
	fs: 'u16',
	pad4: 'u16',
	gs: 'u16',
	pad5: 'u16'
});

/** One row of a guest's trap table. `flags`: bits 1–0 DPL for INT n, bit 2 mask upcalls on entry. */
export const TRAP_INFO = struct('trap_info', ARCH_H, { vector: 'u8', flags: 'u8', cs: 'u16', address: 'ulong' });
export const TI_DPL_MASK = 3;
export const TI_IF = 4;

/** Everything a vcpu starts with: VCPUOP_initialise and XEN_DOMCTL_setvcpucontext. */
export const VCPU_GUEST_CONTEXT = struct('vcpu_guest_context', ARCH_H, {
	fpu_ctxt: ['u8', 512],
	flags: 'ulong',
	user_regs: CPU_USER_REGS,
	trap_ctxt: [TRAP_INFO, 256],
	ldt_base: 'ulong',
	ldt_ents: 'ulong',
	gdt_frames: ['ulong', 16],
	gdt_ents: 'ulong',
	kernel_ss: 'ulong',
	kernel_sp: 'ulong',
	ctrlreg: ['ulong', 8],
	debugreg: ['ulong', 8],
	event_callback_cs: 'ulong',
	event_callback_eip: 'ulong',
	failsafe_callback_cs: 'ulong',
	failsafe_callback_eip: 'ulong',
	vm_assist: 'ulong'
});
export const VGCF_I387_VALID = 1 << 0;
export const VGCF_IN_KERNEL = 1 << 2;
export const VGCF_FAILSAFE_DISABLES_EVENTS = 1 << 3;
export const VGCF_SYSCALL_DISABLES_EVENTS = 1 << 4;
export const VGCF_ONLINE = 1 << 5;

/** CR3 as guests hold it: the frame's low 20 bits on top, its high bits below (xen_cr3_to_pfn). */
export const cr3ToMfn = (cr3: number): number => ((cr3 >>> 12) | (cr3 << 20)) >>> 0;
/** The inverse of `cr3ToMfn` (xen_pfn_to_cr3). */
export const mfnToCr3 = (mfn: number): number => ((mfn << 12) | (mfn >>> 20)) >>> 0;
