/** Vite plugin: in prose that is Markdown, a word of the glossary is linked and explained where the page first uses it. */
import { GLOSSARY } from '../../words/en/glossary';
import { spellings } from '../../words/spellings';
import { markTerms } from './mark-terms';

const COMPONENT = '$src/views/shared/Term.svelte';

/** What Vite needs of a plugin, so that this file does not depend on Vite. */
interface TermsPlugin {
	name: string;
	enforce: 'pre';
	transform: { filter: { id: RegExp }; handler(code: string): { code: string; map: null } | null };
}

/** It stands behind Svelte's own plugins: Markdown has become Svelte by then, and nothing is compiled yet. */
export function glossaryTerms(): TermsPlugin {
	const known = spellings(GLOSSARY);
	return {
		name: 'ringside-glossary-terms',
		enforce: 'pre',
		transform: {
			filter: { id: /\.md$/ },
			handler(code) {
				const marked = markTerms(code, known, COMPONENT);
				return marked === null ? null : { code: marked, map: null };
			}
		}
	};
}
