/** A scenario's network: cards on the machine's bus, captures in and out, and the way back in time. */
import { describe, expect, it } from 'vitest';
import { PC_DEVICES } from '../../hardware/devices/pc';
import { Machine } from '../../hardware/machine';
import { KIND } from '../../trace/events';
import { Run } from '../run';
import { parseScenario, type ScenarioInput } from '../scenario';
import { imageFile, stateOf } from '../testing';
import { fittingsOf, InjectError, Network, scriptOf } from './network';
import { readPcap, writePcap, type Packet } from './pcap';

type NetworkInput = NonNullable<ScenarioInput['machine']>['network'];
const scenario = (network: NetworkInput, cmdline = ''): ScenarioInput => ({
	machine: { network },
	domains: [{ name: 'one', image: 'pocket', cmdline }]
});
const specOf = (network: NetworkInput) => parseScenario(scenario(network)).machine.network!;
const packet = (n: number, seconds = n): Packet => ({
	seconds: 1000 + seconds,
	nanoseconds: 500_000,
	bytes: Uint8Array.from({ length: 60 + n }, (_, at) => (at < 6 ? 0xff : at)),
	length: 60 + n
});

describe('what a scenario says of its network', () => {
	it('is a number of cards, or each with its address', () => {
		expect(specOf({})).toEqual({ cards: [{ mac: '52:54:00:00:00:01', mount: 'isa' }], faults: [] });
		expect(specOf({ cards: 2 }).cards.map(({ mac }) => mac)).toEqual(['52:54:00:00:00:01', '52:54:00:00:00:02']);
		const spec = specOf({ cards: [{ mac: '00:16:3E:00:00:01' }], inject: 'x.pcap' });
		expect(spec).toEqual({
			cards: [{ mac: '00:16:3E:00:00:01', mount: 'isa' }],
			faults: [],
			inject: { file: 'x.pcap', atMs: 0 }
		});
		expect(parseScenario(parseScenario(scenario({ cards: 1 })))).toEqual(parseScenario(scenario({ cards: 1 })));
		expect(parseScenario(scenario(undefined)).machine.network).toBeUndefined();
	});

	it.each<[unknown, string]>([
		[{ cards: 5 }, 'scenario.machine.network.cards: there is room for 4 cards'],
		[{ cards: 'two' }, 'scenario.machine.network.cards: '],
		[{ cards: [{ mac: '52:54:00' }] }, 'cards.0.mac: an Ethernet address is six bytes as 52:54:00:12:34:56'],
		[{ cards: [{ mac: '01:00:5e:00:00:01' }] }, 'cards.0.mac: this is the address of a group, which no card can have'],
		[
			{ cards: [{ mac: '00:16:3e:00:00:01' }, { mac: '00:16:3E:00:00:01' }] },
			'network.cards: two cards have one address'
		],
		[{ faults: [{ kind: 'lose' }] }, 'faults.0: a fault has one of frame, every and chance'],
		[{ faults: [{ kind: 'lose', every: 2, frame: 1 }] }, 'faults.0: a fault has one of frame, every and chance'],
		[{ faults: [{ kind: 'lose', every: 0 }] }, 'faults.0.every: '],
		[{ faults: [{ kind: 'lose', every: 2, how: 'bit' }] }, 'faults.0: how is for a fault that damages'],
		[{ faults: [{ kind: 'damage', every: 2, seed: 1 }] }, 'faults.0: a seed goes with a chance'],
		[{ faults: [{ kind: 'eat', every: 2 }] }, 'faults.0.kind: '],
		[{ inject: { name: 'x' } }, 'inject'],
		[{ cable: 'red' }, 'cable']
	])('is refused with a reason: %j', (network, message) => {
		expect(() => parseScenario(scenario(network as NetworkInput))).toThrow(message);
	});
});

describe('a pcap as a script', () => {
	it('begins at a time of the run, and goes on by its own', () => {
		expect(scriptOf([packet(0), packet(1), { ...packet(2, 1), nanoseconds: 500_250 }], 2, 1_000_000_000)).toEqual([
			{ cycle: 2_000_000, bytes: packet(0).bytes },
			{ cycle: 1_002_000_000, bytes: packet(1).bytes },
			{ cycle: 1_002_000_250, bytes: packet(2).bytes }
		]);
	});
	it('fills what was not captured with zeros, and sorts what is out of order', () => {
		const late = { ...packet(0, 3), bytes: packet(0).bytes.subarray(0, 20) };
		const [first, second] = scriptOf([packet(1), late, packet(2, 2)], 0, 100);
		expect([first.cycle, second.cycle, second.bytes.length]).toEqual([0, 100, 62]);
		const [, , third] = scriptOf([packet(1), late, packet(2, 2)], 0, 100);
		expect([third.bytes.length, third.bytes[20]]).toEqual([60, 0]);
	});
	it('is refused where it is damaged', () => {
		const file = writePcap([packet(0), packet(1)]);
		expect(() => fittingsOf(specOf({ inject: 'x.pcap' }), () => file.slice(0, 130), 100)).toThrow(
			new InjectError('x.pcap: record 2 at offset 100: the file ends after 14 of its 61 bytes')
		);
	});
});

describe('a machine with two cards', () => {
	it('has them at the ports and lines where drivers look, on one wire', () => {
		const spec = specOf({ cards: 2 });
		const devices = [...PC_DEVICES, ...fittingsOf(spec, () => new Uint8Array(0), 1)];
		const machine = new Machine({ ramBytes: 0x10_0000, devices });
		const network = new Network(machine, 2, 1_767_225_600);
		const { bus, clock } = machine;
		const out = (port: number, ...values: number[]) =>
			values.forEach((value, n) => n % 2 === 1 && bus.writePort(port + values[n - 1], 1, value));
		for (const port of [0x300, 0x320])
			out(port, 0, 0x21, 0xe, 0x48, 0xc, 0x14, 1, 0x46, 2, 0x80, 3, 0x46, 0xf, 1, 0, 0x61, 7, 0x47, 0, 0x22, 0xd, 0);
		out(0x300, 8, 0, 9, 0x40, 0xa, 60, 0xb, 0, 0, 0x12);
		for (let n = 0; n < 60; n++) bus.writePort(0x310, 1, n < 6 ? 0xff : n);
		out(0x300, 4, 0x40, 5, 60, 6, 0, 0, 0x26);
		expect(machine.lines.get('irq5').high).toBe(false);
		clock.now = clock.nextEvent;
		clock.runDue();
		expect([machine.lines.get('irq5').high, machine.lines.get('irq9').high]).toEqual([true, false]);
		expect([bus.readPort(0x304, 1), bus.readPort(0x327, 1)]).toEqual([1, 1]);
		const { packets } = readPcap(network.capture('nanoseconds'));
		expect(packets).toMatchObject([{ seconds: 1_767_225_600, length: 60 }]);
		expect(packets[0].nanoseconds).toBeGreaterThan(57_000);
	});
});

describe('a PCI card', () => {
	it('is an RTL8029 in slot 3, whose ports are where its base address says, at the line of its slot', () => {
		const network = { cards: [{ mac: '00:16:3e:00:00:01', mount: 'pci' as const }] };
		const { machine } = new Run(scenario(network), imageFile, { snapshots: 0 }).system;
		const { bus } = machine;
		const config = (register: number): number => {
			bus.writePort(0xcf8, 4, 0x8000_0000 | (3 << 11) | register);
			return bus.readPort(0xcfc, 4) >>> 0;
		};
		expect([config(0), config(8) >>> 8, config(0x3c) & 0xffff]).toEqual([0x8029_10ec, 0x02_00_00, 0x010b]);
		const base = config(0x10) & ~3;
		expect([bus.readPort(base, 1), bus.readPort(base + 10, 2)]).toEqual([0x21, 0x4350]);
		bus.writePort(base + 0x0f, 1, 0x40);
		bus.writePort(base, 1, 0x22);
		bus.writePort(base, 1, 0x0a);
		expect(machine.lines.get('irq11').high).toBe(true);
		bus.writePort(base + 7, 1, 0x40);
		expect(machine.lines.get('irq11').high).toBe(false);
	});
});

describe('a run with a capture that comes in', () => {
	const file = writePcap([0, 1, 2, 3].map((n) => ({ ...packet(n), seconds: 1000, nanoseconds: n * 5_000_000 })));
	const run = (faults: NonNullable<NetworkInput>['faults'] = []): Run =>
		new Run(
			scenario({ faults, inject: { file: 'in.pcap', atMs: 10 } }, 'run=echo'),
			(name) => (name === 'in.pcap' ? file : imageFile(name)),
			{ gap: 1 << 14 }
		);
	const lengths = (one: Run): number[] => readPcap(one.system.network!.capture()).packets.map(({ length }) => length);

	it('hears it at the times of the file, and gives it out again', () => {
		const one = run();
		one.advance({ cycle: 100 * (one.system.machine.clock.hz / 1000) });
		const { packets } = readPcap(one.system.network!.capture());
		expect(packets.map(({ bytes }) => [...bytes])).toEqual([0, 1, 2, 3].map((n) => [...packet(n).bytes]));
		const times = packets.map(({ nanoseconds }) => Math.round(nanoseconds / 100_000) / 10);
		expect(times).toEqual([10.1, 15.1, 20.1, 25.1]);
		expect(one.count(KIND.frame_dropped)).toBe(4);
	});

	it('goes back and on, and is the same with snapshots and without', () => {
		const one = run([{ kind: 'lose', frame: 2 }]);
		const end = { cycle: 30 * (one.system.machine.clock.hz / 1000) };
		one.advance(end);
		expect(lengths(one)).toEqual([60, 62, 63]);
		const [here, state] = [one.moment, stateOf(one)];
		const second = one.trace.cycle(one.trace.length - 1);
		const lost = Array.from({ length: one.trace.length }, (_, seq) => seq).findIndex(
			(seq) => one.trace.kind(seq) === KIND.frame_fault
		);
		one.seek({ seq: lost });
		expect(lengths(one)).toEqual([60]);
		one.seek(here);
		expect([lengths(one), stateOf(one)]).toEqual([[60, 62, 63], state]);
		const other = run([{ kind: 'lose', frame: 2 }]);
		other.advance(end);
		expect([other.trace.length, other.trace.cycle(other.trace.length - 1)]).toEqual([one.trace.length, second]);
	});

	it('a scenario without a network has none', () => {
		const plain = new Run(scenario(undefined), imageFile, { snapshots: 0 });
		const names = [...plain.system.machine.devices].map(([name]) => name);
		expect([plain.system.network, names.filter((name) => /^(ethernet|ne)/.test(name))]).toEqual([null, []]);
	});
});
