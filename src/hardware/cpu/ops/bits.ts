/** BT, BTS, BTR, BTC, BSF, BSR (SDM vol. 2). A bit offset in a register reaches beyond the addressed word. */
import type { Cpu } from '../cpu';
import { AUX, RESULT, setCarry } from '../flags';
import { address, load, readRegister, writeRegister, type Op, type Size } from '../operands';
import type { Operation } from './forms';
import { CF, STATUS } from '../../../x86/flags';

/** What becomes of the word, given the mask of the bit; null for BT, which only reads. */
type Change = ((value: number, mask: number) => number) | null;

function bitTest(change: Change, immediate: boolean): Operation {
	return {
		bind: ({ memory }) =>
			memory
				? (cpu, op) => testMemory(cpu, op, change, immediate)
				: (cpu, op) => testRegister(cpu, op, change, immediate),
		writes: CF,
		kills: CF,
		lock: change !== null
	};
}

const bitOffset = (cpu: Cpu, op: Op, immediate: boolean): number => {
	if (immediate) return op.imm & (op.size - 1);
	return op.size === 32 ? cpu.s[op.reg] : (cpu.u16[op.reg] << 16) >> 16;
};

function testRegister(cpu: Cpu, op: Op, change: Change, immediate: boolean): void {
	const bit = bitOffset(cpu, op, immediate) & (op.size - 1);
	const value = readRegister(cpu, op.rm, op.size);
	if (change !== null) writeRegister(cpu, op.rm, op.size, change(value, 1 << bit));
	setCarry(cpu.s, (value >>> bit) & 1);
}

function testMemory(cpu: Cpu, op: Op, change: Change, immediate: boolean): void {
	const offset = bitOffset(cpu, op, immediate);
	const bytes = op.size >> 3;
	const place = (address(cpu, op) + (offset >> (op.size === 32 ? 5 : 4)) * bytes) & op.mask;
	const bit = offset & (op.size - 1);
	if (change === null) {
		const value = op.size === 32 ? cpu.read32(op.seg, place) : cpu.read16(op.seg, place);
		return setCarry(cpu.s, (value >>> bit) & 1);
	}
	const value = op.size === 32 ? cpu.readForWrite32(op.seg, place) : cpu.readForWrite16(op.seg, place);
	const changed = change(value, 1 << bit);
	if (op.size === 32) cpu.write32(op.seg, place, changed);
	else cpu.write16(op.seg, place, changed);
	setCarry(cpu.s, (value >>> bit) & 1);
}

const CHANGES: readonly (readonly [string, Change])[] = [
	['BT', null],
	['BTS', (value, mask) => value | mask],
	['BTR', (value, mask) => value & ~mask],
	['BTC', (value, mask) => value ^ mask]
];

/** The four in encoding order (SDM vol. 2, table A-6, group 8), with the bit offset in a register or an immediate. */
export const BIT_TESTS = CHANGES.map(([name, change]) => ({
	name,
	byRegister: bitTest(change, false),
	byImmediate: bitTest(change, true)
}));

/**
 * BSF and BSR: a source of zero sets ZF and leaves the destination as it was. The other flags are undefined; PF follows the
 * index found, and the rest are cleared, as on the processors compared with.
 */
function bitScan(scan: (value: number) => number): Operation {
	const finish = (cpu: Cpu, size: Size, destination: number, value: number): void => {
		cpu.s[AUX] = 0;
		cpu.s[RESULT] = 0;
		if (value === 0) return;
		const index = scan(value);
		writeRegister(cpu, destination, size, index);
		// Not zero, not negative, and with the parity of the index.
		cpu.s[RESULT] = 0x100 | index;
	};
	return {
		bind: ({ memory }) =>
			memory
				? (cpu, op) => finish(cpu, op.size, op.reg, load(cpu, op, op.size))
				: (cpu, op) => finish(cpu, op.size, op.rm, readRegister(cpu, op.reg, op.size)),
		writes: STATUS,
		kills: STATUS
	};
}

export const BSF = bitScan((value) => 31 - Math.clz32(value & -value));
export const BSR = bitScan((value) => 31 - Math.clz32(value));
