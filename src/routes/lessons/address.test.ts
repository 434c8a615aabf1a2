/** Addresses of places in a lesson, and of what another page embeds. */
import { describe, expect, it } from 'vitest';
import { hashOf, lessonAddress, NOWHERE, placeIn } from './address';
import { embedAddress, embedIn, iframeCode } from './embed/address';

const LESSON = 'https://ringside.example/site/lessons/01-four-rings/';
const at = (rest: string) => embedIn(new URL(LESSON + rest));

describe('a place in a lesson', () => {
	it.each([
		['#step-4', { ...NOWHERE, step: 4 }],
		['#moment-cli-bounce', { ...NOWHERE, moment: 'cli-bounce' }],
		['#event-0', { ...NOWHERE, event: 0 }]
	])('%s is read and written back', (hash, place) => {
		expect(placeIn(hash)).toEqual(place);
		expect(hashOf(place)).toBe(hash);
	});

	it.each(['', '#', '#main', '#step-', '#step-0', '#step-x', '#event--1', '#event-1e9', '#moment-', '#stepping-2'])(
		'%s names none',
		(hash) => expect(placeIn(hash)).toEqual(NOWHERE)
	);

	it('reads a fragment with a broken percent sign as it stands', () => {
		expect(placeIn('#moment-50%').moment).toBe('50%');
	});

	it('is an address without what the page was opened with', () => {
		expect(lessonAddress(`${LESSON}?embed&theme=dark#step-1`, { ...NOWHERE, event: 7 })).toBe(`${LESSON}#event-7`);
		expect(lessonAddress(`${LESSON}#step-1`, NOWHERE)).toBe(LESSON);
	});
});

describe('an embed', () => {
	it('is told what and how by its address', () => {
		expect(at('?embed&moment=cli-bounce&shows=checks,trap&theme=dark&ask&origin=https://course.example/x')).toEqual({
			place: { ...NOWHERE, moment: 'cli-bounce' },
			// In the order of the stage, whatever the address says.
			shows: ['trap', 'checks'],
			theme: 'dark',
			ask: true,
			origin: 'https://course.example',
			problems: []
		});
	});

	it('follows the fragment before the query', () => {
		expect(at('?embed&moment=cli#step-3').place).toEqual({ ...NOWHERE, step: 3 });
		expect(at('?embed&moment=cli#elsewhere').place).toEqual({ ...NOWHERE, moment: 'cli' });
	});

	it.each([
		['?embed&step=0', /step=0: a step is a number from 1 on/],
		['?embed#event-x', /event=x: an event is a number/],
		['?embed&shows=trap,foo,bar', /shows=foo,bar: there are the pictures trap, walk/],
		['?embed&theme=blue', /theme=blue: a theme is light or dark/],
		['?embed&origin=course', /origin=course: an origin is like https/],
		['?embed&origin=data:text', /origin=data:text/]
	])('%s is told what is wrong', (rest, problem) => {
		expect(at(rest).problems).toEqual([expect.stringMatching(problem)]);
	});

	it('shows again what was shared, for every way to share it', () => {
		const places = [{ ...NOWHERE, step: 2 }, { ...NOWHERE, moment: 'a-b' }, { ...NOWHERE, event: 9 }, NOWHERE];
		const looks = [
			{},
			{ shows: ['trap', 'registers'] as const, theme: 'light' as const, ask: true, origin: 'http://127.0.0.1:8000' }
		];
		for (const place of places)
			for (const look of looks) {
				const plain = { shows: [], theme: '', ask: false, origin: '' };
				expect(embedIn(new URL(embedAddress(LESSON, place, look)))).toEqual({ place, ...plain, ...look, problems: [] });
			}
	});

	it('stands in a frame whose code nothing can break out of', () => {
		const code = iframeCode(`${LESSON}?embed&ask#moment-"><script>`, `"Four" <rings> & 'more'`, {
			width: '100%',
			height: 300
		});
		expect(code).toBe(
			`<iframe src="${LESSON}?embed&amp;ask#moment-&quot;&gt;&lt;script&gt;" title="&quot;Four&quot; &lt;rings&gt; &amp; &#39;more&#39;" ` +
				'width="100%" height="300" loading="lazy" style="border: 0"></iframe>'
		);
	});
});

it('the cost table of a run goes with its events, into lessons and embeds', () => {
	const here = 'https://ringside.example/lessons/01/?costs=iret.7&x=1&profile=p3#step-2';
	expect(lessonAddress(here, { ...NOWHERE, event: 5 })).toBe(
		'https://ringside.example/lessons/01/?costs=iret.7&profile=p3#event-5'
	);
	expect(embedAddress(here, { ...NOWHERE, step: 1 })).toBe(
		'https://ringside.example/lessons/01/?embed&costs=iret.7&profile=p3#step-1'
	);
});
