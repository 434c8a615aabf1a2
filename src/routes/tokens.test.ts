import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const tokens = new Map(
	[...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [
		name,
		{ light, dark }
	])
);

const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
/** Relative luminance (WCAG 2.2). */
const luminance = (hex: string) => {
	const [r, g, b] = [1, 3, 5].map((at) => channel(parseInt(hex.slice(at, at + 2), 16) / 255));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string) => {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
};

const words: [ink: string, ground: string][] = [
	...['paper', 'panel', 'raised', 'accent-bg'].flatMap((ground): [string, string][] => [
		['ink', ground],
		['soft', ground],
		['accent', ground]
	]),
	...['xen', 'kernel', 'user', 'hw'].flatMap((ring): [string, string][] => [
		[`${ring}-ink`, `${ring}-bg`],
		[`${ring}-ink`, 'panel'],
		[`${ring}-ink`, 'paper'],
		['ink', `${ring}-bg`],
		['soft', `${ring}-bg`]
	]),
	['on-accent', 'accent'],
	['paper', 'ink'],
	['good', 'panel'],
	['bad', 'panel'],
	['good', 'xen-bg'],
	['bad', 'xen-bg']
];
const marks: [mark: string, ground: string][] = ['xen', 'kernel', 'user', 'hw', 'event', 'io', 'edge'].flatMap(
	(mark) => [
		[mark, 'panel'],
		[mark, 'paper']
	]
);

describe.each(['light', 'dark'] as const)('%s theme', (theme) => {
	it.each(words)('%s reads on %s', (ink, ground) => {
		expect(contrast(tokens.get(ink)![theme], tokens.get(ground)![theme])).toBeGreaterThanOrEqual(4.5);
	});
	it.each(marks)('%s is visible on %s', (mark, ground) => {
		expect(contrast(tokens.get(mark)![theme], tokens.get(ground)![theme])).toBeGreaterThanOrEqual(3);
	});
});
