import { KIND, word } from '../../trace/events';
import type { Recorder } from '../../trace/events';
import { Alarm, type AlarmState } from '../alarm';
import type { Registers } from '../bus';
import type { Clock } from '../clock';
import type { ApicReceiver } from './apic-bus';

/*
 * The local APIC (SDM vol. 3, ch. 10) of a processor: fixed interrupts, the timer in its three modes, priorities, and the pins LINT0 and
 * LINT1.
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
const TMR = 0x180;
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
/** Of the entries of LINT0 and LINT1: level, not edge; a level that was accepted and has had no EOI; active low; delivery mode, 0 fixed. */
const LEVEL = 1 << 15;
const REMOTE_IRR = 1 << 14;
const ACTIVE_LOW = 1 << 13;
const DELIVERY_MODE = 7 << 8;
/** The delivery mode by which an external controller gives the vector. */
const EXT_INT = 7 << 8;
/** Stands for its interrupt among the causes. */
const EXTERNAL = 256;
/** Indices in the local vector table. */
const TIMER = 0;
const LINT0 = 3;
const LINT1 = 4;
/** Bits of its entries that software writes: those of the timer, of the pins, and of the others. */
const TIMER_BITS = 0x7_00ff;
const PIN_BITS = MASKED | LEVEL | ACTIVE_LOW | DELIVERY_MODE | 0xff;
const OTHER_BITS = MASKED | DELIVERY_MODE | 0xff;
const SOFTWARE_ENABLE = 1 << 8;
/** LVT timer modes, bits 18:17; 0 is one-shot. */
const MODE_SHIFT = 17;
const PERIODIC = 1;
const TSC_DEADLINE = 2;
const ESR_ILLEGAL_VECTOR = 1 << 6;
/** DFR, bits 31 to 28: logical addresses are eight bits of a set. */
const FLAT = 15;

export interface LapicState {
	irr: number[];
	isr: number[];
	tmr: number[];
	/** Levels of LINT0 and LINT1. */
	pins: boolean[];
	tpr: number;
	svr: number;
	ldr: number;
	dfr: number;
	esr: number;
	icrHigh: number;
	lvt: number[];
	initialCount: number;
	divide: number;
	/** When the timer reaches zero. */
	timer: AlarmState;
	/** By waiting vector: the event after which it was requested. */
	causes: [vector: number, seq: number][];
}

/**
 * The local APIC. Software in the machine reaches it through its memory window; native ring-0 code may use the methods
 * `setTimer`, `raise` and `eoi`, which do the same without the window.
 *
 * It starts as firmware leaves it: enabled, with every local vector masked.
 */
export class LocalApic implements Registers, ApicReceiver {
	/** Told of the EOI of each level. */
	onLevelEnd: (vector: number) => void = () => {};
	private readonly irr = new Uint32Array(8);
	private readonly isr = new Uint32Array(8);
	/** By vector, whether its last request was of a level. */
	private readonly tmr = new Uint32Array(8);
	private readonly pins = [false, false];
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
	private readonly timer: Alarm;
	/** Asks the controller at LINT0 for a vector (INTA), where there is one. It is wired, and no state. */
	askController: (() => number) | null = null;
	/** The event recorded last when each waiting vector was requested: the cause of its interrupt. */
	private readonly causes = new Map<number, number>();

	/** `setLine` follows the INTR line to the processor. */
	constructor(
		private readonly clock: Clock,
		private readonly recorder: Recorder,
		private readonly setLine: (high: boolean) => void
	) {
		this.timer = new Alarm(clock, (due) => this.expire(due));
	}

	// --- direct use ------------------------------------------------------------------------------------

	/** Points the timer's interrupt at `vector`, in TSC-deadline mode, unmasked and disarmed. */
	setTimerVector(vector: number): void {
		this.timer.cancel();
		this.lvt[TIMER] = (TSC_DEADLINE << MODE_SHIFT) | vector;
	}

	/** Arms the timer for cycle `deadline` of the clock, at once if that has passed; 0 disarms it. */
	setTimer(deadline: number): void {
		if (deadline > 0) this.timer.set(deadline);
		else this.timer.cancel();
	}

	/** Cycle for which the timer is armed, or 0. */
	get timerDeadline(): number {
		return this.timer.at;
	}

	/** Requests the interrupt `vector` (16..255), by an edge or for a level that stays until its EOI. */
	raise(vector: number, level = false): void {
		if (vector < 16 || vector > 255) {
			this.esr |= ESR_ILLEGAL_VECTOR;
			return;
		}
		const bit = 1 << (vector & 31);
		this.irr[vector >>> 5] |= bit;
		if (level) this.tmr[vector >>> 5] |= bit;
		else this.tmr[vector >>> 5] &= ~bit;
		if (!this.causes.has(vector)) this.causes.set(vector, this.recorder.next - 1);
		this.update();
	}

	/** Its own number is 0, and 0xff means everybody. Logical addresses are sets, or a cluster and a set (SDM vol. 3, 10.6.2.2). */
	isMeant(destination: number, logical: boolean): boolean {
		if (!logical) return destination === 0 || destination === 0xff;
		const own = this.ldr >>> 24;
		if (this.dfr >>> 28 === FLAT) return (own & destination) !== 0;
		const cluster = destination >>> 4;
		return (cluster === 15 || cluster === own >>> 4) && (own & destination & 15) !== 0;
	}

	get arbitration(): number {
		return this.priority();
	}

	/** Ends the interrupt of highest priority in service. */
	eoi(): void {
		const vector = highest(this.isr);
		if (vector >= 0) {
			const bit = 1 << (vector & 31);
			this.isr[vector >>> 5] &= ~bit;
			if ((this.tmr[vector >>> 5] & bit) !== 0) this.levelEnded(vector);
		}
		this.update();
	}

	/**
	 * The processor takes the highest request: it is in service now. Where there is none, it is the external controller's, which no
	 * priority holds back and no EOI here ends (SDM vol. 3, 10.5.1: ExtINT); else the spurious vector.
	 */
	acknowledge(): number {
		const vector = highest(this.irr);
		if (!this.delivers) return this.external ? this.fromController() : this.svr & 0xff;
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

	/** Whether the highest request outranks the processor's priority. */
	private get delivers(): boolean {
		const vector = highest(this.irr);
		return vector >= 0 && vector >>> 4 > this.priority() >>> 4;
	}

	private update(): void {
		this.setLine(((this.svr & SOFTWARE_ENABLE) !== 0 && this.delivers) || this.external);
	}

	/** Whether a controller at LINT0 wants to be asked for its vector, and the entry lets it. */
	private get external(): boolean {
		const lets = (this.svr & SOFTWARE_ENABLE) !== 0 && (this.lvt[LINT0] & (MASKED | DELIVERY_MODE)) === EXT_INT;
		return lets && this.askController !== null && this.isActive(0);
	}

	private fromController(): number {
		this.recorder.cause = this.causes.get(EXTERNAL) ?? -1;
		this.causes.delete(EXTERNAL);
		const vector = this.askController?.() ?? this.svr & 0xff;
		this.update();
		return vector;
	}

	// --- the pins ----------------------------------------------------------------------------------------

	/** Follows the line at LINT0 (0) or LINT1 (1). What comes while the entry is masked is lost, unless it is a level that stays. */
	input(pin: number, high: boolean): void {
		if (this.pins[pin] === high) return;
		this.pins[pin] = high;
		if (this.isLevel(pin)) this.acceptLevel();
		else if (this.isActive(pin) && this.takes(LINT0 + pin)) this.raise(this.lvt[LINT0 + pin] & 0xff);
		if (pin === 0) this.followController();
	}

	/** The INTR line follows a controller's as a level: a request that goes before it is acknowledged is withdrawn. */
	private followController(): void {
		if (this.external) this.causes.set(EXTERNAL, this.recorder.next - 1);
		else this.causes.delete(EXTERNAL);
		this.update();
	}

	/** Only LINT0 knows levels (SDM vol. 3, 10.5.1: trigger mode). */
	private isLevel(pin: number): boolean {
		return pin === 0 && (this.lvt[LINT0] & LEVEL) !== 0;
	}

	private isActive(pin: number): boolean {
		return this.pins[pin] !== ((this.lvt[LINT0 + pin] & ACTIVE_LOW) !== 0);
	}

	/** Whether an entry lets a fixed interrupt through. Beside ExtINT, the other delivery modes have nothing here that they could deliver. */
	private takes(index: number): boolean {
		return (this.svr & SOFTWARE_ENABLE) !== 0 && (this.lvt[index] & (MASKED | DELIVERY_MODE)) === 0;
	}

	/** Requests the interrupt of the level at LINT0, if there is one and it has not been accepted before. */
	private acceptLevel(): void {
		if (!this.isLevel(0) || !this.isActive(0) || !this.takes(LINT0) || (this.lvt[LINT0] & REMOTE_IRR) !== 0) return;
		this.lvt[LINT0] |= REMOTE_IRR;
		this.raise(this.lvt[LINT0] & 0xff, true);
	}

	/** EOI for a level: where it is still there, it is requested anew. */
	private levelEnded(vector: number): void {
		this.onLevelEnd(vector);
		if ((this.lvt[LINT0] & 0xff) !== vector) return;
		this.lvt[LINT0] &= ~REMOTE_IRR;
		this.acceptLevel();
	}

	// --- the timer ---------------------------------------------------------------------------------------

	private get mode(): number {
		return (this.lvt[TIMER] >>> MODE_SHIFT) & 3;
	}

	/** Cycles a count takes: 2, 4 .. 128, or 1 (SDM vol. 3, figure 10-10). */
	private get divisor(): number {
		const code = (this.divide & 3) | ((this.divide >>> 1) & 4);
		return code === 7 ? 1 : 2 << code;
	}

	private expire(due: number): void {
		const entry = this.lvt[TIMER];
		if ((entry & MASKED) === 0) {
			this.recorder.record(KIND.timer, word('vector', entry & 0xff));
			this.raise(entry & 0xff);
		}
		if (this.mode === PERIODIC && this.initialCount > 0) this.timer.set(due + this.initialCount * this.divisor);
	}

	private startCount(count: number): void {
		this.timer.cancel();
		this.initialCount = count;
		if (count > 0 && this.mode !== TSC_DEADLINE) this.timer.set(this.clock.now + count * this.divisor);
	}

	private get currentCount(): number {
		if (this.timer.at === 0 || this.mode === TSC_DEADLINE) return 0;
		return Math.max(0, Math.ceil((this.timer.at - this.clock.now) / this.divisor));
	}

	/** IA32_TSC_DEADLINE, in cycles of the clock; reads as 0 unless armed in that mode. */
	readDeadline(): number {
		return this.mode === TSC_DEADLINE ? this.timer.at : 0;
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

	private readBits(register: number): number {
		const bits = register >= IRR ? this.irr : register >= TMR ? this.tmr : this.isr;
		return bits[(register >>> 4) & 7] | 0;
	}

	write(offset: number, _size: number, value: number): void {
		const register = offset & 0xff0;
		if (register >= LVT_TIMER && register <= LVT_LAST) this.writeLvt((register - LVT_TIMER) >>> 4, value);
		else if (register === EOI) this.eoi();
		else if (register === INITIAL_COUNT) this.startCount(value >>> 0);
		else if (register === ICR_LOW) this.send(value);
		else if (register === TPR) this.tpr = value & 0xff;
		else if (register === SVR) this.svr = value & 0x1ff;
		else if (register === LDR) this.ldr = (value & 0xff00_0000) >>> 0;
		else if (register === DFR) this.dfr = (value | 0x0fff_ffff) >>> 0;
		else if (register === ESR) this.esr = 0;
		else if (register === ICR_HIGH) this.icrHigh = (value & 0xff00_0000) >>> 0;
		else if (register === DIVIDE) this.divide = value & 0xb;
		this.acceptLevel();
		this.update();
	}

	private writeLvt(index: number, value: number): void {
		const { mode } = this;
		const pin = index === LINT0 || index === LINT1;
		const writable = index === TIMER ? TIMER_BITS : pin ? PIN_BITS : OTHER_BITS;
		// What was accepted waits for its EOI while the entry is one of a level.
		const kept = (value & LEVEL) !== 0 ? this.lvt[index] & REMOTE_IRR : 0;
		this.lvt[index] = (value & writable) | kept;
		// A change of mode to or from TSC deadline disarms the timer (SDM vol. 3, 10.5.4.1).
		const changed = index === TIMER && mode !== this.mode;
		if (changed && (mode === TSC_DEADLINE || this.mode === TSC_DEADLINE)) this.timer.cancel();
	}

	/** An interprocessor interrupt reaches the one processor that there is: by shorthand, or sent to APIC 0. */
	private send(command: number): void {
		const shorthand = (command >>> 18) & 3;
		const fixed = ((command >>> 8) & 7) === 0;
		const reached = shorthand === 1 || shorthand === 2 || (shorthand === 0 && this.icrHigh >>> 24 === 0);
		if (fixed && reached) this.raise(command & 0xff);
	}

	/** As firmware leaves it. The pins are at the levels of their lines. */
	reset(): void {
		this.timer.cancel();
		for (const bits of [this.irr, this.isr, this.tmr]) bits.fill(0);
		this.lvt.fill(MASKED);
		this.causes.clear();
		this.tpr = this.ldr = this.esr = this.icrHigh = this.initialCount = this.divide = 0;
		this.svr = SOFTWARE_ENABLE | 0xff;
		this.dfr = 0xffff_ffff;
		this.update();
	}

	save(): LapicState {
		const { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide } = this;
		return {
			irr: [...this.irr],
			isr: [...this.isr],
			tmr: [...this.tmr],
			pins: [...this.pins],
			lvt: [...this.lvt],
			tpr,
			svr,
			ldr,
			dfr,
			esr,
			icrHigh,
			initialCount,
			divide,
			timer: this.timer.save(),
			causes: [...this.causes]
		};
	}

	/** Restores after the clock has been: the timer makes its appointment again. */
	restore(state: LapicState): void {
		for (const name of ['irr', 'isr', 'tmr', 'lvt'] as const) this[name].set(state[name]);
		state.pins.forEach((high, pin) => (this.pins[pin] = high));
		this.causes.clear();
		for (const [vector, cause] of state.causes) this.causes.set(vector, cause);
		const { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide } = state;
		Object.assign(this, { tpr, svr, ldr, dfr, esr, icrHigh, initialCount, divide });
		this.timer.restore(state.timer);
		this.update();
	}
}

/** The highest bit set in a 256-bit vector of words, or -1. */
function highest(words: Uint32Array): number {
	for (let word = 7; word >= 0; word--) if (words[word] !== 0) return word * 32 + 31 - Math.clz32(words[word]);
	return -1;
}
