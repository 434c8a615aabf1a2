/** Arithmetic, logic, shifts and bits (SDM vol. 2). */
import { ARITHMETIC, TEST } from '../ops/binary';
import { BIT_TESTS, BSF, BSR } from '../ops/bits';
import { AAA, AAD, AAM, AAS, DAA, DAS, DIV, IDIV, IMUL, IMUL_THREE, IMUL_TWO, MUL } from '../ops/multiply';
import { COMPLEMENT, DECREMENT, INCREMENT, NEGATE, SHIFTS, SHLD, SHRD } from '../ops/unary';
import { opcodeByte, row, type Row } from './row';

/** ADD OR ADC SBB AND SUB XOR CMP: six opcodes each from 00h, and groups 80h to 83h. */
const arithmetic: Row[] = ARITHMETIC.flatMap(([name, operation], n) => [
	row(`${opcodeByte(0x00, 8 * n)} /r`, `${name} r/m8, r8`, operation),
	row(`${opcodeByte(0x01, 8 * n)} /r`, `${name} r/m16/32, r16/32`, operation),
	row(`${opcodeByte(0x02, 8 * n)} /r`, `${name} r8, r/m8`, operation),
	row(`${opcodeByte(0x03, 8 * n)} /r`, `${name} r16/32, r/m16/32`, operation),
	row(`${opcodeByte(0x04, 8 * n)} ib`, `${name} AL, imm8`, operation),
	row(`${opcodeByte(0x05, 8 * n)} iw/id`, `${name} AX/EAX, imm16/32`, operation),
	row(`80 /${n} ib`, `${name} r/m8, imm8`, operation),
	row(`81 /${n} iw/id`, `${name} r/m16/32, imm16/32`, operation),
	row(`82 /${n} ib`, `${name} r/m8, imm8`, operation),
	row(`83 /${n} ib`, `${name} r/m16/32, imm8`, operation)
]);

const shifts: Row[] = SHIFTS.flatMap(([name, by], n) => [
	row(`C0 /${n} ib`, `${name} r/m8, imm8`, by('imm8')),
	row(`C1 /${n} ib`, `${name} r/m16/32, imm8`, by('imm8')),
	row(`D0 /${n}`, `${name} r/m8, 1`, by('one')),
	row(`D1 /${n}`, `${name} r/m16/32, 1`, by('one')),
	row(`D2 /${n}`, `${name} r/m8, CL`, by('CL')),
	row(`D3 /${n}`, `${name} r/m16/32, CL`, by('CL'))
]);

const bitTests: Row[] = BIT_TESTS.flatMap(({ name, byRegister, byImmediate }, n) => [
	row(`0F ${opcodeByte(0xa3, 8 * n)} /r`, `${name} r/m16/32, r16/32`, byRegister),
	row(`0F BA /${n + 4} ib`, `${name} r/m16/32, imm8`, byImmediate)
]);

export const ARITHMETIC_ROWS: readonly Row[] = [
	...arithmetic,
	...shifts,
	...bitTests,
	row('0F BC /r', 'BSF r16/32, r/m16/32', BSF),
	row('0F BD /r', 'BSR r16/32, r/m16/32', BSR),
	row('0F A4 /r ib', 'SHLD r/m16/32, r16/32, imm8', SHLD.imm8),
	row('0F A5 /r', 'SHLD r/m16/32, r16/32, CL', SHLD.CL),
	row('0F AC /r ib', 'SHRD r/m16/32, r16/32, imm8', SHRD.imm8),
	row('0F AD /r', 'SHRD r/m16/32, r16/32, CL', SHRD.CL),

	row('84 /r', 'TEST r/m8, r8', TEST),
	row('85 /r', 'TEST r/m16/32, r16/32', TEST),
	row('A8 ib', 'TEST AL, imm8', TEST),
	row('A9 iw/id', 'TEST AX/EAX, imm16/32', TEST),
	row('F6 /0 ib', 'TEST r/m8, imm8', TEST),
	row('F6 /1 ib', 'TEST r/m8, imm8', TEST),
	row('F7 /0 iw/id', 'TEST r/m16/32, imm16/32', TEST),
	row('F7 /1 iw/id', 'TEST r/m16/32, imm16/32', TEST),
	row('F6 /2', 'NOT r/m8', COMPLEMENT),
	row('F7 /2', 'NOT r/m16/32', COMPLEMENT),
	row('F6 /3', 'NEG r/m8', NEGATE),
	row('F7 /3', 'NEG r/m16/32', NEGATE),
	row('40+r', 'INC r16/32', INCREMENT),
	row('48+r', 'DEC r16/32', DECREMENT),
	row('FE /0', 'INC r/m8', INCREMENT),
	row('FF /0', 'INC r/m16/32', INCREMENT),
	row('FE /1', 'DEC r/m8', DECREMENT),
	row('FF /1', 'DEC r/m16/32', DECREMENT),

	row('F6 /4', 'MUL r/m8', MUL),
	row('F7 /4', 'MUL r/m16/32', MUL),
	row('F6 /5', 'IMUL r/m8', IMUL),
	row('F7 /5', 'IMUL r/m16/32', IMUL),
	row('0F AF /r', 'IMUL r16/32, r/m16/32', IMUL_TWO),
	row('69 /r iw/id', 'IMUL r16/32, r/m16/32, imm16/32', IMUL_THREE),
	row('6B /r ib', 'IMUL r16/32, r/m16/32, imm8', IMUL_THREE),
	row('F6 /6', 'DIV r/m8', DIV),
	row('F7 /6', 'DIV r/m16/32', DIV),
	row('F6 /7', 'IDIV r/m8', IDIV),
	row('F7 /7', 'IDIV r/m16/32', IDIV),
	row('27', 'DAA', DAA),
	row('2F', 'DAS', DAS),
	row('37', 'AAA', AAA),
	row('3F', 'AAS', AAS),
	row('D4 ib', 'AAM imm8', AAM),
	row('D5 ib', 'AAD imm8', AAD)
];
