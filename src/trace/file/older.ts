/**
 * Events as older versions wrote them (CHANGELOG.md): which of their words lie where by now, and what has moved.
 */
import { HYPERCALLS } from '../../abi/hypercalls';
import { WORD_NAMES, EVENT_KINDS, KIND, type EventKind } from '../events';
import { isCall } from '../values';
import { wordIndex, type TraceColumns, type TraceView } from '../view';

/** Words that files of 1.0 do not have; they read 0. */
const ADDED: { readonly [K in EventKind]?: readonly string[] } = { mmu_entry: ['flags'] };

/**
 * Where the words that a file has of a kind lie here, or null where they are others. An argument that has become 64 bits wide
 * since is the low word of what it is now.
 */
export function placesOf(kind: number, names: readonly string[]): number[] | null {
	const here = WORD_NAMES[kind];
	const places = names.map((name) => (here.includes(name) ? here.indexOf(name) : here.indexOf(`${name}_low`)));
	const widened = here.filter((name, index) => name.endsWith('_high') && names.includes(here[index - 1].slice(0, -4)));
	const added = [...(ADDED[EVENT_KINDS[kind]] ?? []), ...widened];
	const complete = here.every((name, index) => places.includes(index) || added.includes(name));
	return complete && !places.includes(-1) && new Set(places).size === places.length ? places : null;
}

/** Calls of one entry, whose flags used to lie in the high half of `ptr`. */
const FLAGGED: readonly number[] = [HYPERCALLS.update_va_mapping.nr, HYPERCALLS.update_va_mapping_otherdomain.nr];
const PTR_HIGH = wordIndex(KIND.mmu_entry, 'ptr') + 1;
const FLAGS = wordIndex(KIND.mmu_entry, 'flags');

const hasFlags = (view: TraceView, seq: number): boolean => {
	const call = view.kind(seq) === KIND.mmu_entry ? view.parent(seq) : -1;
	return call >= 0 && isCall(view, call) && FLAGGED.includes(view.arg(call, 'nr'));
};

/** Puts what has moved where it lies by now, in the events from seq `from` on, which no other trace shares yet. */
export function bringUpToDate(view: TraceColumns, from: number): void {
	for (let seq = from; seq < view.length; seq++) {
		if (!hasFlags(view, seq) || view.word(seq, FLAGS) !== 0) continue;
		view.setWord(seq, FLAGS, view.word(seq, PTR_HIGH));
		view.setWord(seq, PTR_HIGH, 0);
	}
}
