/** Control transfer and system instructions (SDM vol. 2; vol. 3, 2.8). */
import { CONDITION_NAMES } from './meaning';
import { opcodeByte, row, type Row, type Traits } from './row';
import { STATUS, ZF } from '../flags';

const ENDS: Traits = { ends: true };
/** Near transfers: EIP changes, and no mode. */
const NEAR: Traits = { ends: true, plain: true };
const FAULTS: Traits = { faults: true };
const UNTOUCHED: Traits = { untouched: true };
/** Questions about selectors, answered in ZF. */
const ASKS: Traits = { writes: ZF, faults: true };

const conditional: Row[] = CONDITION_NAMES.flatMap((name, n) => [
	row(`${opcodeByte(0x70, n)} cb`, `J${name} rel8`, `jumpIf(${name}, a)`, NEAR),
	row(`0F ${opcodeByte(0x80, n)} cw/cd`, `J${name} rel16/32`, `jumpIf(${name}, a)`, NEAR)
]);

/** Eight rows of the floating-point escape, and the hint space that is reserved for NOPs. */
const escapes: Row[] = Array.from({ length: 8 }, (_, n) =>
	row(`${opcodeByte(0xd8, n)} /r`, 'ESC r/m8', 'escape()', FAULTS)
);
const hints: Row[] = Array.from({ length: 7 }, (_, n) =>
	row(`0F ${opcodeByte(0x19, n)} /r`, 'NOP r/m16/32', 'nop()', UNTOUCHED)
);

export const CONTROL_ROWS: readonly Row[] = [
	...conditional,
	row('E9 cw/cd', 'JMP rel16/32', 'jump(a)', NEAR),
	row('EB cb', 'JMP rel8', 'jump(a)', NEAR),
	row('FF /4', 'JMP r/m16/32', 'jump(a)', NEAR),
	row('EA cp', 'JMP ptr16:16/32', 'jumpFar(a)', ENDS),
	row('FF /5', 'JMP m16:16/32', 'jumpFar(a)', ENDS),
	row('E8 cw/cd', 'CALL rel16/32', 'call(a)', NEAR),
	row('FF /2', 'CALL r/m16/32', 'call(a)', NEAR),
	row('9A cp', 'CALL ptr16:16/32', 'callFar(a)', ENDS),
	row('FF /3', 'CALL m16:16/32', 'callFar(a)', ENDS),
	row('C3', 'RET', 'return()', NEAR),
	row('C2 iw', 'RET imm16', 'return(a)', NEAR),
	row('CB', 'RETF', 'returnFar()', ENDS),
	row('CA iw', 'RETF imm16', 'returnFar(a)', ENDS),
	row('E0 cb', 'LOOPNE rel8', 'loopIf(NE, a)', NEAR),
	row('E1 cb', 'LOOPE rel8', 'loopIf(E, a)', NEAR),
	row('E2 cb', 'LOOP rel8', 'loop(a)', NEAR),
	row('E3 cb', 'JCXZ/JECXZ rel8', 'jumpIfCountZero(a)', NEAR),
	row('CC', 'INT3', 'int3()', ENDS),
	row('CD ib', 'INT imm8', 'int(a)', ENDS),
	row('CE', 'INTO', 'into()', { reads: STATUS, ends: true }),
	row('F1', 'INT1', 'int1()', ENDS),
	row('CF', 'IRET', 'iret()', ENDS),
	row('0F 34', 'SYSENTER', 'sysenter()', ENDS),
	row('0F 35', 'SYSEXIT', 'sysexit()', ENDS),
	row('62 /r', 'BOUND r16/32, m16/32&16/32', 'checkBounds(a, b)'),
	row('63 /r', 'ARPL r/m16, r16', 'adjustRpl(a, b)', { writes: ZF, kills: ZF }),
	row('0F 02 /r', 'LAR r16/32, r/m16', 'accessRights(a, b)', ASKS),
	row('0F 03 /r', 'LSL r16/32, r/m16', 'segmentLimit(a, b)', ASKS),

	row('F5', 'CMC', 'CF = choose(AE, 1, 0)'),
	row('F8', 'CLC', 'CF = 0'),
	row('F9', 'STC', 'CF = 1'),
	row('FA', 'CLI', 'cli()', ENDS),
	row('FB', 'STI', 'sti()', ENDS),
	row('FC', 'CLD', 'cld()'),
	row('FD', 'STD', 'std()'),
	row('D6', 'SALC', 'AL = choose(B, 255, 0)'),
	row('F4', 'HLT', 'halt()', ENDS),
	row('90', 'NOP', 'nop()', UNTOUCHED),
	row('9B', 'FWAIT', 'fwait()', FAULTS),
	...escapes,
	row('0F 0D /r', 'PREFETCHW m8', 'nop()', UNTOUCHED),
	row('0F 18 /r', 'PREFETCH r/m8', 'nop()', UNTOUCHED),
	...hints,
	row('NP 0F AE E8', 'LFENCE', 'nop()', UNTOUCHED),
	row('NP 0F AE F0', 'MFENCE', 'nop()', UNTOUCHED),
	row('NP 0F AE F8', 'SFENCE', 'nop()', UNTOUCHED),

	row('E4 ib', 'IN AL, imm8', 'input(a, b)', ENDS),
	row('E5 ib', 'IN AX/EAX, imm8', 'input(a, b)', ENDS),
	row('EC', 'IN AL, DX', 'input(a, b)', ENDS),
	row('ED', 'IN AX/EAX, DX', 'input(a, b)', ENDS),
	row('E6 ib', 'OUT imm8, AL', 'output(a, b)', ENDS),
	row('E7 ib', 'OUT imm8, AX/EAX', 'output(a, b)', ENDS),
	row('EE', 'OUT DX, AL', 'output(a, b)', ENDS),
	row('EF', 'OUT DX, AX/EAX', 'output(a, b)', ENDS),

	row('0F 00 /0', 'SLDT r/m16', 'storeLdtr(a)'),
	row('0F 00 /1', 'STR r/m16', 'storeTr(a)'),
	row('0F 00 /2', 'LLDT r/m16', 'loadLdtr(a)', ENDS),
	row('0F 00 /3', 'LTR r/m16', 'loadTr(a)', ENDS),
	row('0F 00 /4', 'VERR r/m16', 'verifyRead(a)', ASKS),
	row('0F 00 /5', 'VERW r/m16', 'verifyWrite(a)', ASKS),
	row('0F 01 /0', 'SGDT m', 'storeGdtr(a)'),
	row('0F 01 /1', 'SIDT m', 'storeIdtr(a)'),
	row('0F 01 /2', 'LGDT m', 'loadGdtr(a)', ENDS),
	row('0F 01 /3', 'LIDT m', 'loadIdtr(a)', ENDS),
	row('0F 01 /4', 'SMSW r/m16', 'storeMsw(a)'),
	row('0F 01 /6', 'LMSW r/m16', 'loadMsw(a)', ENDS),
	row('0F 01 /7', 'INVLPG m', 'invalidatePage(a)', ENDS),
	row('0F 06', 'CLTS', 'clearTaskSwitched()', ENDS),
	row('0F 08', 'INVD', 'invalidateCaches()', ENDS),
	row('0F 09', 'WBINVD', 'writeBackCaches()', ENDS),
	row('0F 0B', 'UD2', 'undefined()', ENDS),
	row('0F 20 /r', 'MOV r32, CR', 'readControl(a, b)', ENDS),
	row('0F 21 /r', 'MOV r32, DR', 'readDebug(a, b)', ENDS),
	row('0F 22 /r', 'MOV CR, r32', 'writeControl(a, b)', ENDS),
	row('0F 23 /r', 'MOV DR, r32', 'writeDebug(a, b)', ENDS),
	row('0F 30', 'WRMSR', 'writeMsr()', ENDS),
	row('0F 31', 'RDTSC', 'readTsc()', ENDS),
	row('0F 32', 'RDMSR', 'readMsr()', ENDS),
	row('0F 33', 'RDPMC', 'readPmc()', ENDS),
	row('0F 3F ib', 'NATIVE imm8', 'native(a)', ENDS),
	row('0F A2', 'CPUID', 'cpuid()', ENDS)
];
