import { describe, expect, it } from 'vitest';
import { GLOSSARY } from '../../words/en/glossary';
import { spellings } from '../../words/spellings';
import { markTerms } from './mark-terms';

const known = spellings(GLOSSARY);
const marked = (source: string) => markTerms(source, known, 'Term.svelte');
const T = (of: string, text: string) => `<GlossaryTerm of="${of}">${text}</GlossaryTerm>`;
const SCRIPT = `<script>import GlossaryTerm from 'Term.svelte';</script>\n`;

describe('a word of the glossary', () => {
	it('is marked at its first use and not again', () => {
		expect(marked('<p>A frame, and another frame.</p><p>Frames.</p>')).toBe(
			`${SCRIPT}<p>A ${T('frame', 'frame')}, and another frame.</p><p>Frames.</p>`
		);
	});
	it('is marked inside the components of a lesson, wherever they nest', () => {
		expect(
			marked('<script>\n\tlet x = 1 > 0;\n</script>\n<Step title="frame"><Why><p>A <em>frame</em>.</p></Why></Step>')
		).toBe(
			`<script>import GlossaryTerm from 'Term.svelte';\n\tlet x = 1 > 0;\n</script>\n<Step title="frame"><Why><p>A <em>${T('frame', 'frame')}</em>.</p></Why></Step>`
		);
	});
	it.each([
		['a heading', '<h2>The frame</h2>'],
		['a link', '<a href="#x">frame</a>'],
		['a button', '<button>frame</button>'],
		['code', '<p><code>frame</code> and <code>CR3 = 0</code></p>'],
		['a block of code', '<pre><code>CR3</code></pre>'],
		['a word that leads to an event', '<Event of="x">bounce frame</Event>'],
		['a question', '<Predict id="x" options={[{ says: "a frame" }]}>Which frame?</Predict>'],
		['what may not be shown', '{#if x}<p>A frame</p>{/if}'],
		['what the author says is something else', '<p>A <span data-plain>frame</span></p>']
	])('is left alone in %s', (_where, source) => {
		expect(marked(source)).toBeNull();
		expect(marked(`${source}<p>A frame, CR3.</p>`)).toContain(`<p>A ${T('frame', 'frame')},`);
	});
	it('is marked as code where it is always written as code', () => {
		expect(marked('<p>Who loads <code>CR3</code></p>')).toBe(
			`${SCRIPT}<p>Who loads ${T('cr3', '<code>CR3</code>')}</p>`
		);
	});
	it('is left to the author who chose its place', () => {
		expect(marked('<p>A frame.</p><p>The <Term of="frame">frame</Term>, a hypercall.</p>')).toBe(
			`${SCRIPT}<p>A frame.</p><p>The <Term of="frame">frame</Term>, a ${T('hypercall', 'hypercall')}.</p>`
		);
	});
});
