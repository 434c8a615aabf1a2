/** What is told of what may stand in a query, where it is offered. */
import type { ArgFormat } from '../trace/events';
import type { Template } from './template';
import type { Said } from './views/said';

export interface QueryWords {
	/** What sort of number a field holds; `name` where its values have names. */
	readonly formats: Said<ArgFormat | 'name'>;
	/** Fields of every event. */
	readonly fields: Said<'seq' | 'cycle' | 'icount' | 'dom' | 'vcpu' | 'ring' | 'cause' | 'cycles'>;
	readonly flags: Said<'refused' | 'open'>;
	readonly scopes: Said<'after' | 'past' | 'before' | 'inside' | 'around' | 'causedby'>;
	readonly orders: Said<'first' | 'last' | '#'>;
	/** Functions of facts. */
	readonly functions: Said<
		'count' | 'seq' | 'cycles' | 'instructions' | 'sum' | 'mean' | 'min' | 'max' | 'first' | 'last' | 'value' | 'ratio'
	>;
	/** Of a field that only events of some kinds have. */
	readonly fieldOf: Template;
	/** What comes next among the arguments of a function. */
	readonly goesOn: Template;
	readonly any: Template;
	readonly hypercall: Template;
	/** Of the field `name`: what it names, of one kind or of several. */
	readonly name: Template;
	readonly names: Said<'hypercall' | 'or'>;
	readonly ends: Template;
	/** Of a flag of a kind, and of a value that was seen. */
	readonly set: Template;
	readonly seen: Template;
}
