import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { icedPlugin } from './src/debugger/iced-plugin';
import { settledExports } from './scripts/settled-exports';
import { isolationHeaders } from './src/offline/isolation-plugin';
import { glossaryTerms } from './src/routes/glossary/terms-plugin';
import { checkSites } from './src/trace/sites-plugin';

export default defineConfig({
	plugins: [isolationHeaders(), sveltekit(), glossaryTerms(), checkSites(), icedPlugin(), settledExports()],
	worker: { format: 'es', plugins: () => [icedPlugin()] },
	// Browsers that know light-dark(): the tokens rest on it, so it must not be rewritten.
	build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
	test: {
		// All of a small machine, where one worker fewer would be half of it.
		maxWorkers: '100%',
		include: ['src/**/*.test.ts', 'lessons/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
		environment: 'node',
		testTimeout: 60_000
	}
});
