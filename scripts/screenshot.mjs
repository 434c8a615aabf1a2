// Takes the README's picture from the built site: lesson 3 at the refused update. Run after `npm run build`.
import { spawn } from 'node:child_process';
import { chromium as playwright } from '@playwright/test';
import { chromium, CHROMIUM_FLAGS } from './chromium.mjs';

// Vite tells at length that the config's imports have no file extensions; TypeScript wants them so.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';
const PORT = 4199;
const server = spawn('npx', ['vite', 'preview', '--host', '127.0.0.1', '--port', String(PORT), '--strictPort'], {
	stdio: 'ignore',
	detached: true
});
const browser = await playwright.launch({ executablePath: chromium(), args: CHROMIUM_FLAGS });
try {
	const page = await browser.newPage({
		viewport: { width: 1440, height: 900 },
		colorScheme: 'light',
		reducedMotion: 'reduce'
	});
	const url = `http://127.0.0.1:${PORT}/lessons/03-one-page-table-write/#step-4`;
	for (let tries = 0; tries < 50; tries++) {
		if (
			await page.goto(url).then(
				() => true,
				() => false
			)
		)
			break;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	await page.getByRole('group', { name: 'Transport' }).waitFor();
	const step = page.locator('#step-4');
	await step.getByRole('radio').nth(1).check();
	await step.getByRole('button', { name: 'Commit and run' }).click();
	await page.locator('.score').getByText('type compatible').waitFor();
	await page.waitForTimeout(2000);
	await page.screenshot({ path: 'static/screenshot.png' });
	console.log('static/screenshot.png');
} finally {
	await browser.close();
	process.kill(-server.pid);
}
