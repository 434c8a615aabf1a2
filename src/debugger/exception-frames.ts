/**
 * The frames that a trap leaves on a guest kernel's stack: pushed by the processor through a gate, or by the hypervisor
 * (src/hypervisor/pv/bounce.ts), going up in memory:
 *
 *     [error code]  EIP  CS | saved upcall mask << 16  EFLAGS  [ESP  SS]      the last two where an outer ring was left
 *
 * The trace says where each was pushed; one that it does not tell (a process that begins on a frame made by hand)
 * can be known by its shape only.
 */
import { KIND } from '../trace/events';
import { vectorName } from '../trace/values';
import type { TraceView } from '../trace/view';
import type { StackMemory } from './stack-memory';
import { pushesError } from '../x86/exceptions';
import { FIXED, NEVER_SET } from '../x86/flags';
import { SELECTOR_RPL, isNull } from '../x86/descriptors';

/** An exception frame that lies on a stack. */
export interface ExceptionFrame {
	/** Address of the saved EIP. */
	readonly at: number;
	readonly hasError: boolean;
	readonly eip: number;
	readonly cs: number;
	readonly eflags: number;
	/** Where the stack goes on. */
	readonly esp: number;
	/** SS and ESP are on the frame: an outer ring was left. */
	readonly outer: boolean;
	/** How it came about, in words that go after a function's name. */
	readonly text: string;
	readonly kind: 'upcall' | 'trap' | 'gate' | 'shape';
	/** The event that tells of it, or -1. */
	readonly seq: number;
}

/** Where on the stack the frame of an entry may lie: what it saves has fewer bytes. */
const NEAR = 256;
/** Events looked at, back from the present. */
const LOOK_BACK = 100_000;

interface Recorded {
	/** Stack pointer right after the pushes. */
	top: number;
	eip: number;
	fromRing: number;
	hasError: boolean;
	kind: 'upcall' | 'trap' | 'gate';
	text: string;
	seq: number;
}

type ReadEvent = (trace: TraceView, seq: number) => Recorded | null;
const READ: Readonly<Record<number, ReadEvent>> = {
	[KIND.upcall]: (trace, seq) => ({
		top: trace.arg(seq, 'frame_esp'),
		eip: trace.arg(seq, 'guest_eip'),
		fromRing: trace.arg(seq, 'from_ring'),
		hasError: false,
		kind: 'upcall',
		text: 'interrupted by upcall',
		seq
	}),
	[KIND.bounce]: (trace, seq) => {
		const vector = trace.arg(seq, 'vector');
		const name = vectorName(vector);
		return {
			top: trace.arg(seq, 'frame_esp'),
			eip: trace.arg(seq, 'guest_eip'),
			fromRing: trace.arg(seq, 'from_ring'),
			hasError: pushesError(vector),
			kind: 'trap',
			text: `trap bounced by Xen: vector ${vector}, ${name}`,
			seq
		};
	},
	[KIND.trap]: (trace, seq) => {
		if (trace.arg(seq, 'to_ring') === 0) return null;
		const vector = trace.arg(seq, 'vector');
		return {
			top: trace.arg(seq, 'new_esp'),
			eip: trace.arg(seq, 'eip'),
			fromRing: trace.arg(seq, 'from_ring'),
			hasError: pushesError(vector),
			kind: 'gate',
			text: `int 0x${vector.toString(16)}, through a gate that leads past Xen`,
			seq
		};
	}
};

/** Finds exception frames on the stack of one domain at one moment. */
export class ExceptionFrames {
	private recorded: readonly Recorded[] | null = null;

	/** @param seq events recorded at the moment */
	constructor(
		private readonly trace: TraceView,
		private readonly seq: number,
		private readonly dom: number,
		private readonly memory: StackMemory
	) {}

	private all(): readonly Recorded[] {
		if (this.recorded) return this.recorded;
		const { trace, dom } = this;
		const found = new Map<number, Recorded>();
		const last = Math.min(this.seq, trace.length) - 1;
		for (let seq = last; seq >= 0 && seq > last - LOOK_BACK; seq--) {
			const read = READ[trace.kind(seq)];
			if (!read || trace.dom(seq) !== dom) continue;
			const event = read(trace, seq);
			if (event && !found.has(event.top)) found.set(event.top, event);
		}
		return (this.recorded = [...found.values()].sort((a, b) => a.top - b.top));
	}

	/** The frame that lies next above a stack pointer, no further than an entry's saved registers; null when there is none. */
	async above(esp: number, ring: number): Promise<ExceptionFrame | null> {
		for (const event of this.all()) {
			if (event.top < esp) continue;
			if (event.top - esp > NEAR) break;
			const at = event.top + (event.hasError ? 4 : 0);
			if ((await this.memory.word(at)) !== event.eip) continue;
			const frame = await this.read(at, ring);
			if (frame && (frame.cs & SELECTOR_RPL) === event.fromRing)
				return { ...frame, hasError: event.hasError, kind: event.kind, text: event.text, seq: event.seq };
		}
		return null;
	}

	/** The same by its shape alone: a code address, a selector of `selectors`, and plausible flags. */
	async shaped(esp: number, ring: number, isCode: (address: number) => boolean): Promise<ExceptionFrame | null> {
		for (let at = esp; at <= esp + NEAR; at += 4) {
			const eip = await this.memory.word(at);
			if (eip === null) return null;
			if (!isCode(eip)) continue;
			const frame = await this.read(at, ring);
			if (frame) return frame;
		}
		return null;
	}

	private async read(at: number, ring: number): Promise<ExceptionFrame | null> {
		const [eip, cs, eflags] = [
			await this.memory.word(at),
			await this.memory.word(at + 4),
			await this.memory.word(at + 8)
		];
		if (eip === null || cs === null || eflags === null) return null;
		const selector = cs & 0xffff;
		if ((selector & SELECTOR_RPL) < ring || isNull(selector)) return null;
		if ((eflags & FIXED) === 0 || (eflags & NEVER_SET) !== 0 || cs >>> 17 !== 0) return null;
		const outer = (selector & SELECTOR_RPL) > ring;
		const esp = outer ? await this.memory.word(at + 12) : at + 12;
		if (esp === null) return null;
		return {
			at,
			hasError: false,
			eip,
			cs: selector,
			eflags,
			esp,
			outer,
			text: 'an exception frame, known by its shape',
			kind: 'shape',
			seq: -1
		};
	}
}
