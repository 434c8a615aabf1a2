/** Scopes of queries: parts of a trace, told by an event. */
import type { TraceView } from '../view';
import type { Test } from './fields';

/** Where a query looks, and what more must hold there. */
export interface Range {
	from: number;
	/** Exclusive. */
	to: number;
	test?: Test;
}
export type Scope = (view: TraceView, seq: number) => Range;

/** Scopes by name: which part of the trace is meant when `seq` is the event in parentheses. */
export const SCOPES: Readonly<Record<string, { range: Scope }>> = {
	after: {
		range: (view, seq) => ({ from: seq + 1, to: view.length })
	},
	past: {
		range: (view, seq) => ({ from: lastOf(view, seq) + 1, to: view.length })
	},
	before: { range: (_view, seq) => ({ from: 0, to: seq }) },
	inside: {
		range: (view, seq) => ({ from: seq + 1, to: lastOf(view, seq) + 1 })
	},
	around: {
		range: (_view, seq) => ({ from: 0, to: seq, test: (view, outer) => lastOf(view, outer) >= seq })
	},
	causedby: {
		range: (view, seq) => ({ from: seq + 1, to: view.length, test: (_view, effect) => view.cause(effect) === seq })
	}
};

const lastOf = (view: TraceView, seq: number): number => (view.end(seq) < 0 ? view.length - 1 : view.end(seq));
