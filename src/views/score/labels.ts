/** Words beside marks, the most important first, wherever one fits. */
import type { Note } from './bands';
import type { Mark } from './marks';
import { shortCount } from '../../words/numbers';

const LETTER = 7.3;
const LABEL_GAP = 8;
/** The same word on the same stave is not said again nearer than this. */
const SAID = 170;

export const labelWidth = (text: string): number => text.length * LETTER;

/** Marks that follow each other on a stave and say the same word. */
interface Series {
	/** Events that say it. */
	count: number;
	/** Whether a label has said so. */
	said: boolean;
}

/** The series of each mark, marks from left to right. */
function seriesOf(marks: readonly Mark[]): Map<Mark, Series> {
	const found = new Map<Mark, Series>();
	const last = new Map<number, Mark>();
	for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
		const before = last.get(mark.y);
		const series = before?.word.text === mark.word.text ? found.get(before)! : { count: 0, said: false };
		series.count += mark.same;
		found.set(mark, series);
		last.set(mark.y, mark);
	}
	return found;
}

const countText = (mark: Mark, series: Series): string => {
	if (mark.chosen) return '';
	if (series.count > 1) return ` ×${shortCount(series.count)}`;
	return mark.count > 3 ? ` +${shortCount(mark.count - 1)}` : '';
};

/** Where words are already, so that no two lie on each other. */
class Room {
	private readonly taken: { x0: number; x1: number; y: number }[] = [];

	free(x0: number, x1: number, y: number): boolean {
		return !this.taken.some((box) => Math.abs(box.y - y) < 12 && box.x0 < x1 + 4 && box.x1 > x0 - 4);
	}
	take(x0: number, x1: number, y: number): void {
		this.taken.push({ x0, x1, y });
	}
}

/** Where words may stand, pixels. */
interface Ground {
	readonly left: number;
	readonly right: number;
	readonly bottom: number;
}

/** Gives labels to marks, and drops the notes for which they leave no room. */
export function placeLabels(marks: Mark[], notes: readonly Note[], { left, right, bottom }: Ground): Note[] {
	const room = new Room();
	const saidAt = new Map<string, number[]>();
	const series = seriesOf(marks);
	const rank = (mark: Mark) => mark.word.rank + (mark.chosen ? 100 : 0);
	for (const mark of [...marks].sort((a, b) => rank(b) - rank(a) || a.x - b.x)) {
		if (mark.word.rank < 2 && !mark.chosen) continue;
		const mine = series.get(mark)!;
		if (mine.said && !mark.chosen) continue;
		const text = mark.word.text + countText(mark, mine);
		const width = labelWidth(text);
		// With another count it is the same word still.
		const word = `${mark.y} ${mark.word.text}`;
		const said = saidAt.get(word) ?? [];
		if (!mark.chosen && said.some((x) => Math.abs(x - mark.x) < SAID)) continue;
		const places: [x: number, y: number][] = [
			[mark.x + LABEL_GAP, mark.y - 7],
			[mark.x + LABEL_GAP, mark.y + 14],
			[mark.x - LABEL_GAP - width, mark.y - 7],
			[mark.x - LABEL_GAP - width, mark.y + 14]
		];
		const place = places.find(([x, y]) => x >= left && x + width <= right && y <= bottom && room.free(x, x + width, y));
		if (!place) continue;
		room.take(place[0], place[0] + width, place[1]);
		mark.label = { x: place[0], y: place[1], text };
		mine.said ||= !mark.chosen;
		said.push(mark.x);
		saidAt.set(word, said);
	}
	return notes.filter((note) => {
		const width = labelWidth(note.text);
		if (note.x < left || note.x + width > right || !room.free(note.x, note.x + width, note.y)) return false;
		room.take(note.x, note.x + width, note.y);
		return true;
	});
}
