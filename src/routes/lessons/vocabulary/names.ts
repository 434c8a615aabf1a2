/**
 * The moments of a lesson by name. A step says `at="refused"`; a number that has to do with a moment says it in brackets where a
 * query could stand: `cycles([refused], [refused-back])`. Names stand for their queries' text, so what may stand where is the
 * grammar's to say (`src/trace/query/index.ts`, `src/trace/facts.ts`); a moment's query may name other moments.
 */
import type { Moments } from './vocabulary';

const REFERENCE = /\[([\w-]+)\]/g;

/** Before a query that names one event; in `count(...)`, `sum(field, ...)` and the like it would stand for all that match. */
const ONE_EVENT =
	/(?:\b(?:after|past|before|inside|around|causedby|seq|cycles|instructions)\(|(?<!\b(?:sum|mean|min|max|first|last)\(\s*\w+\s*),)\s*/;

/** Whether `query` stands in `text` for the one event that it names. */
function standsIn(text: string, query: string): boolean {
	const literal = query.replace(/[^\w\s]/g, '\\$&');
	return new RegExp(`${ONE_EVENT.source}${literal}\\s*[,)]`).test(text);
}

export class Names {
	/** Names that were asked for, by the prose or by another moment's query. */
	readonly used = new Set<string>();
	/** Expressions as they were written, references and all. */
	readonly written: string[] = [];

	constructor(readonly moments: Moments) {}

	/** The query of a moment. @throws Error for a name that is not declared, or that leads back to itself */
	query(name: string): string {
		return this.resolve(name, []);
	}

	/** An expression with the queries of its moments in their places. @throws Error as `query` does */
	expand(expression: string): string {
		this.written.push(expression);
		return this.replace(expression, []);
	}

	/** Declared, and asked for by nobody. */
	unused(): string[] {
		return Object.keys(this.moments).filter((name) => !this.used.has(name));
	}

	/** Where an expression or a moment's query spells out what a moment has a name for. */
	spelled(): string[] {
		const texts = [...this.written, ...Object.values(this.moments).map(({ query }) => query)];
		return Object.entries(this.moments).flatMap(([name, { query }]) =>
			texts.filter((text) => standsIn(text, query)).map((text) => `[${name}] is spelled out in: ${text}`)
		);
	}

	private resolve(name: string, within: readonly string[]): string {
		const path = [...within, name];
		if (within.includes(name)) throw new Error(`moments name each other in a circle: ${path.join(', ')}`);
		if (!Object.hasOwn(this.moments, name))
			throw new Error(
				`no moment '${name}' is declared in the lesson's moments.ts; there are ${Object.keys(this.moments).join(', ')}`
			);
		this.used.add(name);
		return this.replace(this.moments[name].query, path);
	}

	private replace(text: string, within: readonly string[]): string {
		return text.replace(REFERENCE, (_, name: string) => this.resolve(name, within));
	}
}
