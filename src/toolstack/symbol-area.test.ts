/** The symbol table behind a kernel that asks for one, read as a BSD kernel reads it. */
import { describe, expect, it } from 'vitest';
import { ELF32_EHDR, ELF32_SHDR, SHT_SYMTAB, XEN_ELFNOTE } from '../abi/structs/elf';
import type { runGuest } from '../workbench/testing';
import { Run } from '../workbench/run';
import { LoadError, parseElf, symbols } from './elf';
import { symbolArea } from './symbol-area';
import { makeImage, note, symbolBytes, usualNotes, type ImageParts } from './testing';
import { parseXenImage } from './xen-notes';

const BASE = 0xc000_0000;
const NAMES = [
	['start', BASE],
	['a_name_of_odd_length', BASE + 0x123]
] as const;
const asking = note(XEN_ELFNOTE.BSD_SYMTAB, 'yes');
const image = (parts: ImageParts = {}): Uint8Array =>
	makeImage({
		memSize: 0x2801,
		symbols: NAMES,
		notes: [...usualNotes(BASE, BASE), ...note(XEN_ELFNOTE.PADDR_OFFSET, 0), ...asking],
		...parts
	});

/** Section headers of the area by its own header, as a guest finds them. */
function headersOf(area: Uint8Array): Record<'type' | 'offset' | 'size' | 'link', number>[] {
	const view = new DataView(area.buffer, area.byteOffset + 4, area.length - 4);
	const at = ELF32_EHDR.at;
	const table = view.getUint32(at.e_shoff, true);
	return Array.from({ length: view.getUint16(at.e_shnum, true) }, (_, index) => {
		const base = table + index * view.getUint16(at.e_shentsize, true);
		const word = (field: keyof typeof ELF32_SHDR.at): number => view.getUint32(base + ELF32_SHDR.at[field], true);
		return { type: word('sh_type'), offset: word('sh_offset'), size: word('sh_size'), link: word('sh_link') };
	});
}

describe('the symbol table behind a kernel', () => {
	it('begins at the first word behind the segments, and the kernel ends behind it', () => {
		const xen = parseXenImage(image());
		expect(xen.symbols!.start).toBe(BASE + 0x2804);
		expect(xen.virtEnd).toBe(xen.symbols!.start + xen.symbols!.bytes.length);
		expect(xen.virtEnd % 4).toBe(0);
	});

	it('is an ELF file of its own that holds the symbols and their names', () => {
		const area = symbolArea(parseElf(image()))!;
		const { table, names } = symbolBytes(NAMES);
		const [none, symtab, strtab] = headersOf(area);
		expect(none).toEqual({ type: 0, offset: 0, size: 0, link: 0 });
		expect(symtab).toEqual({ type: SHT_SYMTAB, offset: 256, size: table.length, link: 2 });
		expect(strtab).toEqual({ type: 3, offset: 256 + table.length, size: names.length, link: 0 });
		const at = (offset: number, size: number): number[] => [...area.subarray(4 + offset, 4 + offset + size)];
		expect(at(symtab.offset, symtab.size)).toEqual([...table]);
		expect(at(strtab.offset, strtab.size)).toEqual([...names]);
		expect(new DataView(area.buffer).getUint32(0, true)).toBe(strtab.offset + strtab.size);
		expect(symbols(parseElf(area.slice(4))).map(({ name, value }) => [name, value])).toEqual([
			['start', BASE],
			['a_name_of_odd_length', BASE + 0x123]
		]);
	});

	it.each([
		['the note says no', { notes: [...usualNotes(0, 0), ...note(XEN_ELFNOTE.BSD_SYMTAB, 'no')] }],
		['the note is not there', { notes: usualNotes(0, 0) }],
		['the image has no symbols', { symbols: undefined }]
	])('is not there where %s', (_, parts) => {
		const xen = parseXenImage(image(parts));
		expect(xen.symbols).toBeNull();
		expect(xen.virtEnd % 0x1_0000).toBe(0x2801);
	});

	it('is asked for by mere presence of the key in a __xen_guest string', () => {
		const words = 'XEN_VER=xen-3.0,LOADER=generic,PAE=yes,VIRT_BASE=0xC0000000';
		const old = (more: string): Uint8Array =>
			image({ notes: null, paddr: BASE, memSize: 0x1000, guestString: `${words}${more}\0` });
		expect(parseXenImage(old(',BSD_SYMTAB=yes')).symbols?.start).toBe(BASE + 0x1000);
		expect(parseXenImage(old(',BSD_SYMTAB')).symbols?.start).toBe(BASE + 0x1000);
		expect(parseXenImage(old('')).symbols).toBeNull();
	});

	it('is refused where the file does not hold it', () => {
		const bytes = image();
		const elf = parseElf(bytes);
		const symtab = elf.sections.find(({ type }) => type === SHT_SYMTAB)!;
		const size = new DataView(symtab.header.buffer, symtab.header.byteOffset + ELF32_SHDR.at.sh_size, 4);
		size.setUint32(0, 0x7fff_0000, true);
		expect(() => parseXenImage(bytes)).toThrow(LoadError);
		expect(() => parseXenImage(bytes)).toThrow(/section 3 .* takes 2147418112 bytes/);
	});
});

/** mov $value, %reg */
const mov = (reg: number, value: number): number[] => [
	0xb8 + reg,
	...[0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
];
/** console_io(CONSOLEIO_write, %ecx, %edx); then sched_op(SCHEDOP_shutdown, { SHUTDOWN_poweroff }) */
const sayAndEnd = [
	...mov(3, 0),
	...mov(0, 18),
	...[0xcd, 0x82, 0x6a, 0x00, 0x89, 0xe1],
	...mov(3, 2),
	...mov(0, 29),
	...[0xcd, 0x82]
];

const run = (bytes: Uint8Array, input: Parameters<typeof runGuest>[1] = {}): Run => {
	const made = new Run({ domains: [{ name: 'guest', image: 'made', memoryMiB: 4, ...input }] }, () => bytes);
	made.advance({}, 100_000);
	return made;
};

describe('a guest', () => {
	it('says the name of its first symbol, which it finds by the headers behind itself', () => {
		const code = [
			...mov(3, BASE + 0x2808), // the ELF header
			...[0x8b, 0x4b, ELF32_EHDR.at.e_shoff, 0x01, 0xd9], // ecx = its section headers
			...[0x8b, 0x71, 40 + ELF32_SHDR.at.sh_offset, 0x01, 0xde], // esi = the symbol table
			...[0x8b, 0x79, 80 + ELF32_SHDR.at.sh_offset, 0x01, 0xdf], // edi = the names
			...[0x8b, 0x56, 16, 0x01, 0xfa], // edx = the name of symbol 1
			...mov(1, 'start'.length),
			...sayAndEnd
		];
		expect(run(image({ code })).consoles.text(1)).toBe('start');
	});

	it('may have its L3 anywhere if its notes say that it is new, or its features name that', () => {
		const ARGS = BASE + 0x2000;
		// xen_version(XENVER_get_features, { submap 0 }), and what it answered goes to the console.
		const code = [
			...mov(3, 6),
			...mov(1, ARGS),
			...mov(0, 17),
			...[0xcd, 0x82],
			...mov(1, 4),
			...mov(2, ARGS + 4),
			...sayAndEnd
		];
		const old = 'XEN_VER=xen-3.0,LOADER=generic,VIRT_BASE=0xC0000000,PAE=';
		const legacy = (words: string): Uint8Array =>
			image({ code, notes: null, paddr: BASE, guestString: `${old}${words}\0` });
		const bit4 = (bytes: Uint8Array): number => (run(bytes).consoles.bytes(1)[0] >>> 4) & 1;
		expect(bit4(image({ code }))).toBe(1);
		expect(bit4(legacy('yes'))).toBe(0);
		expect(bit4(legacy('yes[extended-cr3]'))).toBe(1);
		expect(bit4(legacy('yes,bimodal'))).toBe(0);
		expect(bit4(legacy('bimodal'))).toBe(1);
		expect(bit4(legacy('yes,FEATURES=pae_pgdir_above_4gb|writable_page_tables'))).toBe(1);
	});
});
