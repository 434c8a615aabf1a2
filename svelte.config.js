import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import { contentSecurityPolicy, siteVersion, withFileList } from './scripts/site.mjs';

/** @type {import('@sveltejs/kit').Config} */
export default {
	extensions: ['.svelte', '.md'],
	// Lessons are Markdown with components. Highlighting is off: code in a lesson is short, and its colours would compete with the rings'.
	preprocess: [vitePreprocess(), mdsvex({ extensions: ['.md'], highlight: false })],
	kit: {
		adapter: withFileList(adapter({ fallback: '404.html' })),
		version: { name: siteVersion() },
		// The page registers it when it has nothing better to do: `src/routes/shell/offline.svelte.ts`.
		serviceWorker: { register: false },
		paths: { relative: true },
		csp: contentSecurityPolicy(),
		prerender: {
			// A moment or an event of a lesson is a place in its run, not in its text: the page's script goes there.
			handleMissingId: ({ id, message }) => {
				if (!/^(moment|event)-/.test(id)) throw new Error(message);
			}
		},
		alias: { $src: 'src', $lessons: 'lessons', $lesson: 'src/routes/lessons/vocabulary' }
	}
};
