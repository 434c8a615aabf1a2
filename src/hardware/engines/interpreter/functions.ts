/** The functions of meanings (src/x86/isa/meaning.ts), as they are calculated here. Values of 32 bits are int32, narrower ones are zero-extended. */
import { ADC, ADD, AND, DEC, INC, NEG, NOT, OR, SBB, SUB, XOR, type Kernels } from './alu';
import type { Cpu } from '../../cpu/cpu';
import { AUX, RESULT } from '../../cpu/flags';
import { multiplyTruncated } from './multiply';
import type { Kernel } from './op';
import { RCL, RCR, ROL, ROR, SAR, SHL, SHR } from './shift';
import type { FunctionName } from '../../../x86/isa';

/**
 * BSF and BSR: a source of zero sets ZF and leaves the destination as it was. The other flags are undefined; PF follows the
 * index found, and the rest are cleared, as on the processors compared with.
 */
const scan =
	(find: (value: number) => number): Kernel =>
	({ s }, a, b) => {
		s[AUX] = 0;
		s[RESULT] = 0;
		if (b === 0) return a;
		const index = find(b);
		// Not zero, not negative, and with the parity of the index.
		s[RESULT] = 0x100 | index;
		return index;
	};
const anySize = (kernel: Kernel): Kernels => ({ 8: kernel, 16: kernel, 32: kernel });

const product = (size: 16 | 32): Kernel => {
	return (cpu: Cpu, a: number, b: number): number => multiplyTruncated(cpu, size, a, b);
};

/** BSWAP of a 16-bit register is undefined; processors clear it. */
const swap: Kernel = (_cpu, v) => (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);

/** Functions of one value or two, by the size of the first operand. */
export const KERNELS: { readonly [F in FunctionName]?: Kernels } = {
	add: ADD,
	or: OR,
	adc: ADC,
	sbb: SBB,
	and: AND,
	sub: SUB,
	xor: XOR,
	inc: INC,
	dec: DEC,
	neg: NEG,
	not: NOT,
	rol: ROL,
	ror: ROR,
	rcl: RCL,
	rcr: RCR,
	shl: SHL,
	shr: SHR,
	sar: SAR,
	imul: { 8: product(16), 16: product(16), 32: product(32) },
	bsf: anySize(scan((value) => 31 - Math.clz32(value & -value))),
	bsr: anySize(scan((value) => 31 - Math.clz32(value))),
	bswap: { 8: () => 0, 16: () => 0, 32: swap },
	widen: { 8: (_cpu, a) => a, 16: (_cpu, a) => (a << 24) >> 24, 32: (_cpu, a) => (a << 16) >> 16 },
	sign: { 8: (_cpu, a) => (a << 24) >> 31, 16: (_cpu, a) => (a << 16) >> 31, 32: (_cpu, a) => a >> 31 }
};
