/**
 * A run whose every moment was written down, for tests of steps: stops are found by reading the record from one end to the other,
 * which is slow and simple. What the real way to a stop finds must agree.
 */
import type { MomentState } from '../moments';
import type { TraceView } from '../trace/view';
import { parseCondition, type ConditionContext, type RegisterOfCondition } from '../workbench/points/conditions';
import { inspect, readLinear } from '../workbench/inspect/moment';
import type { Run } from '../workbench/run';
import type { StopPoint, StopReport, StopSpec } from '../workbench/stops';
import { queryAll } from '../trace/query';
import type { Debuggee } from './session';

/** What is known of one moment. */
interface Entry {
	icount: number;
	seq: number;
	cycle: number;
	pc: number;
	regs: MomentState['regs'];
	cpl: number;
	dom: number;
	cr3: number;
	/** The word at ESP; null where nothing is mapped. */
	top: number | null;
	moment: MomentState;
}

/** Stacks are smaller, bytes. */
const STACK = 0x2000;

/** `count` instructions of a run from where it stands, each moment kept. */
export class RecordedRun implements Debuggee {
	private readonly entries: Entry[] = [];
	private place = 0;
	private readonly code = new Map<string, Uint8Array>();

	constructor(
		private readonly run: Run,
		count: number
	) {
		for (let step = 0; step <= count && run.alive; step++) {
			this.entries.push(this.entry());
			run.advance({ icount: run.icount + 1 });
		}
		this.run.seek({ icount: this.entries[0].icount, seq: this.entries[0].seq });
	}

	private entry(): Entry {
		const whole = inspect(this.run);
		const { icount, seq, cycle, code, regs, cpl, dom, cr3 } = whole;
		const top = readLinear(this.run, regs.esp, 4);
		const word = top.length === 4 ? new DataView(top.buffer, top.byteOffset).getUint32(0, true) : null;
		return { icount, seq, cycle, pc: code.address, regs, cpl, dom, cr3, top: word, moment: slim(whole) };
	}

	get trace(): TraceView {
		return this.run.trace;
	}
	get progress(): { icount: number; seq: number } {
		return this.entries[this.place];
	}
	/** Moments from the first on. */
	get length(): number {
		return this.entries.length;
	}

	private holds(point: StopPoint, index: number): boolean {
		const entry = this.entries[index];
		if (point.kind === 'address') {
			if (entry.pc !== point.address || (point.dom !== undefined && point.dom !== entry.dom)) return false;
			return point.condition === undefined || parseCondition(point.condition).holds(contextOf(entry));
		}
		if (point.kind !== 'event' || index === 0) return false;
		const from = this.entries[index - 1].seq;
		return queryAll(this.trace, point.query).some((seq) => seq >= from && seq < entry.seq);
	}

	private async stand(index: number, cause: StopReport['cause'], point?: number): Promise<StopReport> {
		this.place = index;
		const { icount, seq, cycle } = this.entries[index];
		return { cause, icount, seq, cycle, ...(point !== undefined && { point }) };
	}

	async advance(stop: StopSpec): Promise<StopReport> {
		for (let at = this.place + 1; at < this.entries.length; at++) {
			if (this.entries[at].icount >= (stop.icount ?? Infinity)) return this.stand(at, 'icount');
			const point = (stop.points ?? []).find((each) => this.holds(each, at));
			if (point) return this.stand(at, 'point', point.id);
		}
		return this.stand(this.entries.length - 1, 'budget');
	}
	async reverseContinue(stop: StopSpec): Promise<StopReport> {
		for (let at = this.place - 1; at >= 0; at--) {
			const point = (stop.points ?? []).find((each) => this.holds(each, at));
			if (point) return this.stand(at, 'point', point.id);
		}
		return this.stand(0, 'start');
	}
	async seek(moment: { icount?: number; seq?: number }): Promise<StopReport> {
		const wanted = moment.icount ?? 0;
		const index = this.entries.findIndex((entry) => entry.icount >= wanted);
		return this.stand(index < 0 ? this.entries.length - 1 : index, 'icount');
	}
	async inspect(): Promise<MomentState> {
		return this.entries[this.place].moment;
	}
	/** The machine itself goes to the moment only when memory is asked for. */
	async read(address: number, length: number): Promise<Uint8Array> {
		const key = `${address} ${length}`;
		const known = this.code.get(key);
		if (known) return known;
		const { icount, seq, moment } = this.entries[this.place];
		this.run.seek({ icount, seq });
		const bytes = readLinear(this.run, address, length);
		// What is executed here lies below all stacks and is never written.
		if (address < moment.regs.esp - STACK && bytes.length === length) this.code.set(key, bytes);
		return bytes;
	}
}

/** A moment without what steps do not look at. */
const slim = (moment: MomentState): MomentState => ({
	...moment,
	code: { ...moment.code, bytes: moment.code.bytes.slice(0, 16) },
	tlb: { ...moment.tlb, entries: [] },
	domains: []
});

const contextOf = (entry: Entry): ConditionContext => ({
	register: (name: RegisterOfCondition) =>
		name === 'cr3' ? entry.cr3 : ((entry.regs as unknown as Record<string, number>)[name] ?? 0),
	read: (linear) => (linear === entry.regs.esp ? entry.top : null),
	dom: entry.dom,
	vcpu: 0,
	ring: entry.cpl,
	hits: 1
});
