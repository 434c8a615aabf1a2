import { CS, DS, ES, FS, GS, SS } from '../layout';
import { FLUSH } from '../mmu/mmu';
import type { Cpu } from './cpu';
import { CR0, EFLAGS } from './registers';
import {
	commitSegment,
	Descriptor,
	isNull,
	isPrivate,
	markAccessed,
	readDescriptor,
	selectorError,
	tryDescriptor
} from './descriptors';
import { DR6_BT, setDr } from './debug';
import { BENIGN, Fault, NO_ERROR, PAGE_FAULT, VECTOR } from './fault';
import type { FaultClass } from './fault';
import { SYSTEM } from './segment-register';

/*
 * Tasks (SDM vol. 3, ch. 7): the stacks that gates take from the TSS, and the hardware task switch.
 *
 *      32-bit TSS                                       16-bit TSS
 *      00 link          20 EIP                          00 link       0e IP
 *      04 ESP0 08 SS0   24 EFLAGS                       02 SP0 SS0    10 FLAGS
 *      0c ESP1 10 SS1   28 EAX ECX EDX EBX              06 SP1 SS1    12 AX CX DX BX
 *      14 ESP2 18 SS2   38 ESP EBP ESI EDI              0a SP2 SS2    1a SP BP SI DI
 *      1c CR3           48 ES CS SS DS FS GS  60 LDT    22 ES CS SS DS    2a LDT
 *                       64 T  66 I/O bitmap base
 */

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

interface TaskLayout {
	/** Bytes of a register slot, and of a segment slot. */
	word: 2 | 4;
	/** Lowest limit that a TSS may have. */
	minLimit: number;
	eip: number;
	flags: number;
	registers: number;
	segments: number;
	segmentCount: number;
	ldt: number;
}
const TSS32: TaskLayout = {
	word: 4,
	minLimit: 0x67,
	eip: 0x20,
	flags: 0x24,
	registers: 0x28,
	segments: 0x48,
	segmentCount: 6,
	ldt: 0x60
};
const TSS16: TaskLayout = {
	word: 2,
	minLimit: 0x2b,
	eip: 0x0e,
	flags: 0x10,
	registers: 0x12,
	segments: 0x22,
	segmentCount: 4,
	ldt: 0x2a
};

const BUSY = 2 << 8;
const CR3_AT = 0x1c;
const TRAP_AT = 0x64;
/** DR7: L0..L3 and LE. */
const DR7_LOCAL = 0x155;

const isWide = (type: number): boolean => (type & 8) !== 0;
const layoutOf = (type: number): TaskLayout => (isWide(type) ? TSS32 : TSS16);

const pointer = { ss: 0, esp: 0 };

/** The stack for ring `level` that the current TSS names; #TS if the TSS is too short (SDM vol. 3, 7.2.1). */
export function taskStack(cpu: Cpu, level: number, ext: number): { ss: number; esp: number } {
	const { tr } = cpu;
	const wide = isWide(tr.type);
	const at = wide ? 4 + level * 8 : 2 + level * 4;
	if (!tr.usable || at + (wide ? 5 : 3) > tr.limit) throw cpu.fault(VECTOR.TS, selectorError(tr.selector) | ext);
	const linear = (tr.base + at) | 0;
	pointer.esp = (wide ? cpu.readLinear32(linear) : cpu.readLinear16(linear)) >>> 0;
	pointer.ss = cpu.readLinear16((linear + (wide ? 4 : 2)) | 0);
	return pointer;
}

const next = new Descriptor();
const ldt = new Descriptor();
const code = new Descriptor();
const stack = new Descriptor();
const data = new Descriptor();

/** Goes to the task that a task gate names (SDM vol. 3, 7.2.5). */
export function throughTaskGate(cpu: Cpu, selector: number, reason: TaskReason, event = NO_EVENT): void {
	const code = selectorError(selector) | event.ext;
	if ((selector & 4) !== 0 || isNull(selector) || !tryDescriptor(cpu, selector, next)) throw cpu.fault(VECTOR.GP, code);
	if (next.isSegment || (next.type !== SYSTEM.TSS16 && next.type !== SYSTEM.TSS32)) throw cpu.fault(VECTOR.GP, code);
	if (!next.present) throw cpu.fault(VECTOR.NP, code);
	switchTask(cpu, next, reason, event);
}

/** IRET with NT set: back to the task in the link field of the TSS (SDM vol. 3, 7.4). */
export function returnFromTask(cpu: Cpu): void {
	const selector = cpu.readLinear16(cpu.tr.base | 0);
	const code = selectorError(selector);
	if ((selector & 4) !== 0 || isNull(selector) || !tryDescriptor(cpu, selector, next)) throw cpu.fault(VECTOR.TS, code);
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
	saveTask(cpu, from, (cpu.getEflags() & (reason === TASK_RETURN ? ~EFLAGS.NT : -1)) | (event.fault ? EFLAGS.RF : 0));
	if (nested) {
		cpu.writeLinear16(tss.base | 0, tr.selector);
		incoming.flags |= EFLAGS.NT;
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

function readTask(cpu: Cpu, tss: Descriptor, at: TaskLayout): Task {
	const read = (offset: number): number =>
		at.word === 4
			? cpu.readLinear32((tss.base + offset) | 0)
			: cpu.readLinear16((tss.base + offset) | 0) | (0xffff << 16);
	const segments = Array.from({ length: 6 }, (_, i) =>
		i < at.segmentCount ? cpu.readLinear16((tss.base + at.segments + i * at.word) | 0) : 0
	);
	return {
		cr3: at.word === 4 ? read(CR3_AT) >>> 0 : 0,
		eip: at.word === 4 ? read(at.eip) : read(at.eip) & 0xffff,
		flags: at.word === 4 ? read(at.flags) : read(at.flags) & 0xffff,
		registers: Array.from({ length: 8 }, (_, r) => read(at.registers + r * at.word)),
		segments,
		ldt: cpu.readLinear16((tss.base + at.ldt) | 0),
		trap: at.word === 4 && (cpu.readLinear16((tss.base + TRAP_AT) | 0) & 1) !== 0
	};
}

function saveTask(cpu: Cpu, at: TaskLayout, flags: number): void {
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
	const address = (cpu.gdtr.base + (selector & 0xfff8) + 4) | 0;
	const high = cpu.readLinear32(address);
	cpu.writeLinear32(address, busy ? high | BUSY : high & ~BUSY);
}

/**
 * Loads the new task's registers, then its segments one by one: a bad one faults in the new task. The checks have the order of the P6
 * family (SDM vol. 3, table 7-1). What is not loaded when a fault comes stays without a descriptor.
 */
function loadTask(cpu: Cpu, task: Task): void {
	const { segments } = task;
	cpu.setEflags(task.flags & ~EFLAGS.VM);
	cpu.eip = task.eip;
	for (let r = 0; r < 8; r++) cpu.s[r << 1] = task.registers[r];
	for (let i = 0; i < 6; i++) {
		cpu.seg[i].clear(segments[i]);
		cpu.segmentChanged(i);
	}
	cpu.ldtr.clear(task.ldt);
	// While there is no stack to push on, a fault takes the inner one of the new TSS, as it would from ring 3.
	cpu.setCpl(3);
	const level = segments[CS] & 3;
	const ldtIsThere = loadTaskLdt(cpu, task.ldt);
	checkCodePrivilege(cpu, segments[CS]);
	if (!ldtIsThere && (segments[SS] & 4) !== 0) throw cpu.fault(VECTOR.TS, selectorError(task.ldt));
	loadTaskStack(cpu, segments[SS], level);
	if (!ldtIsThere) throw cpu.fault(VECTOR.TS, selectorError(task.ldt));
	loadTaskCode(cpu, segments[CS]);
	if (!cpu.seg[SS].usable) throw cpu.fault(VECTOR.TS, selectorError(segments[SS]));
	for (const index of [DS, ES, FS, GS]) loadTaskData(cpu, index, segments[index]);
	if (cpu.eip > cpu.seg[CS].limit) throw cpu.fault(VECTOR.GP, 0);
}

/** Loads LDTR with a valid LDT, or none. False where the LDT is valid but absent, which is found out later. */
function loadTaskLdt(cpu: Cpu, selector: number): boolean {
	if (isNull(selector)) return true;
	const valid = (selector & 4) === 0 && tryDescriptor(cpu, selector, ldt) && !ldt.isSegment && ldt.type === SYSTEM.LDT;
	if (!valid) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (ldt.present) cpu.ldtr.set(selector, ldt.base, ldt.limit, ldt.access, true);
	return ldt.present;
}

/** The DPL of a code segment must suit its selector's RPL; whether the selector is one of code is asked later. */
function checkCodePrivilege(cpu: Cpu, selector: number): void {
	const rpl = selector & 3;
	if (isNull(selector) || !tryDescriptor(cpu, selector, code) || !code.isCode) return;
	if (code.isConforming ? code.dpl > rpl : code.dpl !== rpl) throw cpu.fault(VECTOR.TS, selectorError(selector));
}

/** Checks SS and, unless its RPL is wrong, which is found out later, loads it; from then on faults find a stack in ring `level`. */
function loadTaskStack(cpu: Cpu, selector: number, level: number): void {
	readTaskSegment(cpu, selector, stack);
	if (!stack.isWritableData) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!stack.present) throw cpu.fault(VECTOR.SS, selectorError(selector));
	if (stack.dpl !== level) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if ((selector & 3) !== level) return;
	markAccessed(cpu, stack);
	commitSegment(cpu, SS, stack);
	cpu.setCpl(level);
}

/** CS, whose privilege has been checked. */
function loadTaskCode(cpu: Cpu, selector: number): void {
	readTaskSegment(cpu, selector, code);
	if (!code.isCode) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!code.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
	markAccessed(cpu, code);
	commitSegment(cpu, CS, code);
}

function loadTaskData(cpu: Cpu, index: number, selector: number): void {
	if (isNull(selector)) return;
	readTaskSegment(cpu, selector, data);
	if (!data.isReadable) throw cpu.fault(VECTOR.TS, selectorError(selector));
	if (!data.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
	const hidden = isPrivate(data.type) && ((selector & 3) > data.dpl || cpu.cpl > data.dpl);
	if (hidden) throw cpu.fault(VECTOR.TS, selectorError(selector));
	markAccessed(cpu, data);
	commitSegment(cpu, index, data);
}

function readTaskSegment(cpu: Cpu, selector: number, into: Descriptor): void {
	if (isNull(selector)) throw cpu.fault(VECTOR.TS, 0);
	readDescriptor(cpu, selector, into, VECTOR.TS);
}
