import type { Recorder } from '../../trace/events';
import type { Bus } from '../bus';
import type { Clock } from '../clock';
import {
	EIP_INDEX,
	ESP_INDEX,
	FLAGS_INDEX,
	FRONT_CODE_SUPERVISOR,
	FRONT_CODE_USER,
	FRONT_DATA_SUPERVISOR,
	FRONT_DATA_USER,
	HITS_INDEX,
	NOWHERE_INDEX,
	PROCESSOR_BYTES,
	SEGMENT_READ16,
	SEGMENT_READ32,
	SEGMENT_READ8,
	SEGMENT_WORD,
	SEGMENT_WRITE16,
	SEGMENT_WRITE32,
	SEGMENT_WRITE8
} from '../layout';
import type { PhysicalMemory } from '../memory';
import { Mmu, REFUSED } from '../mmu/mmu';
import { checkedLinear, readAt, readForWriteSlow, readSlow, writeAt, writeBackSlow, writeSlow } from './access';
import { Fault } from './fault';
import { ALL_FEATURES } from './features';
import type { FeatureSet } from './features';
import { readEflags, writeEflags } from './flags';
import { deliverFault, interruptReturn } from './interrupts';
import { Passages, type KnownSegment } from './passages';
import { Scratch } from './scratch';
import { SegmentRegister } from './segment-register';
import { TYPE_CODE, TYPE_EXPAND_DOWN, TYPE_RW, BIG, TYPE_MASK } from '../../x86/descriptors';
import { NO_ERROR, VECTOR, type FaultClass } from '../../x86/exceptions';
import { ioplOf, IF } from '../../x86/flags';
import { CS, SS } from '../../x86/registers';
import { APIC_BASE_AT_RESET, APIC_BASE_BSP, APIC_BASE_ENABLED } from '../../x86/msr';

/** What the fast paths know of a segment's access word: its type, and whether it is big. Not its privilege. */
const SHAPE = BIG | TYPE_MASK;

export interface TableRegister {
	/** Linear address, unsigned. */
	base: number;
	/** Highest byte offset. */
	limit: number;
}

/** What instructions need of the engine that runs them. */
export interface EngineLink {
	/** Brings `icount` and the clock up to date with the instructions that are complete. */
	sync(): void;
	/**
	 * Holds back the fault that the processor has made ready until the running instruction is over; false where it must be thrown.
	 * `ends` says that the instruction does nothing more; else it is asked whether it may go on.
	 */
	hold(ends: boolean): boolean;
	/** Set by a repeated instruction that stopped for an interrupt before it was done: it does not retire yet. */
	unfinished: boolean;
}

export interface CpuParts {
	/** Which of the machine's processors this is, from 0. */
	number?: number;
	memory: PhysicalMemory;
	clock: Clock;
	bus: Bus;
	recorder: Recorder;
	features?: FeatureSet;
}

/**
 * The processor's state and its ways to memory. What instructions do lies beside it, one noun a file.
 *
 * Offsets and values may be passed signed or unsigned; reads of 32 bits return an int32, smaller ones are zero-extended.
 * Every access may throw the `Fault`; nothing has changed when it does.
 */
export class Cpu {
	/** This processor's page as int32 and smaller: register r is `s[r << 1]` (layout.ts). */
	readonly s: Int32Array;
	readonly u8: Uint8Array;
	readonly u16: Uint16Array;
	/** The whole memory, where RAM is: the addends of the front arrays lead there. */
	readonly all8: Uint8Array;
	readonly all16: Uint16Array;
	readonly all32: Int32Array;
	/** Which words of it were written to (memory.ts). */
	readonly written: Uint8Array;
	readonly view: DataView;
	readonly memory: PhysicalMemory;
	readonly clock: Clock;
	readonly bus: Bus;
	readonly recorder: Recorder;
	readonly mmu: Mmu;

	/** ES CS SS DS FS GS. Change them only through `setSegment` or by `segmentChanged` afterwards. */
	readonly seg: readonly SegmentRegister[] = Array.from({ length: 6 }, () => new SegmentRegister());
	readonly ldtr = new SegmentRegister();
	readonly tr = new SegmentRegister();
	readonly gdtr: TableRegister = { base: 0, limit: 0xffff };
	readonly idtr: TableRegister = { base: 0, limit: 0xffff };
	/** Current privilege level; change it through `setCpl`. */
	cpl = 0;
	/** D bit of CS: default operand and address size is 32 bits. */
	code32 = true;
	/** B bit of SS: stack operations use ESP. */
	stack32 = true;
	/** Mask of stack offsets: -1, or 0xffff for a 16-bit stack. */
	stackMask = -1;

	cr0 = 0;
	cr2 = 0;
	cr3 = 0;
	cr4 = 0;
	/** DR0..DR7 (4 and 5 stand for 6 and 7 unless CR4.DE). */
	readonly dr = new Int32Array(8);
	efer = 0;
	sysenterCs = 0;
	sysenterEsp = 0;
	sysenterEip = 0;
	apicBase = (APIC_BASE_AT_RESET | APIC_BASE_ENABLED | APIC_BASE_BSP) >>> 0;
	/** IA32_PAT: kept for its writers; memory types have no effect here. */
	readonly pat = new Int32Array([0x0007_0406, 0x0007_0406]);
	/** Cycles to add to the clock for the time-stamp counter. */
	tscOffset = 0;

	/** Instructions retired since reset: the identity of a moment. */
	icount = 0;
	/** HLT was executed; the engine stops fetching until an interrupt. */
	halted = false;
	/** A triple fault stopped the processor. */
	shutdown = false;
	/** STI or a load of SS holds off interrupts until the next instruction has retired; the engine clears it. */
	inhibit = false;
	/** It was a load of SS, which holds off debug traps as well. */
	inhibitTraps = false;
	/** TF was set when the running instruction began: #DB follows, unless it goes through a gate or to another task. */
	stepping = false;
	/** The engine that drives this processor; a processor without one is under test. */
	engine: EngineLink = { sync: () => {}, hold: () => false, unfinished: false };
	/** The interrupt controller's INTR line. */
	intr = false;
	/** Takes the vector of the highest pending interrupt from the controller; only while `intr`. */
	acknowledge: () => number = () => 0xff;
	/** IA32_TSC_DEADLINE of the local APIC, in cycles of the time-stamp counter; 0 is disarmed. */
	deadline: { read(): number; write(value: number): void } = { read: () => 0, write: () => {} };
	/** Tells the local APIC of a new IA32_APIC_BASE. */
	onApicBase: (value: number) => void = () => {};
	/** DR6 bits of the debug traps that are due: the engine raises #DB before the next instruction (debug.ts). */
	pendingDebug = 0;
	/** A data or I/O breakpoint is armed in DR7: every access takes the slow path. */
	watching = false;
	/** `0F 3F ib` at CPL 0 calls this; null makes it #UD. */
	native: ((index: number) => void) | null = null;

	/** Front arrays of the current privilege (layout.ts); follow `cpl`. */
	front = FRONT_DATA_SUPERVISOR;
	frontCode = FRONT_CODE_SUPERVISOR;

	/** Where the last `readForWrite` translated to: a byte of the memory, or -1 for the slow way. */
	back = -1;
	/** Its linear and physical address, while `back` is -1; no physical one where it lies on two pages. */
	backLinear = 0;
	backPhysical = -1;
	/** A byte of the memory where what is written is lost. */
	readonly nowhere: number;

	/** What CPUID reports and control registers accept. */
	readonly features: FeatureSet;

	private readonly pending = new Fault();
	/** Passages between rings that were checked before. */
	readonly passages = new Passages();
	/** What instructions read and build on their way. */
	readonly scratch = new Scratch();

	constructor(parts: CpuParts) {
		this.memory = parts.memory;
		this.clock = parts.clock;
		this.bus = parts.bus;
		this.recorder = parts.recorder;
		const { memory } = parts;
		const page = memory.processorPage(parts.number ?? 0);
		this.s = new Int32Array(memory.buffer, page, PROCESSOR_BYTES >> 2);
		this.u16 = new Uint16Array(memory.buffer, page, PROCESSOR_BYTES >> 1);
		this.u8 = new Uint8Array(memory.buffer, page, PROCESSOR_BYTES);
		this.nowhere = page + NOWHERE_INDEX * 4;
		this.all8 = memory.u8;
		this.all16 = memory.u16;
		this.all32 = memory.i32;
		this.written = memory.written;
		this.view = memory.view;
		this.features = parts.features ?? ALL_FEATURES;
		this.mmu = new Mmu(this);
	}

	/** Address of the next instruction as an offset in CS, unsigned. */
	get eip(): number {
		return this.s[EIP_INDEX] >>> 0;
	}
	set eip(value: number) {
		this.s[EIP_INDEX] = value;
	}

	/** ESP, unsigned. */
	get esp(): number {
		return this.s[ESP_INDEX] >>> 0;
	}
	set esp(value: number) {
		this.s[ESP_INDEX] = value;
	}

	/** EFLAGS with the lazy arithmetic bits computed. */
	getEflags(): number {
		return readEflags(this);
	}
	/** Sets all of EFLAGS as given, with no privilege rules. */
	setEflags(value: number): void {
		writeEflags(this, value);
	}
	/** Clears bits that are never lazy: all but the six arithmetic ones. */
	clearSystemFlags(bits: number): void {
		this.s[FLAGS_INDEX] &= ~bits;
	}
	/** I/O privilege level. */
	get iopl(): number {
		return ioplOf(this.s[FLAGS_INDEX]);
	}

	/** Writes IA32_APIC_BASE: where the local APIC's registers lie, and whether it is there. */
	setApicBase(value: number): void {
		this.apicBase = value;
		this.onApicBase(value);
	}

	/** An external interrupt is waiting and would be taken now. */
	interruptPending(): boolean {
		return this.intr && (this.s[FLAGS_INDEX] & IF) !== 0 && !this.inhibit;
	}

	/** The fault to throw: `throw cpu.fault(VECTOR.GP, 0)`. */
	fault(vector: number, error: number = NO_ERROR): Fault {
		const f = this.pending;
		f.vector = vector;
		f.error = error;
		return f;
	}

	/** The page fault to throw; CR2 takes the address. */
	pageFault(address: number, error: number): Fault {
		this.cr2 = address >>> 0;
		this.pending.address = address >>> 0;
		return this.fault(VECTOR.PF, error);
	}

	/** The last look-up of a data access was refused: throws its page fault, or holds it back and answers 0. */
	refused(linear: number): number {
		const fault = this.pageFault(linear, this.mmu.error);
		if (!this.engine.hold(false)) throw fault;
		return 0;
	}

	/** Throws a fault or holds it back: for an instruction that has done nothing, and returns at once. */
	raise(vector: number, error: number = NO_ERROR): void {
		const fault = this.fault(vector, error);
		if (!this.engine.hold(true)) throw fault;
	}

	/** The fault that is thrown or held back. */
	get ready(): Readonly<Fault> {
		return this.pending;
	}

	/** Sets CPL and, with it, which translations apply. */
	setCpl(cpl: number): void {
		if (this.cpl === cpl) return;
		this.cpl = cpl;
		this.followCpl();
	}

	/** Chooses the translations of the current privilege. */
	followCpl(): void {
		const { cpl } = this;
		this.front = cpl === 3 ? FRONT_DATA_USER : FRONT_DATA_SUPERVISOR;
		this.frontCode = cpl === 3 ? FRONT_CODE_USER : FRONT_CODE_SUPERVISOR;
	}

	/** Loads a segment register's hidden part with no checks; CPL does not follow. */
	setSegment(index: number, selector: number, base: number, limit: number, access: number, usable = true): void {
		const r = this.seg[index];
		const known = r.usable === usable && r.base === base && r.limit === limit && ((r.access ^ access) & SHAPE) === 0;
		r.set(selector, base, limit, access, usable);
		if (!known) this.segmentChanged(index);
	}

	/** As `setSegment`, from a segment that was checked before. */
	loadKnown(index: number, known: KnownSegment): void {
		const r = this.seg[index];
		const { selector, low, shape, access } = known;
		if (r.low !== low || r.high !== shape) {
			r.set(selector, known.base, known.limit, access, true);
			this.segmentChanged(index);
			r.low = low;
			r.high = shape;
			return;
		}
		r.selector = selector;
		r.access = access;
	}

	/** Recomputes what the fast paths know of a segment register. */
	segmentChanged(index: number): void {
		const r = this.seg[index];
		r.low = r.high = 0;
		const c = SEGMENT_WORD + (index << 3);
		const s = this.s;
		const type = (r.access >>> 8) & 15;
		const code = (type & TYPE_CODE) !== 0;
		const rw = (type & TYPE_RW) !== 0;
		const fast = r.usable && (code || (type & TYPE_EXPAND_DOWN) === 0);
		// The number of bytes from offset 0; all of 4 GiB does not fit, and the last byte goes the slow way.
		const limit = r.limit | 0;
		const span = fast ? (limit === -1 ? -1 : limit + 1) : 0;
		const readable = !code || rw ? span : 0;
		const writable = !code && rw ? span : 0;
		s[c] = r.base;
		s[c + SEGMENT_READ8] = readable;
		s[c + SEGMENT_READ16] = readable >>> 0 > 1 ? readable - 1 : 0;
		s[c + SEGMENT_READ32] = readable >>> 0 > 3 ? readable - 3 : 0;
		s[c + SEGMENT_WRITE8] = writable;
		s[c + SEGMENT_WRITE16] = writable >>> 0 > 1 ? writable - 1 : 0;
		s[c + SEGMENT_WRITE32] = writable >>> 0 > 3 ? writable - 3 : 0;
		if (index === CS) {
			this.code32 = (r.access & BIG) !== 0;
		} else if (index === SS) {
			this.stack32 = (r.access & BIG) !== 0;
			this.stackMask = this.stack32 ? -1 : 0xffff;
		}
	}

	// --- data through a segment ------------------------------------------------------------------

	read8(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_READ8] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t] === (linear & ~0xfff)) {
				s[HITS_INDEX]++;
				return this.all8[(linear + s[t + 2]) | 0];
			}
		}
		return readSlow(this, seg, offset, 1);
	}

	read16(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_READ16] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t] === (linear & ~0xffe)) {
				s[HITS_INDEX]++;
				return this.all16[(linear + s[t + 2]) >> 1];
			}
		}
		return readSlow(this, seg, offset, 2);
	}

	read32(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_READ32] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t] === (linear & ~0xffc)) {
				s[HITS_INDEX]++;
				return this.all32[(linear + s[t + 2]) >> 2];
			}
		}
		return readSlow(this, seg, offset, 4);
	}

	write8(seg: number, offset: number, value: number): void {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE8] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xfff)) {
				s[HITS_INDEX]++;
				const at = (linear + s[t + 2]) | 0;
				this.all8[at] = value;
				this.written[at >> 2] = 1;
				return;
			}
		}
		writeSlow(this, seg, offset, value, 1);
	}

	write16(seg: number, offset: number, value: number): void {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE16] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xffe)) {
				s[HITS_INDEX]++;
				const at = (linear + s[t + 2]) | 0;
				this.all16[at >> 1] = value;
				this.written[at >> 2] = 1;
				return;
			}
		}
		writeSlow(this, seg, offset, value, 2);
	}

	write32(seg: number, offset: number, value: number): void {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE32] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xffc)) {
				s[HITS_INDEX]++;
				const at = (linear + s[t + 2]) >> 2;
				this.all32[at] = value;
				this.written[at] = 1;
				return;
			}
		}
		writeSlow(this, seg, offset, value, 4);
	}

	/** Reads what will be written back: takes write permission first, so the write cannot fault. */
	readForWrite8(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE8] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xfff)) {
				s[HITS_INDEX]++;
				const at = (this.back = (linear + s[t + 2]) | 0);
				return this.all8[at];
			}
		}
		return readForWriteSlow(this, seg, offset, 1);
	}

	readForWrite16(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE16] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xffe)) {
				s[HITS_INDEX]++;
				const at = (this.back = (linear + s[t + 2]) | 0);
				return this.all16[at >> 1];
			}
		}
		return readForWriteSlow(this, seg, offset, 2);
	}

	readForWrite32(seg: number, offset: number): number {
		const s = this.s;
		const c = SEGMENT_WORD + (seg << 3);
		if (offset >>> 0 < s[c + SEGMENT_WRITE32] >>> 0) {
			const linear = (s[c] + offset) | 0;
			const t = this.front + ((linear >>> 10) & 0x3fc);
			if (s[t + 1] === (linear & ~0xffc)) {
				s[HITS_INDEX]++;
				const at = (this.back = (linear + s[t + 2]) | 0);
				return this.all32[at >> 2];
			}
		}
		return readForWriteSlow(this, seg, offset, 4);
	}

	/** Writes what the last `readForWrite8` read, there; cannot fault. */
	writeBack8(value: number): void {
		if (this.back < 0) return writeBackSlow(this, value, 1);
		this.all8[this.back] = value;
		this.written[this.back >> 2] = 1;
	}

	writeBack16(value: number): void {
		if (this.back < 0) return writeBackSlow(this, value, 2);
		this.all16[this.back >> 1] = value;
		this.written[this.back >> 2] = 1;
	}

	writeBack32(value: number): void {
		if (this.back < 0) return writeBackSlow(this, value, 4);
		this.all32[this.back >> 2] = value;
		this.written[this.back >> 2] = 1;
	}

	/** Checks that `size` bytes may be written, without writing: for operands of several words. */
	checkWrite(seg: number, offset: number, size: number): void {
		const linear = checkedLinear(this, seg, offset, size, true);
		this.mmu.checkRange(linear, size, true, this.cpl === 3);
	}

	/** Checks that `size` bytes may be read. */
	checkRead(seg: number, offset: number, size: number): void {
		const linear = checkedLinear(this, seg, offset, size, false);
		this.mmu.checkRange(linear, size, false, this.cpl === 3);
	}

	// --- the stack ---------------------------------------------------------------------------------

	push32(value: number): void {
		const s = this.s;
		const esp = s[ESP_INDEX];
		if (this.stack32) {
			this.write32(SS, (esp - 4) | 0, value);
			s[ESP_INDEX] = esp - 4;
		} else {
			const sp = (esp - 4) & 0xffff;
			this.write32(SS, sp, value);
			s[ESP_INDEX] = (esp & ~0xffff) | sp;
		}
	}

	push16(value: number): void {
		const s = this.s;
		const esp = s[ESP_INDEX];
		const next = this.stack32 ? (esp - 2) | 0 : (esp - 2) & 0xffff;
		this.write16(SS, next, value);
		s[ESP_INDEX] = this.stack32 ? next : (esp & ~0xffff) | next;
	}

	/** Reads the top of the stack plus `depth` bytes, without popping. */
	peek32(depth = 0): number {
		const esp = this.s[ESP_INDEX] + depth;
		return this.read32(SS, this.stack32 ? esp | 0 : esp & 0xffff);
	}

	peek16(depth = 0): number {
		const esp = this.s[ESP_INDEX] + depth;
		return this.read16(SS, this.stack32 ? esp | 0 : esp & 0xffff);
	}

	/** Moves ESP or SP by `bytes`. */
	moveStack(bytes: number): void {
		const esp = this.s[ESP_INDEX];
		this.s[ESP_INDEX] = this.stack32 ? esp + bytes : (esp & ~0xffff) | ((esp + bytes) & 0xffff);
	}

	pop32(): number {
		const value = this.peek32();
		this.moveStack(4);
		return value;
	}

	pop16(): number {
		const value = this.peek16();
		this.moveStack(2);
		return value;
	}

	// --- linear addresses: system structures -----------------------------------------------------

	/** Reads at a linear address with no segment; `supervisor` false applies the rights of CPL. */
	readLinear32(linear: number, supervisor = true): number {
		const s = this.s;
		const t = (supervisor ? FRONT_DATA_SUPERVISOR : this.front) + ((linear >>> 10) & 0x3fc);
		if (s[t] === (linear & ~0xffc)) {
			s[HITS_INDEX]++;
			return this.all32[((linear | 0) + s[t + 2]) >> 2];
		}
		return this.readAt(linear | 0, 4, !supervisor && this.cpl === 3);
	}

	readLinear16(linear: number, supervisor = true): number {
		const s = this.s;
		const t = (supervisor ? FRONT_DATA_SUPERVISOR : this.front) + ((linear >>> 10) & 0x3fc);
		if (s[t] === (linear & ~0xffe)) {
			s[HITS_INDEX]++;
			return this.all16[((linear | 0) + s[t + 2]) >> 1];
		}
		return this.readAt(linear | 0, 2, !supervisor && this.cpl === 3);
	}

	writeLinear32(linear: number, value: number, supervisor = true): void {
		const s = this.s;
		const t = (supervisor ? FRONT_DATA_SUPERVISOR : this.front) + ((linear >>> 10) & 0x3fc);
		if (s[t + 1] === (linear & ~0xffc)) {
			s[HITS_INDEX]++;
			const at = ((linear | 0) + s[t + 2]) >> 2;
			this.all32[at] = value;
			this.written[at] = 1;
			return;
		}
		this.writeAt(linear | 0, value, 4, !supervisor && this.cpl === 3);
	}

	writeLinear16(linear: number, value: number, supervisor = true): void {
		this.writeAt(linear | 0, value, 2, !supervisor && this.cpl === 3);
	}

	/** Reads 1, 2 or 4 bytes at a linear address with the rights of a user or supervisor access. */
	readAt(linear: number, size: number, user: boolean): number {
		return readAt(this, linear, size, user);
	}

	/** Writes 1, 2 or 4 bytes at a linear address with the rights of a user or supervisor access. */
	writeAt(linear: number, value: number, size: number, user: boolean): void {
		writeAt(this, linear, value, size, user);
	}

	// --- code ------------------------------------------------------------------------------------------

	/** As `lookUpCode`; throws #PF (with the fetch bit when NX is enabled). */
	translateCode(linear: number): number {
		const pa = this.lookUpCode(linear);
		if (pa === REFUSED) throw this.pageFault(linear, this.mmu.error);
		return pa;
	}

	/** Physical address of the code byte at `linear`, or `REFUSED` with the page fault's error code in `mmu.error`. */
	lookUpCode(linear: number): number {
		const s = this.s;
		const t = this.frontCode + ((linear >>> 11) & 0x1fe);
		if (s[t] === (linear & ~0xfff)) {
			s[HITS_INDEX]++;
			return s[t + 1] + (linear & 0xfff);
		}
		return this.mmu.fetch(linear | 0, this.cpl === 3);
	}

	/** Delivers a fault that came while an event of class `first` was delivered, or a task switched to for it. */
	deliverFault(fault: Fault, first: FaultClass): void {
		deliverFault(this, fault, first);
	}

	/** The architectural IRET on the current stack, as native code ends. */
	returnFromInterrupt(): void {
		interruptReturn(this, 32);
	}
}
