/** A learner’s walk through each lesson. */
import { gzipSync } from 'node:zlib';
import type { Locator, Page } from '@playwright/test';
import { expect, LESSONS, noSideScroll, openLesson, stepsOf, test } from './site';

/** How each exercise is solved as it is posed first: what is typed into which field. */
const SOLUTIONS: Record<string, Record<string, string>[]> = {
	'01-four-rings': [{ 'The instruction': 'smsw ebx' }],
	'02-asking-the-hypervisor': [{ EBX: '7' }, { 'ptr: where': '0x1350e8', 'As a number': '0x13b061' }],
	'03-one-page-table-write': [{ 'As a number': '0x138065' }],
	'04-events-instead-of-interrupts': [
		{ 'evtchn_mask[0]: the mask bits of ports 0 to 31': '0x10' },
		{ 'EBX: the operation': '4', 'The port, in memory at ECX': '4' }
	],
	'05-sharing-a-page': [{ 'flags: what is permitted': '1' }],
	'06-a-ring-for-two': [{ 'sector_number: the first sector on the disk': '120' }, { rsp_event: '8' }],
	'07-one-disk-write': [{ 'sector_number: first sector on dom1’s disk': '328' }],
	'08-a-packets-journey': [{ 'ip.src: the sender’s address in the packet': '0x0a000003' }]
};

/** JavaScript that a lesson may load before the learner asks for more, KiB gzipped. */
const BUDGET = 166;

async function predictAll(page: Page, step: number): Promise<void> {
	const form = page.locator(`#step-${step} form.predict`);
	if ((await form.count()) === 0) return;
	await form.getByRole('radio').first().check();
	await form.getByRole('button', { name: 'Commit and run' }).click();
	await expect(form.getByText('what happened', { exact: true })).toHaveCount(1);
	await expect(form.getByRole('status')).toContainText(/Yes\.|No\./);
}

/** Solves the exercises of a step, after what stands there at the start has not. */
async function solveAll(section: Locator, solutions: Record<string, string>[]): Promise<void> {
	for (const exercise of await section.getByRole('region', { name: 'Exercise' }).all()) {
		const run = exercise.getByRole('button', { name: 'Run it' });
		const verdict = exercise.getByRole('status');
		await run.click();
		await expect(verdict).toContainText(/Not yet\.|Type a number/);
		for (const [label, text] of Object.entries(solutions.shift()!))
			await exercise.getByRole('textbox', { name: label, exact: true }).fill(text);
		await run.click();
		await expect(verdict).toContainText('Solved.');
	}
}

test('nothing tells the answer before the learner has predicted, or asked to be told', async ({ page }) => {
	await openLesson(page, '03-one-page-table-write', '#step-4');
	const step = page.locator('#step-4');
	const answer = step.getByText('Nothing was written: an entry is written whole, or not at all.');
	await expect(step.getByRole('button', { name: 'Commit and run' })).toBeVisible();
	await expect(answer).toBeHidden();
	await expect(page.locator('.score')).not.toContainText('no');
	await step.getByRole('button', { name: 'Tell me without' }).click();
	await expect(answer).toBeVisible();
	await expect(step.getByRole('status')).toContainText('A frame has one type at a time.');
	await expect(page.locator('.score')).toContainText('type compatible: no');
});

test('the space bar chooses the answer that has the focus, and plays only where nothing takes it', async ({ page }) => {
	await openLesson(page, '04-events-instead-of-interrupts');
	const answer = page.locator('#step-1').getByRole('radio').nth(1);
	await answer.press('Space');
	await expect(answer).toBeChecked();
	await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0);
	await expect(page.locator('#step-1 a[aria-current=step]')).toBeVisible();
});

for (const { slug, title } of LESSONS) {
	test.describe(title, () => {
		test('is walked from the first step to the solved exercise', async ({ page }) => {
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			const solutions = [...SOLUTIONS[slug]];
			expect(steps).toBeGreaterThan(1);
			for (let step = 1; step <= steps; step++) {
				const section = page.locator(`#step-${step}`);
				await expect(section.locator('a[aria-current=step]')).toBeVisible();
				await predictAll(page, step);
				for (const fact of await section.locator('.fact').all()) await expect(fact).not.toHaveText(/…|NaN/);
				await expect(page.locator('.views .view section').first()).toBeVisible();
				await expect(page.locator('.views:not(.waiting)')).toBeVisible();
				await solveAll(section, solutions);
				if (step < steps) await section.getByRole('link', { name: 'Next step' }).click();
			}
			expect(solutions).toEqual([]);
			await expect(page.locator('.whose')).toBeVisible();
			await page.goto('lessons/');
			await expect(page.getByText(`${steps} of ${steps} steps · exercise solved`)).toBeVisible();
		});

		test('can be walked with the keyboard and read as text', async ({ page }) => {
			await page.emulateMedia({ reducedMotion: 'reduce' });
			await openLesson(page, slug);
			const live = page.locator('[aria-live=polite]');
			await expect(live).toContainText('Step 1');
			await page.keyboard.press('t');
			await expect(page.getByRole('list', { name: 'The score, as text' })).toBeVisible();
			await page.keyboard.press('n');
			await expect(live).toContainText('Step 2');
			await page.keyboard.press('.');
			const one = await live.textContent();
			await page.keyboard.press('.');
			await expect(live).not.toHaveText(one ?? '');
			await page.keyboard.press(',');
			await expect(live).toHaveText(one ?? '');
			await page.keyboard.press('h');
			await expect(live).toContainText('Hypercall');
			await page.keyboard.press('[');
			await expect(live).not.toHaveText('');
			await page.keyboard.press(' ');
			await expect(page.getByRole('button', { name: 'Play to the next step’s moment' })).toBeVisible();
		});

		test('opens at a step by its address', async ({ page }) => {
			await openLesson(page, slug, '#step-3');
			await expect(page.locator('#step-3 a[aria-current=step]')).toBeVisible();
			await expect(page.locator('#step-3 .body')).toBeVisible();
			await expect(page.locator('#step-2 .body')).toBeHidden();
		});

		test('turns like pages on a phone, with nothing clipped', async ({ page }) => {
			await page.setViewportSize({ width: 390, height: 844 });
			await openLesson(page, slug);
			const steps = await stepsOf(page);
			expect(steps).toBeGreaterThan(1);
			for (let step = 1; step <= steps; step++) {
				await expect(page.locator(`#step-${step}`)).toBeVisible();
				await expect(page.locator('.views:not(.waiting)')).toBeVisible();
				await noSideScroll(page);
				if (step < steps) await page.getByRole('button', { name: 'Next step', exact: true }).click();
			}
		});

		test('loads little JavaScript, and shows a moving picture soon', async ({ page }, info) => {
			const scripts = new Map<string, Promise<Buffer>>();
			page.on('response', (response) => {
				if (response.url().endsWith('.js')) scripts.set(response.url(), response.body());
			});
			await page.goto(`lessons/${slug}/`);
			const picture = await page.waitForFunction(
				() => (document.querySelector('.score .line') ? performance.now() : 0),
				null,
				{ polling: 'raf' }
			);
			const after = Math.round(await picture.jsonValue());
			await expect(page.locator('main.ready')).toBeVisible({ timeout: 30_000 });
			await expect(page.locator('.views .view section').first()).toBeVisible();
			const kib = async () => {
				let bytes = 0;
				for (const body of scripts.values()) bytes += gzipSync(await body).length;
				return bytes / 1024;
			};
			const opened = await kib();
			// The learner begins: now the machine itself is loaded, and goes to the next moment.
			await page.getByRole('button', { name: 'One event on' }).click();
			await expect(page.locator('.views:not(.waiting)')).toBeVisible();
			const said = `${slug}: ${opened.toFixed(1)} KiB of JavaScript (gzip), ${(await kib()).toFixed(1)} with the machine; first moving picture after ${after} ms`;
			info.annotations.push({ type: 'measured', description: said });
			console.log(said);
			expect(opened).toBeLessThanOrEqual(BUDGET);
		});
	});
}
