/**
 * Near jumps, calls and returns, loops (SDM vol. 2). They end their block and set EIP, which until then holds the block's start.
 *
 * A target beyond the code segment's limit is #GP(0) of the jump itself, so it is judged before anything is committed.
 */
import { Bug } from '../../../../base';
import { EIP_INDEX, ESP_INDEX, REG, SEGMENT_READ8, SEGMENT_WORD } from '../../../layout';
import type { Cpu } from '../../../cpu/cpu';
import { AUX, CONDITIONS, less, RESULT } from '../../../cpu/flags';
import { load, PROGRESS, readRegister, type Exec, type Op } from '../op';
import { always, type Binder } from '../shape';
import { at, pop, push } from './stack';
import { VECTOR } from '../../../../x86/exceptions';
import type { Instruction } from '../../../../x86/decode';
import { CS } from '../../../../x86/registers';

const ECX = REG.ECX << 1;

/** The condition that a procedure takes first. */
function conditionOf({ row }: Instruction): number {
	const [statement] = row.meaning.statements;
	const value = statement.kind === 'procedure' ? statement.values[0] : undefined;
	if (value?.kind !== 'condition') throw new Bug('a procedure without its condition', { text: row.meaning.text });
	return value.condition;
}

/** One more than the highest offset in a readable CS; zero sends the check to the full rules. */
const CODE_SPAN = SEGMENT_WORD + (CS << 3) + SEGMENT_READ8;

/** The offset `target` truncated to the operand size, if it lies within CS; else #GP(0). */
function checked(cpu: Cpu, op: Op, target: number): number {
	const offset = target & op.eipMask;
	if (offset >>> 0 < cpu.s[CODE_SPAN] >>> 0 || offset >>> 0 <= cpu.seg[CS].limit) return offset;
	cpu.s[PROGRESS] = op.at;
	throw cpu.fault(VECTOR.GP, 0);
}

/** Goes to the relative target, or to the next instruction. */
export function branch(cpu: Cpu, op: Op, taken: boolean): void {
	const s = cpu.s;
	const next = s[EIP_INDEX] + op.end;
	s[EIP_INDEX] = taken ? checked(cpu, op, next + op.imm) : next;
}

/** Jcc, with the flags read in place for each condition. */
const BRANCHES: readonly Exec[] = [
	(cpu, op) => branch(cpu, op, CONDITIONS[0](cpu.s)),
	(cpu, op) => branch(cpu, op, CONDITIONS[1](cpu.s)),
	(cpu, op) => branch(cpu, op, cpu.s[AUX] < 0),
	(cpu, op) => branch(cpu, op, cpu.s[AUX] >= 0),
	(cpu, op) => branch(cpu, op, cpu.s[RESULT] === 0),
	(cpu, op) => branch(cpu, op, cpu.s[RESULT] !== 0),
	(cpu, op) => branch(cpu, op, cpu.s[AUX] < 0 || cpu.s[RESULT] === 0),
	(cpu, op) => branch(cpu, op, cpu.s[AUX] >= 0 && cpu.s[RESULT] !== 0),
	(cpu, op) => branch(cpu, op, CONDITIONS[8](cpu.s)),
	(cpu, op) => branch(cpu, op, CONDITIONS[9](cpu.s)),
	(cpu, op) => branch(cpu, op, CONDITIONS[10](cpu.s)),
	(cpu, op) => branch(cpu, op, CONDITIONS[11](cpu.s)),
	(cpu, op) => branch(cpu, op, less(cpu.s)),
	(cpu, op) => branch(cpu, op, !less(cpu.s)),
	(cpu, op) => branch(cpu, op, cpu.s[RESULT] === 0 || less(cpu.s)),
	(cpu, op) => branch(cpu, op, cpu.s[RESULT] !== 0 && !less(cpu.s))
];

/** The branch of the condition that a meaning names first. */
const conditional: Binder = ({ instruction }, op) => {
	op.condition = conditionOf(instruction);
	return BRANCHES[op.condition];
};

/** The absolute target of an indirect jump or call. */
const target = (cpu: Cpu, op: Op, memory: boolean): number =>
	memory ? load(cpu, op, op.size) : readRegister(cpu, op.rm, op.size);

const isRelative = ({ operands }: Instruction): boolean => operands[0].kind === 'relative';

const jumpRelative: Exec = (cpu, op) => branch(cpu, op, true);
const jump: Binder = ({ instruction, memory }) =>
	isRelative(instruction)
		? jumpRelative
		: (cpu, op) => void (cpu.s[EIP_INDEX] = checked(cpu, op, target(cpu, op, memory)));

/** Pushes the return address and goes to `offset`. */
function callTo(cpu: Cpu, op: Op, offset: number): void {
	const s = cpu.s;
	const destination = checked(cpu, op, offset);
	s[PROGRESS] = op.at;
	push(cpu, op.size, s[EIP_INDEX] + op.end);
	s[EIP_INDEX] = destination;
}
const callRelative: Exec = (cpu, op) => callTo(cpu, op, cpu.s[EIP_INDEX] + op.end + op.imm);
const call: Binder = ({ instruction, memory }) =>
	isRelative(instruction) ? callRelative : (cpu, op) => callTo(cpu, op, target(cpu, op, memory));

/** RET and RET imm16: the target is judged with the stack still as it was. */
const nearReturn: Exec = (cpu, op) => {
	const s = cpu.s;
	const esp = s[ESP_INDEX];
	at(cpu, op);
	const offset = pop(cpu, op.size);
	if (offset >>> 0 >= s[CODE_SPAN] >>> 0 && offset >>> 0 > cpu.seg[CS].limit) {
		s[ESP_INDEX] = esp;
		throw cpu.fault(VECTOR.GP, 0);
	}
	s[EIP_INDEX] = offset;
	if (op.imm !== 0) cpu.moveStack(op.imm & 0xffff);
};

/** LOOP, LOOPE, LOOPNE: the address size chooses CX or ECX. */
const loopWhile =
	(goesOn: (s: Int32Array) => boolean): Exec =>
	(cpu, op) => {
		const s = cpu.s;
		const count = (s[ECX] - 1) & op.mask;
		branch(cpu, op, count !== 0 && goesOn(s));
		s[ECX] = (s[ECX] & ~op.mask) | count;
	};

export const CONTROL: Readonly<Record<string, Binder>> = {
	jumpIf: conditional,
	jump,
	call,
	return: always(nearReturn),
	loop: always(loopWhile(() => true)),
	loopIf: ({ instruction }) => loopWhile(CONDITIONS[conditionOf(instruction)]),
	jumpIfCountZero: always((cpu, op) => branch(cpu, op, (cpu.s[ECX] & op.mask) === 0))
};
