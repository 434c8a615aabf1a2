/** Exercises that are written: fields, hints, other numbers, and the learner's run beside the lesson's. */
import type { Locator, Page } from '@playwright/test';
import { expect, openLesson, stepsOf, test } from './site';

/** The exercise in a lesson's last step. */
async function openExercise(page: Page, slug: string): Promise<Locator> {
	await openLesson(page, slug);
	const step = await stepsOf(page);
	await openLesson(page, slug, `#step-${step}`);
	const exercise = page.locator(`#step-${step}`).getByRole('region', { name: 'Exercise' });
	await expect(exercise.getByRole('button', { name: 'Run it' })).toBeVisible();
	return exercise;
}

test('an instruction is assembled as it is typed, and a mistake is told with its place', async ({ page }) => {
	const exercise = await openExercise(page, '01-four-rings');
	const field = exercise.getByRole('textbox', { name: 'The instruction' });
	await expect(exercise).toContainText('3 of 3 bytes: 0f 01 18');
	await field.fill('smws ebx');
	await expect(exercise).toContainText('There is no instruction ‘smws’. Did you mean ‘smsw’?');
	await expect(exercise.locator('mark')).toHaveText('smws');
	await field.fill('mov ebx, 0x8005003f');
	await expect(exercise).toContainText('This instruction has 5 bytes, and there is room for 3');
	await exercise.getByRole('button', { name: 'Run it' }).click();
	await expect(field).toBeFocused();
	await expect(page.locator('.whose')).toHaveCount(0);
});

test('by keyboard alone: two hints, a run that is solved, the lesson’s run and one’s own, other numbers', async ({
	page
}) => {
	await page.emulateMedia({ reducedMotion: 'reduce' });
	const exercise = await openExercise(page, '01-four-rings');
	const field = exercise.getByRole('textbox', { name: 'The instruction' });
	const status = exercise.getByRole('status');
	await field.focus();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type('mov ebx, cr0');
	await page.keyboard.press('Enter');
	await expect(status).toContainText('Not yet. It trapped');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	await expect(exercise.getByRole('listitem')).toHaveCount(2);
	await field.focus();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type('smsw ebx');
	await page.keyboard.press('Enter');
	await expect(status).toContainText('Solved. EBX holds 8005_003f');
	const whose = page.getByRole('group', { name: 'Whose run is on the stage' });
	await expect(whose.getByRole('button', { name: 'Your run' })).toHaveAttribute('aria-pressed', 'true');
	await exercise.getByRole('button', { name: 'Run it' }).focus();
	await page.keyboard.press('o');
	await expect(whose.getByRole('button', { name: 'The lesson’s run' })).toHaveAttribute('aria-pressed', 'true');
	await page.keyboard.press('o');
	await expect(whose.getByRole('button', { name: 'Your run' })).toHaveAttribute('aria-pressed', 'true');
	await exercise.getByRole('button', { name: 'Another one, with other numbers' }).press('Enter');
	await expect(exercise).toContainText('after which ESI holds the guest’s CR3');
	await field.fill('smsw ebx');
	await field.press('Enter');
	await expect(status).toContainText('Not yet.');
});

test('a run that would never end stops where it is said, and the run is on the stage', async ({ page }) => {
	const exercise = await openExercise(page, '01-four-rings');
	const field = exercise.getByRole('textbox', { name: 'The instruction' });
	await field.fill('jmp 0xc0003f0b');
	await exercise.getByRole('button', { name: 'Run it' }).click();
	await expect(exercise.getByRole('status')).toContainText('it was stopped after 2,000,000 instructions.', {
		timeout: 40_000
	});
	await expect(page.locator('.whose')).toBeVisible();
});

test('bits, frame and number of an entry follow each other, and what Xen refuses is explained from the trace', async ({
	page
}) => {
	const exercise = await openExercise(page, '03-one-page-table-write');
	const whole = exercise.getByRole('textbox', { name: 'As a number' });
	await exercise.getByRole('button', { name: /^R\/W/ }).click();
	await expect(whole).toHaveValue('0x0000_0000_0013_6061');
	await exercise.getByRole('textbox', { name: 'Frame' }).fill('d20');
	await expect(whole).toHaveValue('0x0000_0000_00d2_0061');
	await whole.fill('0x138065');
	await expect(exercise.getByRole('button', { name: /^U\/S/ })).toHaveAttribute('aria-pressed', 'true');
	await expect(exercise.getByRole('textbox', { name: 'Frame' })).toHaveValue('138');
	await whole.fill('0xd20065');
	await exercise.getByRole('button', { name: 'Run it' }).click();
	const status = exercise.getByRole('status');
	await expect(status).toContainText('Xen refused because of the owner: frame d20 is not this domain’s.');
	await expect(status).toContainText('‘Does the domain own the frame that the entry maps?’ was answered no');
	await expect(page.getByText('was answered no').first()).toBeVisible();
});

test('what was solved stays solved, and its run can be had again', async ({ page }) => {
	const exercise = await openExercise(page, '03-one-page-table-write');
	await exercise.getByRole('textbox', { name: 'As a number' }).fill('0x138065');
	await exercise.getByRole('button', { name: 'Run it' }).click();
	await expect(exercise.getByRole('status')).toContainText('Solved.');
	await page.reload();
	await exercise.getByRole('button', { name: 'Run my solution again' }).click();
	await expect(exercise.getByRole('status')).toContainText('Solved. Accepted and written');
	await expect(exercise.getByRole('textbox', { name: 'As a number' })).toHaveValue('0x0000_0000_0013_8065');
});
