/**
 * One walk through the built site in Firefox: home runs a machine, the first lesson is walked with its predictions and its exercise, every lesson's
 * machine goes the way of its recording, the debugger runs a guest by either engine; in both themes, without an error.
 * `vite build` comes first. FIREFOX names another one; PICTURES a folder for what was seen.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firefox } from '../../scripts/firefox.mjs';
import { SiteServer } from '../site-server';
import { Firefox } from './bidi';

const LESSONS = readdirSync('lessons', { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name)
	.sort();

/** Told on the console, where the walk hears of it. */
const PRELOAD = `() => document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
	console.error('against the policy: ' + effectiveDirective + ' ' + blockedURI))`;

const one = (selector: string) => `document.querySelector(${JSON.stringify(selector)})`;
const button = (name: string, within = 'body') =>
	`[...document.querySelectorAll(${JSON.stringify(`${within} button`)})].find((found) => !found.disabled && ` +
	`(found.getAttribute('aria-label') ?? found.textContent).trim().startsWith(${JSON.stringify(name)}))`;
const text = (selector: string) => `(${one(selector)}?.textContent ?? '').trim()`;
const SHOWN = `!${one('.trouble')} && ${one('.views:not(.waiting) .view section')} !== null`;

/** Grounds of the page by theme: `--paper` of tokens.css. */
const PAPER = { light: 'rgb(251, 250, 246)', dark: 'rgb(20, 22, 26)' };

class Walk {
	constructor(
		private readonly page: Firefox,
		private readonly site: string
	) {}

	async home(): Promise<void> {
		const { page } = this;
		await page.go(this.site);
		await page.until(
			'a run that was recorded',
			`/[1-9]/.test(${text('.numbers b')}) && ${one('canvas, svg .marks path')} !== null`
		);
		await page.until(
			'its hypercalls',
			`Number(document.querySelectorAll('.numbers b')[2].textContent.replace(/\\D/g, '')) > 10`
		);
	}

	/** Turns to a theme by its button, and sees that the page is painted so. */
	async theme(name: keyof typeof PAPER): Promise<void> {
		const { page } = this;
		for (let turn = 0; turn < 3; turn++) {
			if ((await page.ask(`document.documentElement.dataset.theme`)) === name) break;
			await page.click(button('Theme'));
		}
		await page.until(
			`the ${name} theme`,
			`getComputedStyle(document.body).backgroundColor === ${JSON.stringify(PAPER[name])}`
		);
	}

	private async openLesson(slug: string): Promise<number> {
		const { page } = this;
		await page.go('about:blank');
		await page.go(`${this.site}lessons/${slug}/`);
		await page.until(`${slug}: its recording`, `${one('main.ready')} !== null`);
		await page.until(`${slug}: its first pictures`, SHOWN);
		return page.ask<number>(`document.querySelectorAll('.prose > section').length`);
	}

	/** From the first step to the last with every prediction, then a run of the exercise. */
	async lesson(slug: string): Promise<void> {
		const { page } = this;
		const steps = await this.openLesson(slug);
		let predicted = 0;
		for (let step = 1; step <= steps; step++) {
			const section = `#step-${step}`;
			await page.until(`step ${step}`, `${one(`${section} a[aria-current=step]`)} !== null`);
			if (await page.ask(`${one(`${section} form.predict`)} !== null`)) {
				await page.click(one(`${section} form.predict input[type=radio]`));
				await page.click(button('Commit and run', section));
				await page.until('the answer', `/Yes\\.|No\\./.test(${text(`${section} form.predict [role=status]`)})`);
				predicted++;
			}
			await page.until(`the pictures of step ${step}`, SHOWN);
			const facts = await page.ask<string[]>(
				`[...document.querySelectorAll('${section} .fact')].map((fact) => fact.textContent)`
			);
			if (facts.some((fact) => /…|NaN/.test(fact)))
				throw new Error(`step ${step} has a number that was not read: ${facts.join()}`);
			if (step < steps) await page.type('n');
		}
		if (predicted === 0) throw new Error('no prediction was made');
		await page.click(await page.until('the exercise', `${button('Run it')} && ${JSON.stringify(button('Run it'))}`));
		await page.until('what came of the exercise', `/Not yet|Solved/.test(${text('.exercise')})`);
	}

	/** The machine must go the way of the recording to its last event; the page says so where it does not. */
	async reproduces(slug: string): Promise<void> {
		await this.openLesson(slug);
		await this.page.click(button('One event on'));
		await this.page.until(`${slug}: the machine at the next event`, SHOWN);
	}

	/** @param engine how code is run, as the page remembers it */
	async debugger(engine: 'interpreter' | 'wasm'): Promise<void> {
		const { page } = this;
		await page.ask(`localStorage.setItem('ringside.engine', ${JSON.stringify(JSON.stringify(engine))})`);
		await page.go('about:blank');
		await page.go(`${this.site}debugger/`);
		await page.until(
			'a machine',
			`/instruction/.test(${text('.status')}) && /mov |push |call /.test(${text('#panel-code')})`,
			30_000
		);
		await page.until('the terminal', `${one('.xterm')} !== null`);
		await page.click(button('Run', 'main').replace(`.startsWith("Run")`, ` === 'Run'`));
		await page.until('the end of the run', `/ended/i.test(${text('.said')})`, 30_000);
		await page.until('what the guest wrote', `/power off/.test(${text('.console')} + ${text('.xterm')})`);
		await page.click(button('What runs'));
		const told = engine === 'wasm' ? 'WebAssembly.*which ran [1-9][\\d,]+ instructions' : 'interpreter';
		await page.until('how it was run', `/Loaded now: ${told}/.test(${text('#launcher')})`);
	}
}

async function walk(path: string): Promise<void> {
	const site = await new SiteServer().start();
	const page = await Firefox.start(path, PRELOAD);
	const steps = new Walk(page, site.url);
	const folder = process.env.PICTURES;
	const PARTS: readonly (readonly [string, () => Promise<void>])[] = [
		['home runs a machine', () => steps.home()],
		['the dark theme', () => steps.theme('dark')],
		[`${LESSONS[0]}, in the dark, with predictions and exercise`, () => steps.lesson(LESSONS[0])],
		['the light theme', () => steps.theme('light')],
		...LESSONS.slice(1).map(
			(slug) => [`${slug}: the machine goes the way of its recording`, () => steps.reproduces(slug)] as const
		),
		['the debugger runs a guest', () => steps.debugger('interpreter')],
		['the debugger runs it by WebAssembly', () => steps.debugger('wasm')]
	];
	try {
		await page.size(1440, 900);
		for (const [name, part] of PARTS) {
			const began = Date.now();
			try {
				await part();
				if (page.errors.length > 0) throw new Error(`errors on the console:\n${page.errors.join('\n')}`);
			} finally {
				if (folder) {
					mkdirSync(folder, { recursive: true });
					writeFileSync(join(folder, `${name.replace(/\W+/g, '-')}.png`), await page.picture());
				}
			}
			console.log(`  ✓ ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
		}
	} finally {
		await page.close();
		await site.stop();
	}
}

const path = firefox();
if (path) await walk(path);
else console.log('There is no Firefox: the walk in it is skipped.');
