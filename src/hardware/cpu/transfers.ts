import { KIND, word } from '../../trace/events';
import { REG } from '../layout';
import type { Cpu } from './cpu';
import { commitSegment, type Descriptor, isPrivate, markAccessed, readDescriptor } from './descriptors';
import { checkReturnCode, enterOuterStack } from './interrupts';
import { checkNewStack } from './segments';
import { peek } from './stack';
import { switchTask, TASK_CALL, TASK_JUMP, taskStack, throughTaskGate } from './tasks';
import {
	isNull,
	selectorError,
	SYSTEM,
	DPL_SHIFT,
	LOADED_CODE,
	LOADED_DATA,
	SELECTOR_RPL
} from '../../x86/descriptors';
import { VECTOR } from '../../x86/exceptions';
import { VM, IF, RF } from '../../x86/flags';
import { CS, SS } from '../../x86/registers';

/*
 * Transfers between code segments: far JMP, CALL and RET, call gates, SYSENTER and SYSEXIT (SDM vol. 3, 5.8).
 * `size` is the operand size, 16 or 32; EIP is the next instruction when these are called.
 */

/** JMP ptr16:32 or m16:32, and through call gates, task gates and TSS descriptors (SDM vol. 2, JMP). */
export function farJump(cpu: Cpu, selector: number, offset: number, size: 16 | 32): void {
	const { target } = cpu.scratch.transfers;
	if (!readTarget(cpu, selector)) return systemTarget(cpu, false);
	checkDirect(cpu, target);
	const eip = size === 32 ? offset >>> 0 : offset & 0xffff;
	if (eip > target.limit) throw cpu.fault(VECTOR.GP, 0);
	markAccessed(cpu, target);
	commitSegment(cpu, CS, target, cpu.cpl);
	cpu.eip = eip;
}

/** CALL ptr16:32 or m16:32, and through call gates, task gates and TSS descriptors (SDM vol. 2, CALL). */
export function farCall(cpu: Cpu, selector: number, offset: number, size: 16 | 32): void {
	const { target, frame } = cpu.scratch.transfers;
	if (!readTarget(cpu, selector)) return systemTarget(cpu, true);
	checkDirect(cpu, target);
	const wide = size === 32;
	frame.fromCurrent(cpu).reserve(cpu, wide ? 8 : 4, VECTOR.SS, 0);
	const eip = wide ? offset >>> 0 : offset & 0xffff;
	if (eip > target.limit) throw cpu.fault(VECTOR.GP, 0);
	markAccessed(cpu, target);
	pushReturn(cpu, wide);
	cpu.esp = frame.sp;
	commitSegment(cpu, CS, target, cpu.cpl);
	cpu.eip = eip;
}

/** RET far, with `popBytes` of parameters released (SDM vol. 2, RET). */
export function farReturn(cpu: Cpu, size: 16 | 32, popBytes: number): void {
	const { code, stack } = cpu.scratch.transfers;
	const wide = size === 32;
	const word = wide ? 4 : 2;
	const eip = peek(cpu, wide, 0) >>> 0;
	const selector = peek(cpu, wide, 1) & 0xffff;
	checkReturnCode(cpu, selector, code);
	const level = selector & SELECTOR_RPL;
	if (level === cpu.cpl) {
		if (eip > code.limit) throw cpu.fault(VECTOR.GP, 0);
		markAccessed(cpu, code);
		commitSegment(cpu, CS, code);
		cpu.eip = eip;
		cpu.moveStack(2 * word + popBytes);
		return;
	}
	const depth = 2 * word + popBytes;
	const esp = (wide ? cpu.peek32(depth) : cpu.peek16(depth)) >>> 0;
	const ss = (wide ? cpu.peek32(depth + word) : cpu.peek16(depth + word)) & 0xffff;
	checkNewStack(cpu, ss, level, stack, VECTOR.GP);
	if (eip > code.limit) throw cpu.fault(VECTOR.GP, 0);
	markAccessed(cpu, code);
	markAccessed(cpu, stack);
	changeRing(cpu, level, eip);
	commitSegment(cpu, CS, code, level);
	cpu.eip = eip;
	enterOuterStack(cpu, stack, esp, level);
	cpu.moveStack(popBytes);
}

/** SYSENTER (SDM vol. 2): ring 0 with flat segments made from the MSR; nothing is pushed. */
export function sysenter(cpu: Cpu): void {
	const base = cpu.sysenterCs & 0xffff;
	if (isNull(base)) throw cpu.fault(VECTOR.GP, 0);
	cpu.clock.charge('sysenter');
	changeRing(cpu, 0, cpu.sysenterEip, false);
	cpu.clearSystemFlags(VM | IF | RF);
	flat(cpu, base & ~SELECTOR_RPL, 0);
	cpu.esp = cpu.sysenterEsp;
	cpu.eip = cpu.sysenterEip;
}

/** SYSEXIT (SDM vol. 2): ring 3 with flat segments made from the MSR, EIP from EDX and ESP from ECX. */
export function sysexit(cpu: Cpu): void {
	const base = cpu.sysenterCs & 0xffff;
	if (cpu.cpl !== 0 || isNull(base)) throw cpu.fault(VECTOR.GP, 0);
	const eip = cpu.s[REG.EDX << 1];
	const esp = cpu.s[REG.ECX << 1];
	cpu.clock.charge('sysexit');
	changeRing(cpu, 3, eip >>> 0, false);
	flat(cpu, ((base + 16) & 0xffff) | SELECTOR_RPL, 3);
	cpu.esp = esp;
	cpu.eip = eip;
}

/** Flat 4 GiB code at `selector` and data at the next descriptor, without reading any table. */
function flat(cpu: Cpu, selector: number, level: number): void {
	cpu.setSegment(CS, selector, 0, 0xffff_ffff, LOADED_CODE | (level << DPL_SHIFT));
	cpu.setSegment(SS, (selector + 8) & 0xffff, 0, 0xffff_ffff, LOADED_DATA | (level << DPL_SHIFT));
	cpu.setCpl(level);
}

/** Reads the descriptor of a transfer into `target`; true for a code segment. */
function readTarget(cpu: Cpu, selector: number): boolean {
	const { target } = cpu.scratch.transfers;
	const sel = selector & 0xffff;
	if (isNull(sel)) throw cpu.fault(VECTOR.GP, 0);
	readDescriptor(cpu, sel, target);
	if (target.isSegment && !target.isCode) throw cpu.fault(VECTOR.GP, selectorError(sel));
	return target.isSegment;
}

/** Privilege of a transfer straight to a code segment (SDM vol. 3, 5.8.1). */
function checkDirect(cpu: Cpu, d: Descriptor): void {
	const allowed = d.isConforming ? d.dpl <= cpu.cpl : (d.selector & SELECTOR_RPL) <= cpu.cpl && d.dpl === cpu.cpl;
	if (!allowed) throw cpu.fault(VECTOR.GP, selectorError(d.selector));
	if (!d.present) throw cpu.fault(VECTOR.NP, selectorError(d.selector));
}

/** `target` is a system descriptor: a call gate, a task gate or a TSS (SDM vol. 3, 5.8.3 and 7.3). */
function systemTarget(cpu: Cpu, call: boolean): void {
	const { target } = cpu.scratch.transfers;
	const error = selectorError(target.selector);
	const { type } = target;
	const known = [
		SYSTEM.CALL_GATE16,
		SYSTEM.CALL_GATE32,
		SYSTEM.TASK_GATE,
		SYSTEM.TSS16,
		SYSTEM.TSS32
	] as readonly number[];
	if (!known.includes(type)) throw cpu.fault(VECTOR.GP, error);
	if (target.dpl < cpu.cpl || target.dpl < (target.selector & SELECTOR_RPL)) throw cpu.fault(VECTOR.GP, error);
	if (!target.present) throw cpu.fault(VECTOR.NP, error);
	const reason = call ? TASK_CALL : TASK_JUMP;
	if (type === SYSTEM.TASK_GATE) throughTaskGate(cpu, target.gateSelector, reason);
	else if (type === SYSTEM.TSS16 || type === SYSTEM.TSS32) switchTask(cpu, target, reason);
	else throughCallGate(cpu, type === SYSTEM.CALL_GATE32, call);
}

function throughCallGate(cpu: Cpu, wide: boolean, call: boolean): void {
	const { target, code, stack, frame } = cpu.scratch.transfers;
	const selector = target.gateSelector;
	if (isNull(selector)) throw cpu.fault(VECTOR.GP, 0);
	readDescriptor(cpu, selector, code);
	const inner = isPrivate(code.type) && code.dpl < cpu.cpl;
	const allowed = code.isCode && code.dpl <= cpu.cpl && (call || !inner);
	if (!allowed) throw cpu.fault(VECTOR.GP, selectorError(selector));
	if (!code.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
	const entry = target.gateOffset(wide);
	const level = inner ? code.dpl : cpu.cpl;
	if (inner) reserveInnerStack(cpu, wide, target.high & 31);
	else if (call) frame.fromCurrent(cpu).reserve(cpu, wide ? 8 : 4, VECTOR.SS, 0);
	if (entry > code.limit) throw cpu.fault(VECTOR.GP, 0);
	markAccessed(cpu, code);
	if (inner) markAccessed(cpu, stack);

	if (call) pushReturn(cpu, wide);
	if (inner) {
		pushParameters(cpu, wide);
		changeRing(cpu, level, entry);
	} else cpu.clock.charge('callGate');
	cpu.setCpl(level);
	commitSegment(cpu, CS, code, level);
	if (inner) commitSegment(cpu, SS, stack);
	if (call) cpu.esp = frame.sp;
	cpu.eip = entry;
}

/** Takes the inner ring's stack from the TSS, reads the parameters from the old one, and makes room for the frame. */
function reserveInnerStack(cpu: Cpu, wide: boolean, count: number): void {
	const { code, stack, frame, parameters } = cpu.scratch.transfers;
	const level = code.dpl;
	const pointer = taskStack(cpu, level, 0);
	checkNewStack(cpu, pointer.ss, level, stack, VECTOR.TS);
	const room = (4 + count) * (wide ? 4 : 2);
	frame.fromDescriptor(stack, pointer.esp, level).reserve(cpu, room, VECTOR.SS, selectorError(pointer.ss));
	parameters.length = count;
	for (let i = 0; i < count; i++) parameters[i] = peek(cpu, wide, i);
}

/** The lower part of a call frame: EIP and CS. */
function pushReturn(cpu: Cpu, wide: boolean): void {
	const { frame } = cpu.scratch.transfers;
	frame.put(cpu, wide, 0, cpu.eip);
	frame.put(cpu, wide, 1, cpu.seg[CS].selector);
}

/** The upper part of a call frame between rings: parameters, ESP and SS. */
function pushParameters(cpu: Cpu, wide: boolean): void {
	const { frame, parameters } = cpu.scratch.transfers;
	const count = parameters.length;
	for (let i = 0; i < count; i++) frame.put(cpu, wide, 2 + i, parameters[i]);
	frame.put(cpu, wide, 2 + count, cpu.esp);
	frame.put(cpu, wide, 3 + count, cpu.seg[SS].selector);
}

function changeRing(cpu: Cpu, level: number, eip: number, charge = true): void {
	cpu.recorder.record(KIND.ring_change, word('from_ring', cpu.cpl), word('to_ring', level), word('eip', eip));
	if (charge) cpu.clock.charge('callGate');
}
