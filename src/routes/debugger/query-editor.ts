/** The field for a query: one line of CodeMirror with completion from the catalogue and the trace. Loaded when it is needed. */
import {
	acceptCompletion,
	autocompletion,
	closeCompletion,
	completionKeymap,
	selectedCompletion,
	selectedCompletionIndex,
	type CompletionContext,
	type CompletionResult
} from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder, tooltips, type Rect } from '@codemirror/view';
import { isFact } from '../../trace/facts';
import { complete, type Completion } from '../../trace/query/complete';
import { completeFact } from '../../trace/query/complete-fact';
import type { TraceView } from '../../trace/view';

export interface QueryEditorOptions {
	readonly host: HTMLElement;
	readonly text: string;
	/** For who cannot see it. */
	readonly label: string;
	readonly hint: string;
	/** The trace that values are suggested from. */
	trace(): TraceView | null;
	/** Completes something else than a query. */
	complete?(text: string, at: number): Completion | null;
	onchange(text: string): void;
	onask(): void;
}

/** Below this distance from the top of the page no list fits above the field, pixels. */
const LEAST_ABOVE = 140;

const LOOK = EditorView.theme({
	'&': {
		font: '12.5px var(--mono)',
		color: 'var(--ink)',
		background: 'var(--panel)',
		border: '1px solid var(--edge)',
		borderRadius: '8px'
	},
	'&.cm-focused': { outline: '2.5px solid var(--accent)', outlineOffset: '1px' },
	'.cm-content': { padding: '4px 0', caretColor: 'var(--ink)' },
	'.cm-line': { padding: '0 9px' },
	'.cm-scroller': { fontFamily: 'var(--mono)', overflow: 'hidden' },
	'.cm-placeholder': { color: 'var(--soft)' },
	'.cm-cursor': { borderLeftColor: 'var(--ink)' },
	'.cm-tooltip': {
		background: 'var(--panel)',
		color: 'var(--ink)',
		border: '1px solid var(--edge)',
		borderRadius: '8px',
		overflow: 'hidden'
	},
	'.cm-tooltip.cm-tooltip-autocomplete > ul > li': { minHeight: '24px', padding: '3px 9px', lineHeight: '18px' },
	'.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent-bg)', color: 'var(--ink)' },
	'.cm-completionDetail': { color: 'var(--soft)', fontStyle: 'normal' },
	'.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' }
});

/** A query or a fact: while there is but one word, it may become either. */
function completeAsked(text: string, at: number, trace: TraceView | undefined): Completion | null {
	if (isFact(text)) return completeFact(text, at, trace);
	const found = complete(text, at, trace);
	if (/\W/.test(text.slice(0, at))) return found;
	const functions = completeFact(text, at, trace)?.options ?? [];
	const options = [...(found?.options ?? []), ...functions];
	return options.length > 0 ? { from: found?.from ?? 0, options } : null;
}

/** All of the page above the field, where there is room for a list at all. */
function above(view: EditorView): Rect {
	const { top, bottom: own } = view.dom.getBoundingClientRect();
	const bottom = top > LEAST_ABOVE ? own : innerHeight;
	return { top: 0, left: 0, bottom, right: innerWidth };
}

/** Whether Enter takes what is offered: a word is being written, or one was chosen by the arrows. A word that is whole asks. */
function completes(view: EditorView): boolean {
	const { state } = view;
	const chosen = selectedCompletion(state);
	if (!chosen) return false;
	const [word] = /[-#"]?[\w.]*$/.exec(state.sliceDoc(0, state.selection.main.head))!;
	return word !== chosen.label && (word !== '' || (selectedCompletionIndex(state) ?? 0) > 0);
}

/** Makes the field in `host`. */
export function queryEditor(options: QueryEditorOptions): EditorView {
	const source = (context: CompletionContext): CompletionResult | null => {
		const text = context.state.doc.toString();
		const found = options.complete
			? options.complete(text, context.pos)
			: completeAsked(text, context.pos, options.trace() ?? undefined);
		if (!found || (found.options.length === 0 && !context.explicit)) return null;
		return { from: found.from, options: found.options.map((option) => ({ ...option })), filter: false };
	};
	return new EditorView({
		parent: options.host,
		state: EditorState.create({
			doc: options.text,
			extensions: [
				// One line; what is pasted with line ends is joined.
				EditorState.transactionFilter.of((change) => (change.newDoc.lines > 1 ? [] : change)),
				EditorView.contentAttributes.of({
					'aria-label': options.label,
					'aria-multiline': 'false',
					'data-first': '',
					spellcheck: 'false'
				}),
				placeholder(options.hint),
				// Above the field: what it finds stands below.
				autocompletion({ override: [source], icons: false, closeOnBlur: true, aboveCursor: true }),
				tooltips({ tooltipSpace: above }),
				keymap.of([
					{
						key: 'Enter',
						run: (view) => {
							if (completes(view) && acceptCompletion(view)) return true;
							closeCompletion(view);
							options.onask();
							return true;
						}
					},
					...completionKeymap
				]),
				EditorView.updateListener.of((update) => {
					if (update.docChanged) options.onchange(update.state.doc.toString());
				}),
				LOOK
			]
		})
	});
}
