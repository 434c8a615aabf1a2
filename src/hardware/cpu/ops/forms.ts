/**
 * How an opcode row becomes a function: from the shape of the decoded operands.
 *
 * A `Binder` is told the operand size and form and answers with the function to execute. The forms:
 *
 *     rr  register, register      op.rm is the destination, op.reg the source
 *     rm  register, memory        op.reg is the destination
 *     mr  memory, register        op.reg is the source
 *     ri  register, immediate     op.rm
 *     mi  memory, immediate
 *     r   register alone, or with implied operands: op.rm
 *     m   memory alone
 *     -   neither
 */
import type { Exec, Kernel, Op, Size } from '../operands';

export type Form = 'rr' | 'rm' | 'mr' | 'ri' | 'mi' | 'r' | 'm' | '-';

export interface Shape {
	/** Size of the row's first operand: 8, 16 or 32; the effective operand size where it has none. */
	readonly size: Size;
	/** Size of its second operand, for MOVZX, MOVSX and the like. */
	readonly source: Size;
	readonly form: Form;
	/** True when the r/m operand lies in memory. */
	readonly memory: boolean;
}

/** Chooses the function of a decoded instruction; may set `op.kernel` and `op.quiet`. */
export type Binder = (shape: Shape, op: Op) => Exec;

/** A function for each operand size. */
export type Sized<T> = { readonly [S in Size]: T };

/** What the table and the block builder need to know of an instruction beside its operands. */
export interface Operation {
	readonly bind: Binder;
	/** Status flags that it reads. */
	readonly reads?: number;
	/** Status flags that it may write. */
	readonly writes?: number;
	/** Status flags that it overwrites for certain. */
	readonly kills?: number;
	/** LOCK is legal when the destination lies in memory. */
	readonly lock?: boolean;
	/** It ends its block: control transfer, or a change of mode or interrupt state. */
	readonly ends?: boolean;
	/** It ends its block by setting EIP, and changes no mode: near transfers. */
	readonly plain?: boolean;
	/** It may fault although it has no memory operand. */
	readonly faults?: boolean;
	/** F2 and F3 mean repetition. */
	readonly repeats?: boolean;
	/** False for one that names a memory operand but does not access it. */
	readonly accesses?: boolean;
}

/** The same function whatever the shape. */
export const always =
	(exec: Exec): Binder =>
	() =>
		exec;

/** By operand size alone. */
export const bySize =
	(table: Sized<Exec>): Binder =>
	({ size }) =>
		table[size];

/** By whether the operand is a register or lies in memory, then by size. */
export const byPlace =
	(register: Sized<Exec>, memory: Sized<Exec>): Binder =>
	(shape) =>
		(shape.memory ? memory : register)[shape.size];

/** Sets the kernel of a generic form. */
export const withKernel = (op: Op, kernel: Kernel, exec: Exec): Exec => {
	op.kernel = kernel;
	return exec;
};
