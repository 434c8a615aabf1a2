/**
 * Builds a domain: memory, kernel, start-of-day pages, page tables, registers. Everything is written
 * into ordinary pages; only then does the hypervisor validate and pin the page tables, by the same
 * rules as for a running guest.
 */
import { PAGE_SIZE } from '../base';
import { errnoName } from '../abi/errno';
import { PT_LOAD } from '../abi/structs/elf';
import { GNTTAB_RESERVED_CONSOLE, GNTTAB_RESERVED_XENSTORE } from '../abi/structs/grant';
import {
	MAX_GUEST_CMDLINE,
	SIF_INITDOMAIN,
	SIF_MOD_START_PFN,
	SIF_PRIVILEGED,
	START_INFO,
	START_INFO_MAGIC
} from '../abi/structs/start';
import {
	CPU_USER_REGS,
	FLAT_RING1_CS,
	FLAT_RING1_DS,
	mfnToCr3,
	SHARED_INFO,
	VCPU_GUEST_CONTEXT,
	VCPU_INFO,
	VGCF_IN_KERNEL,
	VGCF_ONLINE,
	VMASST_TYPE_PAE_EXTENDED_CR3,
	XEN_LEGACY_MAX_VCPUS
} from '../abi/structs/xen';
import type { Control } from '../hypervisor/control';
import { KIND, word } from '../trace/events';
import type { DiskConfig, VifConfig } from './devices/config';
import { layoutDomain, type DomainLayout, type TableLevel } from './domain-layout';
import { LoadError } from './elf';
import { parseXenImage, type XenImage } from './xen-notes';
import { toBytes } from './xenstore/wire';
import { ENTRIES, PTE_A, PTE_D, PTE_P, PTE_RW, PTE_US } from '../x86/paging';
import { EFLAGS } from '../x86/flags';

/** What a new domain is to be. */
export interface DomainConfig {
	readonly name: string;
	readonly image: Uint8Array;
	/** Memory in pages of 4 KiB. */
	readonly pages: number;
	/** The most pages that it may come to have, as many as at first unless said. */
	readonly maxPages?: number;
	/** Virtual processors, 1 unless said; the first is up from the start. */
	readonly vcpus?: number;
	/** How many of them it may bring up; all unless said. */
	readonly onlineVcpus?: number;
	/** At most 1023 bytes. */
	readonly cmdline?: string;
	readonly ramdisk?: Uint8Array;
	readonly privileged?: boolean;
	/** It is the control domain itself, which the hypervisor has made at boot, with as many pages and vcpus. */
	readonly initial?: boolean;
	/** The highest port that it may open, 1023 unless said (libxl_create.c: `event_channels`). */
	readonly maxEventChannels?: number;
	readonly disks?: readonly DiskConfig[];
	readonly vifs?: readonly VifConfig[];
	/** Whether it may serve other domains' devices (xl.cfg: `driver_domain`). */
	readonly driverDomain?: boolean;
	/** 32 digits with dashes; made of its number unless said. */
	readonly uuid?: string;
	/** How its kernel and ramdisk are called, for those who ask. */
	readonly kernelName?: string;
	readonly ramdiskName?: string;
	/** What the toolstack does once it has ended; it is left as it is unless said. */
	readonly actions?: EndActions;
}

/** What becomes of a domain that has ended. */
export type EndAction = 'destroy' | 'restart' | 'preserve';

/** By the way it ended. */
export interface EndActions {
	readonly poweroff: EndAction;
	readonly reboot: EndAction;
	readonly crash: EndAction;
	readonly watchdog: EndAction;
}

/** What xl does unless its configuration says otherwise (xl.cfg: on_poweroff and its like). */
export const usualActions: EndActions = {
	poweroff: 'destroy',
	reboot: 'restart',
	crash: 'destroy',
	watchdog: 'destroy'
};

/** A domain that is ready to run but still paused. */
export interface BuiltDomain {
	readonly dom: number;
	readonly layout: DomainLayout;
	readonly image: XenImage;
	/** Machine frame of each of its pages. */
	readonly frames: readonly number[];
	/** 0 and 0 for the control domain: its console is the hypervisor's own. */
	readonly consoleMfn: number;
	readonly consolePort: number;
	readonly xenstoreMfn: number;
	readonly xenstorePort: number;
}

const L1_FLAGS = PTE_P | PTE_RW | PTE_A;
/** What toolstacks put in upper entries, the L3's too: the hypervisor loads a cleaned copy of that. */
const UPPER_FLAGS = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D;

const USUAL_EVENT_CHANNELS = 1023;

/** A domain under construction. */
class Builder {
	private readonly frames: number[];

	constructor(
		private readonly control: Control,
		private readonly dom: number,
		private readonly config: DomainConfig,
		private readonly image: XenImage,
		private readonly layout: DomainLayout
	) {
		this.frames = control.populate(dom, config.pages);
	}

	build(): BuiltDomain {
		const { layout, control, dom, frames } = this;
		const { initial = false } = this.config;
		const xenstorePort = control.allocUnbound(dom);
		const [consolePort, consoleMfn] = initial ? [0, 0] : [control.allocUnbound(dom), frames[layout.console.pfn]];
		const xenstoreMfn = frames[layout.xenstore.pfn];
		this.loadKernel();
		if (this.config.ramdisk) this.write(layout.virtBase + layout.ramdisk.pfn * PAGE_SIZE, this.config.ramdisk);
		this.write(layout.p2m.start, new Uint8Array(Uint32Array.from(frames).buffer));
		this.writeStartInfo({ xenstorePort, consolePort, consoleMfn });
		this.writeTables();
		this.maskUpcalls();
		if (!initial) {
			control.grant(dom, GNTTAB_RESERVED_CONSOLE, control.dom, consoleMfn);
			control.grant(dom, GNTTAB_RESERVED_XENSTORE, control.dom, xenstoreMfn);
		}
		this.pin();
		this.start();
		return { dom, layout, image: this.image, frames, consoleMfn, consolePort, xenstoreMfn, xenstorePort };
	}

	/** Writes at a virtual address, counted on beyond the initial mapping. */
	private write(address: number, bytes: Uint8Array): void {
		for (let done = 0; done < bytes.length;) {
			const at = address + done - this.layout.virtBase;
			const offset = at % PAGE_SIZE;
			const part = bytes.subarray(done, done + PAGE_SIZE - offset);
			this.control.frame(this.frames[Math.floor(at / PAGE_SIZE)]).write(offset, part);
			done += part.length;
		}
	}

	/** Memory is zero at first, so what a segment has beyond its file bytes needs nothing. */
	private loadKernel(): void {
		const { elf, virtOffset, hypercallPage, symbols } = this.image;
		for (const segment of elf.segments)
			if (segment.type === PT_LOAD)
				this.write(segment.paddr + virtOffset, elf.bytes.subarray(segment.offset, segment.offset + segment.fileSize));
		if (symbols) this.write(symbols.start, symbols.bytes);
		if (hypercallPage !== null)
			this.control.fillHypercallPage(this.frames[(hypercallPage - this.layout.virtBase) / PAGE_SIZE]);
	}

	private writeStartInfo(given: Pick<BuiltDomain, 'xenstorePort' | 'consolePort' | 'consoleMfn'>): void {
		const { layout, frames, config } = this;
		const ramdisk = this.ramdiskWords();
		const page = new Uint8Array(START_INFO.size);
		const view = new DataView(page.buffer);
		const { at } = START_INFO;
		const words: Partial<Record<keyof typeof at, number>> = {
			nr_pages: config.pages,
			shared_info: this.control.sharedInfo(this.dom) * PAGE_SIZE,
			flags: (config.privileged ? SIF_PRIVILEGED : 0) | (config.initial ? SIF_INITDOMAIN : 0) | ramdisk.flags,
			store_mfn: frames[layout.xenstore.pfn],
			store_evtchn: given.xenstorePort,
			console_mfn: given.consoleMfn,
			console_evtchn: given.consolePort,
			pt_base: layout.pageTables.start,
			nr_pt_frames: layout.pageTables.pages,
			mfn_list: layout.p2m.start,
			mod_start: ramdisk.start,
			mod_len: ramdisk.length
		};
		for (const [name, value] of Object.entries(words)) view.setUint32(at[name as keyof typeof at], value, true);
		page.set(toBytes(START_INFO_MAGIC), at.magic);
		page.set(toBytes(config.cmdline ?? '').subarray(0, MAX_GUEST_CMDLINE - 1), at.cmd_line);
		this.write(layout.startInfo.start, page);
	}

	/** Where a guest finds its ramdisk: at an address, or on pages that are not mapped, which only whole pages can tell. */
	private ramdiskWords(): { start: number; length: number; flags: number } {
		const { ramdisk, regionEnd } = this.layout;
		if (!this.config.ramdisk) return { start: 0, length: 0, flags: 0 };
		if (ramdisk.start < regionEnd) return { start: ramdisk.start, length: this.config.ramdisk.length, flags: 0 };
		return { start: ramdisk.pfn, length: ramdisk.pages * PAGE_SIZE, flags: SIF_MOD_START_PFN };
	}

	/** Fills the L3, the L2s and the L1s; page tables themselves are mapped read-only. */
	private writeTables(): void {
		const { l3, l2, l1, virtBase, regionEnd, pageTables } = this.layout;
		for (let i = 0; i < l2.count; i++)
			this.setEntry(l3, l2.from / (ENTRIES ** 2 * PAGE_SIZE) + i, l2.pfn + i, UPPER_FLAGS);
		for (let i = 0; i < l1.count; i++)
			this.setEntry(l2, (l1.from - l2.from) / (ENTRIES * PAGE_SIZE) + i, l1.pfn + i, UPPER_FLAGS);
		const first = (virtBase - l1.from) / PAGE_SIZE;
		for (let pfn = 0; pfn < (regionEnd - virtBase) / PAGE_SIZE; pfn++) {
			const isTable = pfn >= pageTables.pfn && pfn < pageTables.pfn + pageTables.pages;
			this.setEntry(l1, first + pfn, pfn, isTable ? L1_FLAGS & ~PTE_RW : L1_FLAGS);
		}
	}

	/** Entry `index` of a level, counted through its tables, comes to point at page `pfn`. */
	private setEntry(level: TableLevel, index: number, pfn: number, flags: number): void {
		const table = this.control.frame(this.frames[level.pfn + Math.floor(index / ENTRIES)]);
		const mfn = this.frames[pfn];
		table.write32((index % ENTRIES) * 8, ((mfn << 12) | flags) >>> 0);
		table.write32((index % ENTRIES) * 8 + 4, mfn >>> 20);
	}

	private maskUpcalls(): void {
		const shared = this.control.frame(this.control.sharedInfo(this.dom));
		for (let vcpu = 0; vcpu < XEN_LEGACY_MAX_VCPUS; vcpu++)
			shared.write(
				SHARED_INFO.at.vcpu_info + vcpu * VCPU_INFO.size + VCPU_INFO.at.evtchn_upcall_mask,
				Uint8Array.of(1)
			);
	}

	private pin(): void {
		const result = this.control.pinTable(this.dom, this.frames[this.layout.l3.pfn]);
		if (result !== 0) throw new LoadError(`the hypervisor refused the initial page tables (${errnoName(result)})`);
	}

	/** The registers with which the first instruction runs (xen/include/public/arch-x86/xen.h). */
	private start(): void {
		const { layout, image } = this;
		const context = new DataView(new ArrayBuffer(VCPU_GUEST_CONTEXT.size));
		const { at } = VCPU_GUEST_CONTEXT;
		const stackTop = layout.bootStack.end;
		const regs: Partial<Record<keyof typeof CPU_USER_REGS.at, number>> = {
			eip: image.entry,
			esp: stackTop,
			esi: layout.startInfo.start,
			eflags: EFLAGS.IF | EFLAGS.FIXED
		};
		for (const [name, value] of Object.entries(regs))
			context.setUint32(at.user_regs + CPU_USER_REGS.at[name as keyof typeof CPU_USER_REGS.at], value, true);
		for (const name of ['ss', 'ds', 'es', 'fs', 'gs'] as const)
			context.setUint16(at.user_regs + CPU_USER_REGS.at[name], FLAT_RING1_DS, true);
		context.setUint16(at.user_regs + CPU_USER_REGS.at.cs, FLAT_RING1_CS, true);
		context.setUint32(at.flags, VGCF_IN_KERNEL | VGCF_ONLINE, true);
		context.setUint32(at.kernel_ss, FLAT_RING1_DS, true);
		context.setUint32(at.kernel_sp, stackTop, true);
		context.setUint32(at.vm_assist, image.extendedCr3 ? 1 << VMASST_TYPE_PAE_EXTENDED_CR3 : 0, true);
		context.setUint32(at.ctrlreg + 3 * 4, mfnToCr3(this.frames[layout.l3.pfn]), true);
		const result = this.control.setVcpuContext(this.dom, context);
		if (result !== 0) throw new LoadError(`the hypervisor refused the first vcpu's registers (${errnoName(result)})`);
	}
}

/** Pages that the hypervisor needs for a domain beside the domain's own: tables, shared pages, grant frames. */
const OVERHEAD_PAGES = 128;

function checkMemory(control: Control, { name, pages }: DomainConfig): void {
	const free = Math.max(0, control.available - OVERHEAD_PAGES);
	if (pages > free)
		throw new LoadError(`the machine has only ${free} free pages for '${name}', which asks for ${pages}`);
}

/** Whether the image can be what the domain is to be: the control domain, or one without privilege. */
function checkRole(image: XenImage, { name, privileged }: DomainConfig): void {
	if (privileged && image.controlDomain === false)
		throw new LoadError(`'${name}' cannot be privileged: its image supports no control domain (SUPPORTED_FEATURES)`);
	if (!privileged && image.requiredFeatures.includes('dom0'))
		throw new LoadError(`the image requires dom0, but '${name}' is to be a domain without privilege`);
}

/**
 * Builds a domain and leaves it paused.
 * @throws LoadError when the image is no guest that can run here or does not fit; no domain is left then
 */
export function buildDomain(control: Control, config: DomainConfig): BuiltDomain {
	const image = parseXenImage(config.image);
	checkRole(image, config);
	const layout = layoutDomain(image, config.pages, config.ramdisk?.length ?? 0);
	checkMemory(control, config);
	const dom = config.initial
		? control.dom
		: control.createDomain({
				name: config.name,
				pages: config.maxPages ?? config.pages,
				privileged: config.privileged ?? false,
				vcpus: config.vcpus,
				maxPort: config.maxEventChannels ?? USUAL_EVENT_CHANNELS
			});
	try {
		return new Builder(control, dom, config, image, layout).build();
	} catch (error) {
		if (error instanceof LoadError && !config.initial) control.destroyDomain(dom);
		throw error;
	}
}

/** Records that a domain starts, and lets it run. */
export function startDomain(control: Control, built: BuiltDomain): void {
	const { dom, image, layout, frames } = built;
	control.recorder.record(
		KIND.domain_start,
		word('of_dom', dom),
		word('eip', image.entry),
		word('start_info', layout.startInfo.start),
		word('cr3', mfnToCr3(frames[layout.l3.pfn]))
	);
	control.unpause(dom);
}
