import { beforeEach, describe, expect, it } from 'vitest';
import { XEN_ELFNOTE } from '../abi/structs/elf';
import { SIF_MOD_START_PFN, START_INFO } from '../abi/structs/start';
import {
	CPU_USER_REGS,
	FLAT_RING1_CS,
	FLAT_RING1_DS,
	mfnToCr3,
	SHARED_INFO,
	VCPU_GUEST_CONTEXT,
	VCPU_INFO,
	VMASST_TYPE_PAE_EXTENDED_CR3
} from '../abi/structs/xen';
import { buildDomain, type BuiltDomain, type DomainConfig } from './domain-builder';
import { cString } from './elf';
import { FakeControl, FIRST_FRAME } from './fake-control';
import { makeImage, note, usualNotes } from './testing';

const BASE = 0xc000_0000;
const PAGES = 1024;

let control: FakeControl;

const image = (): Uint8Array =>
	makeImage({
		code: [1, 2, 3, 4, 5],
		memSize: 0x2800,
		notes: [...usualNotes(BASE, BASE + 4), ...note(XEN_ELFNOTE.HYPERCALL_PAGE, BASE + 0x1000)]
	});

const build = (config: Partial<DomainConfig> = {}): BuiltDomain =>
	buildDomain(control, { name: 'guest', image: image(), pages: PAGES, cmdline: 'hello world', ...config });

beforeEach(() => {
	control = new FakeControl();
});

/** Walks the built page tables as a processor does; the L1 entry's frame and flags, or null. */
function walk(built: BuiltDomain, address: number): { frame: number; flags: number } | null {
	let table: number = built.frames[built.layout.l3.pfn];
	for (const shift of [30, 21, 12]) {
		const index = Math.floor(address / 2 ** shift) % (shift === 30 ? 4 : 512);
		const entry = control.frame(table).read32(index * 8);
		if ((entry & 1) === 0) return null;
		table = entry >>> 12;
		if (shift === 12) return { frame: table, flags: entry & 0xfff };
	}
	return null;
}

const startInfo = (built: BuiltDomain): DataView => {
	const page = control.frame(built.frames[built.layout.startInfo.pfn]).read(0, START_INFO.size);
	return new DataView(page.buffer);
};

describe('a built domain', () => {
	it('has its page n at VIRT_BASE + n * 4096, page tables read-only', () => {
		const built = build();
		const { pageTables, regionEnd } = built.layout;
		for (let pfn = 0; pfn < PAGES; pfn++) {
			const isTable = pfn >= pageTables.pfn && pfn < pageTables.pfn + pageTables.pages;
			expect(walk(built, BASE + pfn * 4096)).toEqual({ frame: FIRST_FRAME + pfn, flags: isTable ? 0x21 : 0x23 });
		}
		expect(walk(built, regionEnd)).toBeNull();
	});

	it('has its kernel in place and the hypercall page where a note asks for it', () => {
		const built = build();
		expect([...control.frame(built.frames[0]).read(0, 6)]).toEqual([1, 2, 3, 4, 5, 0]);
		expect(control.log).toContain(`hypercall page ${FIRST_FRAME + 1}`);
	});

	it('finds its frames in the page list and itself in start_info', () => {
		const built = build();
		const { layout } = built;
		const info = startInfo(built);
		const word = (name: keyof typeof START_INFO.at): number => info.getUint32(START_INFO.at[name], true);
		expect(cString(new Uint8Array(info.buffer), 0)).toBe('xen-3.0-x86_32p');
		expect(cString(new Uint8Array(info.buffer), START_INFO.at.cmd_line)).toBe('hello world');
		expect(word('nr_pages')).toBe(PAGES);
		expect(word('shared_info')).toBe(0xfff000);
		expect(word('pt_base')).toBe(layout.pageTables.start);
		expect(word('nr_pt_frames')).toBe(layout.pageTables.pages);
		expect(word('store_mfn')).toBe(built.xenstoreMfn);
		expect([word('store_evtchn'), word('console_evtchn')]).toEqual([built.xenstorePort, built.consolePort]);
		expect(word('console_mfn')).toBe(built.consoleMfn);
		expect(word('mfn_list')).toBe(layout.p2m.start);
		expect(word('flags')).toBe(0);
		expect(control.frame(built.frames[layout.p2m.pfn]).read32(7 * 4)).toBe(FIRST_FRAME + 7);
	});

	it('starts at its entry with the registers of the interface and every upcall masked', () => {
		const built = build();
		const context = control.context!;
		const reg = (name: keyof typeof CPU_USER_REGS.at): number =>
			context.getUint32(VCPU_GUEST_CONTEXT.at.user_regs + CPU_USER_REGS.at[name], true);
		expect(reg('eip')).toBe(BASE + 4);
		expect(reg('esp')).toBe(built.layout.bootStack.end);
		expect(reg('esi')).toBe(built.layout.startInfo.start);
		expect(reg('cs') & 0xffff).toBe(FLAT_RING1_CS);
		expect([reg('ss'), reg('ds'), reg('es'), reg('fs'), reg('gs')].map((value) => value & 0xffff)).toEqual(
			new Array(5).fill(FLAT_RING1_DS)
		);
		expect(reg('eflags') & 0x200).toBe(0x200);
		expect(context.getUint32(VCPU_GUEST_CONTEXT.at.ctrlreg + 12, true)).toBe(
			mfnToCr3(built.frames[built.layout.l3.pfn])
		);
		const shared = control.frame(control.sharedInfo());
		for (let vcpu = 0; vcpu < 32; vcpu++)
			expect(
				shared.read(SHARED_INFO.at.vcpu_info + vcpu * VCPU_INFO.size + VCPU_INFO.at.evtchn_upcall_mask, 1)[0]
			).toBe(1);
	});

	it('grants domain 0 its console and xenstore pages', () => {
		const built = build();
		expect(control.grants).toEqual([
			[0, 0, built.consoleMfn],
			[1, 0, built.xenstoreMfn]
		]);
	});

	it('has its ramdisk in memory and in start_info', () => {
		const built = build({ ramdisk: Uint8Array.of(9, 8, 7) });
		const info = startInfo(built);
		expect(info.getUint32(START_INFO.at.mod_start, true)).toBe(built.layout.ramdisk.start);
		expect(info.getUint32(START_INFO.at.mod_len, true)).toBe(3);
		expect([...control.frame(built.frames[built.layout.ramdisk.pfn]).read(0, 3)]).toEqual([9, 8, 7]);
	});

	it('has its ramdisk on pages that are not mapped where its image can do without', () => {
		const notes = [...usualNotes(BASE, BASE), ...note(XEN_ELFNOTE.MOD_START_PFN, 1)];
		const disk = new Uint8Array(5000).fill(7);
		const built = build({ image: makeImage({ notes }), ramdisk: disk, pages: PAGES + 2 });
		const info = startInfo(built);
		const word = (name: keyof typeof START_INFO.at): number => info.getUint32(START_INFO.at[name], true);
		const { ramdisk, regionEnd, kernel, p2m } = built.layout;
		expect(p2m.pfn).toBe(kernel.pages);
		expect([ramdisk.pfn, ramdisk.pages]).toEqual([(regionEnd - BASE) / 4096, 2]);
		expect(walk(built, ramdisk.start)).toBeNull();
		expect([word('mod_start'), word('mod_len'), word('flags')]).toEqual([ramdisk.pfn, 8192, SIF_MOD_START_PFN]);
		const last = control.frame(built.frames[ramdisk.pfn + 1]).read(0, 1000);
		expect([last[903], last[904]]).toEqual([7, 0]);
		expect(() => build({ image: makeImage({ notes }), ramdisk: disk })).toThrow(/at least 5 MiB/);
		expect(startInfo(build({ image: makeImage({ notes }) })).getUint32(START_INFO.at.flags, true)).toBe(0);
	});

	it('has the symbol table behind its kernel that its image asks for', () => {
		const notes = [...usualNotes(BASE, BASE), ...note(XEN_ELFNOTE.BSD_SYMTAB, 'yes')];
		const built = build({ image: makeImage({ memSize: 0x1ffe, notes, symbols: [['start', BASE]] }) });
		const { symbols } = built.image;
		expect(symbols!.start).toBe(BASE + 0x2000);
		expect([...control.frame(built.frames[2]).read(0, symbols!.bytes.length)]).toEqual([...symbols!.bytes]);
		expect(built.layout.p2m.pfn).toBe(3);
		expect(build({ image: makeImage({ memSize: 0x1ffe, notes }) }).layout.p2m.pfn).toBe(2);
	});

	it('has an extended CR3 if its image can read one', () => {
		build();
		expect(control.context!.getUint32(VCPU_GUEST_CONTEXT.at.vm_assist, true)).toBe(1 << VMASST_TYPE_PAE_EXTENDED_CR3);
	});

	it('gets no more of its command line than there is room for', () => {
		const info = startInfo(build({ cmdline: 'x'.repeat(5000) }));
		expect(cString(new Uint8Array(info.buffer), START_INFO.at.cmd_line)).toBe('x'.repeat(1023));
	});
});

describe('a domain that cannot be built', () => {
	it('is not created for a bad image', () => {
		expect(() => build({ image: new Uint8Array(10) })).toThrow(/ELF magic/);
		expect(control.log).toEqual([]);
	});

	it('is not created where it is to be what its image cannot be', () => {
		const imageWith = (type: number, value: number | string): Uint8Array =>
			makeImage({ notes: [...usualNotes(BASE, BASE), ...note(type, value)] });
		const anyone = imageWith(XEN_ELFNOTE.SUPPORTED_FEATURES, 1 << 4);
		expect(() => build({ image: anyone, privileged: true })).toThrow(/'guest' cannot be privileged/);
		const ruler = imageWith(XEN_ELFNOTE.FEATURES, '!dom0');
		expect(() => build({ image: ruler })).toThrow(/requires dom0, but 'guest'/);
		expect(control.log).toEqual([]);
		build({ image: anyone });
		build({ image: ruler, privileged: true });
		build({ image: imageWith(XEN_ELFNOTE.SUPPORTED_FEATURES, 1 << 11), privileged: true });
	});

	it('is not created when memory is short', () => {
		control.available = 1100;
		expect(() => build()).toThrow(/only 972 free pages for 'guest', which asks for 1024/);
		expect(control.log).toEqual([]);
	});

	it('is destroyed again when the hypervisor refuses its page tables', () => {
		control.pinResult = -22;
		expect(() => build()).toThrow(/refused the initial page tables \(EINVAL\)/);
		expect(control.log).toContain('destroy 1');
	});
});
