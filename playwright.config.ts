import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { CHROMIUM_FLAGS } from './scripts/chromium.mjs';

const PORT = Number(process.env.E2E_PORT ?? 41871);
const CHROMIUM = process.env.CHROMIUM ?? (existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined);

/** A learner’s walk through the built site, in a real browser. `vite build` comes first. */
export default defineConfig({
	testDir: 'e2e',
	fullyParallel: true,
	workers: 2,
	timeout: 60_000,
	// A machine that runs something else beside it may lose one race with a clock; the report names such a test as flaky.
	retries: process.env.CI ? 1 : 0,
	expect: { timeout: 15_000 },
	reporter: process.env.CI ? 'line' : 'list',
	use: {
		baseURL: `http://127.0.0.1:${PORT}/`,
		// Those that are about it allow it.
		serviceWorkers: 'block',
		viewport: { width: 1440, height: 900 },
		launchOptions: {
			executablePath: CHROMIUM,
			args: CHROMIUM_FLAGS
		}
	},
	webServer: {
		command: `npx vite preview --host 127.0.0.1 --port ${PORT} --strictPort`,
		url: `http://127.0.0.1:${PORT}/`,
		reuseExistingServer: false,
		timeout: 60_000
	}
});
