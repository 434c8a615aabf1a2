/** MUL, IMUL, DIV, IDIV and the decimal adjustments, bound to their operands (SDM vol. 2). */
import type { Cpu } from '../cpu';
import {
	asciiAdjustAdd,
	asciiAdjustDivide,
	asciiAdjustMultiply,
	asciiAdjustSubtract,
	decimalAdjustAdd,
	decimalAdjustSubtract
} from '../decimal';
import { divide, divideSigned, multiply, multiplySigned, multiplyTruncated } from '../multiply';
import { load, readRegister, writeRegister, type Op, type Size } from '../operands';
import { always, type Operation } from './forms';
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../../../x86/flags';

/** One-operand form: the accumulator is implied. */
const implied = (calculate: (cpu: Cpu, size: Size, operand: number) => void, flags: Partial<Operation>): Operation => ({
	bind: ({ memory }) =>
		memory
			? (cpu, op) => calculate(cpu, op.size, load(cpu, op, op.size))
			: (cpu, op) => calculate(cpu, op.size, readRegister(cpu, op.rm, op.size)),
	...flags
});

export const MUL = implied(multiply, { writes: STATUS });
export const IMUL = implied(multiplySigned, { writes: STATUS });
export const DIV = implied(divide, { writes: STATUS, faults: true });
export const IDIV = implied(divideSigned, { writes: STATUS, faults: true });

const product = (cpu: Cpu, op: Op, destination: number, a: number, b: number): void =>
	writeRegister(cpu, destination, op.size, multiplyTruncated(cpu, op.size, a, b));

/** IMUL r, r/m. */
export const IMUL_TWO: Operation = {
	bind: ({ memory, size }, op) => {
		if (!memory && size === 32) op.quiet = ({ s }, o) => void (s[o.rm] = Math.imul(s[o.rm], s[o.reg]));
		return memory
			? (cpu, o) => {
					const b = load(cpu, o, o.size);
					product(cpu, o, o.reg, readRegister(cpu, o.reg, o.size), b);
				}
			: (cpu, o) => product(cpu, o, o.rm, readRegister(cpu, o.rm, o.size), readRegister(cpu, o.reg, o.size));
	},
	writes: CF | OF,
	kills: CF | OF
};

/** IMUL r, r/m, imm. */
export const IMUL_THREE: Operation = {
	bind: ({ memory }) =>
		memory
			? (cpu, op) => product(cpu, op, op.reg, load(cpu, op, op.size), op.imm)
			: (cpu, op) => product(cpu, op, op.rm, readRegister(cpu, op.reg, op.size), op.imm),
	writes: CF | OF,
	kills: CF | OF
};

const decimal = (adjust: (cpu: Cpu) => void): Operation => ({
	bind: always(adjust),
	reads: AF | CF | OF | SF | ZF | PF,
	writes: STATUS
});
export const DAA = decimal(decimalAdjustAdd);
export const DAS = decimal(decimalAdjustSubtract);
export const AAA = decimal(asciiAdjustAdd);
export const AAS = decimal(asciiAdjustSubtract);
export const AAM: Operation = {
	bind: always((cpu, op) => asciiAdjustMultiply(cpu, op.imm & 0xff)),
	writes: STATUS,
	faults: true
};
export const AAD: Operation = { bind: always((cpu, op) => asciiAdjustDivide(cpu, op.imm & 0xff)), writes: STATUS };
