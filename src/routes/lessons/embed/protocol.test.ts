/** What an embed hears, what it refuses and says why, and whom it hears and tells. */
import { describe, expect, it, vi } from 'vitest';
import { Line, read } from './protocol';

describe('a message to an embed', () => {
	it.each([
		[{ do: 'go', step: 3 }],
		[{ do: 'go', moment: 'cli-bounce' }],
		[{ do: 'go', event: 0 }],
		[{ do: 'ask' }],
		[{ do: 'ask', step: 2 }],
		[{ do: 'play' }],
		[{ do: 'stop' }],
		[{ do: 'where' }],
		[{ do: 'show', pictures: ['trap', 'checks'] }],
		[{ do: 'theme', theme: 'dark' }]
	])('%j is understood', (command) => {
		expect(read({ ringside: 1, ...command })).toEqual({ command });
		expect(read({ ringside: 1, id: 'a', ...command })).toEqual({ command, id: 'a' });
	});

	it.each([[null], [undefined], [7], ['go'], [[1]], [{}], [{ do: 'go', step: 1 }], [{ source: 'an extension' }]])(
		'%j is not for us, and passes unanswered',
		(data) => expect(read(data)).toBeNull()
	);

	it.each([
		[{ ringside: 2, do: 'go', step: 1 }, /speaks ringside: 1, not 2/],
		[{ ringside: 1 }, /do: one of go, ask, play, stop, show, theme, where, not undefined/],
		[{ ringside: 1, do: 'fly' }, /not "fly"/],
		[{ ringside: 1, do: 'toString' }, /not "toString"/],
		[{ ringside: 1, do: 'go' }, /go: name one of step, moment, event/],
		[{ ringside: 1, do: 'go', step: 1, event: 2 }, /go: name one of/],
		[{ ringside: 1, do: 'go', step: 0 }, /go: step: a number from 1 on, not 0/],
		[{ ringside: 1, do: 'go', step: '1' }, /go: step: a number, not "1"/],
		[{ ringside: 1, do: 'go', step: NaN }, /go: step: a number, not null/],
		[{ ringside: 1, do: 'go', step: 1.5 }, /go: step: a whole number, not 1.5/],
		[{ ringside: 1, do: 'go', moment: '' }, /go: moment: a name, not ""/],
		[{ ringside: 1, do: 'go', step: 1, fast: true }, /go: 'fast' is not known here/],
		[{ ringside: 1, do: 'show', pictures: ['trap', 'foo'] }, /show: pictures.1: one of trap, walk.*not "foo"/],
		[{ ringside: 1, do: 'show' }, /show: pictures/],
		[{ ringside: 1, do: 'theme', theme: 'blue' }, /theme: theme: one of system, light, dark, not "blue"/],
		[{ ringside: 1, do: 'x'.repeat(5000) }, /not "x{50,60}…$/]
	])('%j is refused, and why', (data, reason) => {
		expect(read({ id: 9, ...data })).toEqual({ refused: expect.stringMatching(reason), id: 9 });
	});

	it('may hold what no JSON can', () => {
		const circle: Record<string, unknown> = { ringside: 1 };
		circle.do = circle;
		expect(read(circle)).toEqual({ refused: expect.stringMatching(/not object/) });
		expect(read({ ringside: 1n })).toEqual({ refused: expect.stringMatching(/not bigint/) });
	});
});

describe('the line to the page that shows it', () => {
	const parent = { postMessage: vi.fn() };
	const source = parent as unknown as MessageEventSource;

	it('hears that page alone', () => {
		const line = new Line(parent, '');
		expect(line.hears({ source, origin: 'https://course.example' })).toBe(true);
		expect(line.hears({ source: {} as MessageEventSource, origin: 'https://course.example' })).toBe(false);
		expect(line.hears({ source: null, origin: 'https://course.example' })).toBe(false);
	});

	it('hears and tells only the origin that its address names', () => {
		const line = new Line(parent, 'https://course.example');
		expect(line.hears({ source, origin: 'https://course.example' })).toBe(true);
		expect(line.hears({ source, origin: 'https://other.example' })).toBe(false);
		line.tell({ says: 'failed', reason: 'so' }, 3);
		expect(parent.postMessage).toHaveBeenLastCalledWith(
			{ ringside: 1, id: 3, says: 'failed', reason: 'so' },
			'https://course.example'
		);
	});

	it('is silent where no page shows it', () => {
		const line = new Line(null, '');
		expect(line.hears({ source: null, origin: 'x' })).toBe(false);
		line.tell({ says: 'failed', reason: 'nobody hears this' });
	});
});
