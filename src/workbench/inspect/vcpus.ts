/** The vcpus of all domains as a debugger sees them: also those that are not on the processor just now. */
import { DOMID_IDLE } from '../../abi/structs/xen';
import type { Vcpu } from '../../hypervisor/core/domain';
import { RUNSTATES } from '../../trace/events';
import { SHUTDOWN_NAMES } from '../../trace/values';
import { registers, vcpuInfo } from './moment';
import type { Run } from '../run';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { fill } from '../../words/template';
import type { Registers } from '../../x86/registers';

/** Names a vcpu. */
export interface VcpuId {
	readonly dom: number;
	readonly vcpu: number;
}

/** What the processor alone has, and only while the vcpu is on it. */
export interface ProcessorPart {
	/** Bases of CS, SS, DS, ES, FS and GS. */
	bases: [cs: number, ss: number, ds: number, es: number, fs: number, gs: number];
	gdtr: { base: number; limit: number };
	idtr: { base: number; limit: number };
	ldtr: number;
	tr: number;
}

/** A vcpu's registers: the processor's while it is on it, else as its last entry into the hypervisor left them. */
export interface VcpuContext extends VcpuId {
	regs: Registers;
	selectors: [cs: number, ss: number, ds: number, es: number, fs: number, gs: number];
	/** CR3 is what the processor walks, a private copy of the guest's top table; the others are the guest's own while it is off. */
	cr0: number;
	cr2: number;
	cr3: number;
	cr4: number;
	/** Null while it is off the processor. */
	processor: ProcessorPart | null;
	/** The shared bytes that stand for the interrupt flag; null for the idle processor. */
	upcall: { pending: boolean; masked: boolean } | null;
}

/** The vcpu on the processor; null while the idle loop is. */
export function vcpuOnProcessor(run: Run): VcpuId | null {
	const v = run.system.hypervisor.pcpu.current;
	return v && { dom: v.domain.id, vcpu: v.id };
}

/** All vcpus that have been given a context, by domain and number. */
export function vcpus(run: Run): VcpuId[] {
	const { domains } = run.system.hypervisor;
	return [...domains.values()].flatMap((domain) =>
		domain.vcpus.filter((v) => v.initialised).map((v) => ({ dom: domain.id, vcpu: v.id }))
	);
}

const find = (run: Run, id: VcpuId): Vcpu | undefined => run.system.hypervisor.domains.get(id.dom)?.vcpus[id.vcpu];

/** One vcpu's domain and state in words: `pocket: blocked`. */
export function vcpuInWords(run: Run, id: VcpuId): string {
	const v = find(run, id);
	const said = late.inspect.vcpu;
	if (!v) return said.gone;
	return fill(said.line, { name: v.domain.name, state: stateInWords(v, run.system.hypervisor.pcpu.current === v) });
}

function stateInWords({ domain, sched }: Vcpu, onProcessor: boolean): string {
	const said = late.inspect.vcpu;
	const code = domain.shutdownCode;
	if (domain.crash) return said.crashed;
	if (code !== null) return fill(said.shutDown, { reason: SHUTDOWN_NAMES[code] ?? code });
	if (domain.paused) return said.paused;
	return words.names.runstates[onProcessor ? 'running' : (RUNSTATES[sched.runstate] ?? 'offline')];
}

/**
 * Physical address of the top page table of a vcpu, as the guest keeps it; -1 for one that has none yet. While the vcpu is
 * on the processor that is what CR3 points at.
 */
export function topTable(run: Run, id: VcpuId): number {
	const v = find(run, id);
	const { hypervisor, machine } = run.system;
	if (!v || hypervisor.pcpu.current === v) return (machine.cpu.cr3 & ~31) >>> 0;
	return v.mm.guestTable === null ? -1 : v.mm.guestTable * 4096;
}

/** The registers of a vcpu; of the processor itself for one that does not exist, such as the idle loop. */
export function vcpuContext(run: Run, id: VcpuId): VcpuContext {
	const v = find(run, id);
	return v && run.system.hypervisor.pcpu.current !== v ? saved(run, v) : onProcessor(run, v ?? null);
}

function onProcessor(run: Run, v: Vcpu | null): VcpuContext {
	const { cpu } = run.system.machine;
	const [es, cs, ss, ds, fs, gs] = cpu.seg;
	const order = [cs, ss, ds, es, fs, gs];
	return {
		dom: v ? v.domain.id : DOMID_IDLE,
		vcpu: v ? v.id : 0,
		regs: registers(run),
		selectors: order.map((segment) => segment.selector) as VcpuContext['selectors'],
		cr0: cpu.cr0 >>> 0,
		cr2: cpu.cr2 >>> 0,
		cr3: cpu.cr3 >>> 0,
		cr4: cpu.cr4 >>> 0,
		processor: {
			bases: order.map((segment) => segment.base >>> 0) as ProcessorPart['bases'],
			gdtr: { ...cpu.gdtr },
			idtr: { ...cpu.idtr },
			ldtr: cpu.ldtr.selector,
			tr: cpu.tr.selector
		},
		upcall: v && upcall(run, v)
	};
}

function saved(run: Run, v: Vcpu): VcpuContext {
	const { cs, ss, ds, es, fs, gs, ...regs } = v.regs;
	const { spaces } = run.system.hypervisor;
	const space = spaces.domains.get(v.domain.id);
	return {
		dom: v.domain.id,
		vcpu: v.id,
		regs,
		selectors: [cs, ss, ds, es, fs, gs],
		cr0: v.pv.cr0 >>> 0,
		cr2: vcpuInfo(run, v).cr2,
		cr3: space ? space.l3 * 4096 + v.id * 32 : 0,
		cr4: v.pv.cr4 >>> 0,
		processor: null,
		upcall: upcall(run, v)
	};
}

function upcall(run: Run, v: Vcpu): VcpuContext['upcall'] {
	const info = vcpuInfo(run, v);
	return { pending: info.upcallPending, masked: info.upcallMask };
}
