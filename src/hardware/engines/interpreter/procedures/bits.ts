/** BT, BTS, BTR, BTC (SDM vol. 2). A bit offset in a register reaches beyond the addressed word. */
import type { Cpu } from '../../../cpu/cpu';
import { setCarry } from '../../../cpu/flags';
import { address, readRegister, writeRegister, type Op } from '../op';
import type { Binder } from '../shape';

/** What becomes of the word, given the mask of the bit; null for BT, which only reads. */
type Change = ((value: number, mask: number) => number) | null;

const bitTest =
	(change: Change): Binder =>
	({ form, memory }) => {
		const immediate = form === 'ri' || form === 'mi';
		return memory
			? (cpu, op) => testMemory(cpu, op, change, immediate)
			: (cpu, op) => testRegister(cpu, op, change, immediate);
	};

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

export const BITS: Readonly<Record<string, Binder>> = {
	testBit: bitTest(null),
	setBit: bitTest((value, mask) => value | mask),
	clearBit: bitTest((value, mask) => value & ~mask),
	flipBit: bitTest((value, mask) => value ^ mask)
};
