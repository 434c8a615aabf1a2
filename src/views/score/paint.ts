/** The score's dense layers on a canvas: what the SVG draws with an element each, drawn here at once. */
import type { Tone } from '../shared/rings';
import { LEVELS } from './bands';
import type { ScoreMarks } from './layout';
import type { Mark } from './marks';

/** Marks that SVG still carries, with an element or three each, and boxes of its paths. */
const MOST_MARKS = 250;
const MOST_BOXES = 900;

/** Whether a canvas is to carry the dense layers. */
export const needsCanvas = ({ marks, summed, cells, results }: ScoreMarks): boolean =>
	marks.length + (results?.marks.length ?? 0) > MOST_MARKS ||
	cells.length + summed.reduce((sum, one) => sum + one.columns.length, 0) > MOST_BOXES;

/** Opacity of a band's cell. */
export const opacityOf = (level: number): number => 0.25 + (0.75 * level) / LEVELS;

/** Opacity of a bar. */
export const BAR = 0.75;

/** Colours by name: tones, their grounds, and a few more. */
export type Palette = Readonly<Record<Tone | `${Tone}-bg` | `${Tone}-ink` | 'ink' | 'bad' | 'accent', string>>;

export const TOKENS = (['user', 'kernel', 'xen', 'hw'] as const)
	.flatMap((tone): (keyof Palette)[] => [tone, `${tone}-bg`, `${tone}-ink`])
	.concat('ink', 'bad', 'accent');

/** Outlines of the glyphs about (0, 0); the cross is stroked, all others are filled. */
export const GLYPHS: Readonly<Record<Mark['word']['shape'], (mark: Mark) => string>> = {
	tick: () => 'M-1-5h2v10h-2z',
	cross: () => 'M-4-4L4 4M4-4L-4 4',
	diamond: () => 'M0-5.5L5.5 0 0 5.5-5.5 0z',
	down: () => 'M-5-3.5H5L0 5z',
	up: () => 'M-5 3.5H5L0-5z',
	dot: (mark) => (mark.word.rank > 1 ? circle(4.2) : circle(2.6))
};

const circle = (r: number): string => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;

const outlines = new Map<string, Path2D>();

function outline(path: string): Path2D {
	let known = outlines.get(path);
	if (!known) outlines.set(path, (known = new Path2D(path)));
	return known;
}

/** Draws on a context whose unit is a CSS pixel. */
export function paint(context: CanvasRenderingContext2D, marks: ScoreMarks, colours: Palette): void {
	const { staves, left, right, summed, cells, paths, results } = marks;
	for (const { y, height, tone } of staves) {
		context.fillStyle = colours[`${tone}-bg`];
		context.beginPath();
		context.roundRect(left, y - height / 2, right - left, height, 3);
		context.fill();
	}
	context.globalAlpha = BAR;
	for (const block of summed)
		for (const { x, y, width, height, tone } of block.columns) {
			context.fillStyle = colours[tone];
			context.fillRect(x, y, width, height);
		}
	for (const { x, y, width, height, tone, level } of cells) {
		context.globalAlpha = opacityOf(level);
		context.fillStyle = colours[`${tone}-ink`];
		context.fillRect(x, y, width, height);
	}
	context.globalAlpha = 1;
	context.strokeStyle = colours.ink;
	context.lineWidth = 2.2;
	context.lineJoin = 'round';
	for (const path of paths) context.stroke(new Path2D(path));
	for (const mark of marks.marks) if (!mark.chosen) paintGlyph(context, mark, colours);
	if (!results) return;
	context.fillStyle = colours.accent;
	for (const { x, width } of results.marks) context.fillRect(x, results.y - 5, width, 10);
}

function paintGlyph(context: CanvasRenderingContext2D, mark: Mark, colours: Palette): void {
	const path = outline(GLYPHS[mark.word.shape](mark));
	context.translate(mark.x, mark.y);
	if (mark.word.shape === 'cross') {
		context.strokeStyle = colours.bad;
		context.lineWidth = 2.5;
		context.stroke(path);
	} else {
		context.fillStyle = colours[mark.word.tone];
		context.fill(path);
	}
	context.translate(-mark.x, -mark.y);
}
