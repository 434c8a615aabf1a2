/** The registers as rows to show: what each holds, and whether the last command changed it. */
import { hex8 } from '../../base';
import { SEGMENT_NAMES, type MomentState, type SegmentState } from '../../trace/moment';

export const GENERAL = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp', 'eip'] as const;

/** EFLAGS, by the SDM's names (vol. 1, 3.4.3): bit, name, meaning. */
export const FLAGS: readonly (readonly [bit: number, name: string, about: string])[] = [
	[0, 'CF', 'carry'],
	[2, 'PF', 'parity'],
	[4, 'AF', 'auxiliary carry'],
	[6, 'ZF', 'zero'],
	[7, 'SF', 'sign'],
	[8, 'TF', 'trap after each instruction'],
	[9, 'IF', 'interrupts enabled'],
	[10, 'DF', 'direction'],
	[11, 'OF', 'overflow'],
	[14, 'NT', 'nested task'],
	[16, 'RF', 'resume'],
	[18, 'AC', 'alignment check']
];

/** Types of code and data segments (SDM vol. 3, 3.4.5.1). */
const DATA = ['r/o', 'r/o', 'r/w', 'r/w', 'r/o down', 'r/o down', 'r/w down', 'r/w down'];
const CODE = ['x/o', 'x/o', 'x/r', 'x/r', 'x/o conf', 'x/o conf', 'x/r conf', 'x/r conf'];

export interface Row {
	name: string;
	value: string;
	changed: boolean;
}

export const generalRows = (now: MomentState, before: MomentState | null): Row[] =>
	GENERAL.map((name) => ({
		name,
		value: hex8(now.regs[name]),
		changed: before !== null && before.regs[name] !== now.regs[name]
	}));

export const flagRows = (now: MomentState, before: MomentState | null) =>
	FLAGS.map(([bit, name, about]) => {
		const on = ((now.regs.eflags >>> bit) & 1) === 1;
		return { name, about, on, changed: before !== null && (((before.regs.eflags >>> bit) & 1) === 1) !== on };
	});

/** Types of system segments that LDTR and TR hold (SDM vol. 3, table 3-2). */
const SYSTEM: Readonly<Record<number, string>> = { 2: 'LDT', 9: 'TSS', 11: 'TSS, busy' };

/** A segment register with its hidden part; what the last order changed is marked cell by cell. */
export interface SegmentRow {
	name: string;
	/** Selector, base, limit, DPL, type: each as text, and whether it changed. */
	cells: { text: string; changed: boolean }[];
	changed: boolean;
}

function segmentCells(segment: SegmentState): string[] {
	const none = (segment.selector & 0xfffc) === 0;
	const selector = segment.selector.toString(16).padStart(4, '0');
	if (none) return [selector, '\u2013', '\u2013', '\u2013', 'null'];
	const kind =
		segment.s === 0 ? (SYSTEM[segment.type] ?? 'system') : (segment.type & 8 ? CODE : DATA)[segment.type & 7];
	const size = segment.s === 1 ? (segment.db ? ' 32' : ' 16') : '';
	return [
		selector,
		hex8(segment.base),
		hex8(segment.limit),
		String(segment.dpl),
		`${kind}${size}${segment.present ? '' : ' not present'}`
	];
}

export const segmentRows = (now: MomentState, before: MomentState | null): SegmentRow[] =>
	[...SEGMENT_NAMES, 'ldtr' as const, 'tr' as const].map((name) => {
		const of = (moment: MomentState) =>
			segmentCells(name === 'ldtr' || name === 'tr' ? moment[name] : moment.segs[name]);
		const old = before && of(before);
		const cells = of(now).map((text, place) => ({ text, changed: old !== null && old[place] !== text }));
		return { name, cells, changed: cells.some((cell) => cell.changed) };
	});

/** Control registers' bits that this processor has (SDM vol. 3, 2.5): bit, name, meaning. */
const CONTROL_BITS: Readonly<Record<'cr0' | 'cr4', typeof FLAGS>> = {
	cr0: [
		[0, 'PE', 'protected mode'],
		[1, 'MP', 'WAIT obeys TS'],
		[2, 'EM', 'no FPU'],
		[3, 'TS', 'the FPU holds another task\u2019s state'],
		[4, 'ET', 'always 1'],
		[5, 'NE', 'FPU errors are exceptions'],
		[16, 'WP', 'ring 0 obeys read-only pages too'],
		[18, 'AM', 'alignment checks possible'],
		[29, 'NW', 'no write-through'],
		[30, 'CD', 'caches off'],
		[31, 'PG', 'paging']
	],
	cr4: [
		[0, 'VME', 'virtual-8086 extensions'],
		[1, 'PVI', 'virtual interrupts'],
		[2, 'TSD', 'RDTSC in ring 0 only'],
		[3, 'DE', 'debugging extensions'],
		[4, 'PSE', '4 MiB pages'],
		[5, 'PAE', 'three levels of 64-bit entries'],
		[6, 'MCE', 'machine checks'],
		[7, 'PGE', 'global pages'],
		[8, 'PCE', 'RDPMC anywhere'],
		[9, 'OSFXSR', 'FXSAVE'],
		[10, 'OSXMM', 'SIMD exceptions']
	]
};

/** The bits of a control register that are set, or that the last order changed. */
export const controlBits = (name: 'cr0' | 'cr4', now: MomentState, before: MomentState | null) =>
	CONTROL_BITS[name]
		.map(([bit, short, about]) => {
			const on = ((now[name] >>> bit) & 1) === 1;
			return { name: short, about, on, changed: before !== null && ((before[name] >>> bit) & 1) !== (on ? 1 : 0) };
		})
		.filter((flag) => flag.on || flag.changed);

const row = (name: string, value: string, old: string | null): Row => ({
	name,
	value,
	changed: old !== null && old !== value
});

/** Rows of a moment, with those marked that a moment ago held something else. */
const compared = (
	now: MomentState,
	before: MomentState | null,
	names: readonly (readonly [name: string, of: (moment: MomentState) => string])[]
): Row[] => names.map(([name, of]) => row(name, of(now), before && of(before)));

export const controlRows = (now: MomentState, before: MomentState | null): Row[] =>
	compared(
		now,
		before,
		(['cr0', 'cr2', 'cr3', 'cr4'] as const).map((name) => [name, (moment: MomentState) => hex8(moment[name])])
	);

/** Where the tables lie, and the stacks of the TSS. */
export const tableRows = (now: MomentState, before: MomentState | null): Row[] =>
	compared(now, before, [
		['gdtr', ({ gdtr }) => `${hex8(gdtr.base)} +${gdtr.limit.toString(16)}`],
		['idtr', ({ idtr }) => `${hex8(idtr.base)} +${idtr.limit.toString(16)}`],
		['tss 0', ({ tss }) => `${tss.ss0.toString(16)}:${hex8(tss.esp0)}`],
		['tss 1', ({ tss }) => `${tss.ss1.toString(16)}:${hex8(tss.esp1)}`]
	]);

/** Debug registers that say something. */
export const debugRows = (now: MomentState, before: MomentState | null): Row[] =>
	[0, 1, 2, 3, 6, 7]
		.map((number) => row(`dr${number}`, hex8(now.dr[number] ?? 0), before && hex8(before.dr[number] ?? 0)))
		.filter((each) => each.changed || !['00000000', 'ffff0ff0', '00000400'].includes(each.value));

/** What the running vcpu shares with the hypervisor (struct vcpu_info); none while no vcpu is on the processor. */
export function sharedRows(now: MomentState, before: MomentState | null): Row[] {
	if (!now.vcpuInfo) return [];
	// Another vcpu's words are no change of these.
	const old = before && before.dom === now.dom && before.vcpu === now.vcpu ? before : null;
	return compared(now, old, [
		['upcall', ({ vcpuInfo: info }) => (info?.upcallPending ? 'pending' : 'none')],
		['mask', ({ vcpuInfo: info }) => (info?.upcallMask ? 'masked' : 'open')],
		['words', ({ vcpuInfo: info }) => (info?.pendingSel ? `${info.pendingSel.toString(2)}b` : '0')],
		['cr2', ({ vcpuInfo: info }) => hex8(info?.cr2 ?? 0)]
	]);
}
