/** The numbers that an event carries, in words. */
import { hex, hex8 } from '../../base';
import { DOMID_IDLE, DOMID_INVALID, DOMID_IO, DOMID_SELF, DOMID_XEN } from '../../abi/structs/xen';
import { isWide, type ArgFormat, type EventKind, type WideFormat } from '../events';
import { valueName } from '../values';
import type { TraceView } from '../view';
import type { ArgValue } from '../wide';
import { words } from '../../words';
import { fill } from '../../words/template';

const RESERVED: Readonly<Record<number, keyof typeof words.names.domains>> = {
	[DOMID_SELF]: 'self',
	[DOMID_IO]: 'io',
	[DOMID_XEN]: 'xen',
	[DOMID_INVALID]: 'invalid',
	[DOMID_IDLE]: 'idle'
};

/** Whether a domain's number stands for something else. */
export const isReserved = (dom: number): boolean => RESERVED[dom] !== undefined;

/** `dom1`, or what a reserved number stands for. */
export const domainName = (dom: number): string => {
	const reserved = RESERVED[dom];
	return reserved ? words.names.domains[reserved] : fill(words.names.domain, { dom });
};

/** `ring 3`. */
export const ringName = (ring: number): string =>
	ring >= 0 && ring <= 3 ? fill(words.names.ring, { ring }) : words.names.noRing;

/** What an event is called. */
export const titleOf = (view: TraceView, seq: number): string => words.events[view.kindName(seq)].title;

const NARROW: Readonly<Record<Exclude<ArgFormat, WideFormat>, (value: number) => string>> = {
	hex: (value) => hex(value),
	dec: (value) => String(value),
	signed: (value) => String(value),
	addr: (value) => `0x${hex8(value)}`,
	mfn: (value) => hex(value),
	dom: domainName,
	port: (value) => String(value),
	bool: (value) => (value ? words.names.yes : words.names.no),
	name: (value) => String(value)
};
/** `52:54:00:12:34:56`. */
function macText(value: ArgValue): string {
	const digits = value.toString(16).padStart(12, '0');
	return (digits.match(/../g) ?? []).join(':');
}

export const WIDE: Readonly<Record<WideFormat, (value: ArgValue) => string>> = {
	hex64: (value) => `0x${value.toString(16)}`,
	dec64: (value) => String(value),
	mac: macText
};

/** Arguments whose names are words of a language; all others are names of Xen's, of the SDM, or of the catalogue. */
const SPOKEN: { readonly [K in EventKind]?: Readonly<Record<string, Readonly<Record<string, string>>>> } = {
	tlb_flush: { cause: words.names.flushes },
	frame_dropped: { reason: words.names.drops },
	frame_fault: { fault: words.names.faults },
	runstate: { old: words.names.runstates, new: words.names.runstates },
	domain_crash: { reason: words.names.crashes },
	change: { what: words.names.changes },
	overruled: { what: words.names.overruled }
};

/** An argument in words: its name where its values have names, else its number in the format of the catalogue. */
export function argumentText(view: TraceView, seq: number, argument: string): string {
	const named = valueName(view, seq, argument);
	if (named.startsWith('-')) return `${named} (${view.arg(seq, argument)})`;
	if (named) return SPOKEN[view.kindName(seq)]?.[argument]?.[named] ?? named;
	const format = view.row(seq).args.find(([name]) => name === argument)?.[1] ?? 'dec';
	return isWide(format) ? WIDE[format](view.value(seq, argument)) : NARROW[format](view.arg(seq, argument));
}
