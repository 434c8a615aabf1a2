/** Segment registers, far pointers, and questions about selectors (SDM vol. 2, MOV, LDS, PUSH, POP, LAR, LSL, VERR, ARPL). */
import type { Cpu } from '../cpu';
import { changeStatus } from '../flags';
import { address, load, readRegister, writeRegister, type Op } from '../operands';
import { lar, loadSegment, lsl, verr, verw } from '../segments';
import { farCall, farJump, farReturn } from '../transfers';
import { always, type Operation } from './forms';
import { push } from './stack';
import { inBlock, last } from './synced';
import { VECTOR } from '../../../x86/exceptions';
import { ZF } from '../../../x86/flags';
import { CS, SS } from '../../../x86/registers';

/** A selector from a register or memory. */
const selectorOf = (cpu: Cpu, op: Op, memory: boolean): number => (memory ? load(cpu, op, 16) : cpu.u16[op.rm]);

/** MOV r/m16, Sreg: a 32-bit register receives the selector zero-extended. */
export const MOV_FROM_SEGMENT: Operation = {
	bind: ({ memory }) =>
		memory
			? (cpu, op) => cpu.write16(op.seg, address(cpu, op), cpu.seg[op.reg].selector)
			: (cpu, op) => storeSelector(cpu, op, cpu.seg[op.reg].selector)
};

/** Writes a selector-sized value to a register, zero-extended where the operand size is 32. */
export function storeSelector(cpu: Cpu, op: Op, value: number): void {
	if (op.eipMask === -1) cpu.s[op.rm >> 1] = value;
	else cpu.u16[op.rm] = value;
}

/** Loads `op.reg`; a load of SS holds off interrupts and debug traps until the next instruction has retired. */
function loadAndShadow(cpu: Cpu, op: Op, selector: number): void {
	if (op.reg === CS) throw cpu.fault(VECTOR.UD);
	loadSegment(cpu, op.reg, selector);
	if (op.reg === SS) cpu.inhibit = cpu.inhibitTraps = true;
}

export const MOV_TO_SEGMENT: Operation = {
	bind: ({ memory }) => last((cpu, op) => loadAndShadow(cpu, op, selectorOf(cpu, op, memory))),
	ends: true
};

export const PUSH_SEGMENT: Operation = {
	bind: always(inBlock((cpu, op) => push(cpu, op.size, cpu.seg[op.reg].selector))),
	faults: true
};

export const POP_SEGMENT: Operation = {
	bind: always(
		last((cpu, op) => {
			loadAndShadow(cpu, op, (op.size === 32 ? cpu.peek32() : cpu.peek16()) & 0xffff);
			cpu.moveStack(op.size >> 3);
		})
	),
	ends: true
};

/** A far pointer in memory: offset first, selector after it. */
const farSelector = (cpu: Cpu, op: Op): number => load(cpu, op, 16, op.size >> 3);

/** LDS, LES, LFS, LGS, LSS: the segment is `segment`. */
export const loadFarPointer = (segment: number): Operation => ({
	bind: always(
		last((cpu, op) => {
			const offset = load(cpu, op, op.size);
			loadSegment(cpu, segment, farSelector(cpu, op));
			writeRegister(cpu, op.reg, op.size, offset);
		})
	),
	ends: true
});

type Far = (cpu: Cpu, selector: number, offset: number, size: 16 | 32) => void;

/** Far transfers to a pointer in the instruction or in memory. */
const far = (transfer: Far): Operation => ({
	bind: ({ memory }) =>
		memory
			? last((cpu, op) => {
					const offset = load(cpu, op, op.size);
					transfer(cpu, farSelector(cpu, op), offset, op.size as 16 | 32);
				})
			: last((cpu, op) => transfer(cpu, op.imm2 & 0xffff, op.imm, op.size as 16 | 32)),
	ends: true
});
export const JMP_FAR = far(farJump);
export const CALL_FAR = far(farCall);
export const RET_FAR: Operation = {
	bind: always(last((cpu, op) => farReturn(cpu, op.size as 16 | 32, op.imm & 0xffff))),
	ends: true
};

// --- questions ----------------------------------------------------------------------------------------------

/** LAR and LSL answer in a register, and in ZF whether they could. */
const question = (ask: (cpu: Cpu, selector: number) => number): Operation => ({
	bind: ({ memory }) =>
		inBlock((cpu, op) => {
			const selector = memory ? load(cpu, op, 16) : cpu.u16[op.reg];
			const answer = ask(cpu, selector);
			changeStatus(cpu.s, ZF, answer === -1 ? 0 : ZF);
			if (answer !== -1) writeRegister(cpu, memory ? op.reg : op.rm, op.size, answer);
		}),
	writes: ZF,
	faults: true
});
export const LAR = question(lar);
export const LSL = question(lsl);

const verification = (ask: (cpu: Cpu, selector: number) => boolean): Operation => ({
	bind: ({ memory }) => inBlock((cpu, op) => changeStatus(cpu.s, ZF, ask(cpu, selectorOf(cpu, op, memory)) ? ZF : 0)),
	writes: ZF,
	faults: true
});
export const VERR = verification(verr);
export const VERW = verification(verw);

/** ARPL: raises the RPL of the destination to that of the source; ZF says whether it had to. It writes only then. */
export const ARPL: Operation = {
	bind:
		({ memory }) =>
		(cpu, op) => {
			const offset = memory ? address(cpu, op) : 0;
			const selector = memory ? cpu.read16(op.seg, offset) : cpu.u16[op.rm];
			const rpl = cpu.u16[op.reg] & 3;
			const raises = (selector & 3) < rpl;
			if (raises && memory) cpu.write16(op.seg, offset, (selector & ~3) | rpl);
			else if (raises) cpu.u16[op.rm] = (selector & ~3) | rpl;
			changeStatus(cpu.s, ZF, raises ? ZF : 0);
		},
	writes: ZF,
	kills: ZF
};

/** BOUND: #BR unless the signed index lies within the two bounds in memory. */
export const BOUND: Operation = {
	bind: always((cpu, op) => {
		const up = 32 - op.size;
		const lower = (load(cpu, op, op.size) << up) >> up;
		const upper = (load(cpu, op, op.size, op.size >> 3) << up) >> up;
		const index = (readRegister(cpu, op.reg, op.size) << up) >> up;
		if (index < lower || index > upper) throw cpu.fault(VECTOR.BR);
	})
};
