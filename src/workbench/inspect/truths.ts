/** Two truths: what the guest kernel believes about its machine, beside what the processor does, at one moment. */
import { hex, hex8 } from '../../base';
import { getM2p } from '../../hypervisor/mm/address-space';
import type { Vcpu } from '../../hypervisor/core/domain';
import type { TruthRow, TruthView } from '../../moments';
import { DOMID_IDLE } from '../../abi/structs/xen';
import { vcpuInfo } from './moment';
import type { Run } from '../run';
import { translate } from './page-walk';
import { EFLAGS } from '../../x86/flags';
import { VECTOR } from '../../x86/exceptions';
import { CS, DS } from '../../x86/registers';

const row = (id: string, what: string, guest: string, machine: string, note: string): TruthRow => ({
	id,
	what,
	guest,
	machine,
	same: guest === machine,
	note
});

/** The rows for the vcpu on the processor; none while there is none. */
export function truths(run: Run): TruthView {
	const v = run.system.hypervisor.pcpu.current;
	const view = { icount: run.icount, dom: v ? v.domain.id : DOMID_IDLE };
	if (!v) return { ...view, rows: [] };
	return { ...view, rows: [...privilege(run, v), ...interrupts(run, v), ...tables(run, v), ...memory(run, v)] };
}

function privilege(run: Run, v: Vcpu): TruthRow[] {
	const { cpu } = run.system.machine;
	const user = cpu.cpl === 3;
	return [
		row(
			'ring',
			'Privilege',
			user ? 'ring 3: a user program' : 'the kernel, all-powerful',
			`ring ${cpu.cpl}`,
			cpu.cpl === 0
				? 'The hypervisor is at work just now.'
				: 'Ring 0 belongs to the hypervisor; a PV kernel runs in ring 1.'
		),
		row(
			'iopl',
			'I/O privilege level',
			String(v.pv.iopl),
			String(cpu.iopl),
			'PHYSDEVOP_set_iopl only sets a virtual level: port I/O of ring 1 still traps and is judged by the hypervisor.'
		),
		row('cr0', 'CR0', hex(v.pv.cr0), hex(cpu.cr0), 'A read of CR0 traps and is answered with the virtual one.'),
		row(
			'cr4',
			'CR4',
			hex(v.pv.cr4),
			hex(cpu.cr4),
			'Changes of CR4 are checked by the hypervisor; the machine keeps PAE and its own bits.'
		)
	];
}

function interrupts(run: Run, v: Vcpu): TruthRow[] {
	const { cpu } = run.system.machine;
	const info = vcpuInfo(run, v);
	const enabled = (cpu.getEflags() & EFLAGS.IF) !== 0;
	const handlers = v.pv.traps.filter((trap) => trap !== null).length;
	const pageFault = v.pv.traps[VECTOR.PF];
	return [
		row(
			'if',
			'Interrupts',
			info.upcallMask ? 'off (upcalls masked)' : 'on',
			enabled ? 'on' : 'off',
			'The guest masks upcalls by a byte in shared memory; the real interrupt flag stays set, so the hypervisor never loses the machine.'
		),
		row(
			'idt',
			'Interrupt table',
			handlers === 0 ? 'none yet' : `${handlers} handlers of its own`,
			`256 gates of the hypervisor at ${hex(cpu.idtr.base)}`,
			'The guest registers handlers by set_trap_table; the processor only knows the hypervisor\u2019s.'
		),
		row(
			'pf',
			'Page-fault handler',
			pageFault ? `${hex(pageFault.cs)}:${hex8(pageFault.eip)}` : 'none yet',
			'the hypervisor\u2019s, first',
			'A fault enters the hypervisor, which bounces it to the guest if it is the guest\u2019s to handle.'
		),
		row(
			'cr2',
			'Faulting address',
			hex(info.cr2),
			hex(cpu.cr2),
			'A PV guest reads vcpu_info.arch.cr2 instead of the register.'
		)
	];
}

function tables(run: Run, v: Vcpu): TruthRow[] {
	const { cpu } = run.system.machine;
	const guestRoot = v.mm.guestTable === null ? 'none yet' : `frame ${hex(v.mm.guestTable)}`;
	return [
		row(
			'cr3',
			'Top page table',
			guestRoot,
			`frame ${hex(cpu.cr3 >>> 12)}`,
			'CR3 points at the hypervisor\u2019s private copy of the four top entries, with its own part of the address space in place.'
		),
		row(
			'gdt',
			'Descriptor table',
			v.mm.gdtEntries === 0
				? 'the flat segments it was given'
				: `${v.mm.gdtEntries} entries in ${v.mm.gdtFrames.length} frames`,
			`${(cpu.gdtr.limit + 1) / 8} entries at ${hex(cpu.gdtr.base)}`,
			'The guest\u2019s frames are mapped read-only before the hypervisor\u2019s own descriptors.'
		),
		row(
			'limit',
			'Reach of its segments',
			'4 GiB',
			reach(cpu.seg[DS].limit),
			'The limit of every guest segment is cut below the hypervisor: that is what guards it.'
		)
	];
}

const reach = (limit: number): string => (limit === 0xffff_ffff ? '4 GiB' : `up to ${hex(limit)}`);

function memory(run: Run, v: Vcpu): TruthRow[] {
	const { machine, hypervisor } = run.system;
	const { cpu } = machine;
	const linear = (cpu.seg[CS].base + cpu.eip) >>> 0;
	const physical = translate(run, linear);
	const mfn = physical < 0 ? -1 : Math.floor(physical / 4096);
	const pfn = mfn >= 0 && hypervisor.frames.exists(mfn) ? getM2p(hypervisor, mfn) : 0xffff_ffff;
	const owned = hypervisor.frames.owner.reduce((count, owner) => count + (owner === v.domain.id ? 1 : 0), 0);
	return [
		row(
			'ram',
			'Memory',
			`${v.domain.mm.totalPages} pages, numbered from 0`,
			`${owned} frames of ${hypervisor.frames.size}, some shared with the hypervisor`,
			'The guest counts its pages without holes; which machine frames they are it must ask.'
		),
		row(
			'code',
			'The page it executes',
			pfn === 0xffff_ffff ? 'none of its own' : `page ${hex(pfn)}`,
			mfn < 0 ? 'not mapped' : `frame ${hex(mfn)}`,
			'Page-table entries hold machine frames: the guest translates by its own list, and by the machine-to-physical table.'
		)
	];
}
