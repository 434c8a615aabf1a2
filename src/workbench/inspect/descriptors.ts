/** Descriptor tables as they lie in memory now, and the handlers that the guest registered in place of an IDT. */
import { FIRST_RESERVED_GDT_ENTRY } from '../../abi/structs/cpu';
import { type DescriptorPicture, type DescriptorTable, type RawDescriptor } from '../../moments';
import { readLinear } from './moment';
import type { Run } from '../run';
import { SEGMENT_NAMES } from '../../x86/registers';
import { TSS32, TSS_IO_MAP, TSS_SIZE, tssStack } from '../../x86/tss';

/** The tables that GDTR, LDTR, IDTR and TR point at, with the guest's own trap table. */
export function descriptors(run: Run): DescriptorPicture {
	const { cpu } = run.system.machine;
	const v = run.system.hypervisor.pcpu.current;
	const tss = viewOf(readLinear(run, cpu.tr.base, TSS_SIZE));
	const word = (at: number): number => (at + 4 <= tss.byteLength ? tss.getUint32(at, true) : 0);
	const [ring0, ring1] = [0, 1].map((ring) => tssStack(TSS32, ring));
	return {
		owner: v && { dom: v.domain.id, vcpu: v.id },
		// The idle loop's GDT is the reserved page alone: GDTR lies so far before it that other pages come in between.
		gdt: table(run, cpu.gdtr.base, cpu.gdtr.limit, v ? 0 : FIRST_RESERVED_GDT_ENTRY),
		ldt: cpu.ldtr.usable ? { ...table(run, cpu.ldtr.base, cpu.ldtr.limit), selector: cpu.ldtr.selector } : null,
		idt: table(run, cpu.idtr.base, cpu.idtr.limit),
		tss: {
			selector: cpu.tr.selector,
			base: cpu.tr.base,
			limit: cpu.tr.limit,
			esp0: word(ring0),
			ss0: word(ring0 + 4) & 0xffff,
			esp1: word(ring1),
			ss1: word(ring1 + 4) & 0xffff,
			ioBitmap: word(TSS_IO_MAP - 2) >>> 16
		},
		traps:
			v &&
			v.pv.traps.flatMap((trap, vector) =>
				trap ? [{ vector, cs: trap.cs, eip: trap.eip >>> 0, dpl: trap.dpl, masks: trap.masks }] : []
			),
		uses: [
			...SEGMENT_NAMES.map((register, index) => ({ register, selector: cpu.seg[index].selector })),
			{ register: 'ldtr', selector: cpu.ldtr.selector },
			{ register: 'tr', selector: cpu.tr.selector }
		],
		firstReserved: FIRST_RESERVED_GDT_ENTRY
	};
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The entries of a table, from `first` on, that are not zero. Pages of it that are not mapped have none. */
function table(run: Run, base: number, limit: number, first = 0): DescriptorTable {
	const entries: RawDescriptor[] = [];
	for (let page = first * 8; page <= limit; page += 4096) {
		const bytes = readLinear(run, (base + page) >>> 0, Math.min(4096, limit + 1 - page));
		const view = viewOf(bytes);
		for (let at = 0; at + 8 <= bytes.length; at += 8) {
			const low = view.getUint32(at, true);
			const high = view.getUint32(at + 4, true);
			if ((low | high) !== 0) entries.push({ index: (page + at) >>> 3, low, high });
		}
	}
	return { base: base >>> 0, limit, entries };
}
