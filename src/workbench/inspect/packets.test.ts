/** The ways of packets: two guests and the wire, by copies and by pages that change hands. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Packet, PacketStep } from '../../moments';
import { KIND } from '../../trace/events';
import { Run } from '../run';
import type { ScenarioInput } from '../scenario';
import { imageFile, stateOf } from '../testing';
import { packets } from './packets';

const GUESTS = (
	cmdlines: readonly string[],
	machine: ScenarioInput['machine'] = { network: { cards: 1 } }
): ScenarioInput => ({
	machine,
	dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve bridge=1 ip=10.0.0.100' },
	domains: cmdlines.map((cmdline, n) => ({
		name: `guest${n + 1}`,
		image: 'pocket-io',
		memoryMiB: 8,
		cmdline,
		vifs: [{ mac: `00:16:3e:00:00:0${n + 1}` }]
	}))
});

const wayOf = ({ steps }: Packet): string[] =>
	steps.map(({ what, from, to }) => `${what} ${from}${from === to ? '' : ` ${to}`}`);

describe('a datagram and its answer', () => {
	let run: Run;
	let found: readonly Packet[];
	const titled = (text: string): Packet => found.find(({ title }) => title.startsWith(text))!;
	beforeAll(() => {
		run = new Run(GUESTS(['run=udpecho 7 1', 'run=udpsend 10.0.0.1 7 hello']), imageFile);
		run.advance({}, 5_000_000);
		found = packets(run).packets;
	}, 60_000);

	it('are two packets, each fetched from one guest and given to the other', () => {
		const [asked, answered] = [titled('UDP 10.0.0.2:49153'), titled('UDP 10.0.0.1:7')];
		expect(wayOf(asked)).toEqual([
			'slept dom2',
			'event dom2',
			'copy dom2 dom0',
			'copy dom0 dom1',
			'told dom1',
			'upcall dom1'
		]);
		expect(wayOf(answered)).toEqual([
			'call dom1',
			'event dom1',
			'copy dom1 dom0',
			'copy dom0 dom2',
			'told dom2',
			'upcall dom2'
		]);
		expect([asked.ends, answered.ends]).toEqual([['dom1'], ['dom2']]);
		expect(new TextDecoder().decode(answered.bytes).endsWith('hello')).toBe(true);
	});

	it('a question for all goes to the guests and onto the wire, once each', () => {
		const asked = titled('ARP request 10.0.0.2 \u2192 10.0.0.1');
		expect(asked.ends).toEqual(['dom1', 'wire']);
		expect(wayOf(asked).filter((step) => /copy|fill|sent/.test(step))).toEqual([
			'copy dom2 dom0',
			'copy dom0 dom1',
			'fill dom0 card0',
			'sent card0 wire'
		]);
		// The bytes on the wire are those of the guest, with zeros behind them up to the least length.
		const wire = run.system.network!.segment.captured.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
		expect(wire).toContain(Buffer.from(asked.bytes).toString('hex').padEnd(120, '0'));
	});

	it('each step has its event, and costs what the trace counts since the one before', () => {
		const { steps } = titled('UDP 10.0.0.1:7');
		for (const { seq, cycle } of steps) expect(run.trace.cycle(seq)).toBe(cycle);
		const given: PacketStep = steps[3];
		expect(run.trace.kind(given.seq)).toBe(KIND.grant_copy);
		expect(given.cost).toMatchObject({ hypercalls: 2, copies: 1, flips: 0, cycles: given.cycle - steps[2].cycle });
	});

	it('are read header by header, with their checksums judged', () => {
		const { headers } = titled('UDP 10.0.0.1:7');
		expect(headers.map(({ name }) => name)).toEqual(['Ethernet', 'IPv4', 'UDP']);
		const sums = headers.flatMap(({ fields }) => fields.filter(({ name }) => name === 'checksum'));
		expect(sums.map(({ right }) => right)).toEqual([true, true]);
	});

	it('are not there before they were sent, and asking changes nothing', () => {
		const end = run.moment;
		const { steps } = titled('UDP 10.0.0.1:7');
		run.seek({ seq: steps[2].seq });
		const before = stateOf(run);
		const half = packets(run).packets.at(-1)!;
		expect(wayOf(half)).toEqual(['call dom1', 'event dom1', 'copy dom1 dom0']);
		expect(half.lost).toBeNull();
		expect(stateOf(run)).toEqual(before);
		run.seek(end);
		expect(packets(run).packets).toEqual(found);
	});
});

it('a packet that is fetched in pieces costs each of them once', () => {
	const run = new Run(GUESTS(['run=serve', 'run=ping 10.0.0.1 1 1000']), imageFile);
	run.advance({}, 5_000_000);
	const { steps } = packets(run).packets.findLast(({ title }) => title.startsWith('ICMP echo reply'))!;
	const [head, rest, given] = steps.filter(({ what }) => what === 'copy');
	expect([rest.from, rest.to]).toEqual([head.from, head.to]);
	expect(head.bytes + rest.bytes).toBe(given.bytes);
	const spent = steps.reduce((sum, { cost }) => sum + (cost?.cycles ?? 0), 0);
	expect(spent).toBe(steps.at(-1)!.cycle - steps[0].cycle);
}, 60_000);

describe('packets that do not arrive', () => {
	it('are dropped by a rule, which is named; one that all rules let pass goes on', () => {
		const run = new Run(GUESTS(['run=serve', 'run=sh spoof 10.0.0.9 10.0.0.1 1 ; ping 10.0.0.1 1']), imageFile);
		const rule = 'tx match ip.src != 10.0.0.2 drop';
		run.system.toolstack.xenstore.write('/local/domain/0/backend/vif/2/0/rules/0', rule);
		run.advance({}, 5_000_000);
		const found = packets(run).packets;
		const spoofed = found.find(({ title }) => title.includes('10.0.0.9'))!;
		expect(spoofed.lost).toEqual({ by: 'rule', dom: 2, place: 'dom0', direction: 'tx', number: 0, text: rule });
		expect(wayOf(spoofed).at(-1)).toBe('copy dom2 dom0');
		const answer = found.find(({ title }) => title.startsWith('ICMP echo reply'))!;
		expect([answer.lost, answer.ends]).toEqual([null, ['dom2']]);
	}, 60_000);

	it('are lost on the wire, or pass by pages that change hands, and it is told which', () => {
		const machine = { network: { cards: 1, faults: [{ kind: 'lose' as const, every: 1 }] } };
		const run = new Run(GUESTS(['run=serve receive=flip', 'run=ping 10.0.0.1 1'], machine), imageFile);
		run.system.toolstack.xenstore.write('/local/domain/0/backend/vif/1/0/rx-flip', '1');
		run.advance({}, 5_000_000);
		const found = packets(run).packets;
		const asked = found.find(({ title }) => title.startsWith('ICMP echo 1'))!;
		expect(wayOf(asked)).toContain('flip dom0 dom1');
		expect(asked.steps.find(({ what }) => what === 'flip')!.cost).toMatchObject({ flips: 1, copies: 0 });
		const lost = found.filter((packet) => packet.lost?.by === 'wire');
		expect(lost.length).toBeGreaterThan(0);
		for (const { steps } of lost) expect(steps.at(-1)!.what).toBe('fault');
	}, 60_000);
});
