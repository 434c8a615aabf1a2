/** Why no trap led to an event, where none did. Apart from the picture's layout: who asks has no path to draw. */
import type { TraceView } from '../../trace/view';
import { visitOf } from '../../trace/visit';
import { words } from '../../words';

const { none } = words.views.trap;

/** One sentence. @param seq of an event behind no trap, or -1 */
export function untrapped(trace: TraceView, seq: number): string {
	if (trace.partial) return none.partial;
	return none[seq < 0 || seq >= trace.length ? 'guest' : visitOf(trace, seq).whose];
}
