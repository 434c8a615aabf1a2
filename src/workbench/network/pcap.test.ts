import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tcpdump } from '../../../scripts/tcpdump.mjs';
import { readPcap, writePcap, type Packet } from './pcap';

const packet = (seconds: number, nanoseconds: number, length = 60): Packet => ({
	seconds,
	nanoseconds,
	bytes: Uint8Array.from({ length }, (_, n) => n),
	length
});
const PACKETS = [
	packet(1_767_225_600, 123_456_789),
	packet(1_767_225_601, 5_000, 1514),
	packet(1_767_225_601, 999_999_999)
];

/** A file in the other byte order: every number of its headers turned round. */
function turned(file: Uint8Array): Uint8Array {
	const other = file.slice();
	const turn = (at: number, size: number) => other.subarray(at, at + size).reverse();
	const length = (at: number) => new DataView(file.buffer).getUint32(at, true);
	for (const [at, size] of [
		[0, 4],
		[4, 2],
		[6, 2],
		[8, 4],
		[12, 4],
		[16, 4],
		[20, 4]
	])
		turn(at, size);
	for (let at = 24; at < file.length; at += 16 + length(at + 8)) for (const n of [0, 4, 8, 12]) turn(at + n, 4);
	return other;
}
const micro = (packets: readonly Packet[]) =>
	packets.map((one) => ({ ...one, nanoseconds: Math.floor(one.nanoseconds / 1000) * 1000 }));

describe('a pcap', () => {
	it.each(['microseconds', 'nanoseconds'] as const)(
		'in %s is read as it was written, in both byte orders',
		(resolution) => {
			const wanted = { packets: resolution === 'nanoseconds' ? PACKETS : micro(PACKETS), resolution, problem: '' };
			const file = writePcap(PACKETS, resolution);
			expect(readPcap(file)).toEqual(wanted);
			expect(turned(file)).not.toEqual(file);
			expect(readPcap(turned(file))).toEqual(wanted);
		}
	);

	it('of no frames is a header alone', () => {
		const file = writePcap([]);
		expect([file.length, readPcap(file)]).toEqual([24, { packets: [], resolution: 'microseconds', problem: '' }]);
	});

	it('leaves out check sequences that the header tells of', () => {
		const file = writePcap(PACKETS);
		file[23] = 0x24;
		expect(readPcap(file).packets.map(({ bytes }) => bytes.length)).toEqual([56, 1510, 56]);
	});
});

describe('a damaged file keeps the frames before and says where and what is wrong:', () => {
	const file = writePcap(PACKETS);
	const SECOND = 24 + 16 + 60;
	const THIRD = SECOND + 16 + 1514;
	const set = (at: number, value: number): Uint8Array => {
		const other = file.slice();
		new DataView(other.buffer).setUint32(at, value, true);
		return other;
	};
	it.each([
		[
			'cut in a header',
			file.slice(0, THIRD + 7),
			2,
			`record 3 at offset ${THIRD}: the file ends in its header, after 7 of 16 bytes`
		],
		[
			'cut in a frame',
			file.slice(0, THIRD + 20),
			2,
			`record 3 at offset ${THIRD}: the file ends after 4 of its 60 bytes`
		],
		[
			'a huge frame',
			set(SECOND + 8, 0xffff_ffff),
			1,
			`record 2 at offset ${SECOND + 8}: a frame of 4294967295 bytes; there are none beyond 262144`
		],
		[
			'more captured than there was',
			set(SECOND + 12, 100),
			1,
			`record 2 at offset ${SECOND + 8}: 1514 bytes captured of a frame of 100`
		],
		['no time', set(28, 1_000_000), 0, 'record 1 at offset 28: a time of 1000000 microseconds beyond a second'],
		['cut in the first header', file.slice(0, 20), 0, 'the file ends in its header, after 20 of 24 bytes'],
		['another link type', set(20, 101), 0, 'link type 101 at offset 20; only frames of Ethernet (1) can be read'],
		['another version', set(4, 3), 0, 'version 3.0 at offset 4; there is only 2.4'],
		[
			'pcapng',
			Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0, 0, 0),
			0,
			'this is pcapng, another format; editcap -F pcap makes a pcap of it'
		],
		['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 0, 'this is compressed by gzip; gunzip it first'],
		['something else', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), 0, 'this is no pcap: its first bytes are 0x7f454c46'],
		['nothing', new Uint8Array(0), 0, 'this is no pcap: it has 0 bytes']
	])('%s', (_name, bytes, kept, problem) => {
		const capture = readPcap(bytes);
		expect([capture.packets.length, capture.problem]).toEqual([kept, problem]);
	});

	it('any prefix of a file gives the frames that are whole', () => {
		for (let length = 24; length < file.length; length += 13) {
			const { packets, problem } = readPcap(file.slice(0, length));
			expect(packets).toEqual(micro(PACKETS).slice(0, packets.length));
			expect(problem === '').toBe([24, SECOND, THIRD].includes(length));
		}
	});
});

const program = tcpdump();
describe.skipIf(!program)('Debian\u2019s tcpdump', () => {
	const arp = [
		...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, 1, 8, 6],
		...[0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]
	];
	const bytes = Uint8Array.from({ length: 60 }, (_, n) => arp[n] ?? 0);

	it.each(['microseconds', 'nanoseconds'] as const)('reads ours in %s', (resolution) => {
		const folder = mkdtempSync(join(tmpdir(), 'ringside-pcap-'));
		try {
			const path = join(folder, 'ours.pcap');
			const frame = { seconds: 1_767_225_600, nanoseconds: 123_456_789, bytes, length: 60 };
			writeFileSync(path, writePcap([frame, { ...frame, seconds: 1_767_225_602 }], resolution));
			// It gives up root for a user that may not be there.
			const root = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
			const precision = resolution === 'nanoseconds' ? ['--nano'] : [];
			const { status, stdout } = spawnSync(program!, ['-r', path, '-n', '-e', '-tt', ...precision, ...root], {
				encoding: 'utf8'
			});
			const time = resolution === 'nanoseconds' ? '1767225600.123456789' : '1767225600.123456';
			expect(status).toBe(0);
			expect(stdout.trim().split('\n')).toHaveLength(2);
			expect(stdout).toContain(
				`${time} 52:54:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 60: Request who-has 10.0.0.2 tell 10.0.0.1`
			);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
