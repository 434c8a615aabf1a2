/** What a learner has done: asked again days later, exported, brought back, handed in, and read by a teacher. */
import type { Page } from '@playwright/test';
import { accessible, expect, LESSONS, noSideScroll, openLesson, stepsOf, test } from './site';

const DAY = 86_400_000;

/** Opens a lesson's last step, where recall begins. */
async function openEnd(page: Page, slug: string): Promise<number> {
	await openLesson(page, slug);
	const steps = await stepsOf(page);
	await page.goto(`lessons/${slug}/#step-${steps}`);
	await expect(page.getByRole('heading', { name: 'What stays' })).toBeVisible();
	return steps;
}

const questions = (page: Page) => page.locator('form').filter({ has: page.getByRole('button', { name: 'Answer' }) });

test('what was not known is asked again the day after, what was known later, and home and the index say so', async ({
	page
}) => {
	const [{ slug }] = LESSONS;
	await page.goto('');
	await openLesson(page, slug);
	await page.goto('recall/');
	await expect(page.getByText('Questions come once you have reached the end of a lesson.')).toBeVisible();
	await openEnd(page, slug);
	await page.goto('');
	await expect(page.getByRole('link', { name: /^\d questions are due$/ })).toBeVisible();
	await page.goto('recall/');
	// All are answered wrongly where that can be seen from the place: the reply tells.
	const total = Number(/of (\d)/.exec((await page.getByRole('heading', { level: 2 }).textContent())!)![1]);
	for (let asked = 1; asked <= total; asked++) {
		await expect(page.getByRole('heading', { level: 2 })).toContainText(`Question ${asked} of ${total}`);
		await page.getByRole('radio').first().check();
		await page.getByRole('button', { name: 'Answer' }).click();
		if (asked === 1) await accessible(page);
		await page.getByRole('button', { name: asked < total ? 'Next question' : 'Finish' }).click();
	}
	await expect(page.getByRole('heading', { name: /That is all for today/ })).toBeFocused();
	await expect(page.getByText(`Next: ${total} questions on`)).toBeVisible();
	await page.goto('recall/');
	await expect(page.getByRole('heading', { name: 'Nothing is due' })).toBeVisible();
	await page.goto('lessons/');
	await expect(page.getByText(/questions? (is|are) due/)).toHaveCount(0);

	await page.clock.setFixedTime(Date.now() + DAY);
	await page.goto('lessons/');
	await page.getByRole('link', { name: `${total} questions are due` }).click();
	await expect(page.getByRole('heading', { name: `Question 1 of ${total}` })).toBeVisible();
});

test('a wrong answer names what is believed, leads to the moment, and back', async ({ page }) => {
	const [{ slug }] = LESSONS;
	const steps = await openEnd(page, slug);
	const form = page.locator('form', { hasText: 'What is the way that works?' });
	await form.getByRole('radio', { name: /executes cli/ }).check();
	await form.getByRole('button', { name: 'Answer' }).click();
	await expect(form.getByRole('status')).toContainText('No. Behind this answer stands a belief: With the virtual I/O');
	await form.getByRole('link', { name: 'See the moment' }).click();
	await expect(page).toHaveURL(/#moment-cli-skipped$/);
	await expect(page.locator('section.here')).toContainText('How a guest really does it');
	await expect(page.locator('p[aria-live=polite]')).toContainText(/emulat|steps over/i);
	await page.goBack();
	await expect(page.locator(`#step-${steps} a[aria-current=step]`)).toBeVisible();
	await expect(form.getByRole('status')).toContainText('No. Behind this answer');
});

test('a moment that the lesson has not is said, and the lesson goes on', async ({ page }) => {
	await openLesson(page, LESSONS[0].slug, '#moment-nowhere');
	await expect(page.getByRole('alert')).toContainText("This lesson has no moment 'nowhere'");
	await expect(page.locator('#step-1 a[aria-current=step]')).toBeVisible();
});

test('where storage is refused that is said once, and a lesson goes on', async ({ page }) => {
	await page.addInitScript(() => {
		Object.defineProperty(window, 'localStorage', {
			get() {
				throw new DOMException('refused', 'SecurityError');
			}
		});
	});
	await openLesson(page, LESSONS[0].slug, '#step-2');
	const notice = page.getByText('Your progress cannot be kept here');
	await expect(notice).toHaveCount(1);
	await accessible(page);
	const form = page.locator('#step-2 form');
	await form.getByRole('radio').first().check();
	await form.getByRole('button', { name: 'Commit and run' }).click();
	await expect(form.getByText('what happened', { exact: true })).toHaveCount(1);
	await page.getByRole('button', { name: 'Close' }).click();
	await expect(notice).toHaveCount(0);
	// It lasts as long as the page: another part of the site knows it.
	await page.getByRole('link', { name: 'Lessons' }).first().click();
	await expect(page.getByText(/1 of \d steps/)).toBeVisible();
	await noSideScroll(page);
});

/** Saves by a button, and gives the file's name and text. */
async function savedBy(page: Page, button: string): Promise<{ name: string; text: string }> {
	const waiting = page.waitForEvent('download');
	await page.getByRole('button', { name: button }).click();
	const download = await waiting;
	const stream = await download.createReadStream();
	const parts: Buffer[] = [];
	for await (const part of stream) parts.push(part as Buffer);
	return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString('utf8') };
}

const asFile = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });

test('progress is exported under a name, forgotten, and brought back; a damaged file changes nothing', async ({
	page
}) => {
	const [{ slug }] = LESSONS;
	await openLesson(page, slug, '#step-2');
	const form = page.locator('#step-2 form');
	await form.getByRole('radio').first().check();
	await form.getByRole('button', { name: 'Commit and run' }).click();
	await page.goto('lessons/');
	await page.getByLabel('Your name, if you like').fill('Ada Lovelace');
	const { name, text } = await savedBy(page, 'Export');
	expect(name).toBe('ringside-progress-ada-lovelace.json');
	const [attempt] = (JSON.parse(text) as { lessons: Record<string, { attempts: object[] }> }).lessons[slug].attempts;
	expect(attempt).toMatchObject({ kind: 'prediction', answer: 0, right: true });

	await page.getByRole('button', { name: 'Forget', exact: true }).click();
	await page.getByRole('button', { name: 'Forget everything' }).click();
	await expect(page.getByText('1 of 8 steps')).toHaveCount(0);
	const bring = page.getByLabel('Bring back');
	await bring.setInputFiles(asFile('broken.json', text.slice(0, -30)));
	await expect(page.getByText(/Nothing was changed\. broken\.json: it is not JSON/)).toBeVisible();
	await bring.setInputFiles(asFile('odd.json', text.replace('"right": true', '"right": 1')));
	await expect(page.getByText(`odd.json: it is damaged at lessons.${slug}.attempts.0.right`)).toBeVisible();
	await bring.setInputFiles(asFile(name, text));
	await expect(page.getByText('Your progress is back.')).toBeVisible();
	await expect(page.getByLabel('Your name, if you like')).toHaveValue('Ada Lovelace');
	await openLesson(page, slug, '#step-2');
	await expect(form.getByText('what happened', { exact: true })).toHaveCount(1);
});

test('a file of the first version is taken over, and what is newer here stays', async ({ page }) => {
	const [{ slug, title }] = LESSONS;
	await openLesson(page, slug, '#step-3');
	await page.goto('lessons/');
	const old = {
		ringside: 1,
		lessons: { [slug]: { seen: [1, 2], at: 2, predicted: { cli: 2 }, solved: ['without-xen'] } }
	};
	await page.getByLabel('Bring back').setInputFiles(asFile('old.json', JSON.stringify(old)));
	await expect(page.getByText('Your progress is back.')).toBeVisible();
	await expect(page.getByText(/^3 of \d steps · exercise solved$/)).toBeVisible();
	await expect(page.getByRole('link', { name: title, exact: true })).toHaveAttribute('href', /#step-3$/);
	await openLesson(page, slug, '#step-2');
	await expect(page.locator('#step-2').getByText('not what happened')).toBeVisible();
});

test('time counts while a lesson is used, and not while nobody is there', async ({ page }) => {
	const [{ slug }] = LESSONS;
	const seconds = () =>
		page.evaluate((lesson) => {
			const kept = JSON.parse(localStorage.getItem('ringside.progress')!) as {
				lessons: Record<string, { visits: { seconds: number }[] }>;
			};
			return kept.lessons[lesson].visits.reduce((sum, visit) => sum + visit.seconds, 0);
		}, slug);
	await page.clock.install();
	await openLesson(page, slug);
	await page.clock.fastForward('00:45');
	await page.keyboard.press('t');
	await page.clock.fastForward('30:00');
	await page.goto('lessons/');
	const spent = await seconds();
	expect(spent).toBeGreaterThanOrEqual(100);
	expect(spent).toBeLessThan(125);
});

test('an assignment is put together, done, handed in, and read by the class page', async ({ page }) => {
	const [{ slug, title }] = LESSONS;
	await page.goto('lessons/');
	await page.getByRole('link', { name: 'Make an assignment' }).click();
	await page.getByLabel('Title').fill('Week 3: <b>rings</b> & more');
	await page.getByLabel('Due, in your words').fill('Friday, noon');
	await page.getByText('Steps, exercises, recall').first().click();
	await page
		.getByRole('checkbox', { name: /^Step 1:/ })
		.first()
		.check();
	await page
		.getByRole('checkbox', { name: /^Step 2:/ })
		.first()
		.check();
	await page
		.getByRole('checkbox', { name: /^Recall:/ })
		.first()
		.check();
	const address = await page.getByLabel('Address of the assignment').inputValue();
	expect(address).toContain(`&due=Friday,+noon&${slug}=steps:1-2,recall`);
	await accessible(page);
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.getByRole('button', { name: 'Copy' }).click();
	await expect(page.getByText('Copied.')).toBeVisible();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);

	await page.goto(address);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Week 3: <b>rings</b> & more');
	await expect(page.getByText('0 of 3 done')).toBeVisible();
	await accessible(page);
	await page.getByRole('link', { name: /^Step 2:/ }).click();
	await expect(page.locator('main.ready')).toBeVisible();
	const form = page.locator('#step-2 form');
	await form.getByRole('radio').nth(1).check();
	await form.getByRole('button', { name: 'Commit and run' }).click();
	await openEnd(page, slug);
	const recall = page.getByRole('region', { name: 'What stays' });
	await questions(page)
		.filter({ hasText: 'What is the way that works?' })
		.getByRole('radio', { name: /executes cli/ })
		.check();
	for (const open of await recall.locator('form').all()) {
		if (!(await open.getByRole('radio', { checked: true }).count())) await open.getByRole('radio').first().check();
	}
	while (await questions(page).count()) await questions(page).first().getByRole('button', { name: 'Answer' }).click();
	await page.goto(address);
	await expect(page.getByText('All is done', { exact: true })).toBeVisible();
	await page.getByLabel('Your name').fill('=Ada, the "first"');
	const handed = await savedBy(page, 'Save the file');
	expect(handed.name).toBe('ringside-week-3-b-rings-b-more-ada-the-first.json');

	await page.goto('class/');
	await page
		.getByLabel('Choose files')
		.setInputFiles([
			asFile(handed.name, handed.text),
			asFile('bob.json', JSON.stringify({ ringside: 2, name: 'Bob', lessons: {} })),
			asFile('essay.json', '{"text":"no"}')
		]);
	await expect(page.getByText('2 of 3 files read.')).toBeVisible();
	await expect(page.getByText('essay.json: it holds no progress of Ringside')).toBeVisible();
	const row = page.getByRole('row', { name: /^=Ada/ });
	await expect(page.getByRole('row')).toHaveCount(3);
	await page
		.getByLabel('Files', { exact: true })
		.selectOption({ label: 'handed in for “Week 3: <b>rings</b> & more”' });
	await expect(page.getByRole('row')).toHaveCount(2);
	await expect(row.getByRole('cell').last()).toHaveText('3 of 3');
	await expect(
		page.getByText('With the virtual I/O privilege level, Xen carries cli out for the guest.')
	).toBeVisible();
	await expect(page.getByText(`${title} · prediction · Step 2: cli`)).toBeVisible();
	await accessible(page);
	const table = await savedBy(page, 'Save as a table (CSV)');
	expect(table.text).toContain(`"'=Ada, the ""first""",${slug},`);
});

test('an assignment’s address that cannot be understood is told, and the rest holds', async ({ page }) => {
	const [{ slug }] = LESSONS;
	await page.goto(`assignment/?title=<img src=x onerror=alert(1)>&${slug}=steps:1-2,steps:77&99-none=steps`);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('<img src=x onerror=alert(1)>');
	const alert = page.getByRole('alert');
	await expect(alert).toContainText(`${slug}: “77” are no steps of it`);
	await expect(alert).toContainText('There is no lesson “99-none”');
	await expect(page.getByText('0 of 2 done')).toBeVisible();
	await page.goto('assignment/');
	await expect(page.getByText('This address names no assignment.')).toBeVisible();
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a class of 200 is read while the page tells how far it is, and sorted', async ({ page }) => {
	const [{ slug }] = LESSONS;
	const visits = (count: number) =>
		Array.from({ length: count }, (_, index) => ({ from: new Date(index * DAY).toISOString(), seconds: 60 }));
	const attempts = Array.from({ length: 150 }, (_, index) => ({
		kind: 'exercise',
		id: 'without-xen',
		at: new Date(index * 60_000).toISOString(),
		answer: { run: 'run=hello'.padEnd(80) },
		right: false
	}));
	const learner = (index: number) => ({
		ringside: 2,
		name: `Learner ${String(index).padStart(3, '0')}`,
		lessons: { [slug]: { seen: [1, 2], solved: [], attempts, visits: visits(index) } }
	});
	await page.goto('class/');
	const choose = page.getByLabel('Choose files');
	// What the page says while it reads: it can only say so by stopping to read.
	await page.evaluate(() => {
		const seen: string[] = [];
		const status = document.querySelector('main [role=status]')!;
		new MutationObserver(() => seen.push(status.textContent.trim())).observe(status, {
			subtree: true,
			childList: true,
			characterData: true
		});
		Object.assign(window, { seen });
	});
	await choose.setInputFiles(
		Array.from({ length: 200 }, (_, index) => asFile(`${index}.json`, JSON.stringify(learner(index))))
	);
	await expect(page.getByText('200 of 200 files read.')).toBeVisible();
	await expect(page.getByRole('row')).toHaveCount(201);
	const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
	const counted = seen.filter((text) => /^Reading \d+ of 200…$/.test(text));
	expect(new Set(counted).size).toBeGreaterThan(5);
	await page.getByRole('button', { name: 'Time in use' }).click();
	await expect(page.getByRole('columnheader', { name: 'Time in use' })).toHaveAttribute('aria-sort', 'descending');
	await expect(page.getByRole('row').nth(1)).toContainText('Learner 199');
	await page.getByRole('button', { name: 'Time in use' }).click();
	await expect(page.getByRole('row').nth(1)).toContainText('Learner 000');
	await page.setViewportSize({ width: 390, height: 844 });
	await noSideScroll(page);
});
