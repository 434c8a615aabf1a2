/** The registers as rows to show: what each holds, and whether the last command changed it. */
import { hex8 } from '../../base';
import { type MomentState, type SegmentState } from '../../moments';
import { SEGMENT_NAMES, REGISTERS_TO_READ } from '../../x86/registers';
import { CR0, CR4 } from '../../x86/control';
import { DR6_ONES, DR7_ONES } from '../../x86/debug';
import { isNull, SYSTEM, TYPE_CODE } from '../../x86/descriptors';
import { EFLAGS } from '../../x86/flags';

type About<Masks> = readonly (readonly [name: keyof Masks, about: string])[];
/** EFLAGS, by the SDM's names: name, meaning. */
export const FLAGS: About<typeof EFLAGS> = [
	['CF', 'carry'],
	['PF', 'parity'],
	['AF', 'auxiliary carry'],
	['ZF', 'zero'],
	['SF', 'sign'],
	['TF', 'trap after each instruction'],
	['IF', 'interrupts enabled'],
	['DF', 'direction'],
	['OF', 'overflow'],
	['NT', 'nested task'],
	['RF', 'resume'],
	['AC', 'alignment check']
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
	REGISTERS_TO_READ.map((name) => ({
		name,
		value: hex8(now.regs[name]),
		changed: before !== null && before.regs[name] !== now.regs[name]
	}));

export const flagRows = (now: MomentState, before: MomentState | null) =>
	FLAGS.map(([name, about]) => {
		const on = (now.regs.eflags & EFLAGS[name]) !== 0;
		return { name, about, on, changed: before !== null && ((before.regs.eflags & EFLAGS[name]) !== 0) !== on };
	});

/** System segments that LDTR and TR hold. */
const SYSTEM_WORDS: Readonly<Record<number, string>> = {
	[SYSTEM.LDT]: 'LDT',
	[SYSTEM.TSS32]: 'TSS',
	[SYSTEM.TSS32_BUSY]: 'TSS, busy'
};

/** A segment register with its hidden part; what the last order changed is marked cell by cell. */
export interface SegmentRow {
	name: string;
	/** Selector, base, limit, DPL, type: each as text, and whether it changed. */
	cells: { text: string; changed: boolean }[];
	changed: boolean;
}

function segmentCells(segment: SegmentState): string[] {
	const none = isNull(segment.selector);
	const selector = segment.selector.toString(16).padStart(4, '0');
	if (none) return [selector, '\u2013', '\u2013', '\u2013', 'null'];
	const kind =
		segment.s === 0
			? (SYSTEM_WORDS[segment.type] ?? 'system')
			: (segment.type & TYPE_CODE ? CODE : DATA)[segment.type & 7];
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

/** Control registers' bits by the SDM's names: name, meaning. */
const CONTROL_BITS: { readonly cr0: About<typeof CR0>; readonly cr4: About<typeof CR4> } = {
	cr0: [
		['PE', 'protected mode'],
		['MP', 'WAIT obeys TS'],
		['EM', 'no FPU'],
		['TS', 'the FPU holds another task\u2019s state'],
		['ET', 'always 1'],
		['NE', 'FPU errors are exceptions'],
		['WP', 'ring 0 obeys read-only pages too'],
		['AM', 'alignment checks possible'],
		['NW', 'no write-through'],
		['CD', 'caches off'],
		['PG', 'paging']
	],
	cr4: [
		['VME', 'virtual-8086 extensions'],
		['PVI', 'virtual interrupts'],
		['TSD', 'RDTSC in ring 0 only'],
		['DE', 'debugging extensions'],
		['PSE', '4 MiB pages'],
		['PAE', 'three levels of 64-bit entries'],
		['MCE', 'machine checks'],
		['PGE', 'global pages'],
		['PCE', 'RDPMC anywhere'],
		['OSFXSR', 'FXSAVE'],
		['OSXMMEXCPT', 'SIMD exceptions']
	]
};

const MASKS: Readonly<Record<'cr0' | 'cr4', Readonly<Record<string, number>>>> = { cr0: CR0, cr4: CR4 };

/** The bits of a control register that are set, or that the last order changed. */
export const controlBits = (name: 'cr0' | 'cr4', now: MomentState, before: MomentState | null) =>
	CONTROL_BITS[name]
		.map(([short, about]) => {
			const mask = MASKS[name][short];
			const on = (now[name] & mask) !== 0;
			return { name: short, about, on, changed: before !== null && ((before[name] & mask) !== 0) !== on };
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
		.filter((each) => each.changed || !['00000000', hex8(DR6_ONES), hex8(DR7_ONES)].includes(each.value));

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
