/** The parts of the 32-bit ELF format that a kernel image uses (System V ABI, chapters 4 and 5), and Xen's notes. */
import { struct } from '../layout';

const ELF = 'System V ABI: Object Files';

export const ELF32_EHDR = struct('Elf32_Ehdr', ELF, {
	e_ident: ['u8', 16],
	e_type: 'u16',
	e_machine: 'u16',
	e_version: 'u32',
	e_entry: 'u32',
	e_phoff: 'u32',
	e_shoff: 'u32',
	e_flags: 'u32',
	e_ehsize: 'u16',
	e_phentsize: 'u16',
	e_phnum: 'u16',
	e_shentsize: 'u16',
	e_shnum: 'u16',
	e_shstrndx: 'u16'
});

export const ELF32_PHDR = struct('Elf32_Phdr', ELF, {
	p_type: 'u32',
	p_offset: 'u32',
	p_vaddr: 'u32',
	p_paddr: 'u32',
	p_filesz: 'u32',
	p_memsz: 'u32',
	p_flags: 'u32',
	p_align: 'u32'
});

export const ELF32_SHDR = struct('Elf32_Shdr', ELF, {
	sh_name: 'u32',
	sh_type: 'u32',
	sh_flags: 'u32',
	sh_addr: 'u32',
	sh_offset: 'u32',
	sh_size: 'u32',
	sh_link: 'u32',
	sh_info: 'u32',
	sh_addralign: 'u32',
	sh_entsize: 'u32'
});

export const ELF32_NHDR = struct('Elf32_Nhdr', ELF, {
	n_namesz: 'u32',
	n_descsz: 'u32',
	n_type: 'u32'
});

export const ELF32_SYM = struct('Elf32_Sym', ELF, {
	st_name: 'u32',
	st_value: 'u32',
	st_size: 'u32',
	st_info: 'u8',
	st_other: 'u8',
	st_shndx: 'u16'
});

export const ELFCLASS32 = 1;
export const ELFDATA2LSB = 1;
export const ET_EXEC = 2;
export const EM_386 = 3;
export const EM_X86_64 = 62;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const EV_CURRENT = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;

/** XEN_ELFNOTE_* (xen/include/public/elfnote.h). */
export const XEN_ELFNOTE = {
	INFO: 0,
	ENTRY: 1,
	HYPERCALL_PAGE: 2,
	VIRT_BASE: 3,
	PADDR_OFFSET: 4,
	XEN_VERSION: 5,
	GUEST_OS: 6,
	GUEST_VERSION: 7,
	LOADER: 8,
	PAE_MODE: 9,
	FEATURES: 10,
	BSD_SYMTAB: 11,
	HV_START_LOW: 12,
	L1_MFN_VALID: 13,
	SUSPEND_CANCEL: 14,
	INIT_P2M: 15,
	MOD_START_PFN: 16,
	SUPPORTED_FEATURES: 17,
	PHYS32_ENTRY: 18
} as const;
