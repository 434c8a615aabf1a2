/** From a moment of a lesson to the same moment in the debugger, and back to the very step. */
import type { Page } from '@playwright/test';
import { momentAddress } from '../src/routes/debugger/moment-address';
import { Names } from '../src/routes/lessons/vocabulary/names';
import { unpack, unzip } from '../src/routes/lessons/vocabulary/recording';
import type { Moments } from '../src/routes/lessons/vocabulary/vocabulary';
import { TraceMirror } from '../src/trace/mirror';
import { query } from '../src/trace/query';
import { sentence } from '../src/trace/text/sentence';
import { count } from '../src/words/numbers';
import { address, alert, button, open, place, press, said } from './desk';
import { expect, LESSONS, SAMPLE, test } from './site';

/** The run of a lesson as its page has it, and the events of its moments. */
async function recorded(page: Page, slug: string): Promise<{ trace: TraceMirror; moments: number[] }> {
	const answer = await page.request.get(`lessons/${slug}/recording.trace`);
	const bytes = new Uint8Array(await answer.body());
	const trace = new TraceMirror();
	trace.append(unpack(await unzip(bytes.buffer)).slice);
	const { moments } = (await import(`../lessons/${slug}/moments.ts`)) as { moments: Moments };
	const names = new Names(moments);
	return { trace, moments: Object.keys(moments).map((name) => query(trace, names.query(name))) };
}

for (const { slug, title } of SAMPLE)
	test(`${title}: the moments of the lesson are those of the debugger, and lead back`, async ({ page }) => {
		const { trace, moments } = await recorded(page, slug);
		const [first, last] = [moments[0], moments.at(-1)!];
		await open(page, momentAddress({ lesson: slug, step: 2, seq: first, when: 'after' }).replace('debugger/', ''));
		await expect(said(page)).toHaveText(`At event ${first}. ${sentence(trace, first)}.`, { timeout: 40_000 });
		await expect(page.locator('.groups span')).toHaveText(new RegExp(` of ${count(trace.length)}$`));
		const back = page.getByRole('link', {
			name: `Back to lesson ${LESSONS.findIndex((one) => one.slug === slug) + 1}, step 2`
		});
		await expect(back).toBeVisible();
		// Before the event: the machine stands at its instruction, and the event is the one spoken of.
		await page.goto('about:blank');
		await open(page, momentAddress({ lesson: slug, step: 2, seq: last, when: 'before' }).replace('debugger/', ''));
		await expect(page.locator('.status .where')).toContainText(`instruction ${count(trace.icount(last))}`, {
			timeout: 40_000
		});
		await expect(page.getByRole('region', { name: 'Chosen event' })).toContainText(sentence(trace, last));
		// The lesson stays in the address while one goes on, and is what is run again.
		const before = await place(page);
		await press(page, 'Previous hypercall', /Hypercall|beginning/);
		await expect.poll(() => place(page)).not.toBe(before);
		await address(page);
		await expect(page).toHaveURL(new RegExp(`#v=2&lesson=${slug}&step=2&at=`));
		const where = await place(page);
		await page.reload();
		await expect.poll(() => place(page), { timeout: 40_000 }).toBe(where);
		await back.click();
		await expect(page).toHaveURL(new RegExp(`/lessons/${slug}/#step-2$`));
		await expect(page.locator('#step-2.here')).toBeVisible({ timeout: 30_000 });
	});

test('another guest leaves the lesson, and a lesson or an event that is not there is told', async ({ page }) => {
	const [{ slug }] = LESSONS;
	await open(page, `#lesson=${slug}&step=1&after=99999999`);
	await expect(alert(page)).toContainText('event 99,999,999, which this run does not have', { timeout: 40_000 });
	await expect(page.getByRole('link', { name: 'Back to lesson 1, step 1' })).toBeVisible();
	await page.getByRole('button', { name: /^What runs/ }).click();
	await button(page, 'pocket: fork').click();
	await expect(said(page)).toHaveText(/before the first instruction/, { timeout: 40_000 });
	await expect(page.getByRole('link', { name: /^Back to lesson/ })).toHaveCount(0);
	await page.goto('about:blank');
	await page.goto(`debugger/#lesson=${slug}x&step=1`);
	await expect(alert(page)).toContainText(`There is no lesson '${slug}x'; did you mean '${slug}'?`);
});
