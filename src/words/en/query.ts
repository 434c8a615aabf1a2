/** What is told of what may stand in a query, where it is offered. */
import type { Language } from '../language';

export const QUERY: Language['query'] = {
	formats: {
		hex: 'a number, in hexadecimal',
		dec: 'a number',
		signed: 'a number, below zero an error',
		hex64: 'a number of 64 bits, in hexadecimal',
		dec64: 'a number of 64 bits',
		mac: 'an Ethernet address, as a number of 48 bits',
		addr: 'a linear address',
		mfn: 'a machine frame',
		dom: 'a domain',
		port: 'an event channel',
		bool: 'yes or no: 1 or 0',
		name: 'by name'
	},
	fields: {
		seq: 'number of the event',
		cycle: 'virtual time in cycles',
		icount: 'instructions retired before it',
		dom: 'domain that was running',
		vcpu: 'virtual processor that was running',
		ring: 'ring that it was recorded in',
		cause: 'number of the event that caused it',
		cycles: 'how long it took'
	},
	flags: { refused: 'the guest was told no', open: 'a span that has not ended' },
	scopes: {
		after: 'recorded later than the beginning of that event',
		past: 'recorded later than its end',
		before: 'recorded earlier',
		inside: 'within that span',
		around: 'spans that it lies in',
		causedby: 'whose cause it is'
	},
	orders: { first: 'the first of them', last: 'the last of them', '#': 'the second is #2' },
	functions: {
		count: 'how many events match',
		seq: 'number of the event',
		cycles: 'how long a span took, or from one event to another',
		instructions: 'instructions from one event to another',
		sum: 'of a field, over all that match',
		mean: 'of a field, over all that match',
		min: 'the least of a field',
		max: 'the greatest of a field',
		first: 'a field of the first that matches',
		last: 'a field of the last that matches',
		value: 'a field of the event that is named',
		ratio: 'one fact by another'
	},
	fieldOf: 'of {kind}',
	goesOn: 'then the next argument of {function}(',
	any: 'events of every kind',
	hypercall: 'hypercall: {about}',
	name: 'by name: its {what}',
	names: { hypercall: 'hypercall', or: '{before} or {other}' },
	ends: 'ends {scope}(',
	set: 'yes',
	seen: 'in this run'
};
