/** No text that is smaller than can be read. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** CSS pixels. */
const SMALLEST = 12;

const root = new URL('../', import.meta.url);
const styled = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|css)$/.test(name));

/** Sizes in a style sheet that are below the smallest: in pixels, or relative to a parent without such a bound. */
function tooSmall(css: string): string[] {
	const fonts = (css.match(/font(?:-size)?:[^;}]*/g) ?? []).map((font) => font.trim());
	return fonts.filter((font) => {
		if (font.includes(`max(${SMALLEST}px`)) return false;
		const pixels = [...font.matchAll(/([\d.]+)px/g)].some(([, size]) => Number(size) < SMALLEST);
		const share = /\b0?\.\d+r?em/.test(font) || /\b\d{1,2}%/.test(font) || /\b(?:xx?-)?small(?:er)?\b/.test(font);
		return pixels || share;
	});
}

it('looks at every style sheet', () => {
	expect(styled.length).toBeGreaterThan(50);
	expect(tooSmall('a { font: 600 11.5px/1.2 x } b { font-size: 0.8em } c { font-size: max(12px, 0.8em) }')).toEqual([
		'font: 600 11.5px/1.2 x',
		'font-size: 0.8em'
	]);
});

it.each(styled)('%s has none', (name) => {
	expect(tooSmall(readFileSync(new URL(name, root), 'utf8'))).toEqual([]);
});
