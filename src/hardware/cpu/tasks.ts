import { FLUSH } from '../mmu/mmu';
import type { Cpu } from './cpu';
import { commitSegment, type Descriptor, isPrivate, markAccessed, readDescriptor, tryDescriptor } from './descriptors';
import { setDr } from './debug';
import { Fault } from './fault';
import { CR0 } from '../../x86/control';
import { DR6_BT, DR7_LOCAL } from '../../x86/debug';
import {
	isNull,
	selectorError,
	SYSTEM,
	isLocal,
	tableOffset,
	TYPE_BUSY,
	TYPE_SHIFT,
	TYPE_WIDE,
	SELECTOR_RPL
} from '../../x86/descriptors';
import { BENIGN, NO_ERROR, PAGE_FAULT, VECTOR, type FaultClass } from '../../x86/exceptions';
import { NT, RF, VM } from '../../x86/flags';
import { CS, DS, ES, FS, GS, SS } from '../../x86/registers';
import { TSS16, TSS32, TSS_CR3, TSS_TRAP, type TssLayout, TSS16_STACKS, TSS32_STACKS } from '../../x86/tss';

/* Tasks (SDM vol. 3, ch. 7): the stacks that gates take from the TSS, and the hardware task switch. */

/** What comes through a task gate: whether it sets EXT in error codes, its own error code, and how it counts beside another fault. */
export interface TaskEvent {
	ext: number;
	error: number;
	fault: boolean;
	class: FaultClass;
}
const NO_EVENT: TaskEvent = { ext: 0, error: NO_ERROR, fault: false, class: BENIGN };

/** What starts a task switch. */
export const TASK_JUMP = 0;
export const TASK_CALL = 1;
export const TASK_INTERRUPT = 2;
export const TASK_RETURN = 3;
export type TaskReason = 0 | 1 | 2 | 3;

const BUSY = TYPE_BUSY << TYPE_SHIFT;

const isWide = (type: number): boolean => (type & TYPE_WIDE) !== 0;
const layoutOf = (type: number): TssLayout => (isWide(type) ? TSS32 : TSS16);

/** The stack for ring `level` that the current TSS names; #TS if the TSS is too short (SDM vol. 3, 7.2.1). */
export function taskStack(cpu: Cpu, level: number, ext: number): { ss: number; esp: number } {
	const { tr } = cpu;
	const { pointer } = cpu.scratch.tasks;
	const wide = isWide(tr.type);
	const at = wide ? TSS32_STACKS + level * 8 : TSS16_STACKS + level * 4;
	if (!tr.usable || at + (wide ? 5 : 3) > tr.limit) throw cpu.fault(VECTOR.TS, selectorError(tr.selector) | ext);
	const linear = (tr.base + at) | 0;
	pointer.esp = (wide ? cpu.readLinear32(linear) : cpu.readLinear16(linear)) >>> 0;
	pointer.ss = cpu.readLinear16((linear + (wide ? 4 : 2)) | 0);
	return pointer;
}

/** Goes to the task that a task gate names (SDM vol. 3, 7.2.5). */
export function throughTaskGate(cpu: Cpu, selector: number, reason: TaskReason, event = NO_EVENT): void {
	const { next } = cpu.scratch.tasks;
	const code = selectorError(selector) | event.ext;
	if (isLocal(selector) || isNull(selector) || !tryDescriptor(cpu, selector, next)) throw cpu.fault(VECTOR.GP, code);
	if (next.isSegment || (next.type !== SYSTEM.TSS16 && next.type !== SYSTEM.TSS32)) throw cpu.fault(VECTOR.GP, code);
	if (!next.present) throw cpu.fault(VECTOR.NP, code);
	switchTask(cpu, next, reason, event);
}

/** IRET with NT set: back to the task in the link field of the TSS (SDM vol. 3, 7.4). */
export function returnFromTask(cpu: Cpu): void {
	const { next } = cpu.scratch.tasks;
	const selector = cpu.readLinear16(cpu.tr.base | 0);
	const code = selectorError(selector);
	if (isLocal(selector) || isNull(selector) || !tryDescriptor(cpu, selector, next)) throw cpu.fault(VECTOR.TS, code);
	const busy = next.type === SYSTEM.TSS16_BUSY || next.type === SYSTEM.TSS32_BUSY;
	if (next.isSegment || !busy) throw cpu.fault(VECTOR.TS, code);
	if (!next.present) throw cpu.fault(VECTOR.NP, code);
	switchTask(cpu, next, TASK_RETURN);
}

/**
 * Switches to the task of `tss`, a present TSS descriptor of the right kind (SDM vol. 3, 7.3). Faults up to the point where the old
 * task is saved are thrown. Later ones belong to the new task and are delivered there, as the architecture has it.
 */
export function switchTask(cpu: Cpu, tss: Descriptor, reason: TaskReason, event = NO_EVENT): void {
	const { tr } = cpu;
	const to = layoutOf(tss.type);
	if (tss.limit < to.minLimit || !tr.usable) throw cpu.fault(VECTOR.TS, selectorError(tss.selector) | event.ext);
	const from = layoutOf(tr.type);
	const nested = reason === TASK_CALL || reason === TASK_INTERRUPT;
	cpu.mmu.checkRange(tr.base | 0, from.minLimit + 1, true, false);
	cpu.mmu.checkRange(tss.base | 0, to.minLimit + 1, nested, false);
	const incoming = readTask(cpu, tss, to);
	const paged = cpu.mmu.mode.on && to.word === 4;
	if (paged && cpu.mmu.mode.pae) cpu.mmu.checkPdptes(incoming.cr3);

	cpu.clock.charge('taskSwitch');
	if (!nested) setBusy(cpu, tr.selector, false);
	// A fault's instruction will be restarted with RF set, as from a frame on a stack (SDM vol. 3, 17.3.1.1).
	saveTask(cpu, from, (cpu.getEflags() & (reason === TASK_RETURN ? ~NT : -1)) | (event.fault ? RF : 0));
	if (nested) {
		cpu.writeLinear16(tss.base | 0, tr.selector);
		incoming.flags |= NT;
	}
	if (reason !== TASK_RETURN) setBusy(cpu, tss.selector, true);
	tr.set(tss.selector, tss.base, tss.limit, tss.access | BUSY, true);
	cpu.cr0 = (cpu.cr0 | CR0.TS) >>> 0;
	setDr(cpu, 7, cpu.dr[7] & ~DR7_LOCAL);
	cpu.stepping = false;
	if (paged && incoming.cr3 !== cpu.cr3) cpu.mmu.loadCr3(incoming.cr3, FLUSH.CONTEXT_SWITCH);
	try {
		loadTask(cpu, incoming);
		if (event.error !== NO_ERROR) {
			if (to.word === 4) cpu.push32(event.error);
			else cpu.push16(event.error);
		}
		if (incoming.trap) cpu.pendingDebug |= DR6_BT;
	} catch (thrown) {
		if (!(thrown instanceof Fault)) throw thrown;
		if (thrown.class !== PAGE_FAULT) thrown.error |= event.ext;
		cpu.deliverFault(thrown, event.class);
	}
}

interface Task {
	cr3: number;
	eip: number;
	flags: number;
	registers: number[];
	segments: number[];
	ldt: number;
	trap: boolean;
}

function readTask(cpu: Cpu, tss: Descriptor, at: TssLayout): Task {
	const read = (offset: number): number =>
		at.word === 4
			? cpu.readLinear32((tss.base + offset) | 0)
			: cpu.readLinear16((tss.base + offset) | 0) | (0xffff << 16);
	const segments = Array.from({ length: 6 }, (_, i) =>
		i < at.segmentCount ? cpu.readLinear16((tss.base + at.segments + i * at.word) | 0) : 0
	);
	return {
		cr3: at.word === 4 ? read(TSS_CR3) >>> 0 : 0,
		eip: at.word === 4 ? read(at.eip) : read(at.eip) & 0xffff,
		flags: at.word === 4 ? read(at.flags) : read(at.flags) & 0xffff,
		registers: Array.from({ length: 8 }, (_, r) => read(at.registers + r * at.word)),
		segments,
		ldt: cpu.readLinear16((tss.base + at.ldt) | 0),
		trap: at.word === 4 && (cpu.readLinear16((tss.base + TSS_TRAP) | 0) & 1) !== 0
	};
}

function saveTask(cpu: Cpu, at: TssLayout, flags: number): void {
	const { base } = cpu.tr;
	const write = (offset: number, value: number): void => {
		if (at.word === 4) cpu.writeLinear32((base + offset) | 0, value);
		else cpu.writeLinear16((base + offset) | 0, value & 0xffff);
	};
	write(at.eip, cpu.eip);
	write(at.flags, flags);
	for (let r = 0; r < 8; r++) write(at.registers + r * at.word, cpu.s[r << 1]);
	for (let i = 0; i < at.segmentCount; i++)
		cpu.writeLinear16((base + at.segments + i * at.word) | 0, cpu.seg[i].selector);
}

/** Sets or clears the busy bit of a TSS descriptor in the GDT. */
function setBusy(cpu: Cpu, selector: number, busy: boolean): void {
	const address = (cpu.gdtr.base + tableOffset(selector) + 4) | 0;
	const high = cpu.readLinear32(address);
	cpu.writeLinear32(address, busy ? high | BUSY : high & ~BUSY);
}

/**
 * Loads the new task's registers, then its segments one by one: a bad one faults in the new task. The checks have the order of the P6
 * family (SDM vol. 3, table 7-1). What is not loaded when a fault comes stays without a descriptor.
 */
function loadTask(cpu: Cpu, task: Task): void {
	const { segments } = task;
	cpu.setEflags(task.flags & ~VM);
	cpu.eip = task.eip;
	for (let r = 0; r < 8; r++) cpu.s[r << 1] = task.registers[r];
	for (let i = 0; i < 6; i++) {
		cpu.seg[i].clear(segments[i]);
		cpu.segmentChanged(i);
	}
	cpu.ldtr.clear(task.ldt);
	// While there is no stack to push on, a fault takes the inner one of the new TSS, as it would from ring 3.
	cpu.setCpl(3);
	const level = segments[CS] & SELECTOR_RPL;
	const ldtIsThere = loadTaskLdt(cpu, task.ldt);
	checkCodePrivilege(cpu, segments[CS]);
	if (!ldtIsThere && isLocal(segments[SS])) throw cpu.fault(VECTOR.TS, selectorError(task.ldt));
	loadTaskStack(cpu, segments[SS], level);
	if (!ldtIsThere) throw cpu.fault(VECTOR.TS, selectorError(task.ldt));
	loadTaskCode(cpu, segments[CS]);
	if (!cpu.seg[SS].usable) throw cpu.fault(VECTOR.TS, selectorError(segments[SS]));
	for (const index of [DS, ES, FS, GS]) loadTaskData(cpu, index, segments[index]);
	if (cpu.eip > cpu.seg[CS].limit) throw cpu.fault(VECTOR.GP, 0);
}

/** Loads LDTR with a valid LDT, or none. False where the LDT is valid but absent, which is found out later. */
function loadTaskLdt(cpu: Cpu, selector: number): boolean {
	const { ldt } = cpu.scratch.tasks;
	if (isNull(selector)) return true;
	const valid = !isLocal(selector) && tryDescriptor(cpu, selector, ldt) && !ldt.isSegment && ldt.type === SYSTEM.LDT;
	if (!valid) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (ldt.present) cpu.ldtr.set(selector, ldt.base, ldt.limit, ldt.access, true);
	return ldt.present;
}

/** The DPL of a code segment must suit its selector's RPL; whether the selector is one of code is asked later. */
function checkCodePrivilege(cpu: Cpu, selector: number): void {
	const { code } = cpu.scratch.tasks;
	const rpl = selector & SELECTOR_RPL;
	if (isNull(selector) || !tryDescriptor(cpu, selector, code) || !code.isCode) return;
	if (code.isConforming ? code.dpl > rpl : code.dpl !== rpl) throw cpu.fault(VECTOR.TS, selectorError(selector));
}

/** Checks SS and, unless its RPL is wrong, which is found out later, loads it; from then on faults find a stack in ring `level`. */
function loadTaskStack(cpu: Cpu, selector: number, level: number): void {
	const { stack } = cpu.scratch.tasks;
	readTaskSegment(cpu, selector, stack);
	if (!stack.isWritableData) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!stack.present) throw cpu.fault(VECTOR.SS, selectorError(selector));
	if (stack.dpl !== level) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if ((selector & SELECTOR_RPL) !== level) return;
	markAccessed(cpu, stack);
	commitSegment(cpu, SS, stack);
	cpu.setCpl(level);
}

/** CS, whose privilege has been checked. */
function loadTaskCode(cpu: Cpu, selector: number): void {
	const { code } = cpu.scratch.tasks;
	readTaskSegment(cpu, selector, code);
	if (!code.isCode) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!code.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
	markAccessed(cpu, code);
	commitSegment(cpu, CS, code);
}

function loadTaskData(cpu: Cpu, index: number, selector: number): void {
	const { data } = cpu.scratch.tasks;
	if (isNull(selector)) return;
	readTaskSegment(cpu, selector, data);
	if (!data.isReadable) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!data.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
	const hidden = isPrivate(data.type) && ((selector & SELECTOR_RPL) > data.dpl || cpu.cpl > data.dpl);
	if (hidden) throw cpu.fault(VECTOR.TS, selectorError(selector));
	markAccessed(cpu, data);
	commitSegment(cpu, index, data);
}

function readTaskSegment(cpu: Cpu, selector: number, into: Descriptor): void {
	if (isNull(selector)) throw cpu.fault(VECTOR.TS, 0);
	readDescriptor(cpu, selector, into, VECTOR.TS);
}
