import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import { contentSecurityPolicy } from './scripts/site.mjs';

/** @type {import('@sveltejs/kit').Config} */
export default {
	extensions: ['.svelte', '.md'],
	// Lessons are Markdown with components. Highlighting is off: code in a lesson is short, and its colours would compete with the rings'.
	preprocess: [vitePreprocess(), mdsvex({ extensions: ['.md'], highlight: false })],
	kit: {
		adapter: adapter({ fallback: '404.html' }),
		paths: { relative: true },
		csp: contentSecurityPolicy(),
		alias: { $src: 'src', $lessons: 'lessons', $lesson: 'src/routes/lessons/vocabulary' }
	}
};
