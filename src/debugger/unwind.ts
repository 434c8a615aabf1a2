/**
 * Back traces: who called whom, across C, assembly, traps and rings. For each frame the first that applies tells the
 * caller: the hypervisor's own frame, a stub of the hypercall page, call frame information, an exception frame that
 * the trace recorded. What remains is a guess from pushes, the frame pointer or the shape of words, and is marked so.
 */
import { hypercallName } from '../abi/hypercalls';
import type { CodeLine, MomentState } from '../moments';
import type { TraceView } from '../trace/view';
import type { BackTrace, Frame, StackWord } from './back-trace';
import type { FrameRow } from './dwarf/debug-info';
import { ExceptionFrames, type ExceptionFrame } from './exception-frames';
import type { GuestImage } from './guest-image';
import { pushesUpTo } from './pushes';
import { StackMemory, type ReadMemory } from './stack-memory';
import { GENERAL_REGISTERS, type GeneralRegister, type Registers } from '../x86/registers';
import { FRAME_NAMES } from '../x86/exceptions';
import { SELECTOR_RPL } from '../x86/descriptors';

/** What unwinding asks of a moment. */
export interface Unwinding {
	readonly moment: MomentState;
	readonly trace: TraceView;
	/** Of the domain that runs. */
	readonly image: GuestImage;
	read: ReadMemory;
	disassemble(address: number, count: number): Promise<CodeLine[]>;
}

const MOST_FRAMES = 64;
const STUB_SIZE = 32;
const IRET_STUB = 23;
/** Assembly is read this far back to count its pushes, bytes. */
const LONGEST_ASSEMBLY = 512;
/** How far up a return address is looked for, words; and how far apart two frame pointers may be, bytes. */
const SCANNED = 64;
const LARGEST_FRAME = 0x1_0000;

/** Registers of a frame; those that are not known are left out. */
type Known = Partial<Record<GeneralRegister, number>> & { esp: number };

interface State {
	pc: number;
	/** `pc` is the instruction that comes next, not a return address. */
	exact: boolean;
	ring: number;
	regs: Known;
	how: Frame['how'];
	because: string;
	seq: number;
	savedAt: number | null;
	/** Stub number, or -1. */
	stub: number;
	/** The hypervisor itself. */
	xen: boolean;
}

const call = { because: '', seq: -1, stub: -1, xen: false, exact: false } as const;

/** The back trace of the vcpu that is on the processor. */
export async function unwind(of: Unwinding): Promise<BackTrace> {
	return new Unwinder(of).run();
}

class Unwinder {
	private readonly frames: Frame[] = [];
	private readonly words = new Map<number, StackWord>();
	private readonly memory: StackMemory;
	private readonly exceptions: ExceptionFrames;
	private end = '';

	constructor(private readonly of: Unwinding) {
		this.memory = new StackMemory((address, length) => of.read(address, length));
		this.exceptions = new ExceptionFrames(of.trace, of.moment.seq, of.moment.dom, this.memory);
	}

	async run(): Promise<BackTrace> {
		const { moment } = this.of;
		const regs: Known = Object.fromEntries(
			GENERAL_REGISTERS.map((name) => [name, moment.regs[name as keyof Registers]])
		) as unknown as Known;
		let state: State | null = {
			...call,
			pc: moment.code.address,
			exact: true,
			ring: moment.cpl,
			regs,
			how: 'now',
			savedAt: null,
			xen: moment.cpl === 0
		};
		while (state) {
			state.stub = await this.stubAt(state);
			const next: { state: State | null; cfa: number | null } = await this.caller(state);
			this.add(state, next.cfa);
			if (next.state && this.frames.length >= MOST_FRAMES) {
				this.end = `only the first ${MOST_FRAMES} frames are shown`;
				break;
			}
			state = next.state;
		}
		return {
			frames: this.frames,
			words: [...this.words.values()].sort((a, b) => a.address - b.address),
			end: this.end
		};
	}

	// --- frames as they are shown ------------------------------------------------------------------

	private add(state: State, cfa: number | null): void {
		const { image } = this.of;
		const at = state.exact ? state.pc : state.pc - 1;
		const common = {
			pc: state.pc,
			esp: state.regs.esp,
			cfa,
			ring: state.ring,
			how: state.how,
			seq: state.seq,
			savedAt: state.savedAt
		};
		if (state.xen) {
			this.frames.push({ ...common, kind: 'hypervisor', name: 'Xen', offset: 0, line: null, because: state.because });
			return;
		}
		if (state.stub >= 0) {
			const name = `hypercall_page: ${hypercallName(state.stub)}`;
			const offset = state.pc % STUB_SIZE;
			this.frames.push({ ...common, kind: 'stub', name, offset, line: null, because: state.because });
			return;
		}
		const chain = image.debug.functionsAt(at);
		const inlined = chain.filter((each) => each.callLine > 0);
		inlined.reverse().forEach((each, index) =>
			this.frames.push({
				...common,
				kind: 'inlined',
				name: each.name,
				offset: state.pc - each.from,
				line: image.debug.lineAt(at, inlined.length - index),
				because: index === 0 ? state.because : ''
			})
		);
		const near = image.symbols.near(at);
		const outer = chain.find((each) => each.callLine === 0);
		this.frames.push({
			...common,
			kind: 'code',
			name: outer?.name ?? near?.name ?? '',
			offset: outer ? state.pc - outer.from : near ? near.offset + (state.pc - at) : 0,
			line: image.debug.lineAt(at, 0),
			because: inlined.length === 0 ? state.because : ''
		});
	}

	private word(address: number, what: string, kind: StackWord['kind'], guess = false): void {
		if (!this.words.has(address)) this.words.set(address, { address, what, kind, guess });
	}

	// --- the caller --------------------------------------------------------------------------------

	private async caller(state: State): Promise<{ state: State | null; cfa: number | null }> {
		if (state.xen) return this.belowXen(state);
		if (state.stub >= 0) return this.callerOfStub(state);
		const row = this.of.image.debug.frameAt(state.exact ? state.pc : state.pc - 1);
		if (row) {
			const found = await this.byRules(state, row);
			if (found) return found;
		}
		return this.withoutRules(state);
	}

	private ends(reason: string, cfa: number | null = null): { state: null; cfa: number | null } {
		this.end = reason;
		return { state: null, cfa };
	}

	/** The frame that the processor pushed on the hypervisor's stack: EIP CS EFLAGS ESP SS below TSS.ESP0 (SDM vol. 3, 6.12.1). */
	private async belowXen(state: State): Promise<{ state: State | null; cfa: number | null }> {
		const { moment } = this.of;
		const at = (moment.tss.esp0 - 20) >>> 0;
		if (moment.running === 'idle' || state.regs.esp > at || moment.tss.esp0 === 0)
			return this.ends('the hypervisor runs, and no guest waits below it on this stack');
		const frame = await Promise.all([0, 4, 8, 12, 16].map((offset) => this.memory.word(at + offset)));
		const [eip, cs, , esp] = frame;
		if (eip === null || cs === null || esp === null || (cs & SELECTOR_RPL) === 0)
			return this.ends('the hypervisor’s stack holds no guest’s frame');
		FRAME_NAMES.forEach((name, index) =>
			this.word(at + 4 * index, `the guest’s ${name}, pushed by the processor`, 'exception')
		);
		return {
			cfa: moment.tss.esp0,
			state: {
				...call,
				pc: eip,
				exact: true,
				ring: cs & SELECTOR_RPL,
				regs: { ...state.regs, esp },
				how: 'known',
				because: 'left for the hypervisor',
				savedAt: at
			}
		};
	}

	/** Number of the hypercall whose stub lies at `pc`, or -1: `[push eax] mov eax, nr; int 0x82 [ret]`, 32 bytes each. */
	private async stubAt({ pc, xen }: State): Promise<number> {
		if (xen) return -1;
		const slot = pc - (pc % STUB_SIZE);
		const bytes = await this.memory.bytes(slot, 9);
		const push = bytes[0] === 0x50 ? 1 : 0;
		if (bytes.length < 9 || bytes[push] !== 0xb8 || bytes[push + 5] !== 0xcd || bytes[push + 6] !== 0x82) return -1;
		return bytes[push + 1] | (bytes[push + 2] << 8);
	}

	private async callerOfStub(state: State): Promise<{ state: State | null; cfa: number | null }> {
		const { esp } = state.regs;
		if (state.stub !== IRET_STUB) return this.byReturnAddress(state, esp, 'known', state.regs);
		// Jumped to, with an exception frame on the stack; past its first instruction EAX lies on top of it.
		const at = state.pc % STUB_SIZE === 0 ? esp : esp + 4;
		const frame =
			(await this.exceptions.above(at, state.ring)) ?? (await this.exceptions.shaped(at, state.ring, () => true));
		return frame ? this.throughException(state, frame, state.regs) : this.ends('the frame to return to cannot be read');
	}

	private async byReturnAddress(
		state: State,
		at: number,
		how: Frame['how'],
		regs: Known
	): Promise<{ state: State | null; cfa: number | null }> {
		const cfa = (at + 4) >>> 0;
		const pc = await this.memory.word(at);
		if (pc === null) return this.ends('the stack is not mapped any further', null);
		if (pc === 0) return this.ends('', cfa);
		this.word(at, 'return address', 'return', how === 'guess');
		return { cfa, state: { ...call, pc, ring: state.ring, regs: { ...regs, esp: cfa }, how, savedAt: at } };
	}

	/** By call frame information; null where its rules need what is not known. */
	private async byRules(state: State, row: FrameRow): Promise<{ state: State | null; cfa: number | null } | null> {
		const base = row.cfa && state.regs[GENERAL_REGISTERS[row.cfa.register]];
		if (!row.cfa || base === undefined || base === null) return null;
		const cfa = (base + row.cfa.offset) >>> 0;
		const regs: Known = { ...state.regs, esp: cfa };
		let pc: number | null = null;
		for (const [register, rule] of row.rules) {
			const name = GENERAL_REGISTERS[register];
			if (rule.kind === 'offset') {
				const at = (cfa + rule.offset) >>> 0;
				const value = await this.memory.word(at);
				if (register === row.returnAddress) {
					pc = value;
					if (value !== null && value !== 0) this.word(at, 'return address', 'return');
				} else if (name) {
					this.word(at, `saved ${name}`, 'saved');
					if (value === null) delete regs[name as Exclude<GeneralRegister, 'esp'>];
					else regs[name] = value;
				}
			} else if (rule.kind === 'value' && name) regs[name] = (cfa + rule.offset) >>> 0;
			else if (name && name !== 'esp') delete regs[name];
		}
		if (pc === null) return this.ends('the stack is not mapped any further', cfa);
		if (pc === 0) return this.ends('', cfa);
		const at = row.rules.get(row.returnAddress);
		const savedAt = at?.kind === 'offset' ? (cfa + at.offset) >>> 0 : null;
		return { cfa, state: { ...call, pc, exact: row.signal, ring: state.ring, regs, how: 'rules', savedAt } };
	}

	/** Assembly: a recorded exception frame close above, else by counting pushes, the frame pointer, or a look at the words. */
	private async withoutRules(state: State): Promise<{ state: State | null; cfa: number | null }> {
		const counted = await this.countPushes(state);
		const { esp } = state.regs;
		if (counted) {
			const at = (esp + 4 * counted.length) >>> 0;
			const pc = await this.memory.word(at);
			if (pc !== null && (await this.memory.followsCall(pc)))
				return this.byReturnAddress(state, at, 'guess', await this.popped(state.regs, counted));
		}
		const recorded = await this.exceptions.above(esp, state.ring);
		const regs = counted ? await this.popped(state.regs, counted) : state.regs;
		if (recorded) return this.throughException(state, recorded, regs);
		const shaped = await this.exceptions.shaped(esp, state.ring, (address) => this.isCode(address));
		if (shaped) return this.throughException(state, shaped, { esp });
		return (
			(await this.byFramePointer(state)) ?? (await this.byLooking(state)) ?? this.ends('nothing tells who called this')
		);
	}

	private isCode(address: number): boolean {
		const { image } = this.of;
		return image.debug.lines.at(address) !== null || image.symbols.near(address) !== null;
	}

	/** What the code from the label before here has pushed, last first; null where that cannot be told. */
	private async countPushes({ pc }: State): Promise<string[] | null> {
		const near = this.of.image.symbols.near(pc);
		if (!near || near.offset > LONGEST_ASSEMBLY) return null;
		return pushesUpTo(pc, await this.of.disassemble(pc - near.offset, near.offset));
	}

	/** Registers as they were before those pushes. */
	private async popped(regs: Known, pushed: readonly string[]): Promise<Known> {
		const found: Known = { ...regs };
		for (const [index, name] of pushed.entries()) {
			const register = GENERAL_REGISTERS.find((each) => each === name);
			if (!register || register === 'esp') continue;
			const at = regs.esp + 4 * index;
			const value = await this.memory.word(at);
			this.word(at, `saved ${name}`, 'saved', true);
			if (value !== null) found[register] = value;
		}
		return found;
	}

	private async throughException(
		state: State,
		frame: ExceptionFrame,
		regs: Known
	): Promise<{ state: State | null; cfa: number | null }> {
		if (frame.esp <= state.regs.esp && !frame.outer) return this.ends('the stack makes no sense here');
		const guess = frame.kind === 'shape';
		const names = ['EIP', 'CS and saved upcall mask', 'EFLAGS', ...(frame.outer ? ['ESP', 'SS'] : [])];
		if (frame.hasError) this.word(frame.at - 4, 'error code', 'exception', guess);
		names.forEach((name, index) => this.word(frame.at + 4 * index, name, 'exception', guess));
		return {
			cfa: frame.at + 4 * names.length,
			state: {
				...call,
				pc: frame.eip,
				exact: true,
				ring: frame.cs & SELECTOR_RPL,
				regs: { ...regs, esp: frame.esp },
				how: guess ? 'guess' : 'recorded',
				because: frame.text,
				seq: frame.seq,
				savedAt: frame.at
			}
		};
	}

	/** `[ebp]` is the caller's EBP and `[ebp + 4]` the return address, if that follows a CALL. */
	private async byFramePointer(state: State): Promise<{ state: State | null; cfa: number | null } | null> {
		const { ebp, esp } = state.regs;
		if (ebp === undefined || ebp < esp || ebp - esp > LARGEST_FRAME) return null;
		const [outer, pc] = [await this.memory.word(ebp), await this.memory.word(ebp + 4)];
		if (outer === null || pc === null || !(await this.memory.followsCall(pc))) return null;
		this.word(ebp, 'saved ebp', 'saved', true);
		return this.byReturnAddress(state, ebp + 4, 'guess', { ebp: outer, esp: ebp + 8 });
	}

	/** The first word above ESP that follows a CALL, in an image that has names for it or none at all. */
	private async byLooking(state: State): Promise<{ state: State | null; cfa: number | null } | null> {
		const { esp, ebp } = state.regs;
		const nameless = this.of.image.symbols.all.length === 0;
		for (let at = esp; at < esp + 4 * SCANNED; at += 4) {
			const pc = await this.memory.word(at);
			if (pc === null) return null;
			if ((nameless || this.isCode(pc)) && pc > 0x1000 && (await this.memory.followsCall(pc)))
				return this.byReturnAddress(state, at, 'guess', { esp, ...(ebp !== undefined && { ebp }) });
		}
		return null;
	}
}
