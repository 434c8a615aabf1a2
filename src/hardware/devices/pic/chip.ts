/*
 * One 8259A interrupt controller (Intel data sheet 231468): eight inputs, of which it passes the most urgent on. What is written:
 *
 *     A0 = 0   ICW1   1 in bit 4   3 level triggered   1 alone, no ICW3   0 ICW4 follows
 *              OCW2   00 in 4..3   7 rotate   6 specific   5 end of interrupt   2..0 level
 *              OCW3   01 in 4..3   6..5 special mask: 10 off, 11 on   2 poll   1..0 read: 10 IRR, 11 ISR
 *     A0 = 1   after ICW1: ICW2 7..3 vector, ICW3 (slaves), ICW4 4 special fully nested, 1 automatic end of interrupt
 *              else OCW1, the mask
 */
const ICW1 = 0x10;
const ICW1_LEVEL = 0x08;
const ICW1_SINGLE = 0x02;
const ICW1_ICW4 = 0x01;
const ICW4_NESTED = 0x10;
const ICW4_AUTO = 0x02;
const OCW3 = 0x08;
const OCW3_SPECIAL = 0x40;
const OCW3_SPECIAL_ON = 0x20;
const OCW3_POLL = 0x04;
const OCW3_READ = 0x02;
const OCW3_READ_ISR = 0x01;
/** What is read in a poll where something waits. */
const POLLED = 0x80;
/** The level of a request that was gone when it was asked for. */
const SPURIOUS = 7;

export interface PicState {
	/** Requests by edges that wait. */
	latched: number;
	/** Levels of the inputs. */
	pins: number;
	isr: number;
	imr: number;
	/** Inputs that count as levels, by the edge/level control register. */
	elcr: number;
	/** ICW1, ICW2 without its low bits, ICW3, ICW4. */
	icw1: number;
	vector: number;
	icw3: number;
	icw4: number;
	/** The input of lowest priority. */
	lowest: number;
	specialMask: boolean;
	rotatesOnAuto: boolean;
	readsIsr: boolean;
	polls: boolean;
	/** The command word that is awaited at A0 = 1: 2, 3, 4; 0 is the mask. */
	awaits: number;
}

/** As a PC's firmware leaves it: initialized with `vector`, all masked. */
export const initialized = (vector: number, icw3: number): PicState => ({
	latched: 0,
	pins: 0,
	isr: 0,
	imr: 0xff,
	elcr: 0,
	icw1: ICW1 | ICW1_ICW4,
	vector,
	icw3,
	icw4: 1,
	lowest: 7,
	specialMask: false,
	rotatesOnAuto: false,
	readsIsr: false,
	polls: false,
	awaits: 0
});

const bit = (level: number): number => 1 << level;
/** Inputs that count as levels. (In a PIIX the bit of ICW1 has no effect.) */
const levels = (s: PicState): number => ((s.icw1 & ICW1_LEVEL) !== 0 ? 0xff : s.elcr);

/** Requests, masked or not. A request by edge is there only as long as its input is high (data sheet: edge triggered mode). */
export const requests = (s: PicState): number => ((s.latched & ~levels(s)) | levels(s)) & s.pins;

/** The most urgent of some inputs, or -1: the one after the lowest is the first. */
function first(s: PicState, inputs: number): number {
	for (let n = 1; n <= 8; n++) {
		const level = (s.lowest + n) & 7;
		if ((inputs & bit(level)) !== 0) return level;
	}
	return -1;
}

/** How far an input stands behind the first. */
const rank = (s: PicState, level: number): number => (level - s.lowest + 7) & 7;

/**
 * The input that is passed on, or -1: the most urgent request that is not masked, if it is more urgent than all in service. With the
 * special mask those in service that are masked hold nothing back; in special fully nested mode a slave's input does not hold back itself.
 */
export function pending(s: PicState): number {
	const request = first(s, requests(s) & ~s.imr);
	if (request < 0) return -1;
	const holding = s.isr & ~(s.specialMask ? s.imr : 0);
	const serving = first(s, holding);
	if (serving < 0 || rank(s, request) < rank(s, serving)) return request;
	const nested = (s.icw4 & ICW4_NESTED) !== 0 && request === serving && (s.icw3 & bit(request)) !== 0;
	return nested ? request : -1;
}

/** The input changed. */
export function setPin(s: PicState, level: number, high: boolean): void {
	const before = (s.pins & bit(level)) !== 0;
	if (high && !before) s.latched |= bit(level);
	if (!high) s.latched &= ~bit(level);
	s.pins = high ? s.pins | bit(level) : s.pins & ~bit(level);
}

/** The request that is passed on goes into service. @returns its input, or 7 where it is gone, which then is not in service */
export function acknowledge(s: PicState): number {
	const level = pending(s);
	if (level < 0) return SPURIOUS;
	s.latched &= ~bit(level);
	if ((s.icw4 & ICW4_AUTO) === 0) s.isr |= bit(level);
	else if (s.rotatesOnAuto) s.lowest = level;
	return level;
}

// --- what is written and read -------------------------------------------------------------------------------

/** ICW1 begins anew: edges must come again, nothing is masked or in service, input 7 is the lowest. */
function begin(s: PicState, icw1: number): void {
	Object.assign(s, {
		icw1,
		latched: 0,
		isr: 0,
		imr: 0,
		icw4: 0,
		lowest: 7,
		specialMask: false,
		rotatesOnAuto: false,
		readsIsr: false,
		polls: false,
		awaits: 2
	});
}

/** OCW2, by its three top bits. */
const OCW2: readonly ((s: PicState, level: number) => void)[] = [
	(s) => (s.rotatesOnAuto = false),
	(s) => end(s, serving(s)),
	() => {},
	(s, level) => end(s, level),
	(s) => (s.rotatesOnAuto = true),
	(s) => rotate(s, serving(s)),
	(s, level) => (s.lowest = level),
	(s, level) => rotate(s, level)
];

/** The most urgent in service, but for what is masked under the special mask; -1 for none. */
const serving = (s: PicState): number => first(s, s.isr & ~(s.specialMask ? s.imr : 0));

function end(s: PicState, level: number): void {
	if (level >= 0) s.isr &= ~bit(level);
}

function rotate(s: PicState, level: number): void {
	if (level < 0) return;
	end(s, level);
	s.lowest = level;
}

function command(s: PicState, value: number): void {
	if ((value & OCW3_SPECIAL) !== 0) s.specialMask = (value & OCW3_SPECIAL_ON) !== 0;
	if ((value & OCW3_POLL) !== 0) s.polls = true;
	if ((value & OCW3_READ) !== 0) s.readsIsr = (value & OCW3_READ_ISR) !== 0;
}

/** The word after `awaits` that ICW1 announced. */
function next(s: PicState): number {
	if (s.awaits === 2 && (s.icw1 & ICW1_SINGLE) === 0) return 3;
	return s.awaits !== 4 && (s.icw1 & ICW1_ICW4) !== 0 ? 4 : 0;
}

function initialize(s: PicState, value: number): void {
	if (s.awaits === 2) s.vector = value & 0xf8;
	else if (s.awaits === 3) s.icw3 = value;
	else s.icw4 = value & 0x1f;
	s.awaits = next(s);
}

export function write(s: PicState, a0: number, value: number): void {
	if (a0 === 1 && s.awaits > 0) initialize(s, value);
	else if (a0 === 1) s.imr = value;
	else if ((value & ICW1) !== 0) begin(s, value);
	else if ((value & OCW3) !== 0) command(s, value);
	else OCW2[value >>> 5](s, value & 7);
}

/** @param poll is asked what a poll gives: it acknowledges */
export function read(s: PicState, a0: number, poll: () => number): number {
	if (s.polls) {
		s.polls = false;
		return poll();
	}
	if (a0 === 1) return s.imr;
	return s.readsIsr ? s.isr : requests(s);
}

/** What a poll gives: the request that goes into service, or 0 for none. */
export const polled = (s: PicState): number => (pending(s) < 0 ? 0 : POLLED | acknowledge(s));
