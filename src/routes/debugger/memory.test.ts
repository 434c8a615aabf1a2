import { describe, expect, it } from 'vitest';
import type { RunClient } from '../../workbench/worker/client';
import { dump, findPlace, texts } from './memory';

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('memory as rows', () => {
	it('is sixteen or eight bytes a row, what changed marked', () => {
		const bytes = ascii('0123456789abcdef!');
		const rows = dump(0xc000_0000, bytes, ascii('0123456789abcdeX!'));
		expect(rows.map(({ address, text }) => [address, text])).toEqual([
			['c0000000', '0123456789abcdef'],
			['c0000010', '!']
		]);
		expect(rows[0].changed.indexOf(true)).toBe(15);
		expect(rows[1].bytes.slice(0, 2)).toEqual(['21', '  ']);
		expect(dump(0, bytes, null, 8)).toHaveLength(3);
	});

	it('is the texts in it: four readable bytes and more', () => {
		const bytes = ascii('\0abc\0hello\nworld\0\x01\x02xy12');
		expect(texts(0x1000, bytes, null)).toEqual([
			{ address: '00001005', text: 'hello⏎world', changed: false },
			{ address: '00001013', text: 'xy12', changed: false }
		]);
		const before = bytes.slice();
		before[6] = 65;
		expect(texts(0x1000, bytes, before).map(({ changed }) => changed)).toEqual([true, false]);
		const long = texts(0, ascii('x'.repeat(200)), null);
		expect(long.map(({ text }) => text.length)).toEqual([72, 72, 56]);
	});
});

describe('a place that was typed', () => {
	const asked: string[] = [];
	const client = {
		inspectWith: (_name: string, plain: string) => {
			asked.push(plain);
			return Promise.resolve(plain.includes('0x10]') ? null : 0x1234);
		}
	} as unknown as RunClient;
	const symbols = { find: (name: string) => (name === 'kernel_main' ? 0xc000_1000 : -1) };
	const moment = { regs: { esp: 0xc001_bf00 }, cr3: 0x12_0000 };
	const find = (text: string, counting: 'linear' | 'physical' | 'frame' = 'linear') =>
		findPlace(client, text, counting, symbols, moment);

	it('is a number, a register, a symbol or a frame', async () => {
		expect(await find('0xc0000000')).toEqual({ start: 0xc000_0000, space: 'linear' });
		expect(await find('esp')).toEqual({ start: 0xc001_bf00, space: 'linear' });
		expect(await find('kernel_main')).toEqual({ start: 0xc000_1000, space: 'linear' });
		expect(await find('124', 'frame')).toEqual({ start: 0x12_4000, space: 'physical' });
		expect(await find('4096', 'physical')).toEqual({ start: 4096, space: 'physical' });
		expect(asked).toEqual([]);
	});

	it('is an expression that the worker works out, symbols put in', async () => {
		expect(await find('[kernel_main + 4]')).toEqual({ start: 0x1234, space: 'linear' });
		expect(asked.at(-1)).toContain((0xc000_1000).toString(16));
	});

	it('or a clear word of what is wrong', async () => {
		expect(await find('nowhere')).toMatchObject({
			problem: expect.stringContaining("'nowhere' is no address") as string
		});
		expect(await find('[esp + 4')).toMatchObject({ problem: expect.stringContaining("expected ']'") as string });
		expect(await find('[0x10]')).toEqual({ problem: "'[0x10]' reads memory that is not mapped now." });
	});
});
