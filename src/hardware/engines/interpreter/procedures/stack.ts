/** PUSH, POP, PUSHA, POPA, PUSHF, POPF, ENTER, LEAVE (SDM vol. 2; vol. 1, 6.2). The address size of the stack is SS.B. */
import { ESP_INDEX, REG } from '../../../layout';
import type { Cpu } from '../../../cpu/cpu';
import { popFlags, pushFlagsValue } from '../../../cpu/system';
import { address, PROGRESS, writeRegister, type Exec, type Op, type Size } from '../op';
import { always, byPlace, type Binder } from '../shape';
import { last } from '../synced';
import { SS } from '../../../../x86/registers';

const EBP = REG.EBP << 1;

/** Says how far the block has come, as every access to memory must (see operands.address). */
export const at = (cpu: Cpu, op: Op): void => {
	cpu.s[PROGRESS] = op.at;
};

export const push = (cpu: Cpu, size: Size, value: number): void =>
	size === 32 ? cpu.push32(value) : cpu.push16(value);
export const pop = (cpu: Cpu, size: Size): number => (size === 32 ? cpu.pop32() : cpu.pop16());

/** ESP or SP plus `delta`, as an offset in SS. */
const stackOffset = (cpu: Cpu, delta: number): number => {
	const offset = cpu.s[ESP_INDEX] + delta;
	return cpu.stack32 ? offset | 0 : offset & 0xffff;
};

const pushRegister32: Exec = (cpu, op) => {
	cpu.s[PROGRESS] = op.at;
	cpu.push32(cpu.s[op.rm]);
};

const pushOperand: Binder = byPlace(
	{
		8: () => {},
		16: (cpu, op) => {
			at(cpu, op);
			cpu.push16(cpu.u16[op.rm]);
		},
		32: pushRegister32
	},
	{
		8: () => {},
		16: (cpu, op) => cpu.push16(cpu.read16(op.seg, address(cpu, op))),
		32: (cpu, op) => cpu.push32(cpu.read32(op.seg, address(cpu, op)))
	}
);

const pushImmediate: Exec = (cpu, op) => {
	at(cpu, op);
	push(cpu, op.size, op.imm);
};

/** POP to memory computes its address with ESP already moved (SDM vol. 2, POP), and moves it back if the write faults. */
function popMemory(cpu: Cpu, op: Op): void {
	const esp = cpu.s[ESP_INDEX];
	at(cpu, op);
	const value = pop(cpu, op.size);
	const offset = address(cpu, op);
	const moved = cpu.s[ESP_INDEX];
	cpu.s[ESP_INDEX] = esp;
	if (op.size === 32) cpu.write32(op.seg, offset, value);
	else cpu.write16(op.seg, offset, value);
	cpu.s[ESP_INDEX] = moved;
}

const popOperand: Binder = byPlace(
	{
		8: () => {},
		16: (cpu, op) => {
			at(cpu, op);
			cpu.u16[op.rm] = cpu.pop16();
		},
		32: (cpu, op) => {
			cpu.s[PROGRESS] = op.at;
			cpu.s[op.rm] = cpu.pop32();
		}
	},
	{ 8: () => {}, 16: popMemory, 32: popMemory }
);

/** Eight registers in one: every word is checked, in the order of pushing, before the first is stored. */
function pushAll(cpu: Cpu, op: Op): void {
	at(cpu, op);
	const bytes = op.size >> 3;
	const esp = cpu.s[ESP_INDEX];
	for (let r = 1; r <= 8; r++) cpu.checkWrite(SS, stackOffset(cpu, -r * bytes), bytes);
	for (let r = 0; r < 8; r++) push(cpu, op.size, r === REG.ESP ? esp : cpu.s[r << 1]);
}

function popAll(cpu: Cpu, op: Op): void {
	at(cpu, op);
	const bytes = op.size >> 3;
	const values = new Int32Array(8);
	for (let i = 0; i < 8; i++) values[i] = op.size === 32 ? cpu.peek32(i * bytes) : cpu.peek16(i * bytes);
	for (let r = 0; r < 8; r++) {
		if (r === REG.ESP) continue;
		writeRegister(cpu, op.size === 32 ? r << 1 : r << 2, op.size, values[7 - r]);
	}
	cpu.moveStack(8 * bytes);
}

const pushFlags: Exec = (cpu, op) => {
	at(cpu, op);
	push(cpu, op.size, pushFlagsValue(cpu, op.size as 16 | 32));
};

/** The new flags are judged by CPL and IOPL before ESP moves. */
const popFlagsOperand: Exec = last((cpu, op) => {
	const value = op.size === 32 ? cpu.peek32() : cpu.peek16();
	popFlags(cpu, value, op.size as 16 | 32);
	cpu.moveStack(op.size >> 3);
});

/**
 * ENTER imm16, imm8 (SDM vol. 2, ENTER; vol. 1, 6.6). Everything is checked before the first write; then frame pointers are
 * copied one by one, for the two frames may overlap.
 */
function enter(cpu: Cpu, op: Op): void {
	at(cpu, op);
	const { s } = cpu;
	const bytes = op.size >> 3;
	const level = op.imm2 & 31;
	const ebp = s[EBP];
	const pointerAt = (i: number): number => (cpu.stack32 ? (ebp - i * bytes) | 0 : (ebp - i * bytes) & 0xffff);
	const words = level === 0 ? 1 : level + 1;
	for (let i = 1; i < level; i++) cpu.checkRead(SS, pointerAt(i), bytes);
	for (let i = 1; i <= words; i++) cpu.checkWrite(SS, stackOffset(cpu, -i * bytes), bytes);
	// The processor also checks that the new top of the stack can be written.
	cpu.checkWrite(SS, stackOffset(cpu, -words * bytes - (op.imm & 0xffff)), bytes);
	push(cpu, op.size, ebp);
	const frame = s[ESP_INDEX];
	for (let i = 1; i < level; i++) {
		push(cpu, op.size, op.size === 32 ? cpu.read32(SS, pointerAt(i)) : cpu.read16(SS, pointerAt(i)));
	}
	if (level > 0) push(cpu, op.size, frame);
	cpu.moveStack(-(op.imm & 0xffff));
	if (op.size === 32) s[EBP] = frame;
	else cpu.u16[EBP << 1] = frame;
}

/** ESP = EBP, then POP EBP; the read comes first, since it may fault. */
const leave = (cpu: Cpu, op: Op): void => {
	at(cpu, op);
	const ebp = cpu.s[EBP];
	const offset = cpu.stack32 ? ebp : ebp & 0xffff;
	const bytes = op.size >> 3;
	if (op.size === 32) cpu.s[EBP] = cpu.read32(SS, offset);
	else cpu.u16[EBP << 1] = cpu.read16(SS, offset);
	cpu.s[ESP_INDEX] = cpu.stack32 ? ebp + bytes : (cpu.s[ESP_INDEX] & ~0xffff) | ((ebp + bytes) & 0xffff);
};

export const STACK: Readonly<Record<string, Binder>> = {
	push: (shape, op) => (shape.form === '-' ? pushImmediate : pushOperand(shape, op)),
	pop: popOperand,
	pushAll: always(pushAll),
	popAll: always(popAll),
	pushFlags: always(pushFlags),
	popFlags: always(popFlagsOperand),
	enter: always(enter),
	leave: always(leave)
};
