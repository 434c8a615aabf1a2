/**
 * A comparison of registers and the branch after it, executed as one: the condition is decided from the operands
 * themselves, while the flags are left as both instructions leave them. For the fast path alone; stepping
 * executes the two one by one.
 */
import type { Cpu } from '../../cpu/cpu';
import { and32, dec32, sub32 } from './alu';
import { CONDITIONS } from '../../cpu/flags';
import type { Exec, Op } from './op';
import { branch } from './procedures/control';
import { COMPARE_IMMEDIATE, COMPARE_REGISTERS, DECREMENT_REGISTER, TEST_REGISTERS } from './written-out';

/** Whether condition `n` (SDM vol. 2, appendix B, table B-10) holds after comparing `a` with `b`. */
function holds(cpu: Cpu, n: number, a: number, b: number): boolean {
	switch (n) {
		case 0x2:
			return a >>> 0 < b >>> 0;
		case 0x3:
			return a >>> 0 >= b >>> 0;
		case 0x4:
			return a === b;
		case 0x5:
			return a !== b;
		case 0x6:
			return a >>> 0 <= b >>> 0;
		case 0x7:
			return a >>> 0 > b >>> 0;
		case 0xc:
			return a < b;
		case 0xd:
			return a >= b;
		case 0xe:
			return a <= b;
		case 0xf:
			return a > b;
		default:
			return CONDITIONS[n](cpu.s);
	}
}

/** Whether condition `n` holds for a result whose OF and CF are clear. */
const holdsForResult = (cpu: Cpu, n: number, result: number): boolean => {
	if (n === 0x4) return result === 0;
	if (n === 0x5) return result !== 0;
	return CONDITIONS[n](cpu.s);
};

const compareRegisters: Exec = (cpu, op) => {
	const a = cpu.s[op.rm];
	const b = cpu.s[op.reg];
	sub32(cpu, a, b);
	const jump = op.pair as Op;
	branch(cpu, jump, holds(cpu, jump.condition, a, b));
};

const compareImmediate: Exec = (cpu, op) => {
	const a = cpu.s[op.rm];
	sub32(cpu, a, op.imm);
	const jump = op.pair as Op;
	branch(cpu, jump, holds(cpu, jump.condition, a, op.imm));
};

const testRegisters: Exec = (cpu, op) => {
	const result = and32(cpu, cpu.s[op.rm], cpu.s[op.reg]);
	const jump = op.pair as Op;
	branch(cpu, jump, holdsForResult(cpu, jump.condition, result));
};

const decrement: Exec = (cpu, op) => {
	const result = (cpu.s[op.rm] = dec32(cpu, cpu.s[op.rm], 1));
	const jump = op.pair as Op;
	branch(cpu, jump, holdsForResult(cpu, jump.condition, result));
};

const FUSED: ReadonlyMap<Exec, Exec> = new Map([
	[COMPARE_REGISTERS, compareRegisters],
	[COMPARE_IMMEDIATE, compareImmediate],
	[TEST_REGISTERS, testRegisters],
	[DECREMENT_REGISTER, decrement]
]);

/** Makes `first` execute the branch `jump` after it too, where that is worth it. */
export function fuse(first: Op, jump: Op): void {
	const exec = FUSED.get(first.exact);
	if (exec === undefined || jump.condition < 0) return;
	first.fn = exec;
	first.next = null;
	first.pair = jump;
}
