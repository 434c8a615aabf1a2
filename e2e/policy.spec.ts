/** The content security policy of every page that the build wrote. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test as unwatched } from '@playwright/test';
import { expect, test } from './site';

const build = new URL('../build/', import.meta.url);
/** Those that stand in `static` are examples for other sites, and no pages of this one. */
const pages = readdirSync(build, { recursive: true, encoding: 'utf8' }).filter(
	(name) => name.endsWith('.html') && !existsSync(new URL(`../static/${name}`, import.meta.url))
);

const POLICY = /<meta http-equiv="content-security-policy" content="([^"]*)">/;
const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script>/g;
const HANDLER = /<[a-z][^>]*\son[a-z]+\s*=/i;

/** directive -> its sources. */
const directives = (policy: string): Record<string, string[]> =>
	Object.fromEntries(
		policy.split(';').map((directive) => {
			const [name, ...sources] = directive.trim().split(' ');
			return [name, sources];
		})
	);
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('the build has pages', () => expect(pages.length).toBeGreaterThan(5));

for (const name of pages) {
	test(`${name}: only this site’s scripts and workers, and no inline script without its hash`, () => {
		const html = readFileSync(new URL(name, build), 'utf8');
		const [head, policy] = POLICY.exec(html) ?? [];
		if (!head || !policy) throw new Error(`${name} has no policy`);
		const rules = directives(policy);
		expect(rules['default-src']).toEqual(["'none'"]);
		expect(rules['object-src']).toEqual(["'none'"]);
		expect(rules['base-uri']).toEqual(["'none'"]);
		expect(rules['form-action']).toEqual(["'none'"]);
		expect(rules['worker-src']).toEqual(["'self'"]);
		expect(rules['connect-src']).toEqual(["'self'"]);
		const hashes = rules['script-src'].filter((source) => source.startsWith("'sha256-"));
		expect(rules['script-src'].filter((source) => !hashes.includes(source))).toEqual(["'self'", "'wasm-unsafe-eval'"]);
		const inline = [...html.matchAll(SCRIPT)].filter(
			([, attributes]) => !/\b(src|data-sveltekit-fetched)\b/.test(attributes)
		);
		expect(inline.length).toBeGreaterThan(0);
		for (const [, , text] of inline) expect(hashes).toContain(hashOf(text));
		// The policy counts for what comes after it.
		expect(html.indexOf('<script')).toBeGreaterThan(html.indexOf(head));
		expect(html).not.toMatch(HANDLER);
	});
}

unwatched('the policy is in force, and breaking it is noticed', async ({ page }) => {
	await page.goto('lessons/');
	const broken = await page.evaluate(async () => {
		const seen: string[] = [];
		document.addEventListener(
			'securitypolicyviolation',
			(event) => {
				seen.push(event.effectiveDirective);
				event.stopImmediatePropagation();
			},
			{ capture: true }
		);
		const image = document.createElement('div');
		// What an injection would write.
		// eslint-disable-next-line no-restricted-properties
		image.innerHTML = '<img src="data:," onerror="window.__injected = true">';
		document.body.append(image);
		const script = document.createElement('script');
		script.textContent = 'window.__injected = true';
		document.body.append(script);
		await fetch('https://elsewhere.invalid/').catch(() => undefined);
		await new Promise((resolve) => setTimeout(resolve, 300));
		return { seen: [...new Set(seen)].sort(), ran: '__injected' in window };
	});
	expect(broken.seen).toEqual(['connect-src', 'script-src-attr', 'script-src-elem']);
	expect(broken.ran).toBe(false);
});
