/**
 * From an instruction to an operation of the interpreter: operands become indexes and addresses, the meaning becomes a function.
 *
 * A meaning that is a procedure is found by its name; an expression by what is written out for it, and else it is evaluated as it stands.
 */
import { REG } from '../../layout';
import { evaluate } from './evaluate';
import { Op, registerIndex, type Exec } from './op';
import { BITS } from './procedures/bits';
import { CONTROL } from './procedures/control';
import { MULTIPLY } from './procedures/multiply';
import { SEGMENT } from './procedures/segment';
import { STACK } from './procedures/stack';
import { STRING } from './procedures/string';
import { SYSTEM } from './procedures/system';
import { shapeOf, type Binder, type Shape } from './shape';
import { inBlock } from './synced';
import { writtenOut } from './written-out';
import { Bug } from '../../../base';
import type { Instruction, MemoryOperand, Operand, Undecoded } from '../../../x86/decode';
import { VECTOR } from '../../../x86/exceptions';

/** What a row may name that no expression says. */
export const PROCEDURES: Readonly<Record<string, Binder | undefined>> = {
	...BITS,
	...CONTROL,
	...MULTIPLY,
	...SEGMENT,
	...STACK,
	...STRING,
	...SYSTEM
};

const ZERO = REG.ZERO << 1;
const register = (n: number): number => (n < 0 ? ZERO : n << 1);

/** The function that carries the instruction out with all flags. */
function functionOf(shape: Shape, op: Op): Exec {
	const { meaning } = shape.instruction.row;
	const [statement] = meaning.statements;
	if (statement.kind !== 'procedure') return writtenOut(shape, op) ?? evaluate(shape);
	const binder = PROCEDURES[statement.name];
	if (binder === undefined) throw new Bug('a procedure that the interpreter does not have', { text: meaning.text });
	return binder(shape, op);
}

/** The operation of an instruction. */
export function bind(instruction: Instruction): Op {
	const op = new Op();
	const { operandSize, addressSize, operands } = instruction;
	const shape = shapeOf(instruction);
	op.size = instruction.size;
	op.eipMask = operandSize === 32 ? -1 : 0xffff;
	op.mask = addressSize === 32 ? -1 : 0xffff;
	op.repeat = instruction.repeat;
	placeRegisters(op, shape, operands);
	placeConstants(op, operands);
	const memory = operands.find((operand) => operand.kind === 'memory');
	if (memory !== undefined && shape.memory) placeMemory(op, memory);
	op.exact = op.fn = functionOf(shape, op);
	op.single = isSingle(shape);
	return op;
}

/** Procedures that make one access, if their operand is no memory; and one that makes none but to its operand. */
const ONE_ACCESS: ReadonlySet<string> = new Set(['push', 'pop', 'call', 'return']);
const ONE_OPERAND: ReadonlySet<string> = new Set(['jump']);

function isSingle({ instruction, memory }: Shape): boolean {
	const [statement] = instruction.row.meaning.statements;
	if (statement.kind !== 'procedure') return memory;
	return (memory ? ONE_OPERAND : ONE_ACCESS).has(statement.name);
}

/** What bytes do that are no instruction: one beyond 15 bytes is #GP(0), an undefined one #UD. */
export function bindUndecoded({ why }: Undecoded): Op {
	const op = new Op();
	op.exact = op.fn = why === 'too long' ? tooLong : invalid;
	return op;
}
const invalid: Exec = inBlock((cpu) => cpu.raise(VECTOR.UD));
const tooLong: Exec = inBlock((cpu) => cpu.raise(VECTOR.GP, 0));

/** Beside memory a register is `reg`; of two the first is `rm`; what has a number of its own is `reg`. */
function placeRegisters(op: Op, { memory }: Shape, operands: readonly Operand[]): void {
	let isSecond = memory;
	for (const operand of operands) {
		if (operand.kind === 'segment' || operand.kind === 'control' || operand.kind === 'debug') op.reg = operand.register;
		if (operand.kind !== 'register') continue;
		const index = registerIndex(operand.size, operand.register);
		if (isSecond) {
			op.reg = index;
			return;
		}
		op.rm = index;
		isSecond = true;
	}
}

function placeConstants(op: Op, operands: readonly Operand[]): void {
	let first = true;
	for (const operand of operands) {
		if (operand.kind === 'relative') op.imm = operand.distance;
		else if (operand.kind === 'far') [op.imm, op.imm2] = [operand.offset, operand.selector];
		else if (operand.kind === 'immediate') {
			if (first) op.imm = operand.value;
			else op.imm2 = operand.value;
			first = false;
		}
	}
}

function placeMemory(op: Op, { segment, base, index, scale, displacement }: MemoryOperand): void {
	op.seg = segment;
	op.base = register(base);
	op.index = register(index);
	op.scale = scale;
	op.disp = displacement;
}
