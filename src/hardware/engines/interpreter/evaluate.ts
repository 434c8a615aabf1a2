/**
 * Executes a meaning as it is written (src/x86/isa/meaning.ts): the specification that the written-out forms beside it are held against, and what
 * runs for every instruction that has none.
 *
 * Operands are fetched first, one that is written too with permission to write; so all that may fault comes before anything changes.
 */
import type { Cpu } from '../../cpu/cpu';
import { carry, CONDITIONS, setCarry } from '../../cpu/flags';
import { REG } from '../../layout';
import { KERNELS } from './functions';
import { address, readRegister, registerIndex, writeRegister, type Exec, type Op, type Size } from './op';
import type { Shape } from './shape';
import { shiftLeftDouble, shiftRightDouble } from './shift';
import { Bug } from '../../../base';
import { isRead, isWritten, type Meaning, type Name, type Statement, type Value } from '../../../x86/isa/meaning';

type Fetch = (cpu: Cpu, op: Op) => number;
type Calculate = (cpu: Cpu, op: Op, a: number, b: number, c: number) => number;
type Step = (cpu: Cpu, op: Op, a: number, b: number, c: number) => void;
type Put = (cpu: Cpu, op: Op, value: number) => void;

/** Whether operand `n` of a form is a register in `rm` or in `reg`, lies in memory, or is immediate. */
type Place = 'rm' | 'reg' | 'memory' | 'immediate' | 'none';
const PLACES: Readonly<Record<Shape['form'], readonly [a: Place, b: Place]>> = {
	rr: ['rm', 'reg'],
	rm: ['reg', 'memory'],
	mr: ['memory', 'reg'],
	ri: ['rm', 'immediate'],
	mi: ['memory', 'immediate'],
	r: ['rm', 'none'],
	m: ['memory', 'none'],
	'-': ['none', 'none']
};

const nothing: Fetch = () => 0;
const immediate: Fetch = (_cpu, op) => op.imm;
/** u8 index of CL. */
const CL = registerIndex(8, REG.ECX);

const MEMORY_READ: { readonly [S in Size]: Fetch } = {
	8: (cpu, op) => cpu.read8(op.seg, address(cpu, op)),
	16: (cpu, op) => cpu.read16(op.seg, address(cpu, op)),
	32: (cpu, op) => cpu.read32(op.seg, address(cpu, op))
};
const MEMORY_READ_FOR_WRITE: { readonly [S in Size]: Fetch } = {
	8: (cpu, op) => cpu.readForWrite8(op.seg, address(cpu, op)),
	16: (cpu, op) => cpu.readForWrite16(op.seg, address(cpu, op)),
	32: (cpu, op) => cpu.readForWrite32(op.seg, address(cpu, op))
};
const MEMORY_WRITE: { readonly [S in Size]: Put } = {
	8: (cpu, op, value) => cpu.write8(op.seg, address(cpu, op), value),
	16: (cpu, op, value) => cpu.write16(op.seg, address(cpu, op), value),
	32: (cpu, op, value) => cpu.write32(op.seg, address(cpu, op), value)
};
const MEMORY_WRITE_BACK: { readonly [S in Size]: Put } = {
	8: (cpu, _op, value) => cpu.writeBack8(value),
	16: (cpu, _op, value) => cpu.writeBack16(value),
	32: (cpu, _op, value) => cpu.writeBack32(value)
};

function fetchOf(place: Place, size: Size, meaning: Meaning, name: Name): Fetch {
	if (!isRead(meaning, name) || place === 'none') return nothing;
	if (place === 'immediate') return immediate;
	if (place === 'memory') return (isWritten(meaning, name) ? MEMORY_READ_FOR_WRITE : MEMORY_READ)[size];
	return (cpu, op) => readRegister(cpu, op[place], size);
}

function putOf(name: Name, shape: Shape, meaning: Meaning): Put {
	const { size, source, form } = shape;
	if (name === 'acc') return (cpu, _op, value) => writeRegister(cpu, 0, size, value);
	if (name === 'hi') return (cpu, _op, value) => writeRegister(cpu, registerIndex(size, REG.EDX), size, value);
	if (name === 'AL') return (cpu, _op, value) => void (cpu.u8[0] = value);
	if (name === 'CF') return (cpu, _op, value) => setCarry(cpu.s, value);
	const place = PLACES[form][name === 'a' ? 0 : 1];
	const width = name === 'a' ? size : source;
	if (place === 'memory') return (isRead(meaning, name) ? MEMORY_WRITE_BACK : MEMORY_WRITE)[width];
	if (place !== 'rm' && place !== 'reg') throw new Bug('a meaning that writes what is no place', { name, form });
	return (cpu, op, value) => writeRegister(cpu, op[place], width, value);
}

function nameValue(name: Name, size: Size): Calculate {
	switch (name) {
		case 'a':
			return (_cpu, _op, a) => a;
		case 'b':
			return (_cpu, _op, _a, b) => b;
		case 'c':
			return (_cpu, _op, _a, _b, c) => c;
		case 'acc':
			return (cpu) => readRegister(cpu, 0, size);
		case 'hi':
			return (cpu) => readRegister(cpu, registerIndex(size, REG.EDX), size);
		case 'AL':
			return (cpu) => cpu.u8[0];
		case 'CF':
			return (cpu) => carry(cpu.s);
	}
}

function calculate(value: Value, shape: Shape): Calculate {
	if (value.kind === 'number') return () => value.number;
	if (value.kind === 'name') return nameValue(value.name, shape.size);
	if (value.kind === 'condition') {
		const holds = CONDITIONS[value.condition];
		return (cpu) => (holds(cpu.s) ? 1 : 0);
	}
	const { size, source } = shape;
	if (value.fn === 'address') return address;
	const [first, second, third] = value.values.map((inner) => calculate(inner, shape));
	switch (value.fn) {
		case 'choose':
			return (cpu, op, a, b, c) => (first(cpu, op, a, b, c) !== 0 ? second : third)(cpu, op, a, b, c);
		case 'zx':
			return first;
		case 'sx': {
			const up = 32 - source;
			return (cpu, op, a, b, c) => (first(cpu, op, a, b, c) << up) >> up;
		}
		case 'shld':
		case 'shrd': {
			const shift = value.fn === 'shld' ? shiftLeftDouble : shiftRightDouble;
			return (cpu, op, a, b, c) =>
				shift(cpu, size, first(cpu, op, a, b, c), second(cpu, op, a, b, c), third(cpu, op, a, b, c));
		}
	}
	const kernel = KERNELS[value.fn]?.[size];
	if (kernel === undefined) throw new Bug('a function that the interpreter does not have', { fn: value.fn });
	if (second === undefined) return (cpu, op, a, b, c) => kernel(cpu, first(cpu, op, a, b, c), 0);
	return (cpu, op, a, b, c) => kernel(cpu, first(cpu, op, a, b, c), second(cpu, op, a, b, c));
}

function stepOf(statement: Statement, shape: Shape, meaning: Meaning): Step {
	if (statement.kind === 'procedure') throw new Bug('a procedure among expressions', { text: meaning.text });
	const value = calculate(statement.value, shape);
	if (statement.to === null) return value;
	const put = putOf(statement.to, shape, meaning);
	return (cpu, op, a, b, c) => put(cpu, op, value(cpu, op, a, b, c));
}

/** A third operand is an immediate or CL. */
const thirdOf = (shape: Shape): Fetch =>
	shape.instruction.operands[2]?.kind === 'register' ? ({ u8 }) => u8[CL] : immediate;

/** Executes what the row says, in the order in which it says it. */
export function evaluate(shape: Shape): Exec {
	const { meaning } = shape.instruction.row;
	const [placeA, placeB] = PLACES[shape.form];
	const fetchA = fetchOf(placeA, shape.size, meaning, 'a');
	const fetchB = fetchOf(placeB, shape.source, meaning, 'b');
	const fetchC = isRead(meaning, 'c') ? thirdOf(shape) : nothing;
	const step = meaning.statements
		.map((statement) => stepOf(statement, shape, meaning))
		.reduce((before, after) => (cpu, op, a, b, c) => {
			before(cpu, op, a, b, c);
			after(cpu, op, a, b, c);
		});
	return (cpu, op) => {
		const a = fetchA(cpu, op);
		const b = fetchB(cpu, op);
		step(cpu, op, a, b, fetchC(cpu, op));
	};
}
