/**
 * Steps by source lines, both ways. A stop is a moment before an instruction where a line begins (`is_stmt`) whose line
 * is another than the one that began last in the same activation of the function; the beginning of a function is one too. This
 * does not depend on the direction, so n lines forward and n back lead to the same moments. What happens in other domains,
 * processes and rings, and in handlers that interrupt, is passed over: their frames are others.
 *
 * `over` is the same within one activation: calls are passed over, and what the compiler has inlined counts as the line that calls it.
 */
import type { CodeLine, MomentState } from '../moments';
import type { StopPoint, StopReport, StopSpec } from '../workbench/stops';
import type { Range, SourceLine } from './dwarf/debug-info';
import {
	calleeEntries,
	callsIn,
	entryPoint,
	inActivation,
	lineStarts,
	OWN,
	sameLine,
	standing,
	type Activation,
	type Call,
	type Standing
} from './frame-points';
import type { GuestImages } from './guest-image';
import type { BackTrace } from './back-trace';

/** What steps do with a run; `DebugSession` offers it. */
export interface Steppable {
	readonly images: GuestImages;
	inspect(): Promise<MomentState>;
	advance(stop: StopSpec): Promise<StopReport>;
	reverseContinue(stop: StopSpec): Promise<StopReport>;
	seek(moment: { icount: number; seq?: number }): Promise<StopReport>;
	disassemble(address: number, count: number): Promise<CodeLine[]>;
	backTrace(moment?: MomentState): Promise<BackTrace>;
	/** By one instruction, a call, INT or repeated string instruction as a whole. */
	over(stops: readonly StopPoint[]): Promise<StopReport>;
	backOver(stops: readonly StopPoint[]): Promise<StopReport>;
	/** By exactly one instruction, or event that retires none. */
	one(): Promise<StopReport>;
	backOne(): Promise<StopReport>;
	/** Forward until a guest's code runs, where the hypervisor does. */
	leaveXen(stops: readonly StopPoint[]): Promise<StopReport | null>;
}

/** No line of assembly has more instructions; no chain of callers that a step leaves is longer. */
const MOST_INSTRUCTIONS = 2000;
const MOST_TURNS = 200;
/** An instruction that needs more pages than this is none. */
const MOST_BEGINNINGS = 8;

/** A step has arrived: nothing that was waited for, just a moment. */
const arrived = (report: StopReport): StopReport => {
	const { cause, icount, cycle, seq, hits } = report;
	return {
		cause: cause === 'point' || cause === 'outside' ? 'icount' : cause,
		icount,
		cycle,
		seq,
		...(hits && { hits })
	};
};
const isOwn = (report: StopReport): boolean => report.cause === 'point' && (report.point ?? 0) < 0;

/** A moment as steps back see it. */
interface Place {
	icount: number;
	seq: number;
	pc: number;
	/** The line that begins here, or null. */
	line: SourceLine | null;
	/** The line of the bytes before: of the call, where one has come back here. */
	called: SourceLine | null;
}

/** Steps by source lines on one run. */
export class LineSteps {
	constructor(
		private readonly run: Steppable,
		/** Breakpoints, which stop a step on its way. */
		private readonly stops: readonly StopPoint[],
		/** Calls are passed over. */
		private readonly over: boolean
	) {}

	private async here(): Promise<Standing> {
		const moment = await this.run.inspect();
		return standing(moment, this.run.images.of(moment.dom));
	}

	/** How many inlined levels deep lines are told apart. */
	private get depth(): number {
		return this.over ? 0 : Infinity;
	}

	// --- forward -----------------------------------------------------------------------------------

	async forward(): Promise<StopReport> {
		const left = await this.run.leaveXen(this.stops);
		if (left) return arrived(left);
		const at = await this.here();
		const line = at.image.debug.lines.at(at.pc);
		if (!line) return this.run.over(this.stops);
		if (!at.activation) return this.assemblyForward(line);
		return this.leave(at.activation, at.image.debug.lineAt(at.pc, this.depth));
	}

	/** Goes on until another line than `line` begins in the activation, in what it calls, or in its caller once it is left. */
	private async leave(first: Activation, firstLine: SourceLine | null): Promise<StopReport> {
		let [of, line] = [first, firstLine];
		for (let turn = 0; ; turn++) {
			const points = [
				...lineStarts(of, this.depth, (each) => !sameLine(each, line), OWN.line),
				...(this.over ? [] : calleeEntries(of, await this.calls(of.extent))),
				...(await this.returnPoint(of))
			];
			const report = await this.run.advance({ points: [...points, ...this.stops] });
			if (!isOwn(report) || report.point !== OWN.back || turn >= MOST_TURNS)
				return isOwn(report) ? arrived(report) : report;
			// In the caller, behind the call: its line goes on.
			const at = await this.here();
			const called = at.image.debug.lineAt(at.pc - 1, this.depth);
			if (!called) return arrived(report);
			const next = at.image.debug.lines.at(at.pc);
			const begins = next?.from === at.pc && next.isStmt;
			if (begins && !sameLine(at.image.debug.lineAt(at.pc, this.depth), called)) return arrived(report);
			if (!at.activation) return this.assemblyForward(called);
			[of, line] = [at.activation, called];
		}
	}

	/** Calls in some code, wherever they go. */
	private async calls({ from, to }: Range): Promise<Call[]> {
		const code = await this.run.disassemble(from, to - from);
		return callsIn(code.filter((line) => line.address < to));
	}

	/** Where the caller goes on; nothing where no caller is known. */
	private async returnPoint(of: Activation): Promise<StopPoint[]> {
		const { frames } = await this.run.backTrace();
		const caller = frames.find((frame) => frame.savedAt !== null && frame.savedAt === (of.cfa - 4) >>> 0);
		if (!caller || caller.pc === 0) return [];
		const condition = [`esp == 0x${of.cfa.toString(16)}`, of.process].filter(Boolean).join(' && ');
		return [{ id: OWN.back, kind: 'address', address: caller.pc, dom: of.dom, condition }];
	}

	/** Whether the next instruction calls a function whose lines are known. */
	private async callsLines(): Promise<boolean> {
		const { pc, image } = await this.here();
		const [call] = callsIn(await this.run.disassemble(pc, 1));
		return call !== undefined && call.target >= 0 && image.debug.lines.at(call.target) !== null;
	}

	/** Assembly has no activations: instruction after instruction, to another line. */
	private async assemblyForward(line: SourceLine): Promise<StopReport> {
		for (let count = 0; ; count++) {
			if (!this.over && (await this.callsLines())) return this.run.one();
			const report = await this.run.over(this.stops);
			const left = (await this.run.leaveXen(this.stops)) ?? report;
			if (left.cause !== 'icount' || count >= MOST_INSTRUCTIONS) return left;
			const at = await this.here();
			const here = at.image.debug.lines.at(at.pc);
			if (sameLine(here, line)) continue;
			// Back in C, in the middle of the line that called: that line goes on.
			if (!at.activation || !here || here.from === at.pc) return left;
			return this.leave(at.activation, at.image.debug.lineAt(at.pc - 1, this.depth));
		}
	}

	// --- back --------------------------------------------------------------------------------------

	async back(): Promise<StopReport> {
		const at = await this.here();
		const line = at.image.debug.lines.at(at.pc);
		if (!line || at.moment.cpl === 0) return this.run.backOver(this.stops);
		if (!at.activation) return this.assemblyBack();
		if (at.pc !== at.activation.extent.from) {
			// A call may have come back right here.
			const returns = this.over ? [] : await this.returnsInto(at.activation);
			const callee = await this.calleeBefore(await this.place(at.activation), returns);
			if (callee === 'assembly') return this.assemblyBeginning(await this.here());
			return callee ? this.latest(callee, true) : this.latest(at.activation, false);
		}
		// From the beginning of a function: to the line that called it.
		const report = await this.run.backOne();
		if (report.cause !== 'icount') return report;
		const caller = await this.here();
		if (!caller.image.debug.lines.at(caller.pc) || caller.moment.cpl === 0) return arrived(report);
		if (!caller.activation) return this.assemblyBeginning(caller);
		return this.latest(caller.activation, true);
	}

	/**
	 * Back to the latest stop of an activation, or of what it has called.
	 * @param orHere the present moment may be one
	 */
	private async latest(first: Activation, orHere: boolean): Promise<StopReport> {
		let [of, here] = [first, orHere];
		for (let turn = 0; ; turn++) {
			const returns = this.over ? [] : await this.returnsInto(of);
			if (!here) {
				const points = [...lineStarts(of, this.depth, () => true, OWN.line), ...entryPoint(of), ...returns];
				const report = await this.run.reverseContinue({ points: [...points, ...this.stops] });
				if (!isOwn(report) || turn >= MOST_TURNS) return report;
			}
			here = false;
			const at = await this.place(of);
			if (at.pc === of.extent.from) return this.stayAtEntry(of, at);
			const callee = await this.calleeBefore(at, returns);
			if (callee && at.line && !sameLine(at.line, at.called)) return this.stay(at);
			if (!callee && !at.line) continue;
			const inner = callee ?? (await this.beginning(of, at, returns));
			if (inner === 'assembly') return this.assemblyBeginning(await this.here());
			if ('cause' in inner) return inner;
			[of, here] = [inner, true];
		}
	}

	/** From where a line begins, back to where the part of the activation begins that executes it, or the callee that it comes after. */
	private async beginning(
		of: Activation,
		start: Place,
		returns: StopPoint[]
	): Promise<StopReport | Activation | 'assembly'> {
		const { line } = start;
		const others = lineStarts(of, this.depth, (each) => !sameLine(each, line), OWN.line);
		for (let turn = 0; ; turn++) {
			const report = await this.run.reverseContinue({
				points: [...others, ...entryPoint(of), ...returns, ...this.stops]
			});
			if (report.cause === 'start') return this.stay(start);
			if (turn >= MOST_TURNS) return report;
			// A breakpoint on another line of the activation lies before the step's end, not on its way.
			if (!isOwn(report)) return (await this.onOtherLine(of, line)) ? this.firstStart(of, start) : report;
			const at = await this.place(of);
			if (at.line && !sameLine(at.line, line)) return this.firstStart(of, start);
			if (at.pc === of.extent.from) return this.stayAtEntry(of, at);
			const callee = await this.calleeBefore(at, returns);
			if (!callee) continue;
			if (sameLine(at.called, line)) return callee;
			await this.stay(at);
			return at.line ? this.stay(at) : this.firstStart(of, start);
		}
	}

	/** Where the machine stands, as steps back see it. */
	private async place(of: Activation): Promise<Place> {
		const { moment, pc } = await this.here();
		const { debug } = of.image;
		const row = debug.lines.at(pc);
		return {
			pc,
			icount: moment.icount,
			seq: moment.seq,
			line: row?.from === pc && row.isStmt ? debug.lineAt(pc, this.depth) : null,
			called: debug.lineAt(pc - 1, this.depth)
		};
	}
	private async onOtherLine({ extent, image }: Activation, line: SourceLine | null): Promise<boolean> {
		const { pc } = await this.here();
		return pc >= extent.from && pc < extent.to && !sameLine(image.debug.lineAt(pc, this.depth), line);
	}
	private async stay({ icount, seq }: Place): Promise<StopReport> {
		return arrived(await this.run.seek({ icount, seq }));
	}

	/** At the first instruction of an activation: where it was called, should faults have made it begin again. */
	private async stayAtEntry(of: Activation, first: Place): Promise<StopReport> {
		let at = first;
		for (let turn = 0; turn < MOST_BEGINNINGS; turn++) {
			await this.run.backOne();
			const { moment, pc } = await this.here();
			const [code] = await this.run.disassemble(pc, 1);
			const called = moment.cpl > 0 && moment.dom === of.dom && code !== undefined && /^call\b/.test(code.text);
			await this.stay(at);
			if (called || !isOwn(await this.run.reverseContinue({ points: entryPoint(of) }))) break;
			at = await this.place(of);
		}
		return this.stay(at);
	}

	/** Forward to the first moment at which the line of `start` begins, `start` at the latest. */
	private async firstStart(of: Activation, start: Place): Promise<StopReport> {
		const points = lineStarts(of, this.depth, (each) => sameLine(each, start.line), OWN.line);
		const report = await this.run.advance({ points, icount: start.icount + 1 });
		return isOwn(report) ? arrived(report) : this.stay(start);
	}

	/** What has just come back to `at`, with the machine at its last instruction; null, and nothing moved, when that is nothing. */
	private async calleeBefore(at: Place, returns: readonly StopPoint[]): Promise<Activation | 'assembly' | null> {
		if (!returns.some((point) => point.kind === 'address' && point.address === at.pc)) return null;
		await this.run.backOne();
		const { image, activation, pc } = await this.here();
		if (image.debug.lines.at(pc) && (await this.returns(pc))) return activation ?? 'assembly';
		await this.run.seek({ icount: at.icount, seq: at.seq });
		return null;
	}
	private async returns(pc: number): Promise<boolean> {
		const [code] = await this.run.disassemble(pc, 1);
		return code !== undefined && /^ret\b/.test(code.text);
	}

	/** Points behind each call of the function to code whose lines are known. */
	private async returnsInto(of: Activation): Promise<StopPoint[]> {
		const { lines } = of.image.debug;
		const calls = await this.calls(of.extent);
		return calls
			.filter(({ target }) => target < 0 || lines.at(target) !== null)
			.flatMap(({ returnTo }) => inActivation(of, returnTo, OWN.back));
	}

	/** Back from a line of assembly, which has no activations: instruction after instruction. */
	private async assemblyBack(): Promise<StopReport> {
		const from = await this.here();
		const callee = await this.calleeOfAssembly(from);
		if (callee) return this.latest(callee, true);
		const report = await this.run.backOver(this.stops);
		if (report.cause !== 'icount') return report;
		const at = await this.here();
		if (at.moment.cpl === 0 || !at.image.debug.lines.at(at.pc)) return report;
		return at.activation ? this.latest(at.activation, true) : this.assemblyBeginning(at);
	}

	/** Back to where the line of assembly begins that the machine stands in, or to what it has called on the way. */
	private async assemblyBeginning(from: Standing): Promise<StopReport> {
		const line = from.image.debug.lines.at(from.pc);
		let here = from;
		for (let count = 0; count < MOST_INSTRUCTIONS; count++) {
			const callee = await this.calleeOfAssembly(here);
			if (callee) return this.latest(callee, true);
			const report = await this.run.backOver(this.stops);
			if (report.cause !== 'icount') break;
			const at = await this.here();
			const same = at.moment.cpl === from.moment.cpl && at.moment.dom === from.moment.dom && !at.activation;
			if (!same || !sameLine(at.image.debug.lines.at(at.pc), line)) break;
			here = at;
		}
		const { icount, seq } = here.moment;
		return arrived(await this.run.seek({ icount, seq }));
	}

	/** The function with lines that has just come back to assembly, with the machine at its last instruction; else null, and nothing moved. */
	private async calleeOfAssembly({ moment }: Standing): Promise<Activation | null> {
		if (this.over) return null;
		await this.run.backOne();
		const { activation, image, pc, moment: before } = await this.here();
		const same = before.cpl === moment.cpl && before.dom === moment.dom;
		if (activation && same && image.debug.lines.at(pc) && (await this.returns(pc))) return activation;
		await this.run.seek({ icount: moment.icount, seq: moment.seq });
		return null;
	}
}
