/**
 * Privileged instructions of a guest kernel, carried out in its name (xen/arch/x86/pv/emul-priv-op.c). They fault with
 * #GP(0) in ring 1; here the bytes are decoded again (src/x86/decode.ts) and the virtual state changes. What is not in the table stays
 * a #GP for the guest.
 */
import { checkedLinear } from '../../hardware/cpu/access';
import { Fault } from '../../hardware/cpu/fault';
import { rdtsc } from '../../hardware/cpu/system';
import { REG } from '../../hardware/layout';
import { mfnToCr3, cr3ToMfn } from '../../abi/structs/cpu';
import { CHECK, KIND, word } from '../../trace/events';
import { bouncePageFault, instructionDone } from './bounce';
import { emulateCpuid } from './cpuid';
import { CR4_GUEST, loadControl4, setTaskSwitched } from './switch';
import { getDebugRegister, portBreakpoints, setDebugRegister } from './debugreg';
import type { Vcpu } from '../core/domain';
import { decodeAt, segmentBase, segmentHolds } from './guest-code';
import { readGuest8 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { readMsr, writeMsr } from './msr';
import { newGuestCr3 } from '../mm/pinning';
import { PortAccess, portsPermitted } from './port-io';
import { readGpr, writeGpr } from '../core/registers';
import { setSharedCr2, upcallDue } from '../events/shared-info';
import { ioplCovers } from './virtual-iopl';
import { CR0, CR4 } from '../../x86/control';
import type { Instruction, Undecoded } from '../../x86/decode';
import { VECTOR } from '../../x86/exceptions';
import { EFLAGS } from '../../x86/flags';
import { CS, DS, ES, SS } from '../../x86/registers';

/** An instruction that is carried out, and what the trace and its breakpoints learn of it. */
interface Emulated {
	readonly code: Instruction;
	/** What it works on, for the trace: the port, the ModRM byte, or the model-specific register. */
	detail: number;
	/** Breakpoints on ports that it met: bits B0 to B3 of DR6. */
	met: number;
}

/**
 * Carries one instruction out. `done`: go on after it; `again`: not finished, EIP stays (a repeated string); `handled`:
 * the guest is on its way to a handler; `fail`: not ours, the guest gets its #GP.
 */
type Outcome = 'done' | 'again' | 'handled' | 'fail';
type Emulator = (hv: Hypervisor, v: Vcpu, i: Emulated) => Outcome;

/** Bytes of the operand. */
const sizeOf = ({ code }: Emulated): number => code.size >> 3;

const eax = (hv: Hypervisor): number => readGpr(hv, REG.EAX);
const setEax = (hv: Hypervisor, value: number, size: number): void => {
	const mask = size === 4 ? 0xffff_ffff : size === 2 ? 0xffff : 0xff;
	writeGpr(hv, REG.EAX, (eax(hv) & ~mask) | (value & mask));
};

// --- ports ---------------------------------------------------------------------------------------------

/** The accesses of an instruction to a port; null where the guest gets its #GP. */
function accessTo(hv: Hypervisor, v: Vcpu, i: Emulated, port: number, writes: boolean): PortAccess | null {
	if (!portsPermitted(hv, v, port, sizeOf(i))) return null;
	i.met = portBreakpoints(v, port, sizeOf(i));
	return new PortAccess(hv, v, port, sizeOf(i), writes);
}

/** The port that an instruction names, or DX. */
function portOf(hv: Hypervisor, { code }: Emulated): number {
	const immediate = code.operands.find((operand) => operand.kind === 'immediate');
	return immediate === undefined ? portInDx(hv) : immediate.value & 0xff;
}
const portInDx = (hv: Hypervisor): number => readGpr(hv, REG.EDX) & 0xffff;

const input: Emulator = (hv, v, i) => {
	i.detail = portOf(hv, i);
	const access = accessTo(hv, v, i, i.detail, false);
	if (!access) return 'fail';
	setEax(hv, access.read(), sizeOf(i));
	access.done();
	return 'done';
};
const output: Emulator = (hv, v, i) => {
	i.detail = portOf(hv, i);
	const access = accessTo(hv, v, i, i.detail, true);
	if (!access) return 'fail';
	access.write(eax(hv));
	access.done();
	return 'done';
};

/** Most elements of a string that are done in one trap: a sector of words. Then whoever else is due gets his turn. */
const MOST_ELEMENTS = 256;

/** Whether a string should be left for something else (hypercall_preempt_check): the guest comes back for the rest. */
const interrupted = (hv: Hypervisor, v: Vcpu): boolean => hv.pcpu.reschedule || hv.pcpu.cpu.intr || upcallDue(hv, v);

/** An element of a string: one access to the port, one to memory. */
type Element = (hv: Hypervisor, v: Vcpu, i: Emulated, access: PortAccess) => Outcome;

/** INS and OUTS: several elements an emulation; a repeat prefix comes back for the next. What was done before a fault stays done. */
const string =
	(element: Element, index: number, writes: boolean): Emulator =>
	(hv, v, i) => {
		const repeats = i.code.repeat !== 0;
		const mask = offsetMask(i);
		const remaining = (): number => (readGpr(hv, REG.ECX) & mask) >>> 0;
		if (repeats && remaining() === 0) return 'done';
		const access = accessTo(hv, v, i, portInDx(hv), writes);
		if (!access) return 'fail';
		// A guest that steps sees each element by itself.
		const several = repeats && (hv.pcpu.frame.eflags & EFLAGS.TF) === 0;
		const most = several ? Math.min(remaining(), MOST_ELEMENTS) : 1;
		let outcome: Outcome = 'done';
		for (let done = 0; done < most && outcome === 'done'; done++) {
			if (done > 0 && (i.met !== 0 || interrupted(hv, v))) break;
			outcome = element(hv, v, i, access);
			if (outcome === 'done') advance(hv, i, index, repeats);
		}
		access.done();
		if (outcome !== 'done') return outcome;
		return repeats && remaining() > 0 ? 'again' : 'done';
	};

/** Moves the index register by an element, and the count. */
function advance(hv: Hypervisor, i: Emulated, index: number, repeats: boolean): void {
	const mask = offsetMask(i);
	const move = (number: number, by: number): void => {
		const old = readGpr(hv, number);
		writeGpr(hv, number, (old & ~mask) | ((old + by) & mask));
	};
	move(index, (hv.pcpu.frame.eflags & EFLAGS.DF) !== 0 ? -sizeOf(i) : sizeOf(i));
	if (repeats) move(REG.ECX, -1);
}

const offsetMask = ({ code }: Emulated): number => (code.addressSize === 16 ? 0xffff : 0xffff_ffff);
const stringOffset = (hv: Hypervisor, i: Emulated, index: number): number => (readGpr(hv, index) & offsetMask(i)) >>> 0;

/**
 * Linear address of an element, after the checks that the processor would make: paging alone does not keep rings 1
 * and 2 out of the hypervisor's memory, limits do, and ring 3 has its own rights. Throws Faults.
 */
function elementAddress(hv: Hypervisor, segment: number, offset: number, size: number, write: boolean): number {
	const { cpu } = hv.pcpu;
	if (segment !== CS && segment !== SS) checkedLinear(cpu, segment, offset, size, write);
	else if (!segmentHolds(hv, segment, offset, size)) throw cpu.fault(VECTOR.GP, 0);
	const linear = (segmentBase(hv, segment) + offset) >>> 0;
	cpu.mmu.checkRange(linear | 0, size, write, hv.pcpu.frame.ring === 3);
	return linear;
}

/** Touches guest memory for a string; a fault in it is the guest's own page fault. */
function touch(hv: Hypervisor, v: Vcpu, access: () => Outcome): Outcome {
	try {
		return access();
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		if (error.vector !== VECTOR.PF) return 'fail';
		bouncePageFault(hv, v, error.address >>> 0, error.error);
		return 'handled';
	}
}

/** The place is looked at first: what was taken from the port would be lost in a fault. */
const inString: Element = (hv, v, i, access) =>
	touch(hv, v, () => {
		const size = sizeOf(i);
		const { cpu } = hv.pcpu;
		const offset = stringOffset(hv, i, REG.EDI);
		elementAddress(hv, ES, offset, size, true);
		const value = access.read();
		for (let n = 0; n < size; n++) cpu.write8(ES, (offset + n) | 0, (value >>> (8 * n)) & 0xff);
		return 'done';
	});

/** OUTS reads through DS, or what a prefix says instead. */
const sourceSegment = ({ code }: Emulated): number => {
	const source = code.operands.find((operand) => operand.kind === 'memory');
	return source?.segment ?? DS;
};

const outString: Element = (hv, v, i, access) =>
	touch(hv, v, () => {
		const size = sizeOf(i);
		const at = elementAddress(hv, sourceSegment(i), stringOffset(hv, i, REG.ESI), size, false);
		let value = 0;
		for (let n = size - 1; n >= 0; n--) value = (value << 8) | readGuest8(hv, at + n);
		access.write(value >>> 0);
		return 'done';
	});

// --- interrupt flag --------------------------------------------------------------------------------------

/**
 * CLI and STI: with a virtual IOPL that covers the ring they do nothing, since the upcall mask is the guest's
 * interrupt flag and POPF could not undo them; without, they stay a #GP.
 */
const interruptFlag: Emulator = (hv, v) =>
	hv.ask(CHECK.iopl_covers, ioplCovers(hv, v), v.pv.iopl, hv.pcpu.frame.ring) ? 'done' : 'fail';

// --- control, debug and model-specific registers ---------------------------------------------------------

const CR0_CHANGEABLE = CR0.TS;

function readCr(hv: Hypervisor, v: Vcpu, number: number): number | null {
	if (number === 0) return v.pv.cr0;
	if (number === 2) return v.pv.cr2;
	if (number === 3) return mfnToCr3(v.mm.guestTable ?? 0);
	return number === 4 ? (hv.pcpu.cpu.cr4 & CR4_VISIBLE) | v.pv.cr4 : null;
}

function writeCr(hv: Hypervisor, v: Vcpu, number: number, value: number): boolean {
	if (number === 0) return writeCr0(hv, v, value);
	if (number === 2) {
		v.pv.cr2 = value;
		setSharedCr2(hv, v, value);
		return true;
	}
	if (number === 3) return newGuestCr3(hv, v, cr3ToMfn(value)) === 0;
	if (number === 4) return writeCr4(hv, v, value);
	return false;
}

function writeCr0(hv: Hypervisor, v: Vcpu, value: number): boolean {
	const changed = (value ^ v.pv.cr0) & ~CR0_CHANGEABLE;
	if (!hv.ask(CHECK.cr0_bits, changed === 0, value, v.pv.cr0)) return false;
	setVirtualTs(hv, v, (value & CR0.TS) !== 0);
	return true;
}

/** Bits of the machine's CR4 that a guest is shown, whatever it wrote (PV_CR4_GUEST_VISIBLE_MASK). */
const CR4_VISIBLE = CR4.PAE;

/** Bits that are not the guest's own are dropped without a word (pv_fixup_guest_cr4). */
function writeCr4(hv: Hypervisor, v: Vcpu, value: number): boolean {
	hv.ask(CHECK.cr4_bits, (value & ~(CR4_GUEST | CR4_VISIBLE)) === 0, value, v.pv.cr4);
	v.pv.cr4 = value & CR4_GUEST;
	loadControl4(hv, v);
	return true;
}

/** fpu_taskswitch, CLTS and MOV to CR0: the guest's TS, and the real one with it. */
function setVirtualTs(hv: Hypervisor, v: Vcpu, set: boolean): void {
	v.pv.cr0 = set ? v.pv.cr0 | CR0.TS : v.pv.cr0 & ~CR0.TS;
	setTaskSwitched(hv, set);
}

/** MOV between a GPR and a register of a file, whatever mod says. */
const move =
	(
		read: ((hv: Hypervisor, v: Vcpu, number: number) => number | null) | null,
		write?: (hv: Hypervisor, v: Vcpu, number: number, value: number) => boolean
	): Emulator =>
	(hv, v, i) => {
		i.detail = i.code.modRm;
		const [number, gpr] = [(i.detail >> 3) & 7, i.detail & 7];
		if (!read) return write!(hv, v, number, readGpr(hv, gpr)) ? 'done' : 'fail';
		const value = read(hv, v, number);
		if (value === null) return 'fail';
		writeGpr(hv, gpr, value);
		return 'done';
	};

const rdmsr: Emulator = (hv, v, i) => {
	i.detail = readGpr(hv, REG.ECX);
	const value = readMsr(hv, v, readGpr(hv, REG.ECX));
	if (!value) return 'fail';
	writeGpr(hv, REG.EAX, value[0]);
	writeGpr(hv, REG.EDX, value[1]);
	return 'done';
};
const wrmsr: Emulator = (hv, v, i) => {
	i.detail = readGpr(hv, REG.ECX);
	return writeMsr(hv, v, i.detail, eax(hv), readGpr(hv, REG.EDX)) ? 'done' : 'fail';
};

/** Instructions of the guest kernel alone, by their procedure (src/x86/isa). */
const KERNEL: Readonly<Record<string, Emulator | undefined>> = {
	clearTaskSwitched: (hv, v) => (setVirtualTs(hv, v, false), 'done'),
	// WBINVD flushes nothing that a guest without devices could see. INVD, which would lose data, is refused.
	writeBackCaches: () => 'done',
	readControl: move(readCr),
	readDebug: move((hv, v, number) => getDebugRegister(hv, v, number)),
	writeControl: move(null, writeCr),
	writeDebug: move(null, (hv, v, number, value) => setDebugRegister(hv, v, number, value) === 0),
	writeMsr: wrmsr,
	readMsr: rdmsr
};

/** Instructions of any ring, which decide by the virtual IOPL or the port bitmap. */
const ANY_RING: Readonly<Record<string, Emulator | undefined>> = {
	input,
	output,
	inputString: string(inString, REG.EDI, false),
	outputString: string(outString, REG.ESI, true),
	cli: interruptFlag,
	sti: interruptFlag,
	// RDTSC traps where the guest set CR4.TSD, which is meant for its user code only.
	readTsc: (hv) => {
		if (!hv.ask(CHECK.tsc_readable, hv.pcpu.frame.ring === 1, hv.pcpu.frame.ring, hv.pcpu.frame.eip)) return 'fail';
		rdtsc(hv.pcpu.cpu);
		return 'done';
	},
	cpuid: (hv) => (emulateCpuid(hv), 'done')
};

/** What the trace says of bytes that are no instruction. */
const NO_OPCODE = -1;

/** The procedure that an instruction's row names; empty where it names none, and where the bytes are no instruction. */
function procedureOf(code: Instruction | Undecoded): string {
	const statement = 'row' in code ? code.row.meaning.statements[0] : null;
	return statement?.kind === 'procedure' ? statement.name : '';
}

/** Emulates the instruction at the guest's EIP. False leaves the #GP to the guest. */
export function emulatePrivileged(hv: Hypervisor, v: Vcpu): boolean {
	const { eip, ring } = hv.pcpu.frame;
	const code = decodeAt(hv, eip);
	const opcode = 'row' in code ? code.opcode : NO_OPCODE;
	const procedure = procedureOf(code);
	const kernelOnly = KERNEL[procedure];
	if (kernelOnly && !hv.ask(CHECK.kernel_ring, ring === 1, ring, opcode)) return false;
	const emulator = kernelOnly ?? ANY_RING[procedure];
	const asked = hv.ask(CHECK.instruction_emulated, emulator !== undefined, opcode, eip);
	if (!asked || !emulator || !('row' in code)) return false;
	const emulated: Emulated = { code, detail: 0, met: 0 };
	const outcome = emulator(hv, v, emulated);
	if (outcome === 'fail') return false;
	if (outcome === 'handled') return true;
	hv.recorder.record(KIND.emulate, word('eip', eip), word('opcode', opcode), word('detail', emulated.detail));
	hv.machine.clock.charge('emulation');
	if (outcome === 'done') hv.pcpu.frame.eip = (eip + code.length) >>> 0;
	instructionDone(hv, v, emulated.met);
	return true;
}

/** fpu_taskswitch(set): the guest's TS without a trap. */
export function doFpuTaskswitch(hv: Hypervisor, v: Vcpu, set: number): number {
	setVirtualTs(hv, v, set !== 0);
	return 0;
}
