/**
 * The control port: all that a control domain's programs (`src/toolstack`) may ask of the hypervisor. On a
 * real Xen these are domctl, foreign mappings, and the control domain's own event-channel and memory calls.
 *
 * The programs are the user space of a domain: of one that has a kernel, or of one that has none, which they play. Their ends of event channels
 * are served by functions that run a fixed time after the signal, as if that domain had been scheduled in.
 */
import { GTF_permit_access } from '../abi/structs/grant';
import { VCPU_GUEST_CONTEXT } from '../abi/structs/xen';
import { alignDown, Bug, PAGE_SIZE, u32 } from '../base';
import { Alarm } from '../hardware/alarm';
import type { Recorder } from '../trace/events';
import { createDomain, destroyDomain, pauseDomain, unpauseDomain } from './core/domains';
import { ALL_PRIVILEGES, UNPRIVILEGED, type Domain } from './core/domain';
import { allocUnbound, bindInterdomain, closePort, sendEvent } from './events/channels';
import { writeGrantEntry } from './grants/table';
import { typeOnConsole } from './calls/console-io';
import { writeHypercallPage } from './calls/hypercall-page';
import type { Hypervisor } from './core/hypervisor';
import { permit, type Permitted } from './core/permissions';
import { mapGsi } from './irqs/pirqs';
import { domainUse, hostUse, type DomainUse, type HostUse } from './info';
import { TYPE } from './mm/frame-table';
import { setM2p } from './mm/m2p';
import { getPageAndType } from './mm/page-types';
import { pinAtBuild } from './mm/pinning';
import { setVcpuContext } from './pv/vcpu-context';

export type { DomainUse, HostUse, VcpuUse } from './info';

/** A page of a guest's memory that others look into. Offsets in bytes, below 4096. */
export interface SharedPage {
	/** Reads an aligned word, unsigned. */
	read32(offset: number): number;
	write32(offset: number, value: number): void;
	/** A copy of `length` bytes. */
	read(offset: number, length: number): Uint8Array;
	write(offset: number, bytes: Uint8Array): void;
}

/** A domain to be made. */
export interface NewDomain {
	readonly name: string;
	/** The most pages that it may have. */
	readonly pages: number;
	readonly privileged: boolean;
	/** 1 where it is not said. */
	readonly vcpus?: number;
	/** The highest port that it may open; the limit of the ABI where it is not said. */
	readonly maxPort?: number;
}

/** How a domain fares. */
export interface DomainStatus {
	readonly alive: boolean;
	/** It is being destroyed, or there is none. */
	readonly dying: boolean;
	/** SHUTDOWN_* (xen/include/public/sched.h), or null. */
	readonly shutdown: number | null;
	/** An index of CRASH_REASONS with the address, or null. */
	readonly crash: { readonly reason: number; readonly eip: number } | null;
}

/**
 * What a control domain's programs may ask of the hypervisor. Domains, ports and frames are named by their numbers; errors are
 * negative errno.
 */
export interface Control {
	readonly recorder: Recorder;
	/** Virtual time, cycles; and how many are a second. */
	readonly now: number;
	readonly hz: number;
	/** Frames that nobody owns. */
	readonly available: number;
	/** The control domain's own number. */
	readonly dom: number;
	/** Bytes typed at the machine's own console that wait for the control domain's kernel. */
	readonly unreadTyping: number;
	/** Types at the machine's own console, which the control domain's kernel reads. */
	type(bytes: Uint8Array): void;
	/** Gives a domain `count` of the machine's ports, frames of device memory or interrupts from `first` on, or takes them away. */
	permit(dom: number, what: Permitted, first: number, count: number, allow: boolean): void;
	/** Gives a domain the machine's interrupt line `irq`, as its interrupt of the same number; 0 or -errno. */
	mapIrq(dom: number, irq: number): number;
	/** Makes a paused domain without memory, its vcpus down; returns its number. */
	createDomain(domain: NewDomain): number;
	/** Gives a domain the number by which its tools know it, 16 bytes. */
	setHandle(dom: number, handle: readonly number[]): void;
	/** Ends a domain and frees all it has. */
	destroyDomain(dom: number): void;
	pause(dom: number): void;
	unpause(dom: number): void;
	/** The numbers of all domains. */
	readonly domains: readonly number[];
	status(dom: number): DomainStatus;
	/** What it has and what its vcpus do; undefined where there is no such domain. */
	use(dom: number): DomainUse | undefined;
	/** What the machine has. */
	host(): HostUse;
	/** Called with the number of each domain that shuts down or crashes. */
	onDomainEnd: (dom: number) => void;
	/** Gives a domain `count` zeroed pages and sets their machine-to-physical entries from page 0 on. Fewer when memory ends. */
	populate(dom: number, count: number): number[];
	/** The frame of shared_info. */
	sharedInfo(dom: number): number;
	/** A frame as raw memory; for building a domain that has not run. */
	frame(mfn: number): SharedPage;
	/** Maps a domain's frame for good: it stays an ordinary writable page. Null when it is none. */
	map(dom: number, mfn: number): SharedPage | null;
	unmap(mfn: number): void;
	/** Fills a frame with hypercall stubs. */
	fillHypercallPage(mfn: number): void;
	/** Validates and pins a top-level page table; 0 or -errno. */
	pinTable(dom: number, mfn: number): number;
	/** Starts vcpu 0 with a struct vcpu_guest_context; 0 or -errno. */
	setVcpuContext(dom: number, context: DataView): number;
	/** Writes a grant entry that lets domain `to` use `mfn`. */
	grant(dom: number, ref: number, to: number, mfn: number): void;
	/** Opens a port of `dom` for the control domain to connect to. */
	allocUnbound(dom: number): number;
	/** Connects to a port of `dom`; `handler` runs `LATENCY_CYCLES` after each signal. Returns the control domain's port. */
	bind(dom: number, port: number, handler: () => void): number;
	/** Gives a port bound before a restore its handler back. */
	rebind(port: number, handler: () => void): void;
	/** Signals the domain at the other end of the control domain's `port`. */
	notify(port: number): void;
	/** Runs the handler of `port` as if it had been signalled. */
	kick(port: number): void;
	close(port: number): void;
	/** An alarm of one of the control domain's programs, which wakes it in that domain's name. */
	alarm(ring: () => void): ProgramAlarm;
}

/** An appointment that its owner makes, calls off, and keeps in its saved state; as `Alarm` of the machine. */
export type ProgramAlarm = Pick<Alarm, 'at' | 'set' | 'cancel' | 'save' | 'restore'>;

/**
 * From a signal to the control domain's answer: its kernel is scheduled in, takes the upcall and wakes the
 * daemon. About 20 µs on the default profile: two switches and a wakeup on hardware of that time.
 */
export const LATENCY_CYCLES = 48_000;

/** A handler that is due. */
interface Due {
	at: number;
	port: number;
	/** Seq of the event that led to it. */
	cause: number;
	/** Of its appointment with the clock. */
	id: number;
}

/** The control port's own state as plain data. */
export interface SavedControl {
	due: Due[];
}

/** The control port as thin functions over the hypervisor. */
export class ControlPort implements Control {
	onDomainEnd: (dom: number) => void = () => {};
	private readonly handlers = new Map<number, () => void>();
	private due: Due[] = [];
	readonly dom: number;

	constructor(
		private readonly hv: Hypervisor,
		own: Domain
	) {
		this.dom = own.id;
		own.events.native = (port) => this.raise(port);
		hv.onDomainEnd = (domain) => hv.inContext(this.dom, 0, () => this.onDomainEnd(domain.id));
	}

	get recorder(): Recorder {
		return this.hv.recorder;
	}

	get now(): number {
		return this.hv.machine.clock.now;
	}

	get hz(): number {
		return this.hv.machine.clock.hz;
	}

	get available(): number {
		return this.hv.heap.available;
	}

	get unreadTyping(): number {
		return this.hv.consoleInput.length;
	}

	type(bytes: Uint8Array): void {
		typeOnConsole(this.hv, bytes);
	}

	permit(dom: number, what: Permitted, first: number, count: number, allow: boolean): void {
		permit(this.domain(dom).permissions, what, first, count, allow);
	}

	mapIrq(dom: number, irq: number): number {
		const mapped = mapGsi(this.hv, this.own, this.domain(dom), irq, irq);
		return Math.min(mapped, 0);
	}

	createDomain({ pages, privileged, ...domain }: NewDomain): number {
		const privileges = privileged ? ALL_PRIVILEGES : UNPRIVILEGED;
		const d = createDomain(this.hv, { maxPages: pages, privileges, ...domain });
		this.hv.grants.create(this.hv, d);
		return d.id;
	}

	setHandle(dom: number, handle: readonly number[]): void {
		this.domain(dom).handle = handle;
	}

	destroyDomain(dom: number): void {
		destroyDomain(this.hv, this.domain(dom));
	}

	pause(dom: number): void {
		pauseDomain(this.hv, this.domain(dom));
	}

	unpause(dom: number): void {
		unpauseDomain(this.hv, this.domain(dom));
	}

	get domains(): readonly number[] {
		return [...this.hv.domains.keys()];
	}

	status(dom: number): DomainStatus {
		const d = this.hv.domains.get(dom);
		if (!d) return { alive: false, dying: true, shutdown: null, crash: null };
		const crash = d.crash && { reason: d.crash.reason, eip: d.crash.eip };
		return { alive: d.alive, dying: d.dying, shutdown: d.shutdownCode, crash };
	}

	use(dom: number): DomainUse | undefined {
		const d = this.hv.domains.get(dom);
		return d && domainUse(this.hv, d);
	}

	host(): HostUse {
		return hostUse(this.hv);
	}

	populate(dom: number, count: number): number[] {
		const d = this.domain(dom);
		this.hv.quiet++;
		try {
			return Array.from({ length: count }, (_, pfn) => this.populatePage(d, pfn)).filter((frame) => frame >= 0);
		} finally {
			this.hv.quiet--;
		}
	}

	sharedInfo(dom: number): number {
		return this.domain(dom).sharedInfo;
	}

	frame(mfn: number): SharedPage {
		const { memory } = this.hv.machine;
		const base = mfn * PAGE_SIZE;
		return {
			read32: (offset) => u32(memory.read32(base + alignDown(offset, 4))),
			write32: (offset, value) => memory.write32(base + alignDown(offset, 4), value | 0),
			read: (offset, length) => memory.bytes(base + offset, length).slice(),
			write: (offset, bytes) => memory.copyIn(base + offset, bytes)
		};
	}

	map(dom: number, mfn: number): SharedPage | null {
		if (getPageAndType(this.hv, mfn, dom, TYPE.writable) !== 0) return null;
		this.hv.grants.hold(mfn);
		return this.frame(mfn);
	}

	unmap(mfn: number): void {
		this.hv.grants.drop(this.hv, mfn);
	}

	fillHypercallPage(mfn: number): void {
		writeHypercallPage(this.hv, mfn);
	}

	pinTable(dom: number, mfn: number): number {
		return pinAtBuild(this.hv, this.domain(dom), mfn);
	}

	setVcpuContext(dom: number, context: DataView): number {
		if (context.byteLength !== VCPU_GUEST_CONTEXT.size)
			throw new Bug('a vcpu context of the wrong size', { size: context.byteLength });
		return setVcpuContext(this.hv, this.domain(dom).vcpus[0], context);
	}

	grant(dom: number, ref: number, to: number, mfn: number): void {
		writeGrantEntry(this.hv, this.domain(dom), ref, GTF_permit_access, to, mfn);
	}

	allocUnbound(dom: number): number {
		return allocUnbound(this.hv, this.domain(dom), this.dom);
	}

	bind(dom: number, port: number, handler: () => void): number {
		const local = bindInterdomain(this.hv, this.own, dom, port, true);
		if (local < 0) throw new Bug('the toolstack could not bind a port that it had asked for', { dom, port, local });
		this.handlers.set(local, handler);
		return local;
	}

	rebind(port: number, handler: () => void): void {
		this.handlers.set(port, handler);
	}

	notify(port: number): void {
		sendEvent(this.hv, this.own, port);
	}

	kick(port: number): void {
		this.raise(port);
	}

	close(port: number): void {
		this.handlers.delete(port);
		this.due = this.due.filter((due) => due.port !== port);
		closePort(this.hv, this.own, port);
	}

	alarm(ring: () => void): ProgramAlarm {
		const { hv } = this;
		return new Alarm(hv.machine.clock, () => hv.causedBy(-1, () => hv.inContext(this.dom, 0, ring)));
	}

	save(): SavedControl {
		return { due: this.due.map((due) => ({ ...due })) };
	}

	/** Restores what is due, after the clock has been; ports get their handlers by `rebind`. */
	restore(saved: SavedControl): void {
		this.handlers.clear();
		this.due = saved.due.map((due) => ({ ...due }));
		for (const due of this.due) this.hv.machine.clock.reschedule(due.id, () => this.handle(due));
	}

	private get own(): Domain {
		return this.domain(this.dom);
	}

	private domain(dom: number): Domain {
		const d = this.hv.domains.get(dom);
		if (!d) throw new Bug('the toolstack named a domain that does not exist', { dom });
		return d;
	}

	/** A zeroed page as page `pfn` of a domain, or -1. */
	private populatePage(d: Domain, pfn: number): number {
		const frame = this.hv.heap.allocateDomainPage(d);
		if (frame < 0) return -1;
		this.hv.heap.clear(frame);
		setM2p(this.hv, frame, pfn);
		return frame;
	}

	/** A port of the programs' was signalled; signals before the handler runs are one. */
	private raise(port: number): void {
		const known = this.due.find((due) => due.port === port);
		// It will find all that has been sent by then: the last one tells best what it wakes for.
		if (known) {
			known.cause = this.recorder.cause;
			return;
		}
		const due: Due = { at: this.now + LATENCY_CYCLES, port, cause: this.recorder.cause, id: 0 };
		due.id = this.hv.machine.clock.schedule(due.at, () => this.handle(due));
		this.due.push(due);
	}

	private handle(due: Due): void {
		const at = this.due.indexOf(due);
		if (at < 0) return;
		this.due.splice(at, 1);
		this.hv.causedBy(due.cause, () => this.hv.inContext(this.dom, 0, () => this.handlers.get(due.port)?.()));
	}
}
