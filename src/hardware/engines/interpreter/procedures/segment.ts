/** Segment registers, far pointers, and questions about selectors (SDM vol. 2, MOV, LDS, PUSH, POP, LAR, LSL, VERR, ARPL). */
import type { Cpu } from '../../../cpu/cpu';
import { changeStatus } from '../../../cpu/flags';
import { address, load, readRegister, writeRegister, type Exec, type Op } from '../op';
import { lar, loadSegment, lsl, verr, verw } from '../../../cpu/segments';
import { farCall, farJump, farReturn } from '../../../cpu/transfers';
import { always, type Binder } from '../shape';
import { push } from './stack';
import { inBlock, last } from '../synced';
import { VECTOR } from '../../../../x86/exceptions';
import { ZF } from '../../../../x86/flags';
import { CS, DS, ES, FS, GS, SS } from '../../../../x86/registers';
import { SELECTOR_RPL } from '../../../../x86/descriptors';

/** A selector from a register or memory. */
const selectorOf = (cpu: Cpu, op: Op, memory: boolean): number => (memory ? load(cpu, op, 16) : cpu.u16[op.rm]);

/** Writes a selector-sized value to a register, zero-extended where the operand size is 32. */
function storeSelector(cpu: Cpu, op: Op, value: number): void {
	if (op.eipMask === -1) cpu.s[op.rm >> 1] = value;
	else cpu.u16[op.rm] = value;
}

/** Stores 16 bits of the system: a 32-bit register receives them zero-extended, memory always gets 16 bits. */
export const store16 =
	(read: (cpu: Cpu, op: Op) => number): Binder =>
	({ memory }) =>
		memory
			? (cpu, op) => cpu.write16(op.seg, address(cpu, op), read(cpu, op))
			: (cpu, op) => storeSelector(cpu, op, read(cpu, op));

/** Loads segment register `op.reg`; a load of SS holds off interrupts and debug traps until the next instruction has retired. */
function loadAndShadow(cpu: Cpu, op: Op, selector: number): void {
	if (op.reg === CS) throw cpu.fault(VECTOR.UD);
	loadSegment(cpu, op.reg, selector);
	if (op.reg === SS) cpu.inhibit = cpu.inhibitTraps = true;
}

const pushSegment: Exec = inBlock((cpu, op) => push(cpu, op.size, cpu.seg[op.reg].selector));

const popSegment: Exec = last((cpu, op) => {
	loadAndShadow(cpu, op, (op.size === 32 ? cpu.peek32() : cpu.peek16()) & 0xffff);
	cpu.moveStack(op.size >> 3);
});

/** A far pointer in memory: offset first, selector after it. */
const farSelector = (cpu: Cpu, op: Op): number => load(cpu, op, 16, op.size >> 3);

/** LDS, LES, LFS, LGS, LSS: the segment is `segment`. */
const loadFarPointer = (segment: number): Binder =>
	always(
		last((cpu, op) => {
			const offset = load(cpu, op, op.size);
			loadSegment(cpu, segment, farSelector(cpu, op));
			writeRegister(cpu, op.reg, op.size, offset);
		})
	);

type Far = (cpu: Cpu, selector: number, offset: number, size: 16 | 32) => void;

/** Far transfers to a pointer in the instruction or in memory. */
const far =
	(transfer: Far): Binder =>
	({ memory }) =>
		memory
			? last((cpu, op) => {
					const offset = load(cpu, op, op.size);
					transfer(cpu, farSelector(cpu, op), offset, op.size as 16 | 32);
				})
			: last((cpu, op) => transfer(cpu, op.imm2 & 0xffff, op.imm, op.size as 16 | 32));

// --- questions ----------------------------------------------------------------------------------------------

/** LAR and LSL answer in a register, and in ZF whether they could. */
const question =
	(ask: (cpu: Cpu, selector: number) => number): Binder =>
	({ memory }) =>
		inBlock((cpu, op) => {
			const selector = memory ? load(cpu, op, 16) : cpu.u16[op.reg];
			const answer = ask(cpu, selector);
			changeStatus(cpu.s, ZF, answer === -1 ? 0 : ZF);
			if (answer !== -1) writeRegister(cpu, memory ? op.reg : op.rm, op.size, answer);
		});

const verification =
	(ask: (cpu: Cpu, selector: number) => boolean): Binder =>
	({ memory }) =>
		inBlock((cpu, op) => changeStatus(cpu.s, ZF, ask(cpu, selectorOf(cpu, op, memory)) ? ZF : 0));

/** ARPL: raises the RPL of the destination to that of the source; ZF says whether it had to. It writes only then. */
const adjustRpl: Binder =
	({ memory }) =>
	(cpu, op) => {
		const offset = memory ? address(cpu, op) : 0;
		const selector = memory ? cpu.read16(op.seg, offset) : cpu.u16[op.rm];
		const rpl = cpu.u16[op.reg] & 3;
		const raises = (selector & SELECTOR_RPL) < rpl;
		if (raises && memory) cpu.write16(op.seg, offset, (selector & ~3) | rpl);
		else if (raises) cpu.u16[op.rm] = (selector & ~3) | rpl;
		changeStatus(cpu.s, ZF, raises ? ZF : 0);
	};

/** BOUND: #BR unless the signed index lies within the two bounds in memory. */
const checkBounds: Exec = (cpu, op) => {
	const up = 32 - op.size;
	const lower = (load(cpu, op, op.size) << up) >> up;
	const upper = (load(cpu, op, op.size, op.size >> 3) << up) >> up;
	const index = (readRegister(cpu, op.reg, op.size) << up) >> up;
	if (index < lower || index > upper) throw cpu.fault(VECTOR.BR);
};

export const SEGMENT: Readonly<Record<string, Binder>> = {
	storeSegment: store16((cpu, op) => cpu.seg[op.reg].selector),
	loadSegment: ({ memory }) => last((cpu, op) => loadAndShadow(cpu, op, selectorOf(cpu, op, memory))),
	pushSegment: always(pushSegment),
	popSegment: always(popSegment),
	loadES: loadFarPointer(ES),
	loadDS: loadFarPointer(DS),
	loadSS: loadFarPointer(SS),
	loadFS: loadFarPointer(FS),
	loadGS: loadFarPointer(GS),
	jumpFar: far(farJump),
	callFar: far(farCall),
	returnFar: always(last((cpu, op) => farReturn(cpu, op.size as 16 | 32, op.imm & 0xffff))),
	accessRights: question(lar),
	segmentLimit: question(lsl),
	verifyRead: verification(verr),
	verifyWrite: verification(verw),
	adjustRpl,
	checkBounds: always(checkBounds)
};
