/** MUL, IMUL, DIV, IDIV with one operand, and the decimal adjustments (SDM vol. 2). */
import type { Cpu } from '../../../cpu/cpu';
import {
	asciiAdjustAdd,
	asciiAdjustDivide,
	asciiAdjustMultiply,
	asciiAdjustSubtract,
	decimalAdjustAdd,
	decimalAdjustSubtract
} from '../decimal';
import { divide, divideSigned, multiply, multiplySigned } from '../multiply';
import { load, readRegister, type Size } from '../op';
import { always, type Binder } from '../shape';

/** The accumulator is implied. */
const implied =
	(calculate: (cpu: Cpu, size: Size, operand: number) => void): Binder =>
	({ memory }) =>
		memory
			? (cpu, op) => calculate(cpu, op.size, load(cpu, op, op.size))
			: (cpu, op) => calculate(cpu, op.size, readRegister(cpu, op.rm, op.size));

export const MULTIPLY: Readonly<Record<string, Binder>> = {
	multiply: implied(multiply),
	multiplySigned: implied(multiplySigned),
	divide: implied(divide),
	divideSigned: implied(divideSigned),
	decimalAdjustAdd: always(decimalAdjustAdd),
	decimalAdjustSubtract: always(decimalAdjustSubtract),
	asciiAdjustAdd: always(asciiAdjustAdd),
	asciiAdjustSubtract: always(asciiAdjustSubtract),
	asciiAdjustMultiply: always((cpu, op) => asciiAdjustMultiply(cpu, op.imm & 0xff)),
	asciiAdjustDivide: always((cpu, op) => asciiAdjustDivide(cpu, op.imm & 0xff))
};
