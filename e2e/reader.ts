/** What tests of a lesson's page share: where its stage stands, and how a reader goes on. */
import type { Locator, Page } from '@playwright/test';
import { expect } from './site';

/** What the page says to those who do not see it. */
export const live = (page: Page): Locator => page.locator('main > [aria-live=polite]');
export const pictures = (page: Page): Locator => page.locator('.views .view');

/** The pictures are those of the moment. */
export async function settled(page: Page): Promise<void> {
	await expect(page.locator('.views:not(.waiting)')).toBeVisible();
}

/** The step is the one that is read. */
export const reading = (page: Page, step: number): Promise<void> =>
	expect(page.locator(`#step-${step} a[aria-current=step]`)).toBeVisible();

/** Seq of the event that is on the stage: that of the address that leads to the debugger. */
export async function seqOf(page: Page): Promise<number> {
	const href = await page.getByRole('link', { name: 'This moment in the debugger', exact: true }).getAttribute('href');
	return Number(/(?:after|before)=(\d+)/.exec(href ?? '')?.[1] ?? NaN);
}

/** The keyboard is in what a selector names. */
export const focused = (page: Page, selector: string): Promise<void> =>
	expect.poll(() => page.evaluate((at) => document.activeElement?.closest(at) !== null, selector)).toBe(true);

/** Commits every open prediction of a step without one. */
export async function tell(page: Page, step: number): Promise<void> {
	const buttons = page.locator(`#step-${step}`).getByRole('button', { name: 'Tell me without' });
	while ((await buttons.count()) > 0) await buttons.first().click();
	await settled(page);
}
