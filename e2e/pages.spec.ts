/** Every page: accessible in both themes, nothing clipped on a phone, keys and themes that are remembered. */
import { accessible, expect, LESSONS, noSideScroll, openLesson, SAMPLE, test } from './site';

const [{ slug }] = LESSONS;

/** One page of each kind. What depends on the lesson is looked at in each lesson's walk, as it is then: steps open, exercise and recall answered. */
const KINDS = [
	'',
	'lessons/',
	'recall/',
	'class/',
	'assignment/',
	'assignment/new/',
	'what-is-a-hypervisor/',
	'glossary/',
	'debugger/',
	...SAMPLE.map((lesson) => `lessons/${lesson.slug}/`),
	`lessons/${slug}/handout/`,
	`lessons/${slug}/teacher/`
];

for (const path of KINDS)
	test(`/${path}: axe finds nothing in either theme, and a phone is wide enough`, async ({ page }) => {
		test.slow();
		await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
		await page.goto(path);
		const isLesson = /^lessons\/[^/]+\/(handout\/)?$/.test(path);
		if (isLesson) await expect(page.locator('main.ready')).toBeVisible({ timeout: 60_000 });
		if (path === 'what-is-a-hypervisor/')
			await expect(page.locator('.bytes')).toHaveText('0F 3F 82', { timeout: 30_000 });
		await page.waitForTimeout(1000);
		await accessible(page);
		await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
		await page.waitForTimeout(300);
		// Paper has one theme.
		if (!path.endsWith('/handout/')) await accessible(page);
		await page.setViewportSize({ width: 390, height: 844 });
		await page.waitForTimeout(500);
		await noSideScroll(page);
	});

test('home runs a machine at once', async ({ page }) => {
	await page.goto('');
	await expect(page.getByText(/\d instructions/)).toBeVisible();
	await expect(page.locator('.numbers b').nth(2)).not.toHaveText('0');
	// Few events are marks of their own; soon they are so many that a canvas shows them.
	await expect(page.locator('svg .marks path, canvas').first()).toBeVisible();
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByRole('link', { name: 'Start: what is a hypervisor' }).click();
	await expect(page).toHaveURL(/what-is-a-hypervisor/);
});

test('a theme that is chosen stays', async ({ page }) => {
	await page.goto('');
	// The page is written before it listens: the first click may come too early.
	await expect(async () => {
		await page.getByRole('button', { name: /Theme/ }).click();
		await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark', { timeout: 500 });
	}).toPass();
	await page.goto('lessons/');
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('the first stop of the keyboard leads past the header', async ({ page }) => {
	await page.goto('lessons/');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
});

test('? tells the keys, and they can be switched off', async ({ page }) => {
	await openLesson(page, slug);
	await page.keyboard.press('?');
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('one event on')).toBeVisible();
	await dialog.getByRole('checkbox').uncheck();
	await page.keyboard.press('Escape');
	await page.keyboard.press('n');
	await expect(page.locator('#step-1 a[aria-current=step]')).toBeVisible();
	await page.keyboard.press('?');
	await dialog.getByRole('checkbox').check();
	await page.keyboard.press('Escape');
	await page.keyboard.press('n');
	await expect(page.locator('#step-2 a[aria-current=step]')).toBeVisible();
});

test('the list of keys opens again at once after it was closed', async ({ page }) => {
	await openLesson(page, slug);
	await page.keyboard.press('?');
	const dialog = page.getByRole('dialog');
	await expect(dialog).toBeVisible();
	// Closed and asked for again before the browser has told that it closed.
	await dialog.evaluate((element: HTMLDialogElement) => {
		element.dispatchEvent(new Event('cancel'));
		element.close();
		document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true, cancelable: true }));
	});
	await page.waitForTimeout(300);
	await expect(dialog).toBeVisible();
});
