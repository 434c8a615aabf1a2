/**
 * Near jumps, calls and returns, loops (SDM vol. 2). They end their block and set EIP, which until then holds the block's start.
 *
 * A target beyond the code segment's limit is #GP(0) of the jump itself, so it is judged before anything is committed.
 */
import { EIP_INDEX, ESP_INDEX, REG, SEGMENT_READ8, SEGMENT_WORD } from '../../layout';
import type { Cpu } from '../cpu';
import { AUX, CONDITION_FLAGS, CONDITIONS, less, RESULT, zero } from '../flags';
import { load, PROGRESS, readRegister, type Exec, type Op } from '../operands';
import type { Operation } from './forms';
import { always } from './forms';
import { at, pop, push } from './stack';
import { VECTOR } from '../../../x86/exceptions';
import { ZF } from '../../../x86/flags';
import { CS } from '../../../x86/registers';

const ECX = REG.ECX << 1;
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

export const conditionalJump = (condition: number): Operation => ({
	bind: (_shape, op) => {
		op.condition = condition;
		return BRANCHES[condition];
	},
	reads: CONDITION_FLAGS[condition],
	ends: true,
	plain: true
});

export const JMP_RELATIVE: Operation = { bind: always((cpu, op) => branch(cpu, op, true)), ends: true, plain: true };

const target = (cpu: Cpu, op: Op, memory: boolean): number =>
	memory ? load(cpu, op, op.size) : readRegister(cpu, op.rm, op.size);

export const JMP_INDIRECT: Operation = {
	bind:
		({ memory }) =>
		(cpu, op) =>
			void (cpu.s[EIP_INDEX] = checked(cpu, op, target(cpu, op, memory))),
	ends: true,
	plain: true
};

/** Pushes the return address and goes to `offset`. */
function call(cpu: Cpu, op: Op, offset: number): void {
	const s = cpu.s;
	const destination = checked(cpu, op, offset);
	s[PROGRESS] = op.at;
	push(cpu, op.size, s[EIP_INDEX] + op.end);
	s[EIP_INDEX] = destination;
}
export const CALL_RELATIVE: Operation = {
	bind: always((cpu, op) => call(cpu, op, cpu.s[EIP_INDEX] + op.end + op.imm)),
	ends: true,
	plain: true
};
export const CALL_INDIRECT: Operation = {
	bind:
		({ memory }) =>
		(cpu, op) =>
			call(cpu, op, target(cpu, op, memory)),
	ends: true,
	plain: true
};

/** RET and RET imm16: the target is judged with the stack still as it was. */
export const RET: Operation = {
	bind: always((cpu, op) => {
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
	}),
	ends: true,
	plain: true
};

/** LOOP, LOOPE, LOOPNE: the address size chooses CX or ECX. */
const loop = (goesOn: (s: Int32Array) => boolean, reads: number): Operation => ({
	bind: always((cpu, op) => {
		const s = cpu.s;
		const count = (s[ECX] - 1) & op.mask;
		branch(cpu, op, count !== 0 && goesOn(s));
		s[ECX] = (s[ECX] & ~op.mask) | count;
	}),
	reads,
	ends: true,
	plain: true
});
export const LOOPNE = loop((s) => zero(s) === 0, ZF);
export const LOOPE = loop((s) => zero(s) === 1, ZF);
export const LOOP = loop(() => true, 0);
export const JCXZ: Operation = {
	bind: always((cpu, op) => branch(cpu, op, (cpu.s[ECX] & op.mask) === 0)),
	ends: true,
	plain: true
};
