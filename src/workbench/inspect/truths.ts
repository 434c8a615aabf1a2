/** Two truths: what the guest kernel believes about its machine, beside what the processor does, at one moment. */
import { hex, hex8 } from '../../base';
import { getM2p } from '../../hypervisor/mm/address-space';
import type { Vcpu } from '../../hypervisor/core/domain';
import type { TruthRow, TruthView } from '../../moments';
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import { DOMID_IDLE } from '../../abi/structs/xen';
import { vcpuInfo } from './moment';
import type { Run } from '../run';
import { words } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { translate } from './page-walk';
import { EFLAGS } from '../../x86/flags';
import { VECTOR } from '../../x86/exceptions';
import { CS, DS } from '../../x86/registers';

const { what, notes, values } = words.inspect.truths;

const row = (id: keyof typeof what, guest: string, machine: string, note = notes[id]): TruthRow => ({
	id,
	what: what[id],
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
	const inXen = cpu.cpl === 0;
	// A PV guest reads its ring in CS, and the entry frame keeps that CS while the hypervisor is at work.
	const guestRing = (inXen ? run.system.hypervisor.pcpu.frame.cs : cpu.seg[CS].selector) & 3;
	return [
		row(
			'ring',
			fill(values.ring, { ring: guestRing }),
			fill(inXen ? values.ringOfXen : values.ring, { ring: cpu.cpl }),
			inXen ? notes.ringOfXen : guestRing === 3 ? notes.ringOfProgram : notes.ring
		),
		row('iopl', String(v.pv.iopl), String(cpu.iopl)),
		row('cr0', hex(v.pv.cr0), hex(cpu.cr0)),
		row('cr4', hex(v.pv.cr4), hex(cpu.cr4))
	];
}

function interrupts(run: Run, v: Vcpu): TruthRow[] {
	const { cpu } = run.system.machine;
	const info = vcpuInfo(run, v);
	const enabled = (cpu.getEflags() & EFLAGS.IF) !== 0;
	const handlers = v.pv.traps.filter((trap) => trap !== null).length;
	const pageFault = v.pv.traps[VECTOR.PF];
	return [
		row('if', info.upcallMask ? values.masked : values.on, enabled ? values.on : values.off),
		row(
			'idt',
			handlers === 0 ? values.noHandlers : counted(values.handlers, handlers),
			fill(values.gates, { address: hex(cpu.idtr.base) })
		),
		row('pf', pageFault ? `${hex(pageFault.cs)}:${hex8(pageFault.eip)}` : values.none, values.xenFirst),
		row('cr2', hex(info.cr2), hex(cpu.cr2))
	];
}

function tables(run: Run, v: Vcpu): TruthRow[] {
	const { cpu } = run.system.machine;
	const guestRoot = v.mm.guestTable === null ? values.noRoot : fill(values.frame, { frame: hex(v.mm.guestTable) });
	return [
		row('cr3', guestRoot, fill(values.frame, { frame: hex(cpu.cr3 >>> 12) })),
		row(
			'gdt',
			v.mm.gdtEntries === 0
				? values.flat
				: fill(values.entries, { entries: v.mm.gdtEntries, frames: v.mm.gdtFrames.length }),
			fill(values.entriesAt, { entries: (cpu.gdtr.limit + 1) / 8, address: hex(cpu.gdtr.base) })
		),
		row('limit', fill(values.below, { address: hex(HYPERVISOR_VIRT_START) }), reach(cpu.seg[DS].limit))
	];
}

const reach = (limit: number): string =>
	limit === 0xffff_ffff ? values.all : fill(values.upTo, { address: hex(limit) });

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
			counted(values.pages, v.domain.mm.totalPages),
			counted(values.frames, owned, { all: hypervisor.frames.size })
		),
		row(
			'code',
			pfn === 0xffff_ffff ? values.noPage : fill(values.page, { pfn: hex(pfn) }),
			mfn < 0 ? values.notMapped : fill(values.frame, { frame: hex(mfn) })
		)
	];
}
