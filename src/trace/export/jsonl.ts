/**
 * A trace as text: one JSON object a line, in order of seq.
 *
 * Every line has `seq, cycle, icount, dom, vcpu, ring, kind, cause`, then the arguments of its kind by
 * their names in the catalogue; a value that has a name also carries it as `<argument>_name`. Beyond that:
 * - `hypercall` and `subcall`: `name`, `op` (number or null), `op_name`, `args` (five numbers), `result`,
 *   `end` (seq of the last event inside) and `cycles`;
 * - other spans: `end`, `cycles`;
 * - `check`: `question`, `passed` (true or false), the two values by `a` and `b`, and `site`
 *   (`src/hypervisor/…:line`) where the caller knows it.
 *
 * A number beyond 2^53 - 1 is text: "0x8000000000000063", since hardly a reader of JSON would leave it as it is.
 */
import { CHECK_NAMES, type EventKind } from '../events';
import type { CheckSites } from '../sites';
import { isCall, valueName } from '../values';
import { words } from '../../words';
import { IS_SPAN, type TraceView } from '../view';
import { plainValue } from '../wide';

/** A line as an object: the columns, then the arguments by their names. */
export interface TraceLine {
	seq: number;
	cycle: number;
	icount: number;
	dom: number;
	vcpu: number;
	ring: number;
	kind: EventKind;
	cause: number;
	[argument: string]: unknown;
}

/** One event as a plain object, as its line has it. */
export function traceLine(view: TraceView, seq: number, sites: CheckSites = {}): TraceLine {
	const line: TraceLine = {
		seq,
		cycle: view.cycle(seq),
		icount: view.icount(seq),
		dom: view.dom(seq),
		vcpu: view.vcpu(seq),
		ring: view.ring(seq),
		kind: view.kindName(seq),
		cause: view.cause(seq)
	};
	if (isCall(view, seq)) addCall(line, view, seq);
	else if (line.kind === 'check') addCheck(line, view, seq, sites);
	else addArguments(line, view, seq);
	if (IS_SPAN[view.kind(seq)]) {
		const known = view.end(seq) >= 0 && !view.partial;
		line.end = known ? view.end(seq) : null;
		line.cycles = known ? view.duration(seq) : null;
	}
	return line;
}

function addCall(line: TraceLine, view: TraceView, seq: number): void {
	const op = view.arg(seq, 'op');
	line.name = valueName(view, seq, 'nr');
	line.op = op === -1 ? null : op;
	if (op !== -1) line.op_name = valueName(view, seq, 'op') || null;
	line.args = [1, 2, 3, 4, 5].map((n) => view.arg(seq, `arg${n}`));
	line.result = view.end(seq) < 0 || view.partial ? null : view.arg(seq, 'result');
}

function addCheck(line: TraceLine, view: TraceView, seq: number, sites: CheckSites): void {
	const name = CHECK_NAMES[view.arg(seq, 'check')];
	const site = sites[name];
	line.check = name;
	line.question = words.checks[name].question;
	line.passed = view.arg(seq, 'passed') !== 0;
	line.a = view.arg(seq, 'a');
	line.b = view.arg(seq, 'b');
	if (site) line.site = `${site.file}:${site.line}`;
}

function addArguments(line: TraceLine, view: TraceView, seq: number): void {
	for (const [name, format] of view.row(seq).args) {
		// The column `cause` says which event caused this one; a flush's own cause goes by its name.
		const key = name === 'cause' ? 'flush_cause' : name;
		const value = plainValue(view.value(seq, name));
		line[key] = format === 'bool' ? value !== 0 : value;
		const named = valueName(view, seq, name);
		if (named) line[`${key}_name`] = named;
	}
}

/** Lines `from..to` of a trace, each ended by a newline, in pieces of at most about 64 KiB. */
export function* jsonl(view: TraceView, sites: CheckSites = {}, from = 0, to = view.length): Generator<string> {
	let piece = '';
	for (let seq = from; seq < to; seq++) {
		piece += JSON.stringify(traceLine(view, seq, sites)) + '\n';
		if (piece.length > 65_536) {
			yield piece;
			piece = '';
		}
	}
	if (piece) yield piece;
}
