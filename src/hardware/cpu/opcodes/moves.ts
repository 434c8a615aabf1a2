/** Data movement, the stack and strings (SDM vol. 2). */
import { CONDITION_NAMES } from '../flags';
import {
	BSWAP,
	CBW,
	CMPXCHG,
	CMPXCHG8B,
	conditionalMove,
	CWD,
	LAHF,
	LEA,
	MOV,
	MOVSX,
	MOVZX,
	SAHF,
	setOnCondition,
	XADD,
	XCHG,
	XLAT
} from '../ops/move';
import { loadFarPointer, MOV_FROM_SEGMENT, MOV_TO_SEGMENT, POP_SEGMENT, PUSH_SEGMENT } from '../ops/segment';
import { ENTER, LEAVE, POP, POPA, POPF, PUSH, PUSH_IMMEDIATE, PUSHA, PUSHF } from '../ops/stack';
import { CMPS, INS, LODS, MOVS, OUTS, SCAS, STOS } from '../ops/string';
import { opcodeByte, row, type Row } from './row';
import { CS, DS, ES, FS, GS, SS } from '../../../x86/registers';

const conditional: Row[] = CONDITION_NAMES.flatMap((name, n) => [
	row(`0F ${opcodeByte(0x40, n)} /r`, `CMOV${name} r16/32, r/m16/32`, conditionalMove(n)),
	row(`0F ${opcodeByte(0x90, n)} /r`, `SET${name} r/m8`, setOnCondition(n))
]);

export const MOVE_ROWS: readonly Row[] = [
	...conditional,
	row('88 /r', 'MOV r/m8, r8', MOV),
	row('89 /r', 'MOV r/m16/32, r16/32', MOV),
	row('8A /r', 'MOV r8, r/m8', MOV),
	row('8B /r', 'MOV r16/32, r/m16/32', MOV),
	row('A0 mo', 'MOV AL, moffs8', MOV),
	row('A1 mo', 'MOV AX/EAX, moffs16/32', MOV),
	row('A2 mo', 'MOV moffs8, AL', MOV),
	row('A3 mo', 'MOV moffs16/32, AX/EAX', MOV),
	row('B0+r ib', 'MOV r8, imm8', MOV),
	row('B8+r iw/id', 'MOV r16/32, imm16/32', MOV),
	row('C6 /0 ib', 'MOV r/m8, imm8', MOV),
	row('C7 /0 iw/id', 'MOV r/m16/32, imm16/32', MOV),
	row('0F B6 /r', 'MOVZX r16/32, r/m8', MOVZX),
	row('0F B7 /r', 'MOVZX r16/32, r/m16', MOVZX),
	row('0F BE /r', 'MOVSX r16/32, r/m8', MOVSX),
	row('0F BF /r', 'MOVSX r16/32, r/m16', MOVSX),
	row('8D /r', 'LEA r16/32, m', LEA),
	row('86 /r', 'XCHG r/m8, r8', XCHG),
	row('87 /r', 'XCHG r/m16/32, r16/32', XCHG),
	row('90+r', 'XCHG r16/32, AX/EAX', XCHG),
	row('0F C0 /r', 'XADD r/m8, r8', XADD),
	row('0F C1 /r', 'XADD r/m16/32, r16/32', XADD),
	row('0F B0 /r', 'CMPXCHG r/m8, r8', CMPXCHG),
	row('0F B1 /r', 'CMPXCHG r/m16/32, r16/32', CMPXCHG),
	row('0F C7 /1', 'CMPXCHG8B m64', CMPXCHG8B),
	row('0F C8+r', 'BSWAP r16/32', BSWAP),
	row('D7', 'XLAT', XLAT),
	row('98', 'CBW/CWDE', CBW),
	row('99', 'CWD/CDQ', CWD),
	row('9F', 'LAHF', LAHF),
	row('9E', 'SAHF', SAHF),

	row('8C /r', 'MOV r/m16, Sreg', MOV_FROM_SEGMENT),
	row('8E /r', 'MOV Sreg, r/m16', MOV_TO_SEGMENT),
	row('C4 /r', 'LES r16/32, m16:16/32', loadFarPointer(ES)),
	row('C5 /r', 'LDS r16/32, m16:16/32', loadFarPointer(DS)),
	row('0F B2 /r', 'LSS r16/32, m16:16/32', loadFarPointer(SS)),
	row('0F B4 /r', 'LFS r16/32, m16:16/32', loadFarPointer(FS)),
	row('0F B5 /r', 'LGS r16/32, m16:16/32', loadFarPointer(GS)),

	row('50+r', 'PUSH r16/32', PUSH),
	row('FF /6', 'PUSH r/m16/32', PUSH),
	row('6A ib', 'PUSH imm8', PUSH_IMMEDIATE),
	row('68 iw/id', 'PUSH imm16/32', PUSH_IMMEDIATE),
	row('58+r', 'POP r16/32', POP),
	row('8F /0', 'POP r/m16/32', POP),
	row('06', 'PUSH ES', PUSH_SEGMENT),
	row('0E', 'PUSH CS', PUSH_SEGMENT),
	row('16', 'PUSH SS', PUSH_SEGMENT),
	row('1E', 'PUSH DS', PUSH_SEGMENT),
	row('0F A0', 'PUSH FS', PUSH_SEGMENT),
	row('0F A8', 'PUSH GS', PUSH_SEGMENT),
	row('07', 'POP ES', POP_SEGMENT),
	row('17', 'POP SS', POP_SEGMENT),
	row('1F', 'POP DS', POP_SEGMENT),
	row('0F A1', 'POP FS', POP_SEGMENT),
	row('0F A9', 'POP GS', POP_SEGMENT),
	row('60', 'PUSHA', PUSHA),
	row('61', 'POPA', POPA),
	row('9C', 'PUSHF', PUSHF),
	row('9D', 'POPF', POPF),
	row('C8 iw ib', 'ENTER imm16, imm8', ENTER),
	row('C9', 'LEAVE', LEAVE),

	row('A4', 'MOVS m8, m8', MOVS),
	row('A5', 'MOVS m16/32, m16/32', MOVS),
	row('A6', 'CMPS m8, m8', CMPS),
	row('A7', 'CMPS m16/32, m16/32', CMPS),
	row('AA', 'STOS m8', STOS),
	row('AB', 'STOS m16/32', STOS),
	row('AC', 'LODS m8', LODS),
	row('AD', 'LODS m16/32', LODS),
	row('AE', 'SCAS m8', SCAS),
	row('AF', 'SCAS m16/32', SCAS),
	row('6C', 'INS m8, DX', INS),
	row('6D', 'INS m16/32, DX', INS),
	row('6E', 'OUTS DX, m8', OUTS),
	row('6F', 'OUTS DX, m16/32', OUTS)
];

/** Segment registers by the names that operands have in the table. */
export const SEGMENT_NUMBERS: Readonly<Record<string, number>> = { ES, CS, SS, DS, FS, GS };
