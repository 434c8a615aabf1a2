/**
 * What an image says about itself to Xen: ELF notes of owner `Xen` (xen/include/public/elfnote.h), or
 * the older `__xen_guest` section, a string of `KEY=value` pairs.
 *
 * Notes are read tolerantly, since images in the field bend the format: a description that claims to
 * be longer than what is left of its segment is cut, notes of other owners are passed over.
 *
 * Some notes ask nothing of whoever builds a 32-bit domain. INIT_P2M is heard for 64-bit guests only (elfnote.h says so);
 * L1_MFN_VALID and SUSPEND_CANCEL matter to those who save a running domain; PHYS32_ENTRY is for an HVM container.
 */
import { alignUp, hex } from '../base';
import { ELF32_NHDR, PT_LOAD, PT_NOTE, SHT_NOTE, XEN_ELFNOTE } from '../abi/structs/elf';
import { XENFEAT } from '../abi/structs/features';
import { HYPERVISOR_VIRT_START } from '../abi/structs/xen';
import { cString, LoadError, parseElf, sectionBytes, type ElfImage, type Segment } from './elf';
import { symbolArea } from './symbol-area';

/** One ELF note; `desc` is cut at the end of its segment. */
export interface Note {
	readonly owner: string;
	readonly type: number;
	readonly desc: Uint8Array;
}

/** An image that Xen can start as a 32-bit PAE guest. Addresses are virtual. */
export interface XenImage {
	readonly elf: ElfImage;
	/** Where its properties were found. */
	readonly source: 'notes' | '__xen_guest';
	readonly guestOs: string;
	readonly guestVersion: string;
	readonly loader: string;
	/** First instruction. */
	readonly entry: number;
	/** Virtual address of pseudo-physical page 0. */
	readonly virtBase: number;
	/** What is added to a segment's physical address to get its virtual one. */
	readonly virtOffset: number;
	/** The range that its loadable segments cover, and behind them its symbol table where it asks for one. */
	readonly virtStart: number;
	readonly virtEnd: number;
	/** The symbol table that is to lie behind the segments, or null. */
	readonly symbols: { readonly start: number; readonly bytes: Uint8Array } | null;
	/** Its top-level page table may lie anywhere in memory: CR3 is to be read in the extended format. */
	readonly extendedCr3: boolean;
	/** Where the hypercall page goes, or null when the image does not ask for one. */
	readonly hypercallPage: number | null;
	/** It takes the ramdisk as a page number when it lies outside the initial mapping. */
	readonly modStartPfn: boolean;
	/** What it can make use of, by text or by number, and what it cannot do without. */
	readonly features: readonly string[];
	readonly requiredFeatures: readonly string[];
	/** Whether it can be the control domain; null where it leaves that open, as images before SUPPORTED_FEATURES do. */
	readonly controlDomain: boolean | null;
}

/** Properties as read, before they are checked; null where the image does not say. */
interface Properties {
	guestOs: string;
	guestVersion: string;
	xenVersion: string;
	loader: string;
	pae: boolean;
	extendedCr3: boolean;
	features: string;
	/** SUPPORTED_FEATURES: bits of submap 0. */
	supported: number | null;
	bsdSymtab: boolean;
	/** The lowest address at which the hypervisor may begin. */
	hvStartLow: number;
	entry: number | null;
	virtBase: number | null;
	paddrOffset: number | null;
	hypercallPage: number | null;
	modStartPfn: boolean;
}

const unset = (): Properties => ({
	guestOs: '',
	guestVersion: '',
	xenVersion: '',
	loader: '',
	pae: false,
	extendedCr3: false,
	features: '',
	supported: null,
	bsdSymtab: false,
	hvStartLow: 0,
	entry: null,
	virtBase: null,
	paddrOffset: null,
	hypercallPage: null,
	modStartPfn: false
});

/** Splits a note segment into its notes; stops where the rest cannot hold another header. */
function readNotes(bytes: Uint8Array): Note[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const notes: Note[] = [];
	let at = 0;
	while (at + ELF32_NHDR.size <= bytes.length) {
		const nameSize = view.getUint32(at + ELF32_NHDR.at.n_namesz, true);
		const descSize = view.getUint32(at + ELF32_NHDR.at.n_descsz, true);
		const nameAt = at + ELF32_NHDR.size;
		const descAt = nameAt + alignUp(nameSize, 4);
		if (descAt > bytes.length) break;
		notes.push({
			owner: cString(bytes, nameAt, nameAt + nameSize),
			type: view.getUint32(at + ELF32_NHDR.at.n_type, true),
			desc: bytes.subarray(descAt, Math.min(descAt + descSize, bytes.length))
		});
		at = descAt + alignUp(descSize, 4);
	}
	return notes;
}

const text = (desc: Uint8Array): string => cString(desc, 0);

/** A number of 1, 2, 4 or 8 bytes; the low 32 bits of it. */
function numeric(desc: Uint8Array): number {
	let value = 0;
	for (let i = Math.min(desc.length, 4) - 1; i >= 0; i--) value = value * 256 + desc[i];
	return value;
}

/** `yes`, `yes[extended-cr3]`, `bimodal` and `yes,bimodal` all run on a PAE hypervisor. */
const isPae = (mode: string): boolean => mode.startsWith('yes') || mode.includes('bimodal');

/** One row a note that matters to a domain builder. */
const NOTE_READERS: Readonly<Record<number, (p: Properties, desc: Uint8Array) => void>> = {
	[XEN_ELFNOTE.ENTRY]: (p, d) => (p.entry = numeric(d)),
	[XEN_ELFNOTE.HYPERCALL_PAGE]: (p, d) => (p.hypercallPage = numeric(d)),
	[XEN_ELFNOTE.VIRT_BASE]: (p, d) => (p.virtBase = numeric(d)),
	[XEN_ELFNOTE.PADDR_OFFSET]: (p, d) => (p.paddrOffset = numeric(d)),
	[XEN_ELFNOTE.XEN_VERSION]: (p, d) => (p.xenVersion = text(d)),
	[XEN_ELFNOTE.GUEST_OS]: (p, d) => (p.guestOs = text(d)),
	[XEN_ELFNOTE.GUEST_VERSION]: (p, d) => (p.guestVersion = text(d)),
	[XEN_ELFNOTE.LOADER]: (p, d) => (p.loader = text(d)),
	// A kernel that is new enough for notes is new enough for a page table above 4 GiB (elfnote.h, PAE_MODE).
	[XEN_ELFNOTE.PAE_MODE]: (p, d) => (p.extendedCr3 = p.pae = isPae(text(d))),
	[XEN_ELFNOTE.FEATURES]: (p, d) => (p.features = text(d)),
	[XEN_ELFNOTE.SUPPORTED_FEATURES]: (p, d) => (p.supported = numeric(d)),
	[XEN_ELFNOTE.BSD_SYMTAB]: (p, d) => (p.bsdSymtab = text(d) === 'yes'),
	[XEN_ELFNOTE.HV_START_LOW]: (p, d) => (p.hvStartLow = numeric(d)),
	[XEN_ELFNOTE.MOD_START_PFN]: (p, d) => (p.modStartPfn = numeric(d) !== 0)
};

const hexNumber = (value: string): number => {
	const parsed = Number.parseInt(value, value.toLowerCase().startsWith('0x') ? 16 : 10);
	return Number.isNaN(parsed) ? 0 : parsed >>> 0;
};

/** The keys of `__xen_guest`; the hypercall page is a page number counted from VIRT_BASE. */
const STRING_READERS: Readonly<Record<string, (p: Properties, value: string) => void>> = {
	LOADER: (p, v) => (p.loader = v),
	GUEST_OS: (p, v) => (p.guestOs = v),
	GUEST_VER: (p, v) => (p.guestVersion = v),
	XEN_VER: (p, v) => (p.xenVersion = v),
	PAE: (p, v) => {
		p.pae = isPae(v);
		p.extendedCr3 = v.includes('extended-cr3') || v.includes('bimodal');
	},
	// Its presence is enough: there was no "no".
	BSD_SYMTAB: (p) => (p.bsdSymtab = true),
	VIRT_BASE: (p, v) => (p.virtBase = hexNumber(v)),
	VIRT_ENTRY: (p, v) => (p.entry = hexNumber(v)),
	ELF_PADDR_OFFSET: (p, v) => (p.paddrOffset = hexNumber(v)),
	HYPERCALL_PAGE: (p, v) => (p.hypercallPage = (hexNumber(v) * 4096) >>> 0),
	FEATURES: (p, v) => (p.features = v)
};

/** The notes of owner `Xen`: from the note segments, or where there are none from the note sections. */
function xenNotes(elf: ElfImage): Note[] {
	const ofXen = (bytes: Uint8Array): Note[] => readNotes(bytes).filter((note) => note.owner === 'Xen');
	const inSegments = elf.segments
		.filter((segment) => segment.type === PT_NOTE)
		.flatMap((segment) => ofXen(fileBytes(elf, segment)));
	if (inSegments.length > 0) return inSegments;
	return elf.sections
		.filter((section) => section.type === SHT_NOTE)
		.flatMap((section) => ofXen(sectionBytes(elf, section)));
}

const fileBytes = (elf: ElfImage, segment: Segment): Uint8Array =>
	elf.bytes.subarray(segment.offset, Math.min(segment.offset + segment.fileSize, elf.bytes.length));

function fromNotes(notes: readonly Note[]): Properties {
	const properties = unset();
	for (const note of notes) NOTE_READERS[note.type]?.(properties, note.desc);
	return properties;
}

function fromGuestString(value: string): Properties {
	const properties = unset();
	for (const pair of value.split(',')) {
		const [key, ...rest] = pair.split('=');
		STRING_READERS[key.trim()]?.(properties, rest.join('='));
	}
	properties.virtBase ??= 0;
	// Images of that time put virtual addresses in the physical address field.
	properties.paddrOffset ??= properties.virtBase;
	if (properties.hypercallPage !== null)
		properties.hypercallPage = (properties.virtBase + properties.hypercallPage) >>> 0;
	return properties;
}

function readProperties(elf: ElfImage): [Properties, XenImage['source']] {
	const notes = xenNotes(elf);
	if (notes.length > 0) return [fromNotes(notes), 'notes'];
	const section = elf.sections.find((candidate) => candidate.name === '__xen_guest');
	if (section) return [fromGuestString(cString(sectionBytes(elf, section), 0)), '__xen_guest'];
	throw new LoadError("not a Xen guest: the image has neither ELF notes of owner 'Xen' nor a __xen_guest section");
}

function checkProperties(p: Properties): void {
	if (!p.loader.startsWith('generic') && !p.guestOs.startsWith('linux'))
		throw new LoadError(`the image asks for the loader '${p.loader}'; only 'generic' is known`);
	if (!p.xenVersion.startsWith('xen-3.0'))
		throw new LoadError(`the image is built for '${p.xenVersion}', not for the interface xen-3.0`);
	if (!p.pae)
		throw new LoadError(
			'the image is not built for PAE paging (its PAE_MODE is not yes): only xen-3.0-x86_32p guests run here'
		);
	if (p.paddrOffset !== null && p.virtBase === null)
		throw new LoadError('the image gives PADDR_OFFSET but no VIRT_BASE');
}

/**
 * The features that an image may demand, and whether a paravirtual 32-bit domain has them. A demand by any other name is
 * refused as well. Linux demands `writable_page_tables` and means the help that every domain has: writes to its page
 * tables are trapped and done for it (VMASST_TYPE_writable_pagetables).
 */
const DEMANDS: Readonly<Record<string, boolean | undefined>> = {
	writable_page_tables: true,
	writable_descriptor_tables: false,
	auto_translated_physmap: false,
	supervisor_mode_kernel: false,
	pae_pgdir_above_4gb: true,
	hvm_callback_vector: false,
	// Asked again when it is known what the domain is to be.
	dom0: true
};

function checkFeatures(required: readonly string[]): void {
	const missing = required.filter((feature) => !DEMANDS[feature]);
	if (missing.length > 0)
		throw new LoadError(`the image requires ${missing.join(', ')}, which a PV domain does not have`);
}

/** The features of FEATURES (`a|!b|c`, of which `b` is required) and of SUPPORTED_FEATURES together. */
function readFeatures(p: Properties): Pick<XenImage, 'features' | 'requiredFeatures' | 'controlDomain'> {
	const named = p.features.split('|').filter((name) => name !== '');
	const numbered = Object.entries(XENFEAT).filter(([, bit]) => (((p.supported ?? 0) >>> bit) & 1) === 1);
	const features = [...new Set([...named.map((name) => name.replace(/^!/, '')), ...numbered.map(([name]) => name)])];
	return {
		features,
		requiredFeatures: named.filter((name) => name.startsWith('!')).map((name) => name.slice(1)),
		controlDomain: p.supported === null ? null : features.includes('dom0')
	};
}

/** The physical extent of the loadable segments. */
function extent(elf: ElfImage): { start: number; end: number } {
	const loadable = elf.segments.filter((segment) => segment.type === PT_LOAD && segment.memSize > 0);
	if (loadable.length === 0) throw new LoadError('the image has no loadable segment');
	return {
		start: Math.min(...loadable.map((segment) => segment.paddr)),
		end: Math.max(...loadable.map((segment) => segment.paddr + segment.memSize))
	};
}

/** @param end where the loadable segments end: code lies there, not in a symbol table */
function checkAddresses(image: XenImage, end: number, hvStartLow: number): void {
	const range = `${hex(image.virtStart)}-${hex(end)}`;
	if (hvStartLow > HYPERVISOR_VIRT_START)
		throw new LoadError(
			`the image needs all addresses below ${hex(hvStartLow)} (HV_START_LOW); the hypervisor begins at ${hex(HYPERVISOR_VIRT_START)}`
		);
	if (image.virtStart < image.virtBase || image.virtEnd > 0x1_0000_0000)
		throw new LoadError(
			`the kernel lies at ${range}, outside the address space that starts at VIRT_BASE ${hex(image.virtBase)}`
		);
	if (image.entry < image.virtStart || image.entry >= end)
		throw new LoadError(`the entry point ${hex(image.entry)} lies outside the kernel (${range})`);
	const page = image.hypercallPage;
	if (page !== null && (page % 4096 !== 0 || page < image.virtStart || page + 4096 > alignUp(end, 4096)))
		throw new LoadError(`the hypercall page ${hex(page)} is not a page of the kernel (${range})`);
}

/**
 * Parses an image and what it says to Xen.
 * @throws LoadError when it is no ELF32 image for the 80386, or no Xen guest that can run here
 */
export function parseXenImage(bytes: Uint8Array): XenImage {
	const elf = parseElf(bytes);
	const [properties, source] = readProperties(elf);
	checkProperties(properties);
	const { start, end } = extent(elf);
	const virtBase = properties.virtBase ?? 0;
	const virtOffset = virtBase - (properties.paddrOffset ?? 0);
	const features = readFeatures(properties);
	checkFeatures(features.requiredFeatures);
	const area = properties.bsdSymtab ? symbolArea(elf) : null;
	const symbols = area && { start: alignUp(end, 4) + virtOffset, bytes: area };
	const image: XenImage = {
		elf,
		source,
		guestOs: properties.guestOs,
		guestVersion: properties.guestVersion,
		loader: properties.loader,
		entry: properties.entry ?? elf.entry,
		virtBase,
		virtOffset,
		virtStart: start + virtOffset,
		virtEnd: symbols ? symbols.start + symbols.bytes.length : end + virtOffset,
		symbols,
		extendedCr3: properties.extendedCr3 || features.features.includes('pae_pgdir_above_4gb'),
		hypercallPage: properties.hypercallPage,
		modStartPfn: properties.modStartPfn,
		...features
	};
	checkAddresses(image, end + virtOffset, properties.hvStartLow);
	return image;
}
