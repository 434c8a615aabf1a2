/**
 * The symbol table that a loader puts behind a kernel which asks for it (XEN_ELFNOTE_BSD_SYMTAB), in the form that BSD
 * kernels expect of their boot loaders: a small ELF file of its own, without program headers and with three sections.
 * It begins at the first word boundary behind the loadable segments, and everything in it at a word boundary:
 *
 *     +0     u32     bytes from the ELF header to the end of the string table
 *     +4     header  the image's own, but: e_phnum, e_phoff 0; e_shoff 64; e_shnum 3; e_shstrndx 0
 *     +68    3 section headers of 40 bytes: null, the symbol table (sh_link 2), its string table
 *     +260   the symbol table, then the string table; their sh_offset counts from the ELF header, at +4
 *
 * The gaps, and the offsets, are those of Xen 4.17's loader (xen/common/libelf/libelf-loader.c: elf_load_bsdsyms), which
 * reserves the room of 64-bit headers for 32-bit images too. A guest has to follow e_shoff and sh_offset. That Xen counts
 * 68 bytes less when it places what comes after the kernel; here the area ends where its contents end.
 */
import { alignUp } from '../base';
import { ELF32_EHDR, ELF32_SHDR, EV_CURRENT, SHT_STRTAB, SHT_SYMTAB } from '../abi/structs/elf';
import { wholeSection, type ElfImage, type Section } from './elf';

const HEADER_AT = 4;
/** Counted from the ELF header, as are all offsets below: room for a 64-bit header, then for three section headers. */
const SECTIONS_AT = 64;
const CONTENTS_AT = SECTIONS_AT + 3 * 64;
const SYMTAB = 1;
const STRTAB = 2;

/** The image's first symbol table and its strings; null where it has none, or where one does not lead to the other. */
function tables(elf: ElfImage): readonly [symbols: Section, strings: Section] | null {
	const symbols = elf.sections.find(({ index, type }) => index > 0 && type === SHT_SYMTAB);
	const strings = symbols && symbols.link > 0 ? elf.sections[symbols.link] : undefined;
	return symbols && strings?.type === SHT_STRTAB ? [symbols, strings] : null;
}

/**
 * What is to lie behind the kernel; null where the image has no symbol table.
 * @throws LoadError when a table runs past the end of the file
 */
export function symbolArea(elf: ElfImage): Uint8Array | null {
	const found = tables(elf);
	if (!found) return null;
	const [symbols, strings] = found.map((section) => wholeSection(elf, section));
	const stringsAt = alignUp(CONTENTS_AT + symbols.length, 4);
	const end = stringsAt + strings.length;
	const area = new Uint8Array(alignUp(HEADER_AT + end, 4));
	new DataView(area.buffer).setUint32(0, end, true);
	const file = area.subarray(HEADER_AT);
	writeHeader(file, elf);
	writeSection(file, SYMTAB, found[0], { sh_offset: CONTENTS_AT, sh_link: STRTAB });
	writeSection(file, STRTAB, found[1], { sh_offset: stringsAt });
	file.set(symbols, CONTENTS_AT);
	file.set(strings, stringsAt);
	return area;
}

function writeHeader(file: Uint8Array, elf: ElfImage): void {
	const view = new DataView(file.buffer, file.byteOffset);
	const { at } = ELF32_EHDR;
	file.set(elf.bytes.subarray(0, ELF32_EHDR.size));
	view.setUint32(at.e_version, EV_CURRENT, true);
	view.setUint32(at.e_phoff, 0, true);
	view.setUint32(at.e_shoff, SECTIONS_AT, true);
	view.setUint16(at.e_ehsize, ELF32_EHDR.size, true);
	view.setUint16(at.e_phentsize, 0, true);
	view.setUint16(at.e_phnum, 0, true);
	view.setUint16(at.e_shentsize, ELF32_SHDR.size, true);
	view.setUint16(at.e_shnum, 3, true);
	view.setUint16(at.e_shstrndx, 0, true);
}

function writeSection(
	file: Uint8Array,
	index: number,
	section: Section,
	fields: Partial<Record<keyof typeof ELF32_SHDR.at, number>>
): void {
	const base = SECTIONS_AT + index * ELF32_SHDR.size;
	const view = new DataView(file.buffer, file.byteOffset + base);
	file.set(section.header, base);
	for (const [name, value] of Object.entries(fields))
		view.setUint32(ELF32_SHDR.at[name as keyof typeof ELF32_SHDR.at], value, true);
}
