import { assert } from '../../base';
import { KIND, NullRecorder, word, type Recorder } from '../../trace/events';

/** The lines of a PC: those of its ISA bus, and the two local pins that every processor has. */
export type LineName = `irq${number}` | 'lint0' | 'lint1';

/** Raises or lowers a line on behalf of one source. */
export type Trigger = (high: boolean) => void;

/** By line, the sources that hold it high; a line that none holds is left out. */
export type LinesState = Readonly<Record<string, readonly string[]>>;

/**
 * A wire from sources to whoever listens. It is high while at least one of its sources holds it high. What that means, a level or an edge,
 * is the listener's affair: it hears of each change.
 */
export class Line {
	private readonly sources = new Set<string>();
	private readonly listeners: Trigger[] = [];
	/** Sources that hold it high. */
	private readonly holders = new Set<string>();

	/** Number of an ISA line, whose changes are events; NaN of a pin of the processor. */
	private readonly number: number;

	constructor(
		readonly name: LineName,
		private readonly recorder: Recorder = new NullRecorder()
	) {
		this.number = name.startsWith('irq') ? Number(name.slice(3)) : NaN;
	}

	get high(): boolean {
		return this.holders.size > 0;
	}

	/** Wires a source to it, which no other may be called like. */
	source(name: string): Trigger {
		assert(!this.sources.has(name), 'two sources of a line have one name', { line: this.name, name });
		this.sources.add(name);
		return (high) => this.hold(name, high);
	}

	private hold(source: string, high: boolean): void {
		const before = this.high;
		if (high) this.holders.add(source);
		else this.holders.delete(source);
		if (this.high === before) return;
		const { number, recorder } = this;
		if (number >= 0) recorder.record(KIND.irq_line, word('line', number), word('high', this.high ? 1 : 0));
		for (const listener of this.listeners) listener(this.high);
	}

	/** Wires a listener to it, which hears every change from now on. */
	listen(listener: Trigger): void {
		this.listeners.push(listener);
	}

	/** Sources that hold it high, in the order of the alphabet. */
	save(): string[] {
		return [...this.holders].sort();
	}

	/** Whoever listens restores what it has heard itself: nobody is told. */
	restore(holders: readonly string[]): void {
		this.holders.clear();
		for (const name of holders) {
			assert(this.sources.has(name), 'a saved line has a source that is not there', { line: this.name, name });
			this.holders.add(name);
		}
	}
}

/** All lines of a machine. A line comes into being when it is first asked for, low. */
export class Lines {
	private readonly lines = new Map<string, Line>();

	/** @param recorder where changes of ISA lines are recorded */
	constructor(private readonly recorder: Recorder = new NullRecorder()) {}

	get(name: LineName): Line {
		const line = this.lines.get(name) ?? new Line(name, this.recorder);
		this.lines.set(name, line);
		return line;
	}

	save(): LinesState {
		const high = [...this.lines.values()].filter((line) => line.high);
		return Object.fromEntries(high.map((line) => [line.name, line.save()]));
	}

	restore(state: LinesState): void {
		const unknown = Object.keys(state).filter((name) => !this.lines.has(name));
		assert(unknown.length === 0, 'a saved line is not there', { unknown });
		for (const line of this.lines.values()) line.restore(state[line.name] ?? []);
	}
}
