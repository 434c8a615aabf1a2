/** Data movement, the stack and strings (SDM vol. 2). */
import { CONDITION_NAMES } from './meaning';
import { opcodeByte, row, type Row, type Traits } from './row';
import { AF, CF, PF, SF, STATUS, ZF } from '../flags';

const conditional: Row[] = CONDITION_NAMES.flatMap((name, n) => [
	row(`0F ${opcodeByte(0x40, n)} /r`, `CMOV${name} r16/32, r/m16/32`, `a = choose(${name}, b, a)`),
	row(`0F ${opcodeByte(0x90, n)} /r`, `SET${name} r/m8`, `a = choose(${name}, 1, 0)`)
]);

const LOCK: Traits = { lock: true };
const FAULTS: Traits = { faults: true };
const ENDS: Traits = { ends: true };
const STRING: Traits = { faults: true, repeats: true };
const COMPARES: Traits = { ...STRING, writes: STATUS };
/** A port is read or written: exact time is needed, and the block ends. */
const PORT: Traits = { ...STRING, ends: true };
const LOW_FLAGS = SF | ZF | AF | PF | CF;

export const MOVE_ROWS: readonly Row[] = [
	...conditional,
	row('88 /r', 'MOV r/m8, r8', 'a = b'),
	row('89 /r', 'MOV r/m16/32, r16/32', 'a = b'),
	row('8A /r', 'MOV r8, r/m8', 'a = b'),
	row('8B /r', 'MOV r16/32, r/m16/32', 'a = b'),
	row('A0 mo', 'MOV AL, moffs8', 'a = b'),
	row('A1 mo', 'MOV AX/EAX, moffs16/32', 'a = b'),
	row('A2 mo', 'MOV moffs8, AL', 'a = b'),
	row('A3 mo', 'MOV moffs16/32, AX/EAX', 'a = b'),
	row('B0+r ib', 'MOV r8, imm8', 'a = b'),
	row('B8+r iw/id', 'MOV r16/32, imm16/32', 'a = b'),
	row('C6 /0 ib', 'MOV r/m8, imm8', 'a = b'),
	row('C7 /0 iw/id', 'MOV r/m16/32, imm16/32', 'a = b'),
	row('0F B6 /r', 'MOVZX r16/32, r/m8', 'a = zx(b)'),
	row('0F B7 /r', 'MOVZX r16/32, r/m16', 'a = zx(b)'),
	row('0F BE /r', 'MOVSX r16/32, r/m8', 'a = sx(b)'),
	row('0F BF /r', 'MOVSX r16/32, r/m16', 'a = sx(b)'),
	row('8D /r', 'LEA r16/32, m', 'a = address(b)', { untouched: true }),
	row('86 /r', 'XCHG r/m8, r8', 'a = b; b = a', LOCK),
	row('87 /r', 'XCHG r/m16/32, r16/32', 'a = b; b = a', LOCK),
	row('90+r', 'XCHG r16/32, AX/EAX', 'a = b; b = a', LOCK),
	row('0F C0 /r', 'XADD r/m8, r8', 'b = a; a = add(a, b)', LOCK),
	row('0F C1 /r', 'XADD r/m16/32, r16/32', 'b = a; a = add(a, b)', LOCK),
	// The destination is written in both cases (SDM vol. 2, CMPXCHG): it needs write permission either way.
	row('0F B0 /r', 'CMPXCHG r/m8, r8', 'sub(acc, a); acc = choose(E, acc, a); a = choose(E, b, a)', LOCK),
	row('0F B1 /r', 'CMPXCHG r/m16/32, r16/32', 'sub(acc, a); acc = choose(E, acc, a); a = choose(E, b, a)', LOCK),
	row('0F C7 /1', 'CMPXCHG8B m64', 'compareExchange8(a)', { writes: ZF, kills: ZF, lock: true }),
	row('0F C8+r', 'BSWAP r16/32', 'a = bswap(a)'),
	row('D7', 'XLAT B8', 'translate(a)'),
	row('98', 'CBW/CWDE', 'acc = widen(acc)'),
	row('99', 'CWD/CDQ', 'hi = sign(acc)'),
	row('9F', 'LAHF', 'loadFlags()', { reads: LOW_FLAGS }),
	row('9E', 'SAHF', 'storeFlags()', { writes: LOW_FLAGS, kills: LOW_FLAGS }),

	row('8C /r', 'MOV r/m16, Sreg', 'storeSegment(a, b)'),
	row('8E /r', 'MOV Sreg, r/m16', 'loadSegment(a, b)', ENDS),
	row('C4 /r', 'LES r16/32, m16:16/32', 'loadES(a, b)', ENDS),
	row('C5 /r', 'LDS r16/32, m16:16/32', 'loadDS(a, b)', ENDS),
	row('0F B2 /r', 'LSS r16/32, m16:16/32', 'loadSS(a, b)', ENDS),
	row('0F B4 /r', 'LFS r16/32, m16:16/32', 'loadFS(a, b)', ENDS),
	row('0F B5 /r', 'LGS r16/32, m16:16/32', 'loadGS(a, b)', ENDS),

	row('50+r', 'PUSH r16/32', 'push(a)', FAULTS),
	row('FF /6', 'PUSH r/m16/32', 'push(a)', FAULTS),
	row('6A ib', 'PUSH imm8', 'push(a)', FAULTS),
	row('68 iw/id', 'PUSH imm16/32', 'push(a)', FAULTS),
	row('58+r', 'POP r16/32', 'pop(a)', FAULTS),
	row('8F /0', 'POP r/m16/32', 'pop(a)', FAULTS),
	row('06', 'PUSH ES', 'pushSegment(a)', FAULTS),
	row('0E', 'PUSH CS', 'pushSegment(a)', FAULTS),
	row('16', 'PUSH SS', 'pushSegment(a)', FAULTS),
	row('1E', 'PUSH DS', 'pushSegment(a)', FAULTS),
	row('0F A0', 'PUSH FS', 'pushSegment(a)', FAULTS),
	row('0F A8', 'PUSH GS', 'pushSegment(a)', FAULTS),
	row('07', 'POP ES', 'popSegment(a)', ENDS),
	row('17', 'POP SS', 'popSegment(a)', ENDS),
	row('1F', 'POP DS', 'popSegment(a)', ENDS),
	row('0F A1', 'POP FS', 'popSegment(a)', ENDS),
	row('0F A9', 'POP GS', 'popSegment(a)', ENDS),
	row('60', 'PUSHA', 'pushAll()', FAULTS),
	row('61', 'POPA', 'popAll()', FAULTS),
	row('9C', 'PUSHF', 'pushFlags()', { reads: -1, faults: true }),
	row('9D', 'POPF', 'popFlags()', ENDS),
	row('C8 iw ib', 'ENTER imm16, imm8', 'enter(a, b)', FAULTS),
	row('C9', 'LEAVE', 'leave()', FAULTS),

	row('A4', 'MOVS Y8, X8', 'moveString(a, b)', STRING),
	row('A5', 'MOVS Y16/32, X16/32', 'moveString(a, b)', STRING),
	row('A6', 'CMPS X8, Y8', 'compareString(a, b)', COMPARES),
	row('A7', 'CMPS X16/32, Y16/32', 'compareString(a, b)', COMPARES),
	row('AA', 'STOS Y8', 'storeString(a)', STRING),
	row('AB', 'STOS Y16/32', 'storeString(a)', STRING),
	row('AC', 'LODS X8', 'loadString(a)', STRING),
	row('AD', 'LODS X16/32', 'loadString(a)', STRING),
	row('AE', 'SCAS Y8', 'scanString(a)', COMPARES),
	row('AF', 'SCAS Y16/32', 'scanString(a)', COMPARES),
	row('6C', 'INS Y8, DX', 'inputString(a, b)', PORT),
	row('6D', 'INS Y16/32, DX', 'inputString(a, b)', PORT),
	row('6E', 'OUTS DX, X8', 'outputString(a, b)', PORT),
	row('6F', 'OUTS DX, X16/32', 'outputString(a, b)', PORT)
];
