/**
 * What each kind of operand of iced's opcode table takes. A kind says by its name what it is: `r32_or_mem` a register of 32 bits or memory,
 * `imm8sex32` one byte that is extended to 32 bits, `br32_1` a near branch whose distance has one byte.
 */
import type { Iced } from '../decode';
import type { NumberText, OperandText } from './statement';

type Instruction = InstanceType<Iced['Instruction']>;

/** Registers by class, as the names of operand kinds call them. */
const CLASSES: Readonly<Record<string, RegExp>> = {
	r8: /^[abcd][lh]$/,
	r16: /^(?:[abcd]x|[sb]p|[sd]i)$/,
	r32: /^e(?:[abcd]x|[sb]p|[sd]i)$/,
	seg: /^[c-gs]s$/,
	cr: /^cr[0-7]$/,
	dr: /^dr[0-7]$/,
	tr: /^tr[0-7]$/,
	bnd: /^bnd[0-3]$/,
	sti: /^st[0-7]$/,
	mm: /^mm[0-7]$/,
	xmm: /^xmm[0-7]$/,
	ymm: /^ymm[0-7]$/,
	zmm: /^zmm[0-7]$/,
	k: /^k[0-7]$/
};
/** Kinds that are one register. */
const FIXED = new Set(['al', 'ax', 'eax', 'cl', 'dx', 'es', 'cs', 'ss', 'ds', 'fs', 'gs', 'st0']);
/** Memory that the instruction itself points at: what stands for it may be left out. */
const POINTED: Readonly<Record<string, { kind: string; segment: string; base: string; index?: string }>> = {
	es_rDI: { kind: 'MemoryESEDI', segment: 'es', base: 'edi' },
	seg_rSI: { kind: 'MemorySegESI', segment: '', base: 'esi' },
	seg_rDI: { kind: 'MemorySegEDI', segment: '', base: 'edi' },
	seg_rBX_al: { kind: 'Memory', segment: '', base: 'ebx', index: 'al' }
};

/** Sizes of immediates: bits that are stored, and bits that they are extended to. */
const IMMEDIATES: Readonly<Record<string, readonly [kind: string, stored: number, used: number]>> = {
	imm8: ['Immediate8', 8, 8],
	imm8sex16: ['Immediate8to16', 8, 16],
	imm8sex32: ['Immediate8to32', 8, 32],
	imm16: ['Immediate16', 16, 16],
	imm32: ['Immediate32', 32, 32],
	imm4_m2z: ['Immediate8', 4, 4],
	imm8_const_1: ['Immediate8', 0, 0]
};
const BRANCHES = new Set(['br32_1', 'br32_4', 'xbegin_4', 'brdisp_4']);
const FAR: Readonly<Record<string, string>> = { farbr2_2: 'FarBranch16', farbr4_2: 'FarBranch32' };

/**
 * The operands of a form that are written, by their places: those that a string instruction points at, the registers that it always uses, and
 * the top of the FPU's stack may be left out. Null at a place that is not written; null in all where the number is not one that is possible.
 */
export function spread(
	kinds: readonly string[],
	given: readonly OperandText[]
): readonly (OperandText | null)[] | null {
	if (given.length === kinds.length) return given;
	if (!kinds.some(isPointed) && !kinds.includes('st0')) return null;
	const fixed = (kind: string): boolean => FIXED.has(kind);
	for (const left of [isPointed, fixed, (kind: string) => isPointed(kind) || fixed(kind)]) {
		const written = kinds.filter((kind) => !left(kind));
		if (written.length !== given.length) continue;
		if (written.some((kind, place) => isPointed(kind) !== (given[place].kind === 'memory'))) continue;
		const rest = [...given];
		return kinds.map((kind) => (left(kind) ? null : rest.shift()!));
	}
	return null;
}

/** How well an operand fits a kind. `bits`: what a number would have to fit into. */
export type Fit = { readonly fits: true } | { readonly fits: false; readonly bits?: number };

const YES: Fit = { fits: true };
const NO: Fit = { fits: false };

const registerFits = (kind: string, name: string): boolean => {
	if (FIXED.has(kind)) return kind === name;
	const group = /^(r8|r16|r32|seg(?=_reg)|cr|dr|tr|bnd|sti|xmm|ymm|zmm|mm|k)(?:p\d)?_/.exec(kind)?.[1];
	return group !== undefined && CLASSES[group].test(name);
};

/** The number as `used` bits have it, or null where it does not fit into the `stored` ones. */
export function immediateOf(value: number, stored: number, used: number): number | null {
	if (stored === 0) return value === 1 ? 1 : null;
	const all = 2 ** used;
	if (value < -(all / 2) || value >= all) return null;
	const extended = value >= all / 2 ? value - all : value;
	if (used === stored) return extended;
	return extended >= -(2 ** (stored - 1)) && extended < 2 ** (stored - 1) ? extended : null;
}

function numberFits(kind: string, { value }: NumberText): Fit {
	if (BRANCHES.has(kind)) return YES;
	const row = IMMEDIATES[kind];
	if (!row) return NO;
	const [, stored, used] = row;
	return immediateOf(value, stored, used) === null ? { fits: false, bits: stored } : YES;
}

export const isPointed = (kind: string): boolean => Object.hasOwn(POINTED, kind);
const takesMemory = (kind: string): boolean => /(?:_or_mem|_mem$|^mem)/.test(kind) && !kind.endsWith('_reg_mem');

/** Whether an operand as it is written may stand for a kind. */
export function fit(kind: string, operand: OperandText): Fit {
	switch (operand.kind) {
		case 'register':
			return registerFits(kind, operand.name) ? YES : NO;
		case 'number':
			return numberFits(kind, operand);
		case 'far':
			return Object.hasOwn(FAR, kind) ? YES : NO;
		case 'memory': {
			const pointed = POINTED[kind];
			if (!pointed) return takesMemory(kind) && vectorIndexed(operand) === /_vsib/.test(kind) ? YES : NO;
			const named = operand.base?.text === pointed.base && operand.index === null && operand.displacement === 0;
			return named && (pointed.segment === '' || ['', pointed.segment].includes(operand.segment)) ? YES : NO;
		}
	}
}

const vectorIndexed = (operand: OperandText & { kind: 'memory' }): boolean =>
	/^[xyz]mm/.test(operand.index?.text ?? '');

/** Puts operand number `place`, which fits, into an instruction. */
export function put(
	{ OpKind, Register }: Iced,
	registers: ReadonlyMap<string, number>,
	instruction: Instruction,
	place: number,
	kind: string,
	operand: OperandText | null
): void {
	const setKind = (name: string): void => instruction.setOpKind(place, OpKind[name as keyof typeof OpKind]);
	if (FIXED.has(kind)) {
		setKind('Register');
		return instruction.setOpRegister(place, registers.get(kind)!);
	}
	if (operand === null || isPointed(kind)) {
		const { kind: name, base, index } = POINTED[kind];
		setKind(name);
		if (name !== 'Memory') return;
		instruction.memoryBase = registers.get(base)!;
		instruction.memoryIndex = registers.get(index!)!;
		instruction.memoryDisplSize = 0;
		return;
	}
	switch (operand.kind) {
		case 'register':
			setKind('Register');
			return instruction.setOpRegister(place, registers.get(operand.name)!);
		case 'far':
			setKind(FAR[kind]);
			instruction.farBranchSelector = operand.selector & 0xffff;
			if (kind === 'farbr4_2') instruction.farBranch32 = operand.offset >>> 0;
			else instruction.farBranch16 = operand.offset & 0xffff;
			return;
		case 'number': {
			if (BRANCHES.has(kind)) {
				setKind('NearBranch32');
				instruction.nearBranch32 = operand.value >>> 0;
				return;
			}
			const [name, stored, used] = IMMEDIATES[kind];
			const second =
				kind === 'imm8' && instruction.opCount > 1 && place > 0 && isByteBefore(instruction, place, OpKind);
			setKind(second ? 'Immediate8_2nd' : name);
			const value = immediateOf(operand.value, stored, used)!;
			return instruction.setImmediateI32(place, value);
		}
		case 'memory': {
			setKind('Memory');
			const { base, index, displacement } = operand;
			instruction.memoryBase = base ? registers.get(base.text)! : Register.None;
			instruction.memoryIndex = index ? registers.get(index.text)! : Register.None;
			instruction.memoryIndexScale = index?.scale ?? 1;
			instruction.memoryDisplacement = BigInt(displacement >>> 0);
			instruction.memoryDisplSize = displacementSize(operand);
		}
	}
}

/** ENTER and a few others have two immediates: the second of them has a place of its own. */
const isByteBefore = (instruction: Instruction, place: number, { Immediate8, Immediate16 }: Iced['OpKind']): boolean =>
	[Immediate8, Immediate16].includes(instruction.opKind(place - 1));

/** 1 lets the encoder take what is enough. Where no register is, the address is whole. */
const displacementSize = ({ base, index, displacement }: OperandText & { kind: 'memory' }): number =>
	base === null && index === null ? 4 : displacement === 0 ? 0 : 1;
