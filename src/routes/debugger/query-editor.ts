/** The field for a query: one line of CodeMirror with completion from the catalogue and the trace. Loaded when it is needed. */
import {
	autocompletion,
	completionKeymap,
	type CompletionContext,
	type CompletionResult
} from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { complete, type Completion } from '../../trace/query/complete';
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

/** Makes the field in `host`. */
export function queryEditor(options: QueryEditorOptions): EditorView {
	const source = (context: CompletionContext): CompletionResult | null => {
		const text = context.state.doc.toString();
		const found = options.complete
			? options.complete(text, context.pos)
			: complete(text, context.pos, options.trace() ?? undefined);
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
				autocompletion({ override: [source], icons: false, closeOnBlur: true }),
				keymap.of([
					...completionKeymap,
					{
						key: 'Enter',
						run: () => {
							options.onask();
							return true;
						}
					}
				]),
				EditorView.updateListener.of((update) => {
					if (update.docChanged) options.onchange(update.state.doc.toString());
				}),
				LOOK
			]
		})
	});
}
