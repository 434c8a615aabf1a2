/** Arithmetic, logic, shifts and bits (SDM vol. 2). */
import { opcodeByte, row, type Row, type Traits } from './row';
import { AF, CF, OF, PF, SF, STATUS, ZF } from '../flags';

const LOCK: Traits = { lock: true };

/** ADD OR ADC SBB AND SUB XOR CMP: six opcodes each from 00h, and groups 80h to 83h. */
const EIGHT: readonly (readonly [name: string, means: string, traits?: Traits])[] = [
	['ADD', 'a = add(a, b)', LOCK],
	['OR', 'a = or(a, b)', LOCK],
	['ADC', 'a = adc(a, b)', LOCK],
	['SBB', 'a = sbb(a, b)', LOCK],
	['AND', 'a = and(a, b)', LOCK],
	['SUB', 'a = sub(a, b)', LOCK],
	['XOR', 'a = xor(a, b)', LOCK],
	['CMP', 'sub(a, b)']
];
const arithmetic: Row[] = EIGHT.flatMap(([name, means, traits], n) => [
	row(`${opcodeByte(0x00, 8 * n)} /r`, `${name} r/m8, r8`, means, traits),
	row(`${opcodeByte(0x01, 8 * n)} /r`, `${name} r/m16/32, r16/32`, means, traits),
	row(`${opcodeByte(0x02, 8 * n)} /r`, `${name} r8, r/m8`, means, traits),
	row(`${opcodeByte(0x03, 8 * n)} /r`, `${name} r16/32, r/m16/32`, means, traits),
	row(`${opcodeByte(0x04, 8 * n)} ib`, `${name} AL, imm8`, means, traits),
	row(`${opcodeByte(0x05, 8 * n)} iw/id`, `${name} AX/EAX, imm16/32`, means, traits),
	row(`80 /${n} ib`, `${name} r/m8, imm8`, means, traits),
	row(`81 /${n} iw/id`, `${name} r/m16/32, imm16/32`, means, traits),
	row(`82 /${n} ib`, `${name} r/m8, imm8`, means, traits),
	row(`83 /${n} ib`, `${name} r/m16/32, imm8`, means, traits)
]);

/** The eight of group 2 in encoding order (SDM vol. 2, table A-6); /6 is SHL again. */
const SHIFTS: readonly (readonly [name: string, means: string])[] = [
	['ROL', 'a = rol(a, b)'],
	['ROR', 'a = ror(a, b)'],
	['RCL', 'a = rcl(a, b)'],
	['RCR', 'a = rcr(a, b)'],
	['SHL', 'a = shl(a, b)'],
	['SHR', 'a = shr(a, b)'],
	['SAL', 'a = shl(a, b)'],
	['SAR', 'a = sar(a, b)']
];
const shifts: Row[] = SHIFTS.flatMap(([name, means], n) => [
	row(`C0 /${n} ib`, `${name} r/m8, imm8`, means),
	row(`C1 /${n} ib`, `${name} r/m16/32, imm8`, means),
	row(`D0 /${n}`, `${name} r/m8, 1`, means),
	row(`D1 /${n}`, `${name} r/m16/32, 1`, means),
	row(`D2 /${n}`, `${name} r/m8, CL`, means),
	row(`D3 /${n}`, `${name} r/m16/32, CL`, means)
]);

/** The four in encoding order (SDM vol. 2, table A-6, group 8): a bit offset in a register reaches beyond the addressed word. */
const BIT_TESTS: readonly (readonly [name: string, means: string, traits: Traits])[] = [
	['BT', 'testBit(a, b)', { writes: CF, kills: CF }],
	['BTS', 'setBit(a, b)', { writes: CF, kills: CF, lock: true }],
	['BTR', 'clearBit(a, b)', { writes: CF, kills: CF, lock: true }],
	['BTC', 'flipBit(a, b)', { writes: CF, kills: CF, lock: true }]
];
const bitTests: Row[] = BIT_TESTS.flatMap(([name, means, traits], n) => [
	row(`0F ${opcodeByte(0xa3, 8 * n)} /r`, `${name} r/m16/32, r16/32`, means, traits),
	row(`0F BA /${n + 4} ib`, `${name} r/m16/32, imm8`, means, traits)
]);

const DIVIDES: Traits = { writes: STATUS, faults: true };
const DECIMAL: Traits = { reads: AF | CF | OF | SF | ZF | PF, writes: STATUS };

export const ARITHMETIC_ROWS: readonly Row[] = [
	...arithmetic,
	...shifts,
	...bitTests,
	row('0F BC /r', 'BSF r16/32, r/m16/32', 'a = bsf(a, b)'),
	row('0F BD /r', 'BSR r16/32, r/m16/32', 'a = bsr(a, b)'),
	row('0F A4 /r ib', 'SHLD r/m16/32, r16/32, imm8', 'a = shld(a, b, c)'),
	row('0F A5 /r', 'SHLD r/m16/32, r16/32, CL', 'a = shld(a, b, c)'),
	row('0F AC /r ib', 'SHRD r/m16/32, r16/32, imm8', 'a = shrd(a, b, c)'),
	row('0F AD /r', 'SHRD r/m16/32, r16/32, CL', 'a = shrd(a, b, c)'),

	row('84 /r', 'TEST r/m8, r8', 'and(a, b)'),
	row('85 /r', 'TEST r/m16/32, r16/32', 'and(a, b)'),
	row('A8 ib', 'TEST AL, imm8', 'and(a, b)'),
	row('A9 iw/id', 'TEST AX/EAX, imm16/32', 'and(a, b)'),
	row('F6 /0 ib', 'TEST r/m8, imm8', 'and(a, b)'),
	row('F6 /1 ib', 'TEST r/m8, imm8', 'and(a, b)'),
	row('F7 /0 iw/id', 'TEST r/m16/32, imm16/32', 'and(a, b)'),
	row('F7 /1 iw/id', 'TEST r/m16/32, imm16/32', 'and(a, b)'),
	row('F6 /2', 'NOT r/m8', 'a = not(a)', LOCK),
	row('F7 /2', 'NOT r/m16/32', 'a = not(a)', LOCK),
	row('F6 /3', 'NEG r/m8', 'a = neg(a)', LOCK),
	row('F7 /3', 'NEG r/m16/32', 'a = neg(a)', LOCK),
	row('40+r', 'INC r16/32', 'a = inc(a)', LOCK),
	row('48+r', 'DEC r16/32', 'a = dec(a)', LOCK),
	row('FE /0', 'INC r/m8', 'a = inc(a)', LOCK),
	row('FF /0', 'INC r/m16/32', 'a = inc(a)', LOCK),
	row('FE /1', 'DEC r/m8', 'a = dec(a)', LOCK),
	row('FF /1', 'DEC r/m16/32', 'a = dec(a)', LOCK),

	row('F6 /4', 'MUL r/m8', 'multiply(a)', { writes: STATUS }),
	row('F7 /4', 'MUL r/m16/32', 'multiply(a)', { writes: STATUS }),
	row('F6 /5', 'IMUL r/m8', 'multiplySigned(a)', { writes: STATUS }),
	row('F7 /5', 'IMUL r/m16/32', 'multiplySigned(a)', { writes: STATUS }),
	row('0F AF /r', 'IMUL r16/32, r/m16/32', 'a = imul(a, b)'),
	row('69 /r iw/id', 'IMUL r16/32, r/m16/32, imm16/32', 'a = imul(b, c)'),
	row('6B /r ib', 'IMUL r16/32, r/m16/32, imm8', 'a = imul(b, c)'),
	row('F6 /6', 'DIV r/m8', 'divide(a)', DIVIDES),
	row('F7 /6', 'DIV r/m16/32', 'divide(a)', DIVIDES),
	row('F6 /7', 'IDIV r/m8', 'divideSigned(a)', DIVIDES),
	row('F7 /7', 'IDIV r/m16/32', 'divideSigned(a)', DIVIDES),
	row('27', 'DAA', 'decimalAdjustAdd()', DECIMAL),
	row('2F', 'DAS', 'decimalAdjustSubtract()', DECIMAL),
	row('37', 'AAA', 'asciiAdjustAdd()', DECIMAL),
	row('3F', 'AAS', 'asciiAdjustSubtract()', DECIMAL),
	row('D4 ib', 'AAM imm8', 'asciiAdjustMultiply(a)', { writes: STATUS, faults: true }),
	row('D5 ib', 'AAD imm8', 'asciiAdjustDivide(a)', { writes: STATUS })
];
