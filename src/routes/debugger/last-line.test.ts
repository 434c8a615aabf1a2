import { describe, expect, it } from 'vitest';
import { LastLine } from './last-line';

describe('the last line of a console', () => {
	it('is the last that is not empty, without control sequences', () => {
		const line = new LastLine();
		expect(line.add('hello\r\n')).toBe('hello');
		expect(line.add('\x1b[H\x1b[J\x1b[1;1H\x1b[?25h\r\n\r\ngrub> ')).toBe('grub>');
		expect(line.add(new TextEncoder().encode('ls'))).toBe('grub> ls');
	});
	it('bears sequences and letters that come in parts', () => {
		const line = new LastLine();
		line.add('a\n\x1b[3');
		expect(line.add('1mé')).toBe('é');
		const bytes = new TextEncoder().encode('ü');
		line.add(bytes.subarray(0, 1));
		expect(line.add(bytes.subarray(1))).toBe('éü');
	});
	it('stays short', () => expect(new LastLine().add('x'.repeat(100_000)).length).toBe(200));
});
