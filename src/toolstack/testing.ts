/** Helpers of this folder's tests: memory pages without a machine, and small images made on the spot. */
import {
	ELF32_EHDR,
	ELF32_PHDR,
	ELF32_SHDR,
	ELF32_SYM,
	EM_386,
	ET_EXEC,
	PT_LOAD,
	PT_NOTE,
	SHT_STRTAB,
	SHT_SYMTAB,
	XEN_ELFNOTE
} from '../abi/structs/elf';
import { alignUp, PAGE_SIZE } from '../base';
import type { SharedPage } from '../hypervisor/control';
import { toBytes } from './xenstore/wire';

/** A page of plain memory. */
export class MemoryPage implements SharedPage {
	readonly bytes = new Uint8Array(PAGE_SIZE);
	private readonly view = new DataView(this.bytes.buffer);

	read32(offset: number): number {
		return this.view.getUint32(offset, true);
	}

	write32(offset: number, value: number): void {
		this.view.setUint32(offset, value, true);
	}

	read(offset: number, length: number): Uint8Array {
		return this.bytes.slice(offset, offset + length);
	}

	write(offset: number, bytes: Uint8Array): void {
		this.bytes.set(bytes, offset);
	}
}

/** A small generator of the same numbers each time (xorshift32), each from 0 to `limit - 1`. */
export function numbers(seed: number): (limit: number) => number {
	let state = seed;
	return (limit) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % limit;
	};
}

const word = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];

/** One ELF note; a number becomes a word, a string is ended by NUL. `declared` overrides its size field. */
export function note(type: number, value: number | string, owner = 'Xen', declared?: number): number[] {
	const desc = typeof value === 'number' ? word(value) : [...toBytes(`${value}\0`)];
	const name = [...toBytes(`${owner}\0`)];
	const padded = (bytes: number[]): number[] => [
		...bytes,
		...new Array<number>(alignUp(bytes.length, 4) - bytes.length).fill(0)
	];
	return [...word(name.length), ...word(declared ?? desc.length), ...word(type), ...padded(name), ...padded(desc)];
}

/** The notes of an ordinary PAE guest. */
export const usualNotes = (virtBase: number, entry: number): number[] => [
	...note(XEN_ELFNOTE.GUEST_OS, 'test'),
	...note(XEN_ELFNOTE.XEN_VERSION, 'xen-3.0'),
	...note(XEN_ELFNOTE.LOADER, 'generic'),
	...note(XEN_ELFNOTE.PAE_MODE, 'yes'),
	...note(XEN_ELFNOTE.VIRT_BASE, virtBase),
	...note(XEN_ELFNOTE.ENTRY, entry)
];

export interface ImageParts {
	code?: number[];
	paddr?: number;
	memSize?: number;
	entry?: number;
	/** Contents of a note segment; left out when null. */
	notes?: number[] | null;
	/** Contents of a `__xen_guest` section. */
	guestString?: string;
	/** Names and addresses of a symbol table; left out there is none. */
	symbols?: readonly (readonly [name: string, value: number])[];
}

/** A symbol table, null symbol first, and its strings. */
export function symbolBytes(symbols: NonNullable<ImageParts['symbols']>): { table: Uint8Array; names: Uint8Array } {
	const table = new Uint8Array((symbols.length + 1) * ELF32_SYM.size);
	const view = new DataView(table.buffer);
	let names = '\0';
	symbols.forEach(([name, value], index) => {
		const at = (index + 1) * ELF32_SYM.size;
		view.setUint32(at + ELF32_SYM.at.st_name, names.length, true);
		view.setUint32(at + ELF32_SYM.at.st_value, value, true);
		names += `${name}\0`;
	});
	return { table, names: toBytes(names) };
}

/** An ELF image of one loadable segment, with notes or a `__xen_guest` section. */
export function makeImage(parts: ImageParts = {}): Uint8Array {
	const code = parts.code ?? [0xeb, 0xfe];
	const paddr = parts.paddr ?? 0;
	const notes = parts.notes === undefined ? usualNotes(0, paddr) : (parts.notes ?? []);
	const strings = toBytes('\0__xen_guest\0');
	const guest = toBytes(parts.guestString ?? '');
	const notesAt = PAGE_SIZE + code.length;
	const stringsAt = notesAt + notes.length;
	const guestAt = stringsAt + strings.length;
	const { table, names } = symbolBytes(parts.symbols ?? []);
	const tableAt = alignUp(guestAt + guest.length, 4);
	const namesAt = tableAt + table.length;
	const sectionsAt = alignUp(namesAt + names.length, 4);
	const count = parts.symbols ? 5 : 3;
	const bytes = new Uint8Array(sectionsAt + count * ELF32_SHDR.size);
	const view = new DataView(bytes.buffer);
	const put = <K extends string>(
		base: number,
		at: Readonly<Record<K, number>>,
		values: Partial<Record<K, number>>,
		half: readonly string[] = []
	): void => {
		for (const [name, value] of Object.entries(values) as [K, number][])
			if (half.includes(name)) view.setUint16(base + at[name], value, true);
			else view.setUint32(base + at[name], value, true);
	};
	bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
	put(
		0,
		ELF32_EHDR.at,
		{
			e_type: ET_EXEC,
			e_machine: EM_386,
			e_version: 1,
			e_entry: parts.entry ?? paddr,
			e_phoff: ELF32_EHDR.size,
			e_shoff: sectionsAt,
			e_ehsize: ELF32_EHDR.size,
			e_phentsize: ELF32_PHDR.size,
			e_phnum: 2,
			e_shentsize: ELF32_SHDR.size,
			e_shnum: count,
			e_shstrndx: 1
		},
		['e_type', 'e_machine', 'e_ehsize', 'e_phentsize', 'e_phnum', 'e_shentsize', 'e_shnum', 'e_shstrndx']
	);
	put(ELF32_EHDR.size, ELF32_PHDR.at, {
		p_type: PT_LOAD,
		p_offset: PAGE_SIZE,
		p_vaddr: paddr,
		p_paddr: paddr,
		p_filesz: code.length,
		p_memsz: parts.memSize ?? code.length,
		p_flags: 7
	});
	put(ELF32_EHDR.size + ELF32_PHDR.size, ELF32_PHDR.at, { p_type: PT_NOTE, p_offset: notesAt, p_filesz: notes.length });
	bytes.set(code, PAGE_SIZE);
	bytes.set(notes, notesAt);
	bytes.set(strings, stringsAt);
	bytes.set(guest, guestAt);
	bytes.set(table, tableAt);
	bytes.set(names, namesAt);
	put(sectionsAt + ELF32_SHDR.size, ELF32_SHDR.at, { sh_type: 3, sh_offset: stringsAt, sh_size: strings.length });
	const section = (index: number, values: Partial<Record<keyof typeof ELF32_SHDR.at, number>>): void => {
		if (index < count) put(sectionsAt + index * ELF32_SHDR.size, ELF32_SHDR.at, values);
	};
	section(3, {
		sh_type: SHT_SYMTAB,
		sh_offset: tableAt,
		sh_size: table.length,
		sh_link: 4,
		sh_entsize: ELF32_SYM.size
	});
	section(4, { sh_type: SHT_STRTAB, sh_offset: namesAt, sh_size: names.length });
	if (parts.guestString !== undefined)
		put(sectionsAt + 2 * ELF32_SHDR.size, ELF32_SHDR.at, {
			sh_name: 1,
			sh_type: 1,
			sh_offset: guestAt,
			sh_size: guest.length
		});
	return bytes;
}
