import { KIND, word } from '../../trace/events';
import { EIP_INDEX, ESP_INDEX, FLAGS_INDEX, HITS_INDEX } from '../layout';
import type { Cpu } from './cpu';
import { commitSegment, type Descriptor, isPrivate, markAccessed, readDescriptor } from './descriptors';
import { Fault } from './fault';
import { frameOnTop, type Inward } from './passages';
import { checkNewStack, dropPrivilegedSegments } from './segments';
import { changeableFlags, peek } from './stack';
import { returnFromTask, TASK_INTERRUPT, taskStack, throughTaskGate } from './tasks';
import { DR6_MET } from '../../x86/debug';
import { isNull, selectorError, SYSTEM, TYPE_WIDE, SELECTOR_RPL, TYPE_TRAP } from '../../x86/descriptors';
import {
	BENIGN,
	CONTRIBUTORY,
	DOUBLE_FAULT,
	ERROR_IDT,
	FAULT_CLASS,
	NO_ERROR,
	PAGE_FAULT,
	VECTOR,
	type FaultClass
} from '../../x86/exceptions';
import { TF, NT, RF, VM, IF } from '../../x86/flags';
import { CS, SS } from '../../x86/registers';

/** What sends the processor through a gate. INT1 counts as hardware: the gate's DPL is not asked. */
export type InterruptSource = 'fault' | 'trap' | 'int n' | 'int3' | 'into' | 'int1' | 'external';

/**
 * Delivers an event through the IDT (SDM vol. 3, 6.12). Never throws a `Fault`: a fault on the way becomes the next event, a double
 * fault, or shutdown (SDM vol. 3, 6.15, interrupt 8). EIP is what the handler should return to.
 */
export function deliver(cpu: Cpu, vector: number, source: InterruptSource, error: number = NO_ERROR): void {
	cpu.halted = cpu.inhibit = cpu.inhibitTraps = false;
	cpu.pendingDebug = 0;
	try {
		enter(cpu, vector, source, error);
	} catch (thrown) {
		if (!(thrown instanceof Fault)) throw thrown;
		deliverFault(cpu, thrown, classOf(vector, source));
	}
}

/** Delivers a fault that an event of class `first` met on its way: the fault itself, a double fault, or shutdown. */
export function deliverFault(cpu: Cpu, fault: Fault, first: FaultClass): void {
	if (first === DOUBLE_FAULT) return shutDown(cpu);
	if (doubles(first, fault.class)) deliver(cpu, VECTOR.DF, 'fault', 0);
	else deliver(cpu, fault.vector, 'fault', fault.error);
}

const classOf = (vector: number, source: InterruptSource): FaultClass =>
	source === 'fault' ? (FAULT_CLASS[vector] ?? BENIGN) : BENIGN;

/** Two faults in a row that make a double fault (SDM vol. 3, table 6-5). */
const doubles = (first: FaultClass, second: FaultClass): boolean =>
	(first === CONTRIBUTORY && second === CONTRIBUTORY) ||
	(first === PAGE_FAULT && (second === CONTRIBUTORY || second === PAGE_FAULT));

function shutDown(cpu: Cpu): void {
	cpu.recorder.record(KIND.shutdown);
	cpu.shutdown = true;
}

/** INT n, INT3, INTO or INT1, as the last that an instruction does. Throws or holds back the fault that its gate causes; EIP is the next instruction. */
export function softwareInterrupt(cpu: Cpu, vector: number, source: InterruptSource): void {
	enter(cpu, vector, source, NO_ERROR);
}

/**
 * Reads gate `vector` of the IDT and checks whether INT n (`soft`) or an event may use it.
 * @returns its type and S bit, or -1 where a fault is ready: a guest's INT n that only an inner ring may use is an everyday event
 */
function readGate(cpu: Cpu, gate: Descriptor, vector: number, soft: boolean): number {
	const gateError = (vector * 8) | ERROR_IDT | (soft ? 0 : 1);
	if (vector * 8 + 7 > cpu.idtr.limit) return refuse(cpu, VECTOR.GP, gateError);
	gate.low = cpu.readLinear32((cpu.idtr.base + vector * 8) | 0);
	gate.high = cpu.readLinear32((cpu.idtr.base + vector * 8 + 4) | 0);
	const type = (gate.high >>> 8) & 31;
	if (type !== SYSTEM.TASK_GATE && (type & ~(TYPE_WIDE | TYPE_TRAP)) !== SYSTEM.INTERRUPT_GATE16)
		return refuse(cpu, VECTOR.GP, gateError);
	if (soft && gate.dpl < cpu.cpl) return refuse(cpu, VECTOR.GP, gateError);
	if (!gate.present) return refuse(cpu, VECTOR.NP, gateError);
	return type;
}

function refuse(cpu: Cpu, vector: number, error: number): -1 {
	cpu.fault(vector, error);
	return -1;
}

const notePageFault = (cpu: Cpu, error: number): number =>
	cpu.recorder.record(
		KIND.page_fault,
		word('eip', cpu.eip),
		word('addr', cpu.cr2),
		word('error', error),
		word('from_ring', cpu.cpl)
	);

/** Goes through gate `vector` of the IDT, or throws and has changed nothing (SDM vol. 2, INT n). */
function enter(cpu: Cpu, vector: number, source: InterruptSource, error: number): void {
	const { gate, code, stack, frame } = cpu.scratch.interrupts;
	if (source === 'fault' && vector === VECTOR.PF) notePageFault(cpu, error);
	const soft = source === 'int n' || source === 'int3' || source === 'into';
	const ext = soft ? 0 : 1;
	const known = cpu.passages.findInward(cpu, vector, soft, error === NO_ERROR ? 5 : 6);
	if (known !== null) return passInward(cpu, known, vector, source, error);
	const type = readGate(cpu, gate, vector, soft);
	if (type < 0) {
		if (source === 'fault' || source === 'trap' || source === 'external') throw cpu.ready;
		return cpu.raise(cpu.ready.vector, cpu.ready.error);
	}
	const wide = (type & TYPE_WIDE) !== 0;
	if (type === SYSTEM.TASK_GATE) {
		note(cpu, vector, source, error, cpu.cpl, 0, 0);
		const event = { ext, error, fault: source === 'fault', class: classOf(vector, source) };
		return throughTaskGate(cpu, gate.gateSelector, TASK_INTERRUPT, event);
	}

	const selector = gate.gateSelector;
	if (isNull(selector)) throw cpu.fault(VECTOR.GP, ext);
	readDescriptor(cpu, selector, code, VECTOR.GP, ext);
	if (!code.isCode || code.dpl > cpu.cpl) throw cpu.fault(VECTOR.GP, selectorError(selector) | ext);
	if (!code.present) throw cpu.fault(VECTOR.NP, selectorError(selector) | ext);
	const inward = isPrivate(code.type) && code.dpl < cpu.cpl;
	const level = inward ? code.dpl : cpu.cpl;
	const words = (inward ? 5 : 3) + (error !== NO_ERROR ? 1 : 0);
	let stackError = ext;
	if (inward) {
		const pointer = taskStack(cpu, level, ext);
		checkNewStack(cpu, pointer.ss, level, stack, VECTOR.TS, ext);
		frame.fromDescriptor(stack, pointer.esp, level);
		stackError = selectorError(pointer.ss) | ext;
	} else frame.fromCurrent(cpu);
	frame.reserve(cpu, words * (wide ? 4 : 2), VECTOR.SS, stackError);
	const entry = gate.gateOffset(wide);
	if (entry > code.limit) throw cpu.fault(VECTOR.GP, ext);
	markAccessed(cpu, code);
	if (inward) markAccessed(cpu, stack);

	note(cpu, vector, source, error, level, entry, frame.sp);
	pushFrame(cpu, wide, inward, source, error);
	cpu.clock.now += inward ? cpu.clock.costs.ringCrossing : cpu.clock.costs.gate;
	if (inward && wide) cpu.passages.rememberInward(cpu, vector, cpu.cpl, level);
	cpu.setCpl(level);
	commitSegment(cpu, CS, code, level);
	if (inward) commitSegment(cpu, SS, stack);
	cpu.esp = frame.sp;
	cpu.eip = entry;
	cpu.clearSystemFlags(clearedBy(type));
	cpu.stepping = false;
}

/** Flags that a gate of this type clears: IF only where it is an interrupt gate. */
const clearedBy = (type: number): number => TF | NT | RF | VM | ((type & TYPE_TRAP) === 0 ? IF : 0);

/** Writes a word of a frame that is open, at its index in `all32`. */
function putWord(cpu: Cpu, at: number, value: number): void {
	cpu.all32[at] = value;
	cpu.written[at] = 1;
}

/** The rest of a passage that is known, and whose frame is open: nothing can fault any more. */
function passInward(cpu: Cpu, known: Inward, vector: number, source: InterruptSource, error: number): void {
	const { seg, s } = cpu;
	const { esp } = cpu.passages;
	note(cpu, vector, source, error, known.to, known.entry, esp);
	let at = cpu.passages.frame;
	if (error !== NO_ERROR) putWord(cpu, at++, error);
	putWord(cpu, at, s[EIP_INDEX]);
	putWord(cpu, at + 1, seg[CS].selector);
	// A fault's instruction will be restarted with RF set (SDM vol. 3, 17.3.1.1).
	putWord(cpu, at + 2, cpu.getEflags() | (source === 'fault' ? RF : 0));
	putWord(cpu, at + 3, s[ESP_INDEX]);
	putWord(cpu, at + 4, seg[SS].selector);
	cpu.clock.now += cpu.clock.costs.ringCrossing;
	cpu.setCpl(known.to);
	cpu.loadKnown(CS, known.code);
	cpu.loadKnown(SS, known.stack);
	s[ESP_INDEX] = esp;
	s[EIP_INDEX] = known.entry;
	cpu.clearSystemFlags(clearedBy(known.gateHigh >>> 8));
	cpu.stepping = false;
}

/**
 * Records the passage; a page fault has been recorded before, and is the cause. The event carries the ring that is left. An interrupt's
 * cause was set when it was acknowledged.
 */
function note(
	cpu: Cpu,
	vector: number,
	source: InterruptSource,
	error: number,
	level: number,
	entry: number,
	esp: number
): void {
	const { recorder } = cpu;
	if (source === 'external')
		recorder.record(
			KIND.interrupt,
			word('vector', vector),
			word('from_ring', cpu.cpl),
			word('eip', cpu.eip),
			word('new_esp', esp)
		);
	else {
		if (source === 'fault' && vector === VECTOR.PF) recorder.cause = recorder.next - 1;
		recorder.record(
			KIND.trap,
			word('vector', vector),
			word('error', error < 0 ? 0 : error),
			word('from_ring', cpu.cpl),
			word('to_ring', level),
			word('eip', cpu.eip),
			word('esp', cpu.esp),
			word('new_eip', entry),
			word('new_esp', esp)
		);
	}
	recorder.cause = -1;
}

/** Writes the reserved frame: error code, EIP, CS, EFLAGS and, coming from an outer ring, ESP and SS. */
function pushFrame(cpu: Cpu, wide: boolean, inward: boolean, source: InterruptSource, error: number): void {
	const { frame } = cpu.scratch.interrupts;
	// A fault's instruction will be restarted with RF set (SDM vol. 3, 17.3.1.1).
	const flags = cpu.getEflags() | (source === 'fault' ? RF : 0);
	let slot = 0;
	if (error !== NO_ERROR) frame.put(cpu, wide, slot++, error);
	frame.put(cpu, wide, slot++, cpu.eip);
	frame.put(cpu, wide, slot++, cpu.seg[CS].selector);
	frame.put(cpu, wide, slot++, flags);
	if (!inward) return;
	frame.put(cpu, wide, slot++, cpu.esp);
	frame.put(cpu, wide, slot, cpu.seg[SS].selector);
}

/**
 * IRET with an operand size of 16 or 32 (SDM vol. 2, IRET): to the same ring, to an outer one, or back from a task when NT is set.
 * Virtual-8086 mode is absent: a frame that asks for it is #GP(0).
 */
export function interruptReturn(cpu: Cpu, size: 16 | 32): void {
	const { code, stack } = cpu.scratch.interrupts;
	if ((cpu.s[FLAGS_INDEX] & NT) !== 0) return returnFromTask(cpu);
	const wide = size === 32;
	if (wide && returnKnown(cpu)) return;
	const eip = peek(cpu, wide, 0) >>> 0;
	const selector = peek(cpu, wide, 1) & 0xffff;
	const flags = peek(cpu, wide, 2);
	if (wide && (flags & VM) !== 0 && cpu.cpl === 0) throw cpu.fault(VECTOR.GP, 0);
	checkReturnCode(cpu, selector, code);
	const level = selector & SELECTOR_RPL;
	const outward = level > cpu.cpl;
	const esp = outward ? peek(cpu, wide, 3) >>> 0 : 0;
	if (outward) {
		const ss = peek(cpu, wide, 4) & 0xffff;
		checkNewStack(cpu, ss, level, stack, VECTOR.GP);
	}
	if (eip > code.limit) throw cpu.fault(VECTOR.GP, 0);
	markAccessed(cpu, code);
	if (outward) markAccessed(cpu, stack);

	const changed = changeableFlags(cpu, wide);
	// A passage is dated at the edge: a trap when it begins, a return when it has taken its time.
	cpu.clock.now += outward ? cpu.clock.costs.iretToOuterRing : cpu.clock.costs.iret;
	noteReturn(cpu, level, eip, outward ? esp : (cpu.esp + (wide ? 12 : 6)) >>> 0, flags);
	cpu.setEflags((cpu.s[FLAGS_INDEX] & ~changed) | (flags & changed));
	if (wide && (!outward || stack.big)) cpu.passages.rememberReturn(cpu, cpu.cpl, level);
	commitSegment(cpu, CS, code, level);
	cpu.eip = eip;
	if (!outward) return cpu.moveStack(wide ? 12 : 6);
	enterOuterStack(cpu, stack, esp, level);
}

/** IRET of 32 bits where the passage is known; false where it is not, and nothing has been done. */
function returnKnown(cpu: Cpu): boolean {
	const { all32, s, passages } = cpu;
	const from = cpu.cpl;
	const top = s[ESP_INDEX];
	let at = frameOnTop(cpu, top, 3);
	if (at < 0) return false;
	const eip = all32[at];
	const selector = all32[at + 1] & 0xffff;
	const flags = all32[at + 2];
	const level = selector & SELECTOR_RPL;
	const outward = level > from;
	if (outward && (at = frameOnTop(cpu, top, 5)) < 0) return false;
	const known = passages.findReturn(cpu, selector, outward ? all32[at + 4] & 0xffff : 0);
	if (known === null || eip >>> 0 > known.code.limit || ((flags & VM) !== 0 && from === 0)) return false;
	const esp = outward ? all32[at + 3] : (top + 12) | 0;
	s[HITS_INDEX] += outward ? 9 : 5;
	const changed = changeableFlags(cpu, true);
	cpu.clock.now += outward ? cpu.clock.costs.iretToOuterRing : cpu.clock.costs.iret;
	noteReturn(cpu, level, eip, esp, flags);
	cpu.setEflags((s[FLAGS_INDEX] & ~changed) | (flags & changed));
	cpu.loadKnown(CS, known.code);
	s[EIP_INDEX] = eip;
	s[ESP_INDEX] = esp;
	if (!outward) return true;
	cpu.setCpl(level);
	cpu.loadKnown(SS, known.stack);
	dropPrivilegedSegments(cpu);
	return true;
}

const noteReturn = (cpu: Cpu, level: number, eip: number, esp: number, flags: number): number =>
	cpu.recorder.record(
		KIND.far_return,
		word('from_ring', cpu.cpl),
		word('to_ring', level),
		word('eip', eip),
		word('esp', esp),
		word('eflags', flags)
	);

/** Checks the code segment that a far return or IRET goes to (SDM vol. 3, 5.8.6). */
export function checkReturnCode(cpu: Cpu, selector: number, into: Descriptor): void {
	if (isNull(selector)) throw cpu.fault(VECTOR.GP, 0);
	readDescriptor(cpu, selector, into);
	const rpl = selector & SELECTOR_RPL;
	const bad = !into.isCode || rpl < cpu.cpl || (into.isConforming ? into.dpl > rpl : into.dpl !== rpl);
	if (bad) throw cpu.fault(VECTOR.GP, selectorError(selector));
	if (!into.present) throw cpu.fault(VECTOR.NP, selectorError(selector));
}

/** The last steps of a return to an outer ring: its stack, its CPL, and no data segments of the inner one. */
export function enterOuterStack(cpu: Cpu, ss: Descriptor, esp: number, level: number): void {
	cpu.setCpl(level);
	commitSegment(cpu, SS, ss);
	cpu.esp = cpu.stack32 ? esp : ((cpu.esp & 0xffff_0000) | (esp & 0xffff)) >>> 0;
	dropPrivilegedSegments(cpu);
}

/** Between two instructions: delivers #DB for all that is pending. Its delivery may meet a breakpoint, too, and leave #DB pending again. */
export function debugTrap(cpu: Cpu): void {
	cpu.dr[6] = (cpu.dr[6] & ~DR6_MET) | cpu.pendingDebug;
	deliver(cpu, VECTOR.DB, 'trap');
}
