/**
 * Passages between rings that have been checked before: through a gate to an inner ring, and back by IRET.
 *
 * What the processor checks on its way depends on a few words in memory alone: the gate, the descriptors of code and stack, and what the TSS names.
 * So the words of the last passage that was allowed are remembered, and a passage that reads the same words again need not be judged again.
 * They are read anew each time, as the processor does. Where one of them is another, or a look-up would miss the front arrays, nothing has been
 * done yet and nothing counted, and the passage goes the long way (interrupts.ts), which is the specification.
 */
import { FRONT_DATA_SUPERVISOR, HITS_INDEX, SEGMENT_READ32, SEGMENT_WORD } from '../layout';
import type { Cpu } from './cpu';
import type { Descriptor } from './descriptors';
import {
	DPL_SHIFT,
	isLocal,
	SELECTOR_RPL,
	TYPE_EXPAND_DOWN,
	TYPE_SHIFT,
	TYPE_WIDE,
	tableOffset
} from '../../x86/descriptors';
import { TSS32_STACKS } from '../../x86/tss';
import { SS } from '../../x86/registers';

const DPL = 3 << DPL_SHIFT;

/** A segment of the GDT that passed the checks. */
export class KnownSegment {
	/** Its selector with the RPL that it was used with, and where its descriptor lies in the table. */
	selector = -1;
	offset = 0;
	low = 0;
	high = 0;
	base = 0;
	limit = 0;
	access = 0;
	/** `high` without the DPL, which the fast paths need not know. */
	shape = 0;

	take(d: Descriptor, rpl: number): void {
		this.selector = (d.selector & ~SELECTOR_RPL) | rpl;
		this.offset = tableOffset(d.selector);
		this.low = d.low;
		this.high = d.high;
		this.base = d.base;
		this.limit = d.limit;
		this.access = d.access;
		this.shape = d.high & ~DPL;
	}
}

/** A passage inwards through a gate of the IDT. */
export class Inward {
	/** The ring that it left, and the one that it led to. */
	from = -1;
	to = 0;
	gateLow = 0;
	gateHigh = 0;
	/** Least privileged ring that may use the gate by INT n. */
	dpl = 0;
	/** Where execution went on. */
	entry = 0;
	readonly code = new KnownSegment();
	readonly stack = new KnownSegment();
	/** Where the TSS has the stack of ring `to`. */
	stackAt = 0;
}

/** A passage back by IRET. */
export class Return {
	readonly code = new KnownSegment();
	/** The outer ring's stack; nothing where the ring stays the same. */
	readonly stack = new KnownSegment();
}

/** Look-ups of a passage inwards before its frame is made: gate, code, stack pointer and stack, two words of each. */
const INWARD_READS = 8;

/** What a processor remembers: passages inwards by vector; returns by the ring that is left, times four, and the one gone to. */
export class Passages {
	readonly inward: (Inward | undefined)[] = new Array<Inward | undefined>(256);
	readonly returns: (Return | undefined)[] = new Array<Return | undefined>(16);
	/** Without them every passage goes the long way: for tests. */
	enabled = true;
	/** After a passage was found: the index into `all32` of its frame, and where the stack pointer of the inner ring then is. */
	frame = 0;
	esp = 0;

	/** A 32-bit gate led from ring `from` to an inner one: scratch holds its descriptors. */
	rememberInward(cpu: Cpu, vector: number, from: number, to: number): void {
		const { gate, code, stack } = cpu.scratch.interrupts;
		const plain = stack.big && (stack.type & TYPE_EXPAND_DOWN) === 0;
		if (!this.enabled || !plain || isLocal(code.selector) || isLocal(stack.selector)) return;
		const known = (this.inward[vector] ??= new Inward());
		known.from = from;
		known.to = to;
		known.gateLow = gate.low;
		known.gateHigh = gate.high;
		known.dpl = gate.dpl;
		known.entry = gate.gateOffset(true);
		known.stackAt = TSS32_STACKS + to * 8;
		known.code.take(code, to);
		known.stack.take(stack, stack.selector & SELECTOR_RPL);
	}

	/** An IRET of 32 bits went from ring `from` to ring `to`: scratch holds its descriptors. */
	rememberReturn(cpu: Cpu, from: number, to: number): void {
		const { code, stack } = cpu.scratch.interrupts;
		const outward = to > from;
		if (!this.enabled || isLocal(code.selector) || (outward && isLocal(stack.selector))) return;
		const known = (this.returns[from * 4 + to] ??= new Return());
		known.code.take(code, to);
		if (outward) known.stack.take(stack, to);
	}

	/** The passage that `vector` leads to now with a frame of `words`, if it is the one that is known: then its look-ups are counted. */
	findInward(cpu: Cpu, vector: number, soft: boolean, words: number): Inward | null {
		const known = this.inward[vector];
		const { idtr, tr, all32, s } = cpu;
		if (known === undefined || known.from !== cpu.cpl || (soft && known.dpl < known.from)) return null;
		if (vector * 8 + 7 > idtr.limit || !tr.usable || known.stackAt + 5 > tr.limit) return null;
		if (((tr.access >>> TYPE_SHIFT) & TYPE_WIDE) === 0) return null;
		const gate = pairAt(cpu, (idtr.base + vector * 8) | 0);
		const pointer = pairAt(cpu, (tr.base + known.stackAt) | 0);
		if (gate < 0 || pointer < 0) return null;
		if (all32[gate] !== known.gateLow || all32[gate + 1] !== known.gateHigh) return null;
		if ((all32[pointer + 1] & 0xffff) !== known.stack.selector) return null;
		if (!isUnchanged(cpu, known.code) || !isUnchanged(cpu, known.stack)) return null;
		this.esp = (all32[pointer] - words * 4) | 0;
		this.frame = frameAt(cpu, known.stack, this.esp, words);
		if (this.frame < 0) return null;
		s[HITS_INDEX] += INWARD_READS + 1 + words;
		return known;
	}

	/** The return to ring `to` with these selectors, if it is the one that is known. Counts nothing. */
	findReturn(cpu: Cpu, selector: number, stackSelector: number): Return | null {
		const known = this.returns[cpu.cpl * 4 + (selector & SELECTOR_RPL)];
		if (known === undefined || known.code.selector !== selector || !isUnchanged(cpu, known.code)) return null;
		if ((selector & SELECTOR_RPL) === cpu.cpl) return known;
		return known.stack.selector === stackSelector && isUnchanged(cpu, known.stack) ? known : null;
	}
}

/** Index into `all32` of the two words at `linear`, if both would hit the front array of the supervisor; else -1. Counts nothing. */
function pairAt({ s }: Cpu, linear: number): number {
	const t = FRONT_DATA_SUPERVISOR + ((linear >>> 10) & 0x3fc);
	return s[t] === (linear & ~0xffc) && (linear & 0xffc) !== 0xffc ? (linear + s[t + 2]) >> 2 : -1;
}

/** Whether the table still holds the same descriptor, and a look-up would hit. */
function isUnchanged(cpu: Cpu, known: KnownSegment): boolean {
	const { gdtr, all32 } = cpu;
	if (known.offset + 7 > gdtr.limit) return false;
	const at = pairAt(cpu, (gdtr.base + known.offset) | 0);
	return at >= 0 && all32[at] === known.low && all32[at + 1] === known.high;
}

/** Index into `all32` of a frame of `words` words at stack pointer `esp` of an inner ring, if it may be written and would hit; else -1. */
function frameAt({ s }: Cpu, stack: KnownSegment, esp: number, words: number): number {
	if ((esp >>> 0) + words * 4 - 1 > stack.limit) return -1;
	const linear = (stack.base + esp) | 0;
	if ((linear & 0xfff) + words * 4 > 0x1000) return -1;
	const t = FRONT_DATA_SUPERVISOR + ((linear >>> 10) & 0x3fc);
	return s[t + 1] === (linear & ~0xffc) ? (linear + s[t + 2]) >> 2 : -1;
}

/** Index into `all32` of the `words` words on top of the current 32-bit stack, if they may be read and would hit; else -1. */
export function frameOnTop(cpu: Cpu, esp: number, words: number): number {
	const { s } = cpu;
	const c = SEGMENT_WORD + (SS << 3);
	const last = (esp >>> 0) + words * 4 - 4;
	if (!cpu.stack32 || last >= s[c + SEGMENT_READ32] >>> 0) return -1;
	const linear = (s[c] + esp) | 0;
	if ((linear & 0xfff) + words * 4 > 0x1000) return -1;
	const t = cpu.front + ((linear >>> 10) & 0x3fc);
	return s[t] === (linear & ~0xffc) ? (linear + s[t + 2]) >> 2 : -1;
}
