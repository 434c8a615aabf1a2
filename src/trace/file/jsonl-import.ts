/** Reads a trace of JSON lines (export/jsonl.ts), whole or what a filter left of it. */
import { HYPERCALLS } from '../../abi/hypercalls';
import { TraceBuilder } from '../builder';
import { ARG_WORDS, CHECK, EVENTS, isWide, KIND, type EventKind } from '../events';
import { sliceOf, type TraceMirror } from '../mirror';

import { exact, joined, type ArgValue } from '../wide';
import { FileError } from './error';
import { bringUpToDate } from './older';
import { Pace, type PaceOptions } from './pace';
import { MOST_EVENTS } from './trace';

/** Longest line that is read. */
const LONGEST_LINE = 65_536;
const NEWLINE = 0x0a;

type Line = Readonly<Record<string, unknown>>;

/** Whether a file begins as JSON lines of a trace do. */
export const isJsonLines = (bytes: Uint8Array): boolean =>
	new TextDecoder().decode(bytes.subarray(0, 8)).replace(/\s/g, '').startsWith('{"seq"');

/** A number of the line; `null` where it says that there is none. */
function number(line: Line, name: string, otherwise?: number): number {
	const value = line[name];
	if (typeof value === 'boolean') return value ? 1 : 0;
	if (typeof value === 'number' && Number.isFinite(value)) return value;
	if (otherwise !== undefined && (value === null || value === undefined)) return otherwise;
	throw new FileError(`'${name}' should be a number`);
}

/** An argument of 64 bits: a number, or text where none is exact; halves by name in lines of older versions. */
function wide(line: Line, name: string): ArgValue {
	if (typeof line[`${name}_low`] === 'number')
		return joined(number(line, `${name}_low`) >>> 0, number(line, `${name}_high`) >>> 0);
	const text = line[name];
	if (typeof text === 'string' && /^0x[0-9a-f]{1,16}$/.test(text)) return exact(BigInt(text));
	const value = number(line, name);
	if (Number.isSafeInteger(value) && value >= 0) return value;
	throw new FileError(`'${name}' should be a whole number of 64 bits`);
}

const NUMBERED = /^hypercall_(\d+)$/;

function hypercallNumber(line: Line): number {
	const name = String(line.name);
	const known = Object.hasOwn(HYPERCALLS, name) ? HYPERCALLS[name as keyof typeof HYPERCALLS].nr : undefined;
	const nr = known ?? NUMBERED.exec(name)?.[1];
	if (nr === undefined) throw new FileError(`there is no hypercall '${name}'`);
	return Number(nr);
}

function callArgs(line: Line): number[] {
	const { args } = line;
	if (!Array.isArray(args) || args.length !== 5) throw new FileError("'args' should be five numbers");
	return [
		hypercallNumber(line),
		number(line, 'op', -1),
		...args.map((_, index) => number(args as unknown as Line, String(index))),
		number(line, 'result', 0)
	];
}

function checkArgs(line: Line): number[] {
	const name = String(line.check);
	if (!Object.hasOwn(CHECK, name)) throw new FileError(`there is no decision '${name}'`);
	return [CHECK[name as keyof typeof CHECK], number(line, 'passed'), number(line, 'a'), number(line, 'b')];
}

/** Kinds whose lines have their arguments otherwise than by name. */
const ARGS: { readonly [K in EventKind]?: (line: Line) => ArgValue[] } = {
	hypercall: callArgs,
	subcall: callArgs,
	check: checkArgs
};

/** Lines of older versions have no flags: the high half of `ptr` held them. */
const isOlder = (kind: EventKind, line: Line): boolean => kind === 'mmu_entry' && line.flags === undefined;

const plainArgs = (kind: EventKind, line: Line): ArgValue[] =>
	EVENTS[kind].args.map(([name, format]) => {
		if (isWide(format)) return wide(line, name);
		return number(line, name === 'cause' ? 'flush_cause' : name, isOlder(kind, line) ? 0 : undefined);
	});

/** Takes the lines one after another. */
class LineReader {
	readonly builder = new TraceBuilder();
	/** The events' numbers in the file, ascending: what a filter left out is missing. */
	private readonly seqs: number[] = [];
	/** Whether a line of an older version was among them. */
	private older = false;
	private cycle = 0;
	private icount = 0;

	take(line: Line): void {
		const kind = String(line.kind);
		if (!Object.hasOwn(EVENTS, kind)) throw new FileError(`there is no kind of event '${kind}'`);
		const seq = number(line, 'seq');
		if (!Number.isInteger(seq) || seq <= (this.seqs.at(-1) ?? -1)) throw new FileError("'seq' should go up");
		const [cycle, icount] = [number(line, 'cycle'), number(line, 'icount')];
		if (cycle < this.cycle || icount < this.icount) throw new FileError('time goes back');
		if (this.seqs.length >= MOST_EVENTS) throw new FileError(`there are more than ${MOST_EVENTS} events`);
		this.seqs.push(seq);
		this.cycle = cycle;
		this.icount = icount;
		const name = kind as EventKind;
		this.older ||= isOlder(name, line);
		this.builder.add({
			cycle,
			icount,
			dom: number(line, 'dom') & 0xffff,
			vcpu: number(line, 'vcpu') & 0xff,
			ring: number(line, 'ring') & 3,
			kind: KIND[name],
			cause: this.here(number(line, 'cause')),
			end: this.lastInside(name, line),
			args: (ARGS[name] ?? ((one) => plainArgs(name, one)))(line),
			took: number(line, 'cycles', 0)
		});
	}

	/** How many events come before event `seq` of the file. */
	private before(seq: number): number {
		let low = 0;
		let high = this.seqs.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.seqs[middle] < seq) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Where event `seq` of the file is here, or -1. */
	private here(seq: number): number {
		const at = this.before(seq);
		return this.seqs[at] === seq ? at : -1;
	}

	/** The end of a span by the file's numbers, until all events have come: see `finish`. */
	private lastInside(kind: EventKind, line: Line): number {
		if (!EVENTS[kind].span) return -1;
		const end = number(line, 'end', -1);
		if (end >= 0 && end < number(line, 'seq')) throw new FileError("'end' is before the event");
		return end;
	}

	/** The trace, its spans ended by the numbers that events have here. */
	finish(): TraceMirror {
		const view = this.builder.finish();
		const closed: number[] = [];
		for (let at = 0; at < view.length; at++) {
			const row = view.row(at);
			const end = view.end(at);
			if (!row.span || end < 0) continue;
			const last = this.before(end + 1) - 1;
			if (last !== end) closed.push(at, last, view.word(at, ARG_WORDS[view.kind(at)] - 1), view.duration(at));
		}
		view.append(sliceOf(view, view.length, view.length, closed));
		if (this.older) bringUpToDate(view, 0);
		return view;
	}
}

/**
 * Reads JSON lines.
 * @throws FileError with the line and the byte at which something is wrong; AbortError when called off
 */
export async function importJsonLines(bytes: Uint8Array, options: PaceOptions = {}): Promise<TraceMirror> {
	const pace = new Pace(options);
	const reader = new LineReader();
	const decoder = new TextDecoder('utf-8', { fatal: true });
	for (let at = 0, count = 1; at < bytes.length; count++) {
		const newline = bytes.indexOf(NEWLINE, at);
		const end = newline < 0 ? bytes.length : newline;
		try {
			if (end - at > LONGEST_LINE) throw new FileError('it is too long');
			const text = decoder.decode(bytes.subarray(at, end)).trim();
			const line: unknown = text === '' ? null : JSON.parse(text);
			if (text !== '' && (typeof line !== 'object' || line === null)) throw new FileError('it is no object');
			if (line !== null) reader.take(line as Line);
		} catch (error) {
			const reason = error instanceof FileError ? error.reason : (error as Error).message;
			throw new FileError(`line ${count} is no event of a trace: ${reason}`, at);
		}
		at = end + 1;
		if ((count & 0xff) === 0) await pace.step(at / bytes.length);
	}
	pace.finish();
	return reader.finish();
}
