/** The registers that a lesson needs at a glance, and which of them changed. */
import type { MomentState } from '../../moments';
import { address } from '../../words/numbers';
import { domainVcpu, TONE_NAMES, toneOfRing, type Tone } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { REGISTERS_TO_READ } from '../../x86/registers';
import { EFLAGS } from '../../x86/flags';
import { words } from '../../words';
import { fill } from '../../words/template';

const said = words.views.registers;

export interface RegisterMark {
	name: string;
	text: string;
	changed: boolean;
}

export interface RegisterMarks {
	tone: Tone;
	mode: string;
	general: RegisterMark[];
	segments: RegisterMark[];
	/** EFLAGS bits that are set, by name (SDM vol. 1, 3.4.3). */
	flags: { name: string; set: boolean }[];
}

const GENERAL = [...REGISTERS_TO_READ, 'eflags'] as const;
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const;
const FLAGS = ['CF', 'PF', 'ZF', 'SF', 'TF', 'IF', 'DF', 'OF'] as const;

/** Whose registers these are, where a domain has several vcpus: `, dom1 vcpu 2`; '' otherwise. */
export function whose({ dom, vcpu, domains }: MomentState): string {
	const several = (domains.find(({ id }) => id === dom)?.vcpus.length ?? 0) > 1;
	return several ? `, ${domainVcpu(dom, vcpu)}` : '';
}

export function layout(state: MomentState, before: MomentState | null = null): RegisterMarks {
	const tone = toneOfRing(state.cpl);
	return {
		tone,
		mode: `${fill(said.mode, { ring: state.cpl, who: state.halted ? said.halted : TONE_NAMES[tone] })}${whose(state)}`,
		general: [
			...GENERAL.map((name) => ({
				name,
				text: address(state.regs[name]),
				changed: before !== null && before.regs[name] !== state.regs[name]
			})),
			{ name: 'cr2', text: address(state.cr2), changed: before !== null && before.cr2 !== state.cr2 },
			{ name: 'cr3', text: address(state.cr3), changed: before !== null && before.cr3 !== state.cr3 }
		],
		segments: SEGMENTS.map((name) => ({
			name,
			text: state.segs[name].selector.toString(16).padStart(4, '0'),
			changed: before !== null && before.segs[name].selector !== state.segs[name].selector
		})),
		flags: FLAGS.map((name) => ({ name, set: (state.regs.eflags & EFLAGS[name]) !== 0 }))
	};
}

export const twin = (marks: RegisterMarks): TwinLine[] => [
	{ id: 'mode', text: fill(said.processor, { mode: marks.mode }) },
	...[...marks.general, ...marks.segments].map((mark) => ({
		id: mark.name,
		text: fill(mark.changed ? said.changed : said.line, { name: mark.name, value: mark.text })
	})),
	{
		id: 'flags',
		text: fill(said.flags, {
			flags:
				marks.flags
					.filter((flag) => flag.set)
					.map((flag) => flag.name)
					.join(', ') || said.noFlags
		})
	}
];
