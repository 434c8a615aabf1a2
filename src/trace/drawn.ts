/**
 * Two futures drawn as text, for tests: one event a line, the one future left of the bar and the other right of it.
 *
 *     hypercall 3 -1        | hypercall 3 -1
 *       check 0 1 0x10 2    |   check 0 1 0x10 2
 *                           |   overruled
 *     far_return 0 1        | far_return 0 1
 *
 * Words after the kind are its arguments; a span's last word after `=` is its result. Indented lines lie inside the span above. Each
 * event takes one cycle and one instruction more than the one before, so that the two drift apart.
 */
import { IS_SPAN } from './view';
import { KIND, type EventKind } from './events';
import { TraceStore } from './store';
import type { Standing, Alignment } from './align';
import type { TraceView } from './view';

/** A trace of the events in `lines`. */
export function drawnTrace(lines: readonly string[]): TraceView {
	let time = 0;
	const store = new TraceStore({ now: () => time * 100, icount: () => time, ring: () => 1 });
	store.dom = 1;
	const open: { indent: number; seq: number; result: number | undefined }[] = [];
	const close = (indent: number): void => {
		while (open.length > 0 && open[open.length - 1].indent >= indent) {
			const { seq, result } = open.pop()!;
			store.end(seq, result);
		}
	};
	for (const line of lines) {
		if (line.trim() === '') continue;
		time++;
		const indent = line.length - line.trimStart().length;
		close(indent);
		const [words, result] = line.trim().split('=');
		const [name, ...args] = words.trim().split(/\s+/);
		const kind = KIND[name as EventKind];
		if (kind === undefined) throw new Error(`no kind '${name}' in the drawing`);
		if (!IS_SPAN[kind]) store.record(kind, ...args.map(Number));
		else
			open.push({
				indent,
				seq: store.begin(kind, ...args.map(Number)),
				result: result === undefined ? 0 : Number(result)
			});
	}
	close(-1);
	return store.view;
}

/** The two futures of a drawing. */
export function drawnPair(drawing: string): [a: TraceView, b: TraceView] {
	const lines = drawing.split('\n').filter((line) => line.includes('|'));
	const sides = lines.map((line) => line.split('|'));
	const margin = Math.min(...sides.flatMap(([left]) => (left.trim() ? [left.length - left.trimStart().length] : [])));
	return [
		drawnTrace(sides.map(([left]) => left.slice(margin))),
		drawnTrace(sides.map(([, right]) => right.replace(/^ /, '')))
	];
}

const SIGNS: Readonly<Record<Standing, string>> = { same: '=', changed: '~', a: '<', b: '>' };

/** How the events stand, one sign each: `=` the same, `~` gone otherwise, `<` only in the one, `>` only in the other. */
export const signs = (alignment: Alignment): string =>
	alignment.blocks.map(({ kind, count }) => SIGNS[kind].repeat(count)).join('');
