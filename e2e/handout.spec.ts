/** A lesson on paper, and what a teacher is told of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, LESSONS, noSideScroll, openLesson, SAMPLE, test } from './site';

async function openHandout(page: Page, slug: string): Promise<void> {
	await page.goto(`lessons/${slug}/handout/`);
	await expect(page.locator('main.ready')).toBeVisible({ timeout: 60_000 });
}

const words = (text: string): string => text.replace(/\s+/g, ' ').trim();

interface Told {
	title: string;
	shows: string[];
	asks: boolean;
}

/** The steps of a lesson as its prose has them. */
function toldOf(slug: string): Told[] {
	const prose = readFileSync(new URL(`../lessons/${slug}/en.md`, import.meta.url), 'utf8');
	return prose
		.split('<Step ')
		.slice(1)
		.map((text) => ({
			title: /title="([^"]*)"/.exec(text)![1],
			shows: /shows="([^"]*)"/.exec(text)![1].split(' '),
			asks: text.includes('<Predict ')
		}));
}

/** The pictures that stand in a part of the paper, by step. */
const picturesIn = (page: Page, part: string) =>
	page.locator(`.part.${part} .figure`).evaluateAll((figures) =>
		figures.map((figure) => ({
			step: Number((figure as HTMLElement).dataset.step),
			failed: figure.querySelector('.failed')?.textContent ?? '',
			drawn: [...figure.querySelectorAll('.view')]
				.filter((view) => view.querySelector('.card')?.querySelector('svg, canvas, ol, dl, table, p'))
				.map((view) => view.classList[1])
		}))
	);

/** What would be cut on paper: whatever scrolls. */
const cutOf = (page: Page) =>
	page.locator('main').evaluate((main) =>
		[main, ...main.querySelectorAll<HTMLElement>('.figure, .figure .card, .figure .card *, .question, .answer, .task')]
			.filter((element) => {
				const { overflowX, overflowY, display } = getComputedStyle(element);
				if (display === 'inline' || element.closest('svg, .sr-only')) return false;
				const cuts = (overflow: string) => overflow !== 'visible';
				return (
					(cuts(overflowX) && element.scrollWidth > element.clientWidth + 1) ||
					(cuts(overflowY) && element.scrollHeight > element.clientHeight + 1) ||
					element.getBoundingClientRect().right > main.getBoundingClientRect().right + 1
				);
			})
			.map((element) => `${element.tagName} ${element.className}`)
	);

/** The replies of the answers' sheet. */
const repliesOf = async (page: Page): Promise<string[]> => {
	const options = await page.locator('.sheet .option > div').allInnerTexts();
	return options.map((text) => words(text.split('\n').slice(1).join(' ')));
};

/** The text of a PDF's pages, or null where nobody here reads PDFs. */
function pagesOf(pdf: Buffer): string[] | null {
	const folder = mkdtempSync(join(tmpdir(), 'handout-'));
	try {
		writeFileSync(join(folder, 'handout.pdf'), pdf);
		const { error, stdout } = spawnSync('pdftotext', ['handout.pdf', '-'], { cwd: folder, encoding: 'utf8' });
		return error ? null : stdout.split('\f').slice(0, -1).map(words);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** What a teacher is told, in this order. */
const TEACHERS = ['Time', 'What is assumed', 'What is learned', 'What learners believe', 'For your slides', 'In class'];

for (const { slug, title } of LESSONS) {
	test.describe(title, () => {
		test('is on paper with all steps, all pictures of the run, and answers apart', async ({ page }) => {
			await openHandout(page, slug);
			await page.setViewportSize({ width: 390, height: 844 });
			await noSideScroll(page);
			await page.setViewportSize({ width: 1440, height: 900 });
			await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
			const told = toldOf(slug);
			expect(told.length).toBeGreaterThan(1);
			await expect(page.locator('.part.questions .step > h2')).toHaveText(
				told.map((step, index) => `Step ${index + 1} ${step.title}`)
			);
			const [questions, answers] = [await picturesIn(page, 'questions'), await picturesIn(page, 'answers')];
			expect([...questions, ...answers].filter(({ failed }) => failed)).toEqual([]);
			expect(questions.map(({ step }) => step)).toEqual(told.map((_, index) => index + 1));
			for (const [index, { shows, asks }] of told.entries()) {
				const drawn = questions[index].drawn;
				const later = answers.find(({ step }) => step === index + 1)?.drawn ?? [];
				expect(drawn, `step ${index + 1}`).toContain('score');
				expect(new Set([...drawn, ...later]), `step ${index + 1}`).toEqual(new Set([...shows, 'score']));
				// What would tell the answer stands with the answers.
				if (asks) for (const picture of ['trap', 'checks']) expect(drawn).not.toContain(picture);
			}
			for (const fact of await page.locator('.fact:visible').all()) await expect(fact).not.toHaveText(/…|NaN/);
			expect(await cutOf(page)).toEqual([]);
			// Black on white, in the dark too.
			await expect(page.locator('main')).toHaveCSS('color', 'rgb(28, 30, 33)');
			await expect(page.locator('.tools:visible')).toHaveCount(0);
			await expect(page.getByRole('navigation')).toBeHidden();
			await expect(page.locator('header .plain')).toHaveText(new RegExp(`/lessons/${slug}/$`));

			const replies = await repliesOf(page);
			expect(replies.length).toBeGreaterThan(told.filter(({ asks }) => asks).length);
			const before = words(await page.locator('.part.questions').innerText());
			for (const reply of replies) expect(before).not.toContain(reply);
			// With each question stand all its options, and room to say why.
			const boxes = page.locator('.part.questions .question');
			await expect(boxes).toHaveCount(await page.locator('.part.answers .answer:not(.solution)').count());
			for (const box of await boxes.all()) {
				expect(await box.getByRole('listitem').count()).toBeGreaterThan(1);
				await expect(box.locator('.room')).toBeVisible();
			}
			// Each task has its numbers from the run; what solves it stands with the answers.
			const tasks = await page.locator('.part.questions .task').count();
			expect(tasks).toBeGreaterThan(0);
			const solutions = await page.locator('.part.answers .solution').allInnerTexts();
			expect(solutions).toHaveLength(tasks);
			for (const solution of solutions) expect(solution).toMatch(/\S: \S/);
			expect(await page.locator('main').innerText()).not.toMatch(/\{\w+\}/);
		});

		test('tells a teacher its time, what it assumes, what learners believe, and addresses', () => {
			const html = readFileSync(new URL(`../build/lessons/${slug}/teacher/index.html`, import.meta.url), 'utf8');
			const headings = (level: number) =>
				[...html.matchAll(new RegExp(`<h${level}[^>]*>([^<]*)</h${level}>`, 'g'))].map(([, text]) => text);
			expect(headings(2)).toEqual(expect.arrayContaining(TEACHERS));
			const asked = toldOf(slug).filter(({ asks }) => asks).length;
			expect(headings(3).length).toBeGreaterThanOrEqual(asked);
			const alone = [...html.matchAll(/<a href="([^"]*)"[^>]*>alone\b/g)].map(([, href]) => href);
			expect(alone.length).toBeGreaterThan(asked);
			for (const href of alone) expect(href).toMatch(new RegExp(`/lessons/${slug}/\\?embed.*#(step|moment)-[\\w-]+$`));
		});

		if (!SAMPLE.some((one) => one.slug === slug)) return;

		// The rest is the paper's affair, not the lesson's.
		for (const format of ['A4', 'Letter'])
			test(`prints on ${format}: answers begin a sheet of their own`, async ({ page }) => {
				await openHandout(page, slug);
				const replies = await repliesOf(page);
				const pdf = await page.pdf({ format, printBackground: false });
				const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length;
				const told = toldOf(slug);
				expect(sheets).toBeGreaterThan(told.length);
				const pages = pagesOf(pdf);
				test.skip(
					pages === null,
					'there is no pdftotext here (Debian: poppler-utils), so the sheets’ text was not read'
				);
				expect(pages).toHaveLength(sheets);
				const first = pages!.findIndex((text) => text.startsWith('Answers'));
				expect(first).toBeGreaterThan(0);
				const before = pages!.slice(0, first).join(' ');
				const after = pages!.slice(first).join(' ');
				for (const step of told) expect(before).toContain(step.title);
				for (const reply of replies) {
					// A reply may go over to the next sheet, and some letters are joined on paper: its beginning will do.
					const begins = reply.slice(0, 24);
					expect(before).not.toContain(begins);
				}
				expect(replies.filter((reply) => after.includes(reply.slice(0, 24))).length).toBeGreaterThan(
					replies.length / 2
				);
				expect(pages![0]).toContain(`1 / ${sheets}`);
			});

		test('can be printed as text', async ({ page }) => {
			await openHandout(page, slug);
			await page.getByRole('button', { name: 'Pictures as text' }).click();
			await expect(page.locator('.figure svg')).toHaveCount(0);
			await expect(page.locator('.figure ol').first()).toBeVisible();
			await page.emulateMedia({ media: 'print' });
			expect(await cutOf(page)).toEqual([]);
		});

		test('printed from its page, says where the handout is', async ({ page }) => {
			await openLesson(page, slug, '#step-2');
			await page.emulateMedia({ media: 'print' });
			await expect(page.getByText(new RegExp(`/lessons/${slug}/handout/$`))).toBeVisible();
			await expect(page.getByRole('navigation')).toBeHidden();
			await expect(page.getByRole('group', { name: 'Transport' })).toBeHidden();
			await expect(page.locator('#step-2 .body')).toBeVisible();
		});
	});
}

test('what a teacher is told is found from the lessons, and its addresses lead to steps alone', async ({ page }) => {
	const [{ slug }] = LESSONS;
	await page.goto('lessons/');
	await page.locator(`a[href$="${slug}/teacher/"]`).click();
	for (const name of TEACHERS) await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();
	await page
		.getByRole('link', { name: /^alone/ })
		.last()
		.click();
	await expect(page.locator('main.embed .now')).toContainText(/\S/, { timeout: 30_000 });
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a picture that cannot be drawn says so, and the rest of the paper is there', async ({ page }) => {
	// The machine's worker does not load.
	await page.route('**/worker*', (route) => route.fulfill({ status: 404, body: '' }));
	const { slug } = LESSONS[0];
	await page.goto(`lessons/${slug}/handout/`);
	await expect(page.getByText('These pictures could not be drawn').first()).toBeVisible({ timeout: 60_000 });
	await expect(page.locator('.part.questions .step')).toHaveCount(toldOf(slug).length);
	await expect(page.locator('.fact').first()).toHaveText(/\d/);
});
