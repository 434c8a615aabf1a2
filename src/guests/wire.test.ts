/**
 * Domain 0 with a real network card: its bridge joins the wire and the virtual cards of others. Somebody outside speaks in a script;
 * what the guests answer is captured from the wire, and its checksums are checked here, and by tcpdump.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tcpdump } from '../../scripts/tcpdump.mjs';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { readPcap, writePcap } from '../workbench/network/pcap';
import { Run } from '../workbench/run';
import type { ScenarioInput } from '../workbench/scenario';
import { imageFile } from '../workbench/testing';
import { arpRequest, echo, ip, read, udp, type Station } from './internet';

const MOST_INSTRUCTIONS = 400_000_000;
const OUTSIDE: Station = { mac: '52:54:00:aa:bb:cc', ip: '10.0.0.50' };
/** Domains 1 and 2, by the last bytes of their cards' addresses; domain 0 has the real card's. */
const GUESTS: readonly Station[] = [1, 2].map((dom) => ({ mac: `00:16:3e:00:00:0${dom}`, ip: `10.0.0.${dom}` }));
const [ONE, TWO] = GUESTS;
const DOM0: Station = { mac: '52:54:00:00:00:01', ip: '10.0.0.100' };

interface Wire {
	/** When the first frame comes from outside, and how long after it each other one. */
	readonly atMs?: number;
	readonly apartUs?: number;
	readonly mount?: 'isa' | 'pci';
	readonly faults?: NonNullable<NonNullable<ScenarioInput['machine']>['network']>['faults'];
}

/** Domain 0 with a card, a domain for each command line, and frames that come from outside. */
function makeRun(commands: readonly string[], frames: readonly Uint8Array[], wire: Wire = {}): Run {
	const { atMs = 40, apartUs = 2000, mount = 'isa', faults = [] } = wire;
	const script = writePcap(
		frames.map((bytes, n) => {
			const ns = n * apartUs * 1000;
			return { seconds: Math.floor(ns / 1e9), nanoseconds: ns % 1e9, bytes, length: bytes.length };
		}),
		'nanoseconds'
	);
	const images = (name: string): Uint8Array => (name === 'outside.pcap' ? script : imageFile(name));
	return new Run(
		{
			machine: { network: { cards: [{ mac: DOM0.mac, mount }], faults, inject: { file: 'outside.pcap', atMs } } },
			dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve bridge=1 ip=10.0.0.100' },
			domains: commands.map((cmdline, n) => ({
				name: `guest${n}`,
				image: 'pocket-io',
				memoryMiB: 8,
				cmdline,
				vifs: [{ mac: GUESTS[n].mac }]
			}))
		},
		images,
		{ snapshots: 0 }
	);
}

function runOut(run: Run): Run {
	run.advance({}, MOST_INSTRUCTIONS);
	expect(audit(run.system.hypervisor)).toEqual([]);
	return run;
}

const captured = (run: Run): Uint8Array[] => readPcap(run.system.network!.capture()).packets.map(({ bytes }) => bytes);
/** What was sent to the outside, as IP packets. */
const answers = (run: Run): NonNullable<ReturnType<typeof read>>[] =>
	captured(run)
		.map(read)
		.filter((packet) => packet !== undefined)
		.filter(({ to }) => to === OUTSIDE.ip);
const text = (words: string): number[] => [...words].map((letter) => letter.charCodeAt(0));
const said = (run: Run, dom: number): string[] => run.consoles.text(dom).trim().split('\n');

describe('domain 0 with a card', () => {
	const fill = (length: number): number[] => Array.from({ length }, (_, n) => n & 255);
	const toPort = (port: number, bytes: number[], wrong?: number): Uint8Array =>
		ip(OUTSIDE, ONE, 17, udp(OUTSIDE, ONE, [4000, port], bytes, wrong));
	const question = (to: Station, sequence: number, length: number): Uint8Array =>
		ip(OUTSIDE, to, 1, echo(77, sequence, fill(length)));
	const frames = [
		...[ONE, TWO, DOM0].map(({ ip: target }) => arpRequest(OUTSIDE, target)),
		question(ONE, 1, 56),
		question(TWO, 2, 1472),
		question(DOM0, 3, 1000),
		toPort(7, text('with a checksum'), 0),
		toPort(7, text('with a wrong one'), 1),
		toPort(7, text('with none')),
		toPort(9, text('to nobody'), 0),
		ip(OUTSIDE, ONE, 17, udp(OUTSIDE, ONE, [4000, 7], text('in pieces'), 0), 0x2000),
		ip(OUTSIDE, ONE, 6, fill(40))
	];
	const run = runOut(makeRun(['run=udpecho', 'run=serve'], frames));

	it('finds the card, and gives domains behind its bridge their place on the wire', () => {
		expect(said(run, 0)).toContain('ne2000: at 300, line 9, 52:54:00:00:00:01');
		const arp = captured(run).find((frame) => frame[12] === 8 && frame[13] === 6 && frame[21] === 2 && frame[31] === 1)!;
		expect([...arp.slice(22, 32)]).toEqual([0, 0x16, 0x3e, 0, 0, 1, 10, 0, 0, 1]);
	});

	it('lets the outside ask guests and itself, and the answers hold what was asked', () => {
		const replies = answers(run).filter(({ protocol, payload }) => protocol === 1 && payload[0] === 0);
		expect(replies.map(({ from, payload }) => [from, payload[7], payload.length - 8])).toEqual([
			[ONE.ip, 1, 56],
			[TWO.ip, 2, 1472],
			[DOM0.ip, 3, 1000]
		]);
		expect(replies.every(({ payload }) => payload.slice(8).every((byte, n) => byte === (n & 255)))).toBe(true);
	});

	it('passes datagrams with right checksums or none; wrong ones, pieces and unknown protocols get no echo', () => {
		const words = answers(run)
			.filter(({ protocol }) => protocol === 17)
			.map(({ payload }) => String.fromCharCode(...payload.slice(8)));
		expect(words).toEqual(['with a checksum', 'with none']);
	});

	it('lets bad news out: a port and a protocol that nobody has', () => {
		const news = answers(run).filter(({ protocol, payload }) => protocol === 1 && payload[0] === 3);
		expect(news.map(({ payload }) => payload[1])).toEqual([3, 2]);
		expect(news[0].payload.slice(8 + 20, 8 + 24)).toEqual([4000 >> 8, 4000 & 255, 0, 9]);
	});

	it('sends nothing whose checksums are not right', () => {
		expect(answers(run).filter(({ sound }) => !sound)).toEqual([]);
		expect(answers(run).length).toBe(7);
	});

	const program = tcpdump();
	it.skipIf(!program)('says so by Debian\u2019s tcpdump too', () => {
		const folder = mkdtempSync(join(tmpdir(), 'wire-'));
		try {
			const path = join(folder, 'wire.pcap');
			writeFileSync(path, run.system.network!.capture());
			const root = process.getuid?.() === 0 ? ['-Z', 'root'] : [];
			const { status, stdout } = spawnSync(program!, ['-r', path, '-n', '-vv', ...root], { encoding: 'utf8' });
			expect(status).toBe(0);
			expect(stdout.match(/bad udp cksum|bad cksum|wrong icmp cksum/g)).toEqual(['bad udp cksum']); // the one from outside
			expect(stdout.match(/10\.0\.0\.1\.7 > 10\.0\.0\.50\.4000: \[udp sum ok\]/g)).toHaveLength(2);
			expect(stdout).toContain('10.0.0.1 > 10.0.0.50: ICMP 10.0.0.1 udp port 9 unreachable');
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});

describe('a wire that loses, doubles, reorders and damages frames', () => {
	it('costs what was on it, and no more: what comes is answered, once for each time it came', () => {
		const frames = Array.from({ length: 40 }, (_, n) => ip(OUTSIDE, ONE, 1, echo(1, n, [n, n, n, n])));
		const faults: Wire['faults'] = [
			{ kind: 'lose', every: 7 },
			{ kind: 'double', every: 5 },
			{ kind: 'reorder', every: 6 },
			{ kind: 'damage', how: 'bit', every: 9 }
		];
		const run = runOut(makeRun(['run=sleep 400'], [arpRequest(OUTSIDE, ONE.ip), ...frames], { faults }));
		const numbers = answers(run).map(({ payload }) => payload[7]);
		const times = (n: number): number => numbers.filter((other) => other === n).length;
		expect(new Set(numbers).size).toBeGreaterThan(20);
		expect(new Set(numbers).size).toBeLessThan(40);
		expect(numbers.some((n) => times(n) > 1)).toBe(true);
		expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
		expect(answers(run).every(({ payload }) => payload.slice(8).every((byte) => byte === payload[7]))).toBe(true);
	});
});

describe('a card on the PCI bus', () => {
	it('is found by its base address and its line, and serves as well', () => {
		const frames = [arpRequest(OUTSIDE, ONE.ip), ip(OUTSIDE, ONE, 1, echo(1, 5, [1, 2, 3, 4]))];
		const run = runOut(makeRun(['run=sleep 200'], frames, { mount: 'pci' }));
		expect(said(run, 0)).toContainEqual(expect.stringMatching(/^ne2000: at [0-9a-f]+00, line \d+, 52:54:00:00:00:01$/));
		expect(run.consoles.text(0)).not.toContain('ne2000: at 300,');
		expect(answers(run).map(({ from, payload, sound }) => [from, payload[7], sound])).toEqual([[ONE.ip, 5, true]]);
	});
});

describe('a card whose ring is full', () => {
	it('loses frames, is started again as its data sheet says, and goes on', () => {
		// Frames as fast as the wire brings them, while another domain talks to itself and has the processor half the time.
		const big = (n: number): Uint8Array => ip(OUTSIDE, DOM0, 1, echo(7, n, Array.from({ length: 1000 }, () => n & 255)));
		const burst = [arpRequest(OUTSIDE, DOM0.ip), ...Array.from({ length: 45 }, (_, n) => big(n))];
		const run = makeRun(['run=throughput send 10.0.0.1 4000', 'run=serve'], burst, { atMs: 15, apartUs: 0 });
		runOut(run);
		const lost = run.count(KIND.frame_dropped);
		expect(lost).toBeGreaterThan(0);
		const replies = answers(run).filter(({ payload }) => payload[0] === 0);
		expect(replies.length).toBeGreaterThan(10);
		expect(replies.at(-1)!.payload[7]).toBe(44);
		expect(said(run, 0)).toContainEqual(expect.stringMatching(/^ne2000: the ring was full, \d+ times so far$/));
	});
});
