/** What the hypervisor knows of a domain and of each of its virtual processors. */
import type { Site } from '../../hardware/devices/device';
import { DomainEvents, VcpuEvents } from '../events/records';
import { DomainMemory, VcpuMemory } from '../mm/records';
import { DomainPv, VcpuPv } from '../pv/records';
import { VcpuSched } from '../sched/records';
import { DomainTime, VcpuTime } from '../time/records';
import type { Pcpu } from './pcpu';
import { initialPermissions, type Permissions } from './permissions';
import { EFLAGS } from '../../x86/flags';
import type { Registers } from '../../x86/registers';

/** Registers of a vcpu that is not on the processor, as its last entry into the hypervisor left them. */
export interface UserRegs extends Registers {
	cs: number;
	ss: number;
	ds: number;
	es: number;
	fs: number;
	gs: number;
}

/** All zero, but for EFLAGS: IF is set, and bit 1, which always is. */
export const emptyRegs = (): UserRegs => ({
	eax: 0,
	ecx: 0,
	edx: 0,
	ebx: 0,
	esp: 0,
	ebp: 0,
	esi: 0,
	edi: 0,
	eip: 0,
	eflags: EFLAGS.IF | EFLAGS.FIXED,
	cs: 0,
	ss: 0,
	ds: 0,
	es: 0,
	fs: 0,
	gs: 0
});

/**
 * One virtual processor. The core knows who it is, its registers while it is on no processor, and which it is on; the rest are the
 * parts that the rooms keep. Code for any kind of guest does without `pv`, which only a paravirtualized one has.
 */
export class Vcpu {
	regs: UserRegs = emptyRegs();
	/** It has been given a context (VCPUOP_initialise). */
	initialised = false;
	/** The processor that it is on, or null (`Pcpu.assign`). */
	pcpu: Pcpu | null = null;
	readonly sched = new VcpuSched();
	readonly time = new VcpuTime();
	readonly events: VcpuEvents;
	readonly mm = new VcpuMemory();
	readonly pv = new VcpuPv();

	constructor(
		readonly domain: Domain,
		readonly id: number
	) {
		this.events = new VcpuEvents(domain.sharedInfo, id);
	}
}

/** What a domain may do beyond its own. It is given with its making, whoever plays the domain: a guest's kernel, or programs outside. */
export interface Privileges {
	/** It may act on other domains, and ask about the whole machine (is_control_domain). */
	readonly control: boolean;
	/** The machine's devices are its, but for those that the hypervisor keeps (is_hardware_domain). */
	readonly hardware: boolean;
}

export const UNPRIVILEGED: Privileges = { control: false, hardware: false };
export const ALL_PRIVILEGES: Privileges = { control: true, hardware: true };

/** A domain: who it is, its state of life, its vcpus; and the parts that the rooms keep. */
export class Domain {
	readonly vcpus: Vcpu[] = [];
	readonly time = new DomainTime();
	readonly events = new DomainEvents();
	readonly mm = new DomainMemory();
	readonly pv: DomainPv;
	/** What of the machine's hardware it may use. */
	readonly permissions: Permissions;
	/** The number by which its tools know it, whatever it means to them (XEN_DOMCTL_setdomainhandle): a UUID of 16 bytes. */
	handle: readonly number[] = new Array<number>(16).fill(0);
	/** VMASST_TYPE_* bits. */
	assists = 0;
	/** SHUTDOWN_* code once shut down, or null. */
	shutdownCode: number | null = null;
	/** SCHEDOP_shutdown_code: the code that its end will have, or null. */
	announcedCode: number | null = null;
	/** Set once it has been crashed: why, an index of CRASH_REASONS, and the vcpu that ran or else the first. */
	crash: { reason: number; vcpu: number; eip: number; regs: UserRegs } | null = null;
	dying = false;
	paused = true;

	constructor(
		readonly id: number,
		readonly name: string,
		readonly privileges: Privileges,
		/** The frame of shared_info. */
		readonly sharedInfo: number,
		machine: Omit<Site, 'bus'>,
		/** How many vcpus it is made for; tools may make them later than the domain (XEN_DOMCTL_max_vcpus). */
		public maxVcpus = 0
	) {
		this.pv = new DomainPv(machine);
		this.permissions = initialPermissions(privileges);
	}

	/** Whether the guest asked for the assist VMASST_TYPE_* `type` (vm_assist). */
	assisted(type: number): boolean {
		return (this.assists & (1 << type)) !== 0;
	}

	/** Whether programs outside are all that there is of it: it has no kernel, and with that no vcpus. */
	get played(): boolean {
		return this.maxVcpus === 0;
	}

	/** Whether any hardware is its: then entries may say how they are cached, and caches flushed (cache_flush_permitted). */
	get hasHardware(): boolean {
		const { ports, frames } = this.permissions;
		return ports.length > 0 || frames.length > 0;
	}

	/** Whether it may still run. */
	get alive(): boolean {
		return !this.dying && this.shutdownCode === null && this.crash === null;
	}
}
