import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escape, fromLatin1, latin1, lengthen, packet, PACKET_SIZE, PacketReader, shorten, unescape } from './packets';

/** What the reader makes of a text, one word each. */
const read = (reader: PacketReader, text: string): string[] =>
	[...reader.feed(fromLatin1(text))].map((found) =>
		found.kind === 'packet' ? `packet ${latin1(found.data)}` : found.kind === 'broken' ? found.reason : found.kind
	);

const of = (text: string): string => latin1(packet(fromLatin1(text)));

describe('packets in a stream', () => {
	it.each<[string, string, string[]]>([
		['a packet', '$g#67', ['packet g']],
		['an empty one', '$#00', ['packet ']],
		['digits of either case', '$m#6d$m#6D', ['packet m', 'packet m']],
		['acks and interrupts between packets', '+$g#67\x03-', ['ack', 'packet g', 'interrupt', 'nak']],
		['0x03, + and - inside are data', '$\x03+-#5b', ['packet \x03+-']],
		['noise outside means nothing', 'xyz\0#00 $g#67', ['packet g']],
		['a wrong checksum', '$g#68$g#67', ['a packet with a wrong checksum', 'packet g']],
		['no checksum', '$g#zz$g#67', ['a packet with a wrong checksum', 'packet g']],
		['one within another', '$m1,$g#67', ['a packet began within another', 'packet g']]
	])('%s', (_what, text, found) => {
		expect(read(new PacketReader(), text)).toEqual(found);
		// The size of the pieces makes no difference.
		const reader = new PacketReader();
		expect([...text].flatMap((letter) => read(reader, letter))).toEqual(found);
	});

	it('refuses what is too long, and reads on', () => {
		const longest = 'a'.repeat(PACKET_SIZE);
		const reader = new PacketReader();
		expect(read(reader, of(longest))).toEqual([`packet ${longest}`]);
		expect(read(reader, of(`${longest}a`) + of('g'))).toEqual([
			`a packet of more than ${PACKET_SIZE} bytes`,
			'packet g'
		]);
	});

	it('finds the next whole packet after anything', () => {
		const byte = fc.oneof(
			{ weight: 1, arbitrary: fc.constantFrom(0x23, 0x24, 0x25) },
			{ weight: 2, arbitrary: fc.nat(255) }
		);
		const property = fc.property(fc.array(byte, { maxLength: 60, size: 'max' }), (noise) => {
			const reader = new PacketReader();
			const found = [...reader.feed(Uint8Array.from(noise))];
			for (const one of found) if (one.kind === 'packet') expect(latin1(packet(one.data)).slice(-3)).toMatch(/#../);
			// Whatever state the noise has left, two packets later it is over.
			expect(read(reader, of('g') + of('g')).at(-1)).toBe('packet g');
		});
		fc.assert(property, { seed: 1, numRuns: 2000 });
	});
});

describe('escapes', () => {
	it('carry every byte', () => {
		const all = Uint8Array.from({ length: 512 }, (_, at) => at & 0xff);
		const escaped = escape(all);
		for (const sign of '#$*') expect(latin1(escaped)).not.toContain(sign);
		expect(unescape(escaped)).toEqual(all);
	});
	it('may not end in the middle', () => expect(unescape(fromLatin1('ab}'))).toBeNull());
});

describe('run lengths', () => {
	it.each([
		['0'.repeat(4), '0* '],
		['abc', 'abc'],
		['aaab', 'aaab'],
		// 6 and 7 more would be written with # and $.
		['0'.repeat(7), '0*"0'],
		['0'.repeat(8), '0*"00'],
		['0'.repeat(9), '0*%'],
		['0'.repeat(98), '0*~'],
		['0'.repeat(99), '0*~0']
	])('%s', (long, short) => {
		expect(latin1(shorten(fromLatin1(long)))).toBe(short);
		expect(latin1(lengthen(fromLatin1(short)))).toBe(long);
	});
	it('hold for any text', () => {
		// Bytes that packets have, in runs: those that need an escape were escaped before.
		const run = fc.tuple(fc.constantFrom(...'0abfx}'), fc.oneof(fc.integer({ min: 1, max: 12 }), fc.nat(400)));
		const property = fc.property(fc.array(run, { maxLength: 12, size: 'max' }), (runs) => {
			const text = fromLatin1(runs.map(([letter, length]) => letter.repeat(length)).join(''));
			const short = shorten(text);
			expect(latin1(short)).not.toMatch(/[#$]/);
			expect(lengthen(short)).toEqual(text);
		});
		fc.assert(property, { seed: 2, numRuns: 150 });
	});
});
