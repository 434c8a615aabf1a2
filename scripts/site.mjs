/** What the build needs to know of the site as a whole: its content security policy. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;

/** `sha256-...` of each script that stands in `src/app.html`; Kit adds those of its own. */
export function inlineScriptHashes(html = readFileSync(new URL('../src/app.html', import.meta.url), 'utf8')) {
	return [...html.matchAll(INLINE_SCRIPT)].map(
		([, text]) => /** @type {const} */ (`sha256-${createHash('sha256').update(text).digest('base64')}`)
	);
}

/**
 * What a page may load and run: this site alone. `wasm-unsafe-eval` is for the disassembler, which is WebAssembly. Styles may stand in
 * elements: the terminal and the editor write their own, and pictures place their marks so. Who may show the site in a frame is no
 * matter of a page (`frame-ancestors` counts in a header only): a lesson is to be embedded anywhere.
 *
 * @returns {import('@sveltejs/kit').KitConfig['csp']}
 */
export const contentSecurityPolicy = () => ({
	mode: 'hash',
	directives: {
		'default-src': ['none'],
		'script-src': ['self', 'wasm-unsafe-eval', ...inlineScriptHashes()],
		'worker-src': ['self'],
		'connect-src': ['self'],
		'style-src': ['self', 'unsafe-inline'],
		'img-src': ['self', 'data:'],
		'manifest-src': ['self'],
		'object-src': ['none'],
		'base-uri': ['none'],
		'form-action': ['none']
	}
});
