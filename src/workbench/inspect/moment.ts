/** The present moment of a run as plain data, for pictures and tests. It reads and changes nothing. */
import { PAGE_SHIFT, PAGE_SIZE } from '../../base';
import { VCPU_INFO } from '../../abi/structs/xen';
import type { SegmentRegister } from '../../hardware/cpu/segment-register';
import type { Domain, Vcpu } from '../../hypervisor/core/domain';
import { CHANNEL } from '../../hypervisor/events/records';
import { XEN_TSS_VIRT } from '../../hypervisor/core/layout';
import { portMasked, portPending } from '../../hypervisor/events/ports';
import { vcpuInfoAddress } from '../../hypervisor/events/shared-info';
import {
	type ChannelState,
	type DomainState,
	type MomentState,
	type Running,
	type SegmentState,
	type TlbState,
	type VcpuInfoState,
	type VcpuState
} from '../../moments';
import { DOMID_IDLE } from '../../abi/structs/xen';
import { translate } from './page-walk';
import type { Run } from '../run';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { GENERAL_REGISTERS, SEGMENT_NAMES, type Registers, type SegmentName, CS } from '../../x86/registers';
import { TSS32, tssStack } from '../../x86/tss';
import { PAE_SPAN } from '../../x86/paging';

/** Bytes of code shown: enough for a screenful of instructions. */
const CODE_BYTES = 256;
const CHANNEL_STATES: Readonly<Record<number, ChannelState['state']>> = {
	[CHANNEL.closed]: 'free',
	[CHANNEL.unbound]: 'unbound',
	[CHANNEL.interdomain]: 'interdomain',
	[CHANNEL.pirq]: 'pirq',
	[CHANNEL.virq]: 'virq',
	[CHANNEL.ipi]: 'ipi'
};

/** The present moment. Reads the machine and changes nothing, not even a counter of the TLB. */
export function inspect(run: Run): MomentState {
	const { machine, hypervisor } = run.system;
	const { cpu } = machine;
	const v = hypervisor.pcpu.current;
	return {
		icount: run.icount,
		cycle: run.now,
		seq: run.store.next,
		dom: v ? v.domain.id : DOMID_IDLE,
		vcpu: v ? v.id : 0,
		cpl: cpu.cpl,
		running: running(run),
		regs: registers(run),
		segs: Object.fromEntries(SEGMENT_NAMES.map((name, index) => [name, segment(cpu.seg[index])])) as Record<
			SegmentName,
			SegmentState
		>,
		cr0: cpu.cr0 >>> 0,
		cr2: cpu.cr2 >>> 0,
		cr3: cpu.cr3 >>> 0,
		cr4: cpu.cr4 >>> 0,
		dr: Array.from(cpu.dr, (value) => value >>> 0),
		gdtr: { ...cpu.gdtr },
		idtr: { ...cpu.idtr },
		ldtr: segment(cpu.ldtr),
		tr: segment(cpu.tr),
		tss: stacks(run),
		code: codeAt(run, (cpu.seg[CS].base + cpu.eip) >>> 0),
		tlb: tlb(run),
		vcpuInfo: v ? vcpuInfo(run, v) : null,
		domains: [...hypervisor.domains.values()].map((domain) => domainState(run, domain)),
		halted: cpu.halted
	};
}

/** Who is on the processor: by ring, and in ring 0 by whether a vcpu is current. */
export function running(run: Run): Running {
	const { cpl } = run.system.machine.cpu;
	if (cpl === 3) return 'guest user';
	if (cpl > 0) return 'guest kernel';
	return run.system.hypervisor.pcpu.current ? 'hypervisor' : 'idle';
}

/** General registers, EIP and EFLAGS of the processor. */
export function registers(run: Run): Registers {
	const { cpu } = run.system.machine;
	const general = Object.fromEntries(GENERAL_REGISTERS.map((name, index) => [name, cpu.s[index << 1] >>> 0]));
	return { ...general, eip: cpu.eip, eflags: cpu.getEflags() >>> 0 } as Registers;
}

const segment = (r: SegmentRegister): SegmentState => ({
	selector: r.selector,
	base: r.base >>> 0,
	limit: r.limit >>> 0,
	type: r.type,
	s: r.s,
	dpl: r.dpl,
	present: r.p === 1 && r.usable,
	db: r.db === 1,
	granularity: r.g === 1
});

/** Stacks that the TSS holds. */
function stacks(run: Run): MomentState['tss'] {
	const { memory } = run.system.machine;
	const tss = run.system.hypervisor.xenPage(XEN_TSS_VIRT);
	const [ring0, ring1] = [0, 1].map((ring) => tss + tssStack(TSS32, ring));
	return {
		esp0: memory.read32(ring0) >>> 0,
		ss0: memory.read16(ring0 + 4),
		esp1: memory.read32(ring1) >>> 0,
		ss1: memory.read16(ring1 + 4)
	};
}

/**
 * Memory at a linear address through the page tables of now, or those whose top is at physical address `top`; it ends before
 * the first page that is not mapped, or not to RAM.
 */
export function readLinear(run: Run, address: number, length: number, top?: number): Uint8Array {
	const { memory } = run.system.machine;
	const bytes = new Uint8Array(length);
	let done = 0;
	while (done < length) {
		const linear = (address + done) >>> 0;
		const physical = translate(run, linear, top);
		const piece = Math.min(length - done, PAGE_SIZE - (linear & 0xfff));
		if (physical < 0 || !memory.holds(physical, piece)) break;
		bytes.set(memory.bytes(physical, piece), done);
		done += piece;
	}
	return done === length ? bytes : bytes.slice(0, done);
}

const codeAt = (run: Run, address: number): MomentState['code'] => ({
	address,
	bytes: readLinear(run, address, CODE_BYTES)
});

function tlb(run: Run): TlbState {
	const { mmu } = run.system.machine.cpu;
	const counters = mmu.readCounters();
	return {
		hits: counters.hits,
		misses: counters.dataMisses + counters.codeMisses,
		flushes: [...counters.flushes],
		entries: mmu.tlb.entries().map((entry) => ({
			kind: entry.array.startsWith('code') ? 'code' : 'data',
			linear: entry.linear,
			size: entry.large ? PAE_SPAN[2] : PAGE_SIZE,
			physical: entry.pfn * PAGE_SIZE,
			writable: entry.writable,
			user: entry.user,
			global: entry.global
		}))
	};
}

/** The control-transfer words of a vcpu, as they lie in shared memory. */
export function vcpuInfo(run: Run, v: Vcpu): VcpuInfoState {
	const { memory } = run.system.machine;
	const at = vcpuInfoAddress(v);
	return {
		upcallPending: memory.read8(at + VCPU_INFO.at.evtchn_upcall_pending) !== 0,
		upcallMask: memory.read8(at + VCPU_INFO.at.evtchn_upcall_mask) !== 0,
		pendingSel: memory.read32(at + VCPU_INFO.at.evtchn_pending_sel) >>> 0,
		cr2: memory.read32(at + VCPU_INFO.at.arch) >>> 0
	};
}

function domainState(run: Run, domain: Domain): DomainState {
	return {
		id: domain.id,
		name: domain.name,
		totalPages: domain.mm.totalPages,
		maxPages: domain.mm.maxPages,
		alive: domain.alive,
		paused: domain.paused,
		shutdownCode: domain.shutdownCode,
		crash: domain.crash && { reason: domain.crash.reason, eip: domain.crash.eip },
		vcpus: domain.vcpus.map((v) => vcpuState(run, v)),
		channels: domain.events.channels
			.map((_channel, port) => channelState(run, domain, port))
			.filter((channel) => channel.state !== 'free')
	};
}

function vcpuState(run: Run, v: Vcpu): VcpuState {
	return {
		id: v.id,
		runstate: v.sched.runstate,
		blocked: v.sched.blocked,
		info: vcpuInfo(run, v),
		traps: v.pv.traps.flatMap((trap, vector) =>
			trap ? [{ vector, cs: trap.cs, eip: trap.eip >>> 0, dpl: trap.dpl, masks: trap.masks }] : []
		),
		kernelSs: v.pv.kernelSs,
		kernelSp: v.pv.kernelSp >>> 0,
		eventCallback: v.pv.eventCallback && { cs: v.pv.eventCallback.cs, eip: v.pv.eventCallback.eip >>> 0 },
		failsafeCallback: v.pv.failsafeCallback && { cs: v.pv.failsafeCallback.cs, eip: v.pv.failsafeCallback.eip >>> 0 },
		guestTable: v.mm.guestTable,
		gdtFrames: [...v.mm.gdtFrames],
		gdtEntries: v.mm.gdtEntries,
		iopl: v.pv.iopl
	};
}

/** An end of an event channel, with its bits where its domain looks for them. */
export function channelState(run: Run, domain: Domain, port: number): ChannelState {
	const channel = domain.events.channels[port];
	const { hypervisor } = run.system;
	return {
		port,
		state: CHANNEL_STATES[channel.state] ?? 'free',
		remoteDom: channel.remoteDom,
		remotePort: channel.remotePort,
		virq: channel.virq,
		pending: !channel.native && portPending(hypervisor, domain, port),
		masked: !channel.native && portMasked(hypervisor, domain, port)
	};
}

/** A machine frame's 4 KiB, copied. */
export function readFrame(run: Run, mfn: number): Uint8Array {
	const { memory } = run.system.machine;
	if (!(mfn >= 0 && mfn < memory.frames))
		throw new RangeError(fill(words.inspect.errors.frame, { mfn, frames: memory.frames }));
	return memory.bytes(mfn << PAGE_SHIFT, PAGE_SIZE).slice();
}
