/** The registers as rows to show: what each holds, and whether the last command changed it. */
import { hex8 } from '../../base';
import { SEGMENT_NAMES, type MomentState } from '../../trace/moment';

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

export const segmentRows = (now: MomentState, before: MomentState | null) =>
	SEGMENT_NAMES.map((name) => {
		const segment = now.segs[name];
		const none = (segment.selector & ~3) === 0;
		return {
			name,
			selector: segment.selector.toString(16).padStart(4, '0'),
			base: none ? '\u2013' : hex8(segment.base),
			limit: none ? '\u2013' : hex8(segment.limit),
			dpl: none ? '\u2013' : String(segment.dpl),
			kind: none ? 'null' : (segment.type & 8 ? CODE : DATA)[segment.type & 7],
			changed: before !== null && before.segs[name].selector !== segment.selector
		};
	});

export const controlRows = (now: MomentState, before: MomentState | null): Row[] => [
	...(['cr0', 'cr2', 'cr3', 'cr4'] as const).map((name) => ({
		name,
		value: hex8(now[name]),
		changed: before !== null && before[name] !== now[name]
	})),
	{
		name: 'gdtr',
		value: `${hex8(now.gdtr.base)} +${now.gdtr.limit.toString(16)}`,
		changed: before !== null && before.gdtr.base !== now.gdtr.base
	},
	{
		name: 'idtr',
		value: `${hex8(now.idtr.base)} +${now.idtr.limit.toString(16)}`,
		changed: before !== null && before.idtr.base !== now.idtr.base
	},
	{
		name: 'tss 0',
		value: `${now.tss.ss0.toString(16)}:${hex8(now.tss.esp0)}`,
		changed: before !== null && before.tss.esp0 !== now.tss.esp0
	},
	{
		name: 'tss 1',
		value: `${now.tss.ss1.toString(16)}:${hex8(now.tss.esp1)}`,
		changed: before !== null && before.tss.esp1 !== now.tss.esp1
	}
];
