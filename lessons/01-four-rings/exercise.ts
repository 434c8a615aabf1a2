import { address } from '$src/words/numbers';
import { exercise, type Exercises, type MomentState, type Outcome, type Posed, type Variant } from '$lesson/exercise';
import type { GeneralRegister } from '$src/x86/registers';

/** What is to be read, by which way, into which register. */
interface Reading extends Variant {
	readonly ask: 'cr0' | 'task' | 'cr3';
	readonly into: GeneralRegister;
}

/** Bytes of the instruction that the kernel has there (`lidt [eax]`), and the NOP that fills what is left. */
const ROOM = 3;
const NOP = 0x90;

/** The value asked for, in the machine that was looked at. */
const VALUES: Readonly<Record<Reading['ask'], (state: MomentState, run: Outcome<Reading>) => number>> = {
	cr0: ({ cr0 }) => cr0,
	task: ({ tr }) => tr.selector,
	cr3: (_state, run) => run.fact('value(cr3, [domain-starts])')
};
/** Whether Xen is to play the processor's part; else it is not to hear of it at all. */
const PLAYED: Readonly<Record<Reading['ask'], boolean>> = { cr0: false, task: false, cr3: true };
const INSTRUCTIONS: Readonly<Record<Reading['ask'], string>> = { cr0: 'smsw {}', task: 'str {}', cr3: 'mov {}, cr3' };

const instruction = (text: string, register: string): string => text.replace('{}', register);
const places = ({ variant }: Posed<Reading>): Record<string, string> => ({ register: variant.into.toUpperCase() });

/** Bytes of a word, as an instruction would carry them. */
const carries = (bytes: Uint8Array, value: number): boolean =>
	[...bytes.keys()].some((at) =>
		[0, 8, 16, 24].every((shift, byte) => bytes[at + byte] === ((value >>> shift) & 0xff))
	);

export const exercises: Exercises = {
	'read-a-register': exercise<Reading>({
		at: 'lidt',
		variants: [
			{ ask: 'cr0', into: 'ebx' },
			{ ask: 'cr3', into: 'esi' },
			{ ask: 'task', into: 'edi' },
			{ ask: 'cr0', into: 'ebp' },
			{ ask: 'cr3', into: 'ebx' }
		],
		facts: () => ({ address: 'value(eip, [lidt])' }),
		places,
		controls: () => ({ instruction: { kind: 'instruction', room: ROOM, start: 'lidt [eax]' } }),
		change: ({ bytes }, _posed, { regs }) => [
			{
				kind: 'memory',
				space: 'linear',
				address: regs.eip,
				bytes: [...bytes.instruction, ...Array<number>(ROOM - bytes.instruction.length).fill(NOP)]
			}
		],
		/** Behind the instruction: the kernel goes on there after a fault as well. */
		look: ({ regs, dom }) => ({ points: [{ id: 0, kind: 'address', address: regs.eip + ROOM, dom }] }),
		check(run) {
			const { variant, then, changed } = run;
			const heard = run.find('trap from_ring=1 after([written]) #1');
			const entered = heard >= 0 && (then === null || heard < then.seq) ? heard : -1;
			const bounced = run.find('bounce after([written]) #1');
			if (then === null) return { solved: false, reply: 'lost', at: entered };
			if (entered >= 0 && bounced >= 0 && bounced < then.seq) return { solved: false, reply: 'refused', at: bounced };
			if (entered >= 0 && !PLAYED[variant.ask]) return { solved: false, reply: 'heard', at: entered };
			const value = VALUES[variant.ask](then, run);
			const found = then.regs[variant.into];
			const told = { ...places(run), found: address(found), value: address(value >>> 0) };
			const at = entered >= 0 ? run.find('emulate after([written]) #1') : changed + 1;
			if (found !== value >>> 0) {
				const elsewhere = Object.entries(then.regs).some(([name, now]) => name !== variant.into && now === value >>> 0);
				return { solved: false, reply: elsewhere ? 'elsewhere' : 'other', places: told, at };
			}
			if (carries(run.bytes.instruction, value)) return { solved: false, reply: 'carried', at };
			if (entered < 0 && PLAYED[variant.ask]) return { solved: false, reply: 'unheard', at };
			return { solved: true, reply: PLAYED[variant.ask] ? 'played' : 'silent', places: told, at };
		},
		solution: ({ variant }) => ({ instruction: instruction(INSTRUCTIONS[variant.ask], variant.into) }),
		slips: ({ variant: { ask, into } }) => [
			{ values: { instruction: 'hlt' }, reply: 'refused' },
			{ values: { instruction: 'nop' }, reply: 'other' },
			{ values: { instruction: instruction(INSTRUCTIONS[ask], 'eax') }, reply: 'elsewhere' },
			...(PLAYED[ask] ? [] : [{ values: { instruction: `mov ${into}, cr0` }, reply: 'heard' }])
		]
	})
};
