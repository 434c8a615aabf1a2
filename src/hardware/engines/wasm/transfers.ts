/** Instructions that end a block and are translated: near jumps, calls and returns, loops (../interpreter/procedures/control.ts). */
import { LOCAL } from './locals';
import { isUsual, register, type Translator } from './translator';
import type { Instruction } from '../../../x86/decode';
import { CONDITION_NAMES } from '../../../x86/isa/meaning';
import { GPR } from '../../../x86/registers';

/** Where a block leads, for the rows below: they end by one of these, or by two of which the first depends on a condition. */
export interface Ways {
	/** To the relative target. */
	jump(): void;
	/** To the relative target where the value on the stack is not 0; and falls through otherwise. */
	jumpIf(): void;
	/** To the next instruction. */
	goOn(): void;
	/** To where the local EIP says. */
	goTo(): void;
	/** Counts the block: its last instruction is done. To be called before one of the others, and after all that may leave. */
	done(): void;
	/** Makes sure that the relative target lies within the code segment. */
	checkTarget(): void;
	/** Makes sure that EIP lies within the code segment. */
	checkEip(): void;
	/** Leaves on the stack the EIP of the next instruction. */
	next(): void;
}

type Transfer = (t: Translator<unknown>, ways: Ways, instruction: Instruction) => void;

const ECX = register(GPR.ECX);
const { X, EIP } = LOCAL;

/** Pushes the address of the next instruction. */
function pushReturn(t: Translator<unknown>, ways: Ways): void {
	t.aimBelowStack(4);
	ways.next();
	t.code.set(X);
	t.store(32, X);
	t.moveStack(-4);
}

const onCondition =
	(leaveCondition: (t: Translator<unknown>) => void, before: (t: Translator<unknown>) => void = () => {}): Transfer =>
	(t, ways) => {
		ways.checkTarget();
		before(t);
		ways.done();
		leaveCondition(t);
		ways.jumpIf();
		ways.goOn();
	};

const countDown = ({ code }: Translator<unknown>): void => void code.get(ECX).i32(1).op('i32_sub').set(ECX);

const returning: Transfer = (t, ways, { operands: [a] }) => {
	t.peek();
	t.code.set(EIP);
	ways.checkEip();
	t.moveStack(4 + (a?.kind === 'immediate' ? a.value & 0xffff : 0));
	ways.done();
	ways.goTo();
};

const TRANSFERS: Readonly<Record<string, Transfer | undefined>> = {
	...Object.fromEntries(
		CONDITION_NAMES.map((name, n) => [`jumpIf(${name}, a)`, onCondition((t) => t.flags.condition(n))])
	),
	'jump(a)': (t, ways, { operands: [a] }) => {
		if (a.kind === 'relative') {
			ways.checkTarget();
			ways.done();
			return ways.jump();
		}
		t.read(a);
		t.code.set(EIP);
		ways.checkEip();
		ways.done();
		ways.goTo();
	},
	'call(a)': (t, ways, { operands: [a] }) => {
		if (a.kind === 'relative') {
			ways.checkTarget();
			pushReturn(t, ways);
			ways.done();
			return ways.jump();
		}
		t.read(a);
		t.code.set(EIP);
		ways.checkEip();
		pushReturn(t, ways);
		ways.done();
		ways.goTo();
	},
	'return()': returning,
	'return(a)': returning,
	'loop(a)': onCondition(({ code }) => void code.get(ECX), countDown),
	'loopIf(E, a)': onCondition((t) => {
		t.flags.condition(0x4);
		t.code.get(ECX).i32(0).op('i32_ne', 'i32_and');
	}, countDown),
	'loopIf(NE, a)': onCondition((t) => {
		t.flags.condition(0x5);
		t.code.get(ECX).i32(0).op('i32_ne', 'i32_and');
	}, countDown),
	'jumpIfCountZero(a)': onCondition(({ code }) => void code.get(ECX).op('i32_eqz'))
};

/** How a block's last instruction is translated; undefined where it is none of these, or its operands have 16 bits. */
export const transferOf = (instruction: Instruction): Transfer | undefined =>
	isUsual(instruction) && instruction.operandSize === 32 && instruction.addressSize === 32
		? TRANSFERS[instruction.row.meaning.text]
		: undefined;

export const isTransfer = (instruction: Instruction): boolean => transferOf(instruction) !== undefined;
