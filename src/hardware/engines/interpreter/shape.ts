/**
 * The shape of an instruction's operands, by which the interpreter chooses a function. The forms:
 *
 *     rr  register, register      op.rm is the first, op.reg the second
 *     rm  register, memory        op.reg is the first
 *     mr  memory, register        op.reg is the second
 *     ri  register, immediate     op.rm
 *     mi  memory, immediate
 *     r   register alone          op.rm
 *     m   memory alone
 *     -   neither
 *
 * A segment, control or debug register beside them is op.reg, as its number.
 */
import type { Instruction, Operand } from '../../../x86/decode';
import type { Exec, Op, Size } from './op';

export type Form = 'rr' | 'rm' | 'mr' | 'ri' | 'mi' | 'r' | 'm' | '-';

export interface Shape {
	readonly instruction: Instruction;
	/** Size of the first operand: 8, 16 or 32; the effective operand size where it has none. */
	readonly size: Size;
	/** Size of the second operand, where that is a register or memory; else that of the first. */
	readonly source: Size;
	readonly form: Form;
	/** True when an operand named by ModRM or an offset lies in memory. */
	readonly memory: boolean;
}

/** Chooses the function of an instruction; may set `op.kernel`, `op.quiet` and operands that are implied. */
export type Binder = (shape: Shape, op: Op) => Exec;

/** A function for each operand size. */
export type Sized<T> = { readonly [S in Size]: T };

export type Forms = { readonly [F in Form]?: Exec };

const PLACES: { readonly [K in Operand['kind']]: string } = {
	register: 'r',
	memory: 'm',
	immediate: 'i',
	relative: '',
	far: '',
	segment: '',
	control: '',
	debug: ''
};

/** By the kinds of the first two operands that are a register, memory or an immediate. */
const FORM_OF: Readonly<Record<string, Form>> = {
	rr: 'rr',
	rm: 'rm',
	mr: 'mr',
	ri: 'ri',
	ir: 'ri',
	mi: 'mi',
	r: 'r',
	m: 'm'
};

const sizeOf = (operand: Operand | undefined): Size | undefined =>
	operand?.kind === 'register' || operand?.kind === 'memory' ? operand.size : undefined;

export function shapeOf(instruction: Instruction): Shape {
	const { operands, size } = instruction;
	// The elements of strings are no operands that ModRM names: string procedures find them.
	const places = instruction.row.traits.repeats === true ? '' : operands.map(({ kind }) => PLACES[kind]).join('');
	return {
		instruction,
		size,
		source: sizeOf(operands[1]) ?? size,
		form: FORM_OF[places.slice(0, 2)] ?? '-',
		memory: places.includes('m')
	};
}

/** The same function whatever the shape. */
export const always =
	(exec: Exec): Binder =>
	() =>
		exec;

/** By whether the operand is a register or lies in memory, then by size. */
export const byPlace =
	(register: Sized<Exec>, memory: Sized<Exec>): Binder =>
	(shape) =>
		(shape.memory ? memory : register)[shape.size];
