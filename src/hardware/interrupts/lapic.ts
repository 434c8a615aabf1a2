import { KIND } from '../../trace/events';
import type { Recorder } from '../../trace/events';
import type { Registers } from '../bus';
import type { Clock } from '../clock';

/*
 * The local APIC (SDM vol. 3, ch. 10) of the only processor: fixed interrupts, the timer in its three modes, priorities.
 * Registers are 32 bits wide and 16 bytes apart; the window is 4 KiB.
 */
const ID = 0x020;
const VERSION = 0x030;
const TPR = 0x080;
const PPR = 0x0a0;
const EOI = 0x0b0;
const LDR = 0x0d0;
const DFR = 0x0e0;
const SVR = 0x0f0;
const ISR = 0x100;
const IRR = 0x200;
const ESR = 0x280;
const ICR_LOW = 0x300;
const ICR_HIGH = 0x310;
const LVT_TIMER = 0x320;
const LVT_LAST = 0x370;
const INITIAL_COUNT = 0x380;
const CURRENT_COUNT = 0x390;
const DIVIDE = 0x3e0;

/** Version 14h with six entries in the local vector table. */
const VERSION_VALUE = 0x0005_0014;
const MASKED = 1 << 16;
const SOFTWARE_ENABLE = 1 << 8;
/** LVT timer modes, bits 18:17; 0 is one-shot. */
const MODE_SHIFT = 17;
const PERIODIC = 1;
const TSC_DEADLINE = 2;
const ESR_ILLEGAL_VECTOR = 1 << 6;

export interface LapicState {
	irr: number[];
	isr: number[];
	tpr: number;
	svr: number;
	ldr: number;
	dfr: number;
	esr: number;
	icrHigh: number;
	lvt: number[];
	initialCount: number;
	divide: number;
	/** Cycle at which the timer reaches zero, or 0. */
	deadline: number;
	/** Id of the clock's appointment for it, or 0. */
	appointment: number;
	/** By waiting vector: the event after which it was requested. */
	causes: [vector: number, seq: number][];
}

/**
 * The local APIC. Software in the machine reaches it through its memory window; native ring-0 code may use the methods
 * `setTimer`, `raise` and `eoi`, which do the same without the window.
 *
 * It starts as firmware leaves it: enabled, with every local vector masked.
 */
export class LocalApic implements Registers {
	private readonly irr = new Uint32Array(8);
	private readonly isr = new Uint32Array(8);
	private tpr = 0;
	private svr = SOFTWARE_ENABLE | 0xff;
	private ldr = 0;
	private dfr = 0xffff_ffff;
	private esr = 0;
	private icrHigh = 0;
	/** Timer, thermal, performance, LINT0, LINT1, error. */
	private readonly lvt = new Uint32Array(6).fill(MASKED);
	private initialCount = 0;
	private divide = 0;
	private deadline = 0;
	private appointment = 0;
	/** The event recorded last when each waiting vector was requested: the cause of its interrupt. */
	private readonly causes = new Map<number, number>();

	/** `setLine` follows the INTR line to the processor. */
	constructor(
		private readonly clock: Clock,
		private readonly recorder: Recorder,
		private readonly setLine: (high: boolean) => void
	) {}

	// --- direct use ------------------------------------------------------------------------------------

	/** Points the timer's interrupt at `vector`, in TSC-deadline mode, unmasked and disarmed. */
	setTimerVector(vector: number): void {
		this.disarm();
		this.lvt[0] = (TSC_DEADLINE << MODE_SHIFT) | vector;
	}

	/** Arms the timer for cycle `deadline` of the clock, at once if that has passed; 0 disarms it. */
	setTimer(deadline: number): void {
		this.disarm();
		if (deadline > 0) this.arm(deadline);
	}

	/** Cycle for which the timer is armed, or 0. */
	get timerDeadline(): number {
		return this.deadline;
	}

	/** Requests the interrupt `vector` (16..255). */
	raise(vector: number): void {
		if (vector < 16 || vector > 255) {
			this.esr |= ESR_ILLEGAL_VECTOR;
			return;
		}
		this.irr[vector >>> 5] |= 1 << (vector & 31);
		if (!this.causes.has(vector)) this.causes.set(vector, this.recorder.next - 1);
		this.update();
	}

	/** Ends the interrupt of highest priority in service. */
	eoi(): void {
		const vector = highest(this.isr);
		if (vector >= 0) this.isr[vector >>> 5] &= ~(1 << (vector & 31));
		this.update();
	}

	/** The processor takes the highest request: it is in service now. The spurious vector if there is none. */
	acknowledge(): number {
		const vector = highest(this.irr);
		if (vector < 0 || vector >>> 4 <= this.priority() >>> 4) return this.svr & 0xff;
		this.irr[vector >>> 5] &= ~(1 << (vector & 31));
		this.isr[vector >>> 5] |= 1 << (vector & 31);
		this.recorder.cause = this.causes.get(vector) ?? -1;
		this.causes.delete(vector);
		this.update();
		return vector;
	}

	/** Vector of the highest request, or -1. */
	get requested(): number {
		return highest(this.irr);
	}

	/** Vector of the highest interrupt in service, or -1. */
	get inService(): number {
		return highest(this.isr);
	}

	/** Processor priority: the higher of TPR and the class in service (SDM vol. 3, 10.8.3.1). */
	private priority(): number {
		const serving = Math.max(highest(this.isr), 0) & 0xf0;
		return this.tpr >>> 4 >= serving >>> 4 ? this.tpr : serving;
	}

	private update(): void {
		const vector = highest(this.irr);
		this.setLine((this.svr & SOFTWARE_ENABLE) !== 0 && vector >= 0 && vector >>> 4 > this.priority() >>> 4);
	}

	// --- the timer ---------------------------------------------------------------------------------------

	private get mode(): number {
		return (this.lvt[0] >>> MODE_SHIFT) & 3;
	}

	/** Cycles a count takes: 2, 4 .. 128, or 1 (SDM vol. 3, figure 10-10). */
	private get divisor(): number {
		const code = (this.divide & 3) | ((this.divide >>> 1) & 4);
		return code === 7 ? 1 : 2 << code;
	}

	private arm(deadline: number): void {
		this.deadline = deadline;
		this.appointment = this.clock.schedule(deadline, () => this.expire());
	}

	private disarm(): void {
		if (this.appointment !== 0) this.clock.cancel(this.appointment);
		this.appointment = 0;
		this.deadline = 0;
	}

	private expire(): void {
		const due = this.deadline;
		this.appointment = 0;
		this.deadline = 0;
		const entry = this.lvt[0];
		if ((entry & MASKED) === 0) {
			this.recorder.record(KIND.timer, entry & 0xff);
			this.raise(entry & 0xff);
		}
		if (this.mode === PERIODIC && this.initialCount > 0) this.arm(due + this.initialCount * this.divisor);
	}

	private startCount(count: number): void {
		this.disarm();
		this.initialCount = count;
		if (count > 0 && this.mode !== TSC_DEADLINE) this.arm(this.clock.now + count * this.divisor);
	}

	private get currentCount(): number {
		if (this.deadline === 0 || this.mode === TSC_DEADLINE) return 0;
		return Math.max(0, Math.ceil((this.deadline - this.clock.now) / this.divisor));
	}

	/** IA32_TSC_DEADLINE, in cycles of the clock; reads as 0 unless armed in that mode. */
	readDeadline(): number {
		return this.mode === TSC_DEADLINE ? this.deadline : 0;
	}

	/** Writes to IA32_TSC_DEADLINE are ignored in the other modes. */
	writeDeadline(cycle: number): void {
		if (this.mode === TSC_DEADLINE) this.setTimer(cycle);
	}

	// --- the register window -------------------------------------------------------------------------------

	read(offset: number): number {
		const register = offset & 0xff0;
		if (register >= ISR && register < ESR) return this.readBits(register);
		if (register >= LVT_TIMER && register <= LVT_LAST) return this.lvt[(register - LVT_TIMER) >>> 4] | 0;
		const values: Readonly<Record<number, number>> = {
			[ID]: 0,
			[VERSION]: VERSION_VALUE,
			[TPR]: this.tpr,
			[PPR]: this.priority(),
			[LDR]: this.ldr,
			[DFR]: this.dfr,
			[SVR]: this.svr,
			[ESR]: this.esr,
			[ICR_HIGH]: this.icrHigh,
			[INITIAL_COUNT]: this.initialCount,
			[CURRENT_COUNT]: this.currentCount,
			[DIVIDE]: this.divide
		};
		return (values[register] ?? 0) | 0;
	}

	/** ISR, TMR (no level interrupts: zero) and IRR. */
	private readBits(register: number): number {
		const word = (register >>> 4) & 7;
		if (register >= IRR) return this.irr[word] | 0;
		return register < ISR + 0x80 ? this.isr[word] | 0 : 0;
	}

	write(offset: number, _size: number, value: number): void {
		const register = offset & 0xff0;
		if (register >= LVT_TIMER && register <= LVT_LAST) return this.writeLvt((register - LVT_TIMER) >>> 4, value);
		if (register === EOI) this.eoi();
		else if (register === INITIAL_COUNT) this.startCount(value >>> 0);
		else if (register === ICR_LOW) this.send(value);
		else if (register === TPR) this.tpr = value & 0xff;
		else if (register === SVR) this.svr = value & 0x1ff;
		else if (register === LDR) this.ldr = (value & 0xff00_0000) >>> 0;
		else if (register === DFR) this.dfr = (value | 0x0fff_ffff) >>> 0;
		else if (register === ESR) this.esr = 0;
		else if (register === ICR_HIGH) this.icrHigh = (value & 0xff00_0000) >>> 0;
		else if (register === DIVIDE) this.divide = value & 0xb;
		this.update();
	}

	private writeLvt(index: number, value: number): void {
		const mode = this.mode;
		const writable = index === 0 ? 0x7_00ff : 0x1_07ff;
		this.lvt[index] = value & writable;
		// A change of mode to or from TSC deadline disarms the timer (SDM vol. 3, 10.5.4.1).
		if (index === 0 && mode !== this.mode && (mode === TSC_DEADLINE || this.mode === TSC_DEADLINE)) this.disarm();
	}

	/** An interprocessor interrupt reaches the one processor that there is: by shorthand, or sent to APIC 0. */
	private send(command: number): void {
		const shorthand = (command >>> 18) & 3;
		const fixed = ((command >>> 8) & 7) === 0;
		const reached = shorthand === 1 || shorthand === 2 || (shorthand === 0 && this.icrHigh >>> 24 === 0);
		if (fixed && reached) this.raise(command & 0xff);
	}

	save(): LapicState {
		const { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide, deadline, appointment } = this;
		return {
			irr: [...this.irr],
			isr: [...this.isr],
			lvt: [...this.lvt],
			tpr,
			svr,
			ldr,
			dfr,
			esr,
			icrHigh,
			initialCount,
			divide,
			deadline,
			appointment,
			causes: [...this.causes]
		};
	}

	/** Restores after the clock has been: the timer makes its appointment again. */
	restore(state: LapicState): void {
		this.irr.set(state.irr);
		this.isr.set(state.isr);
		this.lvt.set(state.lvt);
		this.causes.clear();
		for (const [vector, cause] of state.causes) this.causes.set(vector, cause);
		const { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide, deadline, appointment } = state;
		Object.assign(this, { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide, deadline, appointment });
		if (appointment !== 0) this.clock.reschedule(appointment, () => this.expire());
		this.update();
	}
}

/** The highest bit set in a 256-bit vector of words, or -1. */
function highest(words: Uint32Array): number {
	for (let word = 7; word >= 0; word--) if (words[word] !== 0) return word * 32 + 31 - Math.clz32(words[word]);
	return -1;
}
