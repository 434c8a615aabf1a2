import { expect, it } from 'vitest';
import { Bug } from '../../base';
import { Consoles, type ConsoleNews } from './consoles';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What somebody knows who hears only the news. */
class Listener {
	private known = new Map<number, string>();
	hear(news: readonly ConsoleNews[]): number {
		for (const { dom, of, keep, bytes: more } of news) {
			const before = this.known.get(dom) ?? '';
			expect(of).toBe(before.length);
			this.known.set(dom, before.slice(0, keep) + new TextDecoder().decode(more));
		}
		return news.length;
	}
	text = (dom: number): string => this.known.get(dom) ?? '';
}

it('takes words back and says them again, and tells only what differs', () => {
	const consoles = new Consoles();
	const listener = new Listener();
	consoles.write(1, bytes('one '));
	const mark = consoles.mark();
	consoles.write(1, bytes('two '));
	consoles.write(2, bytes('other'));
	const later = consoles.mark();
	listener.hear(consoles.take());
	consoles.rewind(mark);
	expect([consoles.text(1), consoles.text(2)]).toEqual(['one ', '']);
	consoles.write(1, bytes('two '));
	consoles.rewind(later);
	expect(listener.hear(consoles.take())).toBe(0);
	consoles.rewind(mark);
	listener.hear(consoles.take());
	expect([listener.text(1), listener.text(2)]).toEqual(['one ', '']);
	consoles.rewind(later);
	listener.hear(consoles.take());
	expect([listener.text(1), listener.text(2)]).toEqual(['one two ', 'other']);
	expect(consoles.bytes(1, 5)).toEqual(bytes('wo '));
});

it('says in another future what is said there, and a replay that says something else is a bug', () => {
	const consoles = new Consoles();
	const listener = new Listener();
	consoles.write(1, bytes('past '));
	const mark = consoles.mark();
	consoles.write(1, bytes('first'));
	listener.hear(consoles.take());
	consoles.rewind(mark);
	const first = consoles.exchange(consoles.fork());
	consoles.write(1, bytes('second'));
	listener.hear(consoles.take());
	expect(listener.text(1)).toBe('past second');
	consoles.rewind(mark);
	consoles.exchange(first);
	consoles.write(1, bytes('first'));
	listener.hear(consoles.take());
	expect(listener.text(1)).toBe('past first');
	consoles.rewind(mark);
	expect(() => consoles.write(1, bytes('third'))).toThrow(Bug);
	consoles.truncate();
	consoles.write(1, bytes('third'));
	listener.hear(consoles.take());
	expect(listener.text(1)).toBe('past third');
});

it('keeps the part of a line of the log that has been written', () => {
	const consoles = new Consoles();
	for (const byte of bytes('a\nb')) consoles.log(byte);
	const mark = consoles.mark();
	for (const byte of bytes('c\n')) consoles.log(byte);
	consoles.rewind(mark);
	for (const byte of bytes('c\n')) consoles.log(byte);
	expect(consoles.all().map(({ bytes: all }) => new TextDecoder().decode(all))).toEqual(['a\nbc\n']);
});
