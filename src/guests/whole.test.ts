/**
 * The whole system at once, by the scenario that the project's first page names: domain 0 drives an IDE disk and an NE2000; three guests have
 * each a part of the disk and a card on its bridge, copy files and send datagrams to each other; somebody outside sends one too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tcpdump } from '../../scripts/tcpdump.mjs';
import { HYPERCALLS } from '../abi/hypercalls';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { dumped, e2fsck } from '../workbench/e2fs';
import { diskAt } from '../workbench/inspect/disks';
import { readPcap, writePcap } from '../workbench/network/pcap';
import { Run } from '../workbench/run';
import type { ScenarioInput } from '../workbench/scenario';
import { imageFile } from '../workbench/testing';
import { arpRequest, ip, read, udp, type Station } from './internet';

const example = (name: string): Buffer => readFileSync(new URL(`../../examples/${name}`, import.meta.url));
const SCENARIO = JSON.parse(example('three-guests.json').toString()) as ScenarioInput;
const MOST_INSTRUCTIONS = 200_000_000;
const PART = 4096;

const OUTSIDE: Station = { mac: '52:54:00:aa:bb:cc', ip: '10.0.0.50' };
const ONE: Station = { mac: '00:16:3e:00:00:01', ip: '10.0.0.1' };

/** What `cksum` of POSIX says of bytes: CRC-32 with the length behind them, the high bit first. */
function cksum(bytes: Uint8Array): number {
	const length: number[] = [];
	for (let rest = bytes.length; rest > 0; rest = Math.floor(rest / 256)) length.push(rest & 255);
	let crc = 0;
	for (const byte of [...bytes, ...length]) {
		crc ^= byte << 24;
		for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
	}
	return ~crc >>> 0;
}

/** Hypercalls after which another count of some frame may be right. */
const CHANGING = new Set<number>(
	(['grant_table_op', 'mmu_update', 'update_va_mapping', 'mmuext_op', 'memory_op'] as const).map(
		(name) => HYPERCALLS[name].nr
	)
);

/** Runs until nobody has anything left to do, and looks at every count of every frame after each hypercall that may change one. */
function runAudited(run: Run): { audits: number; findings: readonly string[] } {
	const findings = new Set<string>();
	let audits = 0;
	while (run.advance({ kinds: [KIND.hypercall] }, MOST_INSTRUCTIONS).cause === 'event') {
		const { trace } = run;
		let seq = trace.length - 1;
		while (trace.kind(seq) !== KIND.hypercall) seq--;
		if (!CHANGING.has(trace.arg(seq, 'nr'))) continue;
		audits++;
		for (const finding of audit(run.system.hypervisor)) findings.add(finding);
	}
	return { audits, findings: [...findings] };
}

describe('domain 0 and three guests with disk and network', () => {
	let run: Run;
	let audited: ReturnType<typeof runAudited>;
	const said = (dom: number): string[] => run.consoles.text(dom).trim().split('\n');
	/** The bytes of a guest's part of the disk. */
	const part = (dom: number): Uint8Array => diskAt(run, 0)!.read((dom - 1) * PART, PART);
	const frames = (): Uint8Array[] => readPcap(run.system.network!.capture()).packets.map(({ bytes }) => bytes);

	beforeAll(() => {
		run = new Run(SCENARIO, (name) => (name === 'outside.pcap' ? example(name) : imageFile(name)), { snapshots: 0 });
		audited = runAudited(run);
	}, 240_000);

	it('copy files, each on its own part of one disk: checksums agree inside', () => {
		for (const dom of [1, 2, 3]) {
			const [original, copy] = said(dom).filter((line) => /^\d+ \d+ \//.test(line));
			expect(original).toMatch(/ \/s00$/);
			expect(copy).toBe(original.replace('/s00', '/copy'));
		}
	});

	it.each([1, 2, 3])('what domain %i has copied lies on the disk, as e2fsck and debugfs see it from outside', (dom) => {
		const image = part(dom);
		expect(e2fsck(image) ?? '').toBe('');
		const [sum, length] = said(dom).find((line) => line.endsWith(' /copy') && /^\d/.test(line))!.split(' ').map(Number);
		const copy = dumped(image, '/copy');
		if (copy) expect([cksum(copy), copy.length]).toEqual([sum, length]);
		// Without these tools: a file system of ours with the name in its root folder.
		expect(Buffer.from(image).includes('copy')).toBe(true);
		expect(Buffer.from(image).readUInt16LE(1024 + 56)).toBe(0xef53);
	});

	it('exchange datagrams through domain 0\u2019s bridge, whole ones, and small ones that come back', () => {
		expect(said(3)).toContain('throughput: 16 arrived');
		expect(said(2)).toContain('throughput: 0 of them damaged');
		expect([said(2), said(3)].map((lines) => lines.find((line) => line.startsWith('udpsend')))).toEqual([
			'udpsend: 10.0.0.1 says: from two',
			'udpsend: 10.0.0.1 says: from three'
		]);
	});

	it('and with somebody outside through the NE2000: what comes back on the wire has right checksums', () => {
		const answers = frames()
			.map(read)
			.filter((packet) => packet?.to === OUTSIDE.ip && packet.protocol === 17);
		expect(answers.map((packet) => [packet!.from, packet!.sound])).toEqual([[ONE.ip, true]]);
		expect(String.fromCharCode(...answers[0]!.payload.slice(8))).toBe('from outside');
		expect(said(1)).toContain('udpecho: 12 bytes from 10.0.0.50 port 4000');
	});

	const program = tcpdump();
	it.skipIf(!program)('as Debian\u2019s tcpdump reads the capture too', () => {
		const folder = mkdtempSync(join(tmpdir(), 'whole-'));
		try {
			const path = join(folder, 'wire.pcap');
			writeFileSync(path, run.system.network!.capture());
			const root = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
			const { status, stdout } = spawnSync(program!, ['-r', path, '-n', '-vv', ...root], { encoding: 'utf8' });
			expect(status).toBe(0);
			expect(stdout).not.toMatch(/bad udp cksum|bad cksum|wrong icmp cksum/);
			expect(stdout).toMatch(/10\.0\.0\.1\.7 > 10\.0\.0\.50\.4000: \[udp sum ok\] UDP, length 12/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('leave all counts of frames right, after each hypercall that may change one', () => {
		expect(audited.findings).toEqual([]);
		expect(audited.audits).toBeGreaterThan(500);
	});

	it('end in order, and leave domain 0 serving nobody', () => {
		for (const { status } of run.system.guests) expect(status).toMatchObject({ alive: false, shutdown: 0, crash: null });
		expect(run.system.host?.status.alive).toBe(true);
	});

	it('the frames that come from outside are those that the example has in its file', () => {
		const bytes = [...'from outside'].map((letter) => letter.charCodeAt(0));
		const made = [arpRequest(OUTSIDE, ONE.ip), ip(OUTSIDE, ONE, 17, udp(OUTSIDE, ONE, [4000, 7], bytes, 0))];
		const packets = made.map((bytes, n) => ({ seconds: 0, nanoseconds: n * 2e6, bytes, length: bytes.length }));
		expect(Buffer.from(writePcap(packets, 'nanoseconds'))).toEqual(example('outside.pcap'));
	});
});
