/** How a chain of causes reads. */
import { KIND } from '../events';
import type { How } from '../causes';
import type { TraceView } from '../view';
import { domainName } from './names';
import { words } from '../../words/late';
import { fill } from '../../words/template';

/** How a link reads: what stands before the cause in a chain, and before the effect in a list of effects. */
export const HOW_WORDS: Readonly<Record<How, { readonly cause: string; readonly effect: string }>> =
	words.causes.joints;

/** What instructions do by themselves. */
const OWN_DEEDS = new Set<number>([KIND.trap, KIND.page_fault, KIND.halt, KIND.ring_change, KIND.far_return]);

function whoseText(view: TraceView, seq: number): string {
	const { whose } = words.causes;
	const ring = view.kind(seq) === KIND.far_return ? view.arg(seq, 'from_ring') : view.ring(seq);
	if (ring === 0) return whose.hypervisor;
	return fill(ring === 3 ? whose.process : whose.kernel, { dom: domainName(view.dom(seq)) });
}

/** Why a chain ends where it does: what the root itself came from. */
export function rootText(view: TraceView, seq: number): string {
	const { roots } = words.causes;
	const kind = view.kind(seq);
	if (kind === KIND.change) return roots.change;
	if (kind === KIND.console_input) return roots.typed;
	if (kind === KIND.timer) return roots.time;
	if (OWN_DEEDS.has(kind)) return fill(roots.instruction, { whose: whoseText(view, seq) });
	if (kind === KIND.domain_create || kind === KIND.domain_start) return roots.toolstack;
	return view.icount(seq) === 0 ? roots.before : roots.unknown;
}
