/**
 * Queries name events by what they are, never by an index: "the second refused mmu_update of dom 1" is
 * `hypercall name=mmu_update dom=1 refused #2`.
 *
 *     query     = kinds { condition | scope } [ order ] | "@" seq
 *     kinds     = kind { "|" kind } | "any"                 a kind of the catalogue: hypercall, page_fault ...
 *     condition = field op value { "|" value }              any of the values; with != none of them
 *               | [ "!" ] flag
 *     op        = "=" | "!=" | "<" | "<=" | ">" | ">="
 *     field     = an argument of the kind | name | seq | cycle | icount | dom | vcpu | ring | cause | cycles
 *     flag      = an argument of format bool | refused | open
 *     value     = number | name | "quoted name"             0xc0de, -22, 1e6, -EINVAL, #PF, yield, l1_page_table
 *     scope     = "after" "(" query ")"                     recorded later than its beginning
 *               | "past" "(" query ")"                      recorded later than its end
 *               | "before" "(" query ")"
 *               | "inside" "(" query ")"                    within that span
 *               | "around" "(" query ")"                    spans that it lies in
 *               | "causedby" "(" query ")"                  whose cause it is
 *     order     = "#" n | "first" | "last"                  first when left out; #1 is the first
 *
 * `name` is the event's main name: of a hypercall its name, of a trap its vector, of a check its
 * question. `op` is a sub-operation, by number or by Xen's name. `cycles` is how long a span took.
 * Whole numbers are exact, those of 64 bits too: 0x8000_0000_0014_3063.
 */
import type { TraceView } from '../view';
import { Tokens } from './lexer';
import { compileSelector, type Query } from './match';
import { parseSelector, QUERIES, QueryError } from './selector';

export type { Query } from './match';
export { QueryError } from './selector';

const compiled = new Map<string, Query>();

/** Compiles a query; throws `QueryError` with what is wrong and where. */
export function compileQuery(text: string): Query {
	const known = compiled.get(text);
	if (known) return known;
	const tokens = new Tokens(text, QUERIES);
	const selector = parseSelector(tokens);
	tokens.finish();
	const query = compileSelector(selector, tokens);
	if (compiled.size > 1000) compiled.clear();
	compiled.set(text, query);
	return query;
}

/** The event that `text` names. Throws `QueryError` when there is none. */
export function query(view: TraceView, text: string): number {
	const found = compileQuery(text);
	const seq = found.one(view);
	if (seq >= 0) return seq;
	const matches = found.all(view).length;
	throw new QueryError(matches > 0 ? `only ${matches} events match` : 'no event matches', text, 0);
}

/** The event that `text` names, or -1. */
export const tryQuery = (view: TraceView, text: string): number => compileQuery(text).one(view);

/** Whether one event is among those that `text` matches, whatever the order word says. @throws QueryError */
export function eventTest(text: string): (view: TraceView, seq: number) => boolean {
	const wanted = compileQuery(text);
	return (view, seq) => wanted.includes(view, seq);
}

/** All events that `text` matches, ascending. */
export const queryAll = (view: TraceView, text: string): number[] => compileQuery(text).all(view);
