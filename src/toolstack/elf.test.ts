import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { XEN_ELFNOTE } from '../abi/structs/elf';
import { LoadError, parseElf, symbols } from './elf';
import { makeImage, note, numbers, usualNotes } from './testing';
import { parseXenImage } from './xen-notes';

const GRUB = ['.cache/grub/grub-i386-xen.bin', '/usr/lib/grub-xen/grub-i386-xen.bin'].find((path) => existsSync(path));

const refusal = (bytes: Uint8Array): string => {
	try {
		parseXenImage(bytes);
	} catch (error) {
		expect(error).toBeInstanceOf(LoadError);
		return (error as LoadError).message;
	}
	return 'accepted';
};

const changed = (change: (view: DataView) => void, bytes = makeImage()): Uint8Array => {
	change(new DataView(bytes.buffer));
	return bytes;
};

describe('an ELF image', () => {
	it('is read with its segments and entry', () => {
		const elf = parseElf(makeImage({ paddr: 0x10_0000, memSize: 0x3000 }));
		expect(elf.entry).toBe(0x10_0000);
		expect(elf.segments[0]).toMatchObject({ paddr: 0x10_0000, fileSize: 2, memSize: 0x3000 });
		expect(symbols(elf)).toEqual([]);
	});

	it.each([
		['empty', new Uint8Array(0), /no ELF magic/],
		['compressed', Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip/],
		['64-bit', changed((view) => view.setUint8(4, 2)), /not a 32-bit ELF/],
		['big-endian', changed((view) => view.setUint8(5, 2)), /little-endian/],
		['for another machine', changed((view) => view.setUint16(0x12, 62, true)), /x86-64.*file offset 0x12/],
		['relocatable', changed((view) => view.setUint16(0x10, 1, true)), /not an executable/],
		[
			'cut short',
			makeImage().slice(0, 0x1001),
			/segment 0 takes 2 bytes at file offset 0x1000, but the file ends at 0x1001/
		],
		[
			'with its headers outside',
			changed((view) => view.setUint32(0x1c, 0xffff_fff0, true)),
			/program header table.*0xfffffff0/
		],
		['with short headers', changed((view) => view.setUint16(0x2a, 8, true)), /too short/],
		['with a segment outside', changed((view) => view.setUint32(0x38, 0x7fff_ffff, true)), /segment 0 takes 2 bytes/],
		[
			'with more file than memory',
			changed((view) => view.setUint32(0x48, 1, true)),
			/segment 0 has 2 bytes in the file/
		],
		[
			'past 4 GiB',
			changed((view) => view.setUint32(0x48, 0xffff_ffff, true), makeImage({ paddr: 0x1000 })),
			/past the end of 4 GiB/
		]
	])('that is %s is refused, saying what and where', (_, bytes, message) => {
		expect(refusal(bytes)).toMatch(message);
	});
});

describe('what an image says to Xen', () => {
	it('is read from its notes', () => {
		const notes = [...usualNotes(0xc000_0000, 0xc000_0000), ...note(XEN_ELFNOTE.HYPERCALL_PAGE, 0xc000_1000)];
		const image = parseXenImage(makeImage({ memSize: 0x3000, notes }));
		expect(image).toMatchObject({
			source: 'notes',
			guestOs: 'test',
			virtBase: 0xc000_0000,
			entry: 0xc000_0000,
			hypercallPage: 0xc000_1000,
			virtStart: 0xc000_0000,
			virtEnd: 0xc000_3000
		});
	});

	it('is read even where a description declares more than its segment holds', () => {
		const notes = [
			...usualNotes(0, 0).slice(0, note(XEN_ELFNOTE.GUEST_OS, 'test').length),
			...note(XEN_ELFNOTE.XEN_VERSION, 'xen-3.0'),
			...note(XEN_ELFNOTE.LOADER, 'generic'),
			...note(XEN_ELFNOTE.PAE_MODE, 'yes', 'Xen', 12)
		];
		expect(refusal(makeImage({ notes }))).toBe('accepted');
	});

	it('is read from __xen_guest where no note is Xen\u2019s', () => {
		const guestString =
			'GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,HYPERCALL_PAGE=0x2,LOADER=generic,PAE=yes[extended-cr3]\0';
		const image = parseXenImage(
			makeImage({ paddr: 0xc000_0000, memSize: 0x4000, notes: note(1, 'x', 'GNU'), guestString })
		);
		expect(image).toMatchObject({
			source: '__xen_guest',
			guestOs: 'linux',
			virtBase: 0xc000_0000,
			virtOffset: 0,
			hypercallPage: 0xc000_2000,
			entry: 0xc000_0000
		});
	});

	it.each([
		['nothing', null, /not a Xen guest/],
		['no PAE', [...note(5, 'xen-3.0'), ...note(8, 'generic')], /PAE/],
		['another loader', [...note(5, 'xen-3.0'), ...note(8, 'odd'), ...note(9, 'yes')], /loader 'odd'/],
		['another interface', [...note(5, 'xen-2.0'), ...note(8, 'generic'), ...note(9, 'yes')], /xen-2.0/],
		['an entry outside the kernel', usualNotes(0, 0x9000), /entry point 0x9000/],
		['a hypercall page outside the kernel', [...usualNotes(0, 0), ...note(2, 0x8000)], /hypercall page 0x8000/],
		[
			'a feature no PV domain has',
			[...usualNotes(0, 0), ...note(10, '!auto_translated_physmap')],
			/auto_translated_physmap/
		],
		[
			'a feature that nobody knows',
			[...usualNotes(0, 0), ...note(10, '!walks_on_water|dom0')],
			/requires walks_on_water,/
		],
		[
			'two features no PV domain has',
			[...usualNotes(0, 0), ...note(10, 'pae_pgdir_above_4gb|!writable_descriptor_tables|!hvm_callback_vector')],
			/requires writable_descriptor_tables, hvm_callback_vector,/
		],
		[
			'a need for addresses that are the hypervisor\u2019s',
			[...usualNotes(0, 0), ...note(XEN_ELFNOTE.HV_START_LOW, 0xf600_0000)],
			/below 0xf6000000.*begins at 0xf5800000/
		],
		[
			'an offset without a base',
			[...note(5, 'xen-3.0'), ...note(8, 'generic'), ...note(9, 'yes'), ...note(4, 0)],
			/PADDR_OFFSET/
		]
	])('refuses an image that says %s', (_, notes, message) => {
		expect(refusal(makeImage({ notes }))).toMatch(message);
	});
});

describe('the features of an image', () => {
	it('are those that it names and those that it numbers', () => {
		const image = parseXenImage(
			makeImage({
				notes: [
					...usualNotes(0, 0),
					...note(XEN_ELFNOTE.FEATURES, '!writable_page_tables|pae_pgdir_above_4gb'),
					...note(XEN_ELFNOTE.SUPPORTED_FEATURES, (1 << 11) | (1 << 4) | (1 << 2))
				]
			})
		);
		expect(image.features).toEqual(['writable_page_tables', 'pae_pgdir_above_4gb', 'auto_translated_physmap', 'dom0']);
		expect(image.requiredFeatures).toEqual(['writable_page_tables']);
		expect(image.controlDomain).toBe(true);
	});

	it('leave open whether it can be the control domain, unless they are numbered', () => {
		expect(parseXenImage(makeImage()).controlDomain).toBeNull();
		const numbered = [...usualNotes(0, 0), ...note(XEN_ELFNOTE.SUPPORTED_FEATURES, 1 << 4)];
		expect(parseXenImage(makeImage({ notes: numbered })).controlDomain).toBe(false);
	});

	it('may leave the hypervisor where it is, and let it begin lower', () => {
		for (const low of [0xf580_0000, 0xf500_0000])
			expect(refusal(makeImage({ notes: [...usualNotes(0, 0), ...note(XEN_ELFNOTE.HV_START_LOW, low)] }))).toBe(
				'accepted'
			);
	});
});

/** Overwrites a few bytes of the headers, notes or sections, many times over. */
function fuzz(original: Uint8Array, ranges: readonly (readonly [number, number])[], rounds: number): void {
	const random = numbers(0x2545_f491);
	for (let round = 0; round < rounds; round++) {
		const cut = random(8) === 0 ? random(original.length) : original.length;
		const bytes = original.slice(0, cut);
		for (let i = random(6) + 1; i > 0; i--) {
			const [from, to] = ranges[random(ranges.length)];
			const at = from + random(to - from);
			if (at < bytes.length) bytes[at] = random(4) === 0 ? 0xff : random(256);
		}
		try {
			symbols(parseXenImage(bytes).elf);
		} catch (error) {
			if (!(error instanceof LoadError)) throw error;
		}
	}
}

describe('a mutated image gives a parse or a LoadError', () => {
	it('made here', () => {
		const bytes = makeImage({
			guestString: 'XEN_VER=xen-3.0,LOADER=generic,PAE=yes',
			notes: [...usualNotes(0, 0), ...note(XEN_ELFNOTE.BSD_SYMTAB, 'yes'), ...note(XEN_ELFNOTE.FEATURES, '!dom0')],
			symbols: [['start', 0]]
		});
		fuzz(
			bytes,
			[
				[0, 0x80],
				[0x1000, bytes.length]
			],
			20_000
		);
	});

	it.runIf(GRUB)('GRUB', () => {
		const bytes = new Uint8Array(readFileSync(GRUB!));
		fuzz(
			bytes,
			[
				[0, 0x17c],
				[bytes.length - 0x90, bytes.length]
			],
			400
		);
	});
});
