/**
 * What an image says about itself to Xen: ELF notes of owner `Xen` (xen/include/public/elfnote.h), or
 * the older `__xen_guest` section, a string of `KEY=value` pairs.
 *
 * Notes are read tolerantly, since images in the field bend the format: a description that claims to
 * be longer than what is left of its segment is cut, notes of other owners are passed over.
 */
import { alignUp, hex } from '../base';
import { ELF32_NHDR, PT_LOAD, PT_NOTE, SHT_NOTE, XEN_ELFNOTE } from '../abi/structs/elf';
import { cString, LoadError, parseElf, sectionBytes, type ElfImage, type Segment } from './elf';

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
	/** The range that its loadable segments cover. */
	readonly virtStart: number;
	readonly virtEnd: number;
	/** Where the hypercall page goes, or null when the image does not ask for one. */
	readonly hypercallPage: number | null;
	/** It takes the ramdisk as a page number when it lies outside the initial mapping. */
	readonly modStartPfn: boolean;
	readonly features: readonly string[];
	readonly requiredFeatures: readonly string[];
}

/** Properties as read, before they are checked; null where the image does not say. */
interface Properties {
	guestOs: string;
	guestVersion: string;
	xenVersion: string;
	loader: string;
	pae: boolean;
	features: string;
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
	features: '',
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
	[XEN_ELFNOTE.PAE_MODE]: (p, d) => (p.pae = isPae(text(d))),
	[XEN_ELFNOTE.FEATURES]: (p, d) => (p.features = text(d)),
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
	PAE: (p, v) => (p.pae = isPae(v)),
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

/** Features that a guest may demand and that no paravirtual 32-bit domain has. */
const IMPOSSIBLE = ['supervisor_mode_kernel', 'auto_translated_physmap'];

function checkFeatures(required: readonly string[]): void {
	const missing = required.filter((feature) => IMPOSSIBLE.includes(feature));
	if (missing.length > 0)
		throw new LoadError(`the image requires ${missing.join(', ')}, which a PV domain does not have`);
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

function checkAddresses(image: XenImage): void {
	const range = `${hex(image.virtStart)}-${hex(image.virtEnd)}`;
	if (image.virtStart < image.virtBase || image.virtEnd > 0x1_0000_0000)
		throw new LoadError(
			`the kernel lies at ${range}, outside the address space that starts at VIRT_BASE ${hex(image.virtBase)}`
		);
	if (image.entry < image.virtStart || image.entry >= image.virtEnd)
		throw new LoadError(`the entry point ${hex(image.entry)} lies outside the kernel (${range})`);
	const page = image.hypercallPage;
	if (page !== null && (page % 4096 !== 0 || page < image.virtStart || page + 4096 > alignUp(image.virtEnd, 4096)))
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
	const features = properties.features.split('|').filter((name) => name !== '');
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
		virtEnd: end + virtOffset,
		hypercallPage: properties.hypercallPage,
		modStartPfn: properties.modStartPfn,
		features: features.map((name) => name.replace(/^!/, '')),
		requiredFeatures: features.filter((name) => name.startsWith('!')).map((name) => name.slice(1))
	};
	checkFeatures(image.requiredFeatures);
	checkAddresses(image);
	return image;
}
