/**
 * Reads 32-bit ELF images (System V ABI, chapters 4 and 5). An image is foreign input: every offset
 * is checked before it is used, and what does not fit is told as a `LoadError` with its place.
 */
import { hex } from '../base';
import {
	EM_386,
	EM_X86_64,
	ET_EXEC,
	ELF32_EHDR,
	ELF32_PHDR,
	ELF32_SHDR,
	ELF32_SYM,
	ELFCLASS32,
	ELFDATA2LSB,
	PT_LOAD,
	SHT_NOBITS,
	SHT_SYMTAB
} from '../abi/structs/elf';

/** The image cannot be loaded; the message says what is wrong and where, for a user to read. */
export class LoadError extends Error {
	constructor(message: string) {
		super(message);
		this.name = 'LoadError';
	}
}

/** One program header. Offsets and sizes in bytes; `offset` and `fileSize` lie within the file. */
export interface Segment {
	readonly index: number;
	readonly type: number;
	readonly offset: number;
	readonly vaddr: number;
	readonly paddr: number;
	readonly fileSize: number;
	readonly memSize: number;
	readonly flags: number;
}

/** One section header. Its bytes are not checked until `sectionBytes` reads them. */
export interface Section {
	readonly index: number;
	readonly name: string;
	readonly type: number;
	readonly addr: number;
	readonly offset: number;
	readonly size: number;
	readonly link: number;
	/** Its header as it stands in the file. */
	readonly header: Uint8Array;
}

/** An ELF file that has been read: its bytes, entry point and tables. */
export interface ElfImage {
	readonly bytes: Uint8Array;
	readonly entry: number;
	readonly segments: readonly Segment[];
	readonly sections: readonly Section[];
}

/** A named address of the image, from its symbol table. */
export interface ElfSymbol {
	readonly name: string;
	readonly value: number;
	readonly size: number;
	/** STT_*: 1 object, 2 function. */
	readonly type: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads a NUL-terminated Latin-1 string from `bytes` at `offset`, ending at `end` at the latest. */
export function cString(bytes: Uint8Array, offset: number, end = bytes.length): string {
	let text = '';
	for (let at = offset; at < end && bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]);
	return text;
}

function requireRange(bytes: Uint8Array, offset: number, size: number, what: string): void {
	if (offset + size > bytes.length)
		throw new LoadError(
			`${what} takes ${size} bytes at file offset ${hex(offset)}, but the file ends at ${hex(bytes.length)}`
		);
}

/** What a file that is no ELF image is likely to be, for the message. */
function guess(bytes: Uint8Array): string {
	if (bytes[0] === 0x1f && bytes[1] === 0x8b) return ': it is compressed with gzip, unpack it first';
	if (bytes.length > 0x206 && cString(bytes, 0x202, 0x206) === 'HdrS')
		return ': it is a Linux bzImage, extract its vmlinux first';
	return '';
}

function checkIdent(bytes: Uint8Array): void {
	if (bytes.length < 4 || cString(bytes, 0, 4) !== '\x7fELF')
		throw new LoadError(`not an ELF image (no ELF magic at file offset 0)${guess(bytes)}`);
	requireRange(bytes, 0, ELF32_EHDR.size, 'the ELF header');
	if (bytes[4] !== ELFCLASS32)
		throw new LoadError(
			`not a 32-bit ELF image (class ${bytes[4]} at file offset 0x4): only 32-bit PAE guests run here`
		);
	if (bytes[5] !== ELFDATA2LSB) throw new LoadError(`not a little-endian ELF image (data encoding ${bytes[5]})`);
	if (bytes[6] !== 1) throw new LoadError(`unknown ELF version ${bytes[6]} at file offset 0x6`);
}

function checkMachine(view: DataView): void {
	const machine = view.getUint16(ELF32_EHDR.at.e_machine, true);
	if (machine !== EM_386) {
		const name = machine === EM_X86_64 ? 'x86-64' : `machine ${machine}`;
		throw new LoadError(`the image is for ${name}, not for the 80386 family (e_machine at file offset 0x12)`);
	}
	const type = view.getUint16(ELF32_EHDR.at.e_type, true);
	if (type !== ET_EXEC) throw new LoadError(`not an executable image (e_type ${type} at file offset 0x10)`);
}

interface Table {
	readonly offset: number;
	readonly stride: number;
	readonly count: number;
}

/** Checks that a header table lies in the file and that its entries are not shorter than they must be. */
function headerTable(bytes: Uint8Array, what: string, table: Table, entrySize: number): Table {
	if (table.count === 0) return table;
	if (table.stride < entrySize)
		throw new LoadError(`${what} entries of ${table.stride} bytes are too short: an entry has ${entrySize}`);
	requireRange(bytes, table.offset, table.stride * table.count, what);
	return table;
}

function readSegments(bytes: Uint8Array, view: DataView): Segment[] {
	const at = ELF32_EHDR.at;
	const table = headerTable(
		bytes,
		'the program header table',
		{
			offset: view.getUint32(at.e_phoff, true),
			stride: view.getUint16(at.e_phentsize, true),
			count: view.getUint16(at.e_phnum, true)
		},
		ELF32_PHDR.size
	);
	return Array.from({ length: table.count }, (_, index) => readSegment(bytes, view, table, index));
}

function readSegment(bytes: Uint8Array, view: DataView, table: Table, index: number): Segment {
	const base = table.offset + index * table.stride;
	const word = (field: keyof typeof ELF32_PHDR.at): number => view.getUint32(base + ELF32_PHDR.at[field], true);
	const segment: Segment = {
		index,
		type: word('p_type'),
		offset: word('p_offset'),
		vaddr: word('p_vaddr'),
		paddr: word('p_paddr'),
		fileSize: word('p_filesz'),
		memSize: word('p_memsz'),
		flags: word('p_flags')
	};
	if (segment.type === PT_LOAD) checkLoadable(bytes, segment);
	return segment;
}

function checkLoadable(bytes: Uint8Array, segment: Segment): void {
	const what = `segment ${segment.index}`;
	requireRange(bytes, segment.offset, segment.fileSize, what);
	if (segment.fileSize > segment.memSize)
		throw new LoadError(`${what} has ${segment.fileSize} bytes in the file but only ${segment.memSize} in memory`);
	if (segment.paddr + segment.memSize > 0x1_0000_0000)
		throw new LoadError(`${what} of ${segment.memSize} bytes at ${hex(segment.paddr)} runs past the end of 4 GiB`);
}

function readSections(bytes: Uint8Array, view: DataView): Section[] {
	const at = ELF32_EHDR.at;
	const offset = view.getUint32(at.e_shoff, true);
	if (offset === 0) return [];
	const table = headerTable(
		bytes,
		'the section header table',
		{ offset, stride: view.getUint16(at.e_shentsize, true), count: view.getUint16(at.e_shnum, true) },
		ELF32_SHDR.size
	);
	const word = (index: number, field: keyof typeof ELF32_SHDR.at): number =>
		view.getUint32(table.offset + index * table.stride + ELF32_SHDR.at[field], true);
	const names = view.getUint16(at.e_shstrndx, true);
	const namesAt = names < table.count ? word(names, 'sh_offset') : bytes.length;
	const namesEnd = names < table.count ? Math.min(namesAt + word(names, 'sh_size'), bytes.length) : bytes.length;
	return Array.from({ length: table.count }, (_, index) => ({
		index,
		name: sectionName(bytes, namesAt + word(index, 'sh_name'), namesEnd),
		type: word(index, 'sh_type'),
		addr: word(index, 'sh_addr'),
		offset: word(index, 'sh_offset'),
		size: word(index, 'sh_size'),
		link: word(index, 'sh_link'),
		header: bytes.subarray(table.offset + index * table.stride, table.offset + index * table.stride + ELF32_SHDR.size)
	}));
}

/** Longer names are cut: a name is shown and compared, never followed. */
const MAX_NAME = 256;
const sectionName = (bytes: Uint8Array, at: number, end: number): string =>
	cString(bytes, at, Math.min(end, at + MAX_NAME));

/**
 * Parses an executable ELF32 image for the 80386.
 * @throws LoadError when it is none, or when a header or loadable segment lies outside the file
 */
export function parseElf(bytes: Uint8Array): ElfImage {
	checkIdent(bytes);
	const view = viewOf(bytes);
	checkMachine(view);
	return {
		bytes,
		entry: view.getUint32(ELF32_EHDR.at.e_entry, true),
		segments: readSegments(bytes, view),
		sections: readSections(bytes, view)
	};
}

/**
 * The bytes of a section, or of the part of it that the file holds.
 * @throws LoadError when it starts outside the file
 */
export function sectionBytes(image: ElfImage, section: Section): Uint8Array {
	if (section.type === SHT_NOBITS) return new Uint8Array(0);
	requireRange(image.bytes, section.offset, 0, `section ${section.index} (${section.name})`);
	return image.bytes.subarray(section.offset, Math.min(section.offset + section.size, image.bytes.length));
}

/**
 * All bytes of a section, which the file must hold.
 * @throws LoadError when it does not
 */
export function wholeSection(image: ElfImage, section: Section): Uint8Array {
	requireRange(image.bytes, section.offset, section.size, `section ${section.index} (${section.name})`);
	return image.bytes.subarray(section.offset, section.offset + section.size);
}

/** The named symbols of the image in address order; none where it has no symbol table. */
export function symbols(image: ElfImage): ElfSymbol[] {
	const found: ElfSymbol[] = [];
	for (const section of image.sections) {
		const strings = image.sections[section.link];
		if (section.type === SHT_SYMTAB && strings)
			readSymbols(sectionBytes(image, section), sectionBytes(image, strings), found);
	}
	return found.sort((a, b) => a.value - b.value || (a.name < b.name ? -1 : 1));
}

function readSymbols(table: Uint8Array, strings: Uint8Array, found: ElfSymbol[]): void {
	const view = viewOf(table);
	for (let at = 0; at + ELF32_SYM.size <= table.length; at += ELF32_SYM.size) {
		const nameAt = view.getUint32(at + ELF32_SYM.at.st_name, true);
		const name = sectionName(strings, nameAt, strings.length);
		if (name === '') continue;
		found.push({
			name,
			value: view.getUint32(at + ELF32_SYM.at.st_value, true),
			size: view.getUint32(at + ELF32_SYM.at.st_size, true),
			type: view.getUint8(at + ELF32_SYM.at.st_info) & 0xf
		});
	}
}
