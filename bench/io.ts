/**
 * Disks and networks between domains: what a request or a packet costs, by who had the processor, for more and more domains; beside the
 * same kernel as domain 0 that uses the device by itself. All but the last columns are of the virtual machine: the same
 * on any host.
 *
 *     npx tsx bench/io.ts [part of a workload's name] [numbers of domains, 0,1,2,8,32]
 */
import { readFileSync } from 'node:fs';
import { KIND } from '../src/trace/events';
import { hypercallName, opName } from '../src/abi/hypercalls';
import { HARDWARE, kernelLane, userLane, XEN } from '../src/trace/lanes';
import { Tally } from '../src/trace/tally';
import type { TraceView } from '../src/trace/view';
import { writePcap } from '../src/workbench/network/pcap';
import { Run } from '../src/workbench/run';
import type { ScenarioInput } from '../src/workbench/scenario';
import { figure, seconds, table } from './measure';

/** The machine has been up for so long when the work begins; all is connected by then. */
const BEGIN_MS = 2000;
/** No workload needs more instructions in all. */
const MOST_INSTRUCTIONS = 4_000_000_000;
const SECTORS_EACH = 4096;
const SLICE_MS = 10;

interface Workload {
	readonly name: string;
	/** What `operations` counts. */
	readonly unit: 'requests' | 'packets';
	/** No more domains than this. */
	readonly most?: number;
	/** 0: domain 0 does the work itself. @returns null where there is no such case */
	scenario(domains: number): ScenarioInput | null;
	operations(domains: number): number;
	/** How often each console must say it is done, by domain; the texts. */
	readonly done: RegExp;
	finishers(domains: number): readonly number[];
	/** What comes from outside. */
	outside?(domains: number): Uint8Array;
}

const host = (cmdline: string): NonNullable<ScenarioInput['dom0']> => ({ image: 'pocket-io', memoryMiB: 16, cmdline });
const guests = (
	count: number,
	of: (dom: number) => Partial<ScenarioInput['domains'][number]>
): ScenarioInput['domains'] =>
	Array.from({ length: count }, (_, at) => ({
		name: `guest${at + 1}`,
		image: 'pocket-io',
		memoryMiB: 8,
		...of(at + 1)
	}));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

// --- disks ---------------------------------------------------------------------------------------------------------

/** Each domain has its own part of one disk. */
function disk(kind: 'read' | 'write', kib: number, depth: number, random: boolean, spinner = false): Workload {
	const each = spinner ? 32 : kib === 4 ? 256 : 64;
	const program = (name: string): string =>
		`run=sh await ${BEGIN_MS} diskload ${name} ${kind} ${kib} ${depth} ${each}${random ? ' random' : ''} ; serve`;
	return {
		name: `${spinner ? 'beside a domain that computes: ' : ''}${random ? 'random' : 'sequential'} ${kind}, ${kib} KiB, ${depth} at a time`,
		most: spinner ? 2 : undefined,
		unit: 'requests',
		done: /diskload: .* 0 failed/,
		operations: (domains) => each * Math.max(1, domains),
		finishers: (domains) => (domains === 0 ? [0] : upTo(domains)),
		scenario: (domains) => ({
			machine: { disks: [{ image: '', sectors: SECTORS_EACH * Math.max(1, domains) }] },
			hypervisor: { sliceMs: SLICE_MS },
			dom0: host(domains === 0 ? program('hda') : 'run=serve'),
			domains: [
				...guests(domains, (dom) => ({
					cmdline: program('xvda'),
					disks: [{ target: `/dev/hda:${(dom - 1) * SECTORS_EACH}+${SECTORS_EACH}` }]
				})),
				...(spinner
					? [{ name: 'spinner', image: 'pocket-io', memoryMiB: 8, cmdline: `run=await ${BEGIN_MS} busy` }]
					: [])
			]
		})
	};
}

// --- networks --------------------------------------------------------------------------------------------------------

const DATAGRAMS = 256;
const macOf = (dom: number): string => `00:16:3e:00:00:${dom.toString(16).padStart(2, '0')}`;

/** A virtual card; where pages may be flipped, its back end offers it. */
const cardOf = (dom: number, flips: boolean): { mac: string; keys: Record<string, string> } => ({
	mac: macOf(dom),
	keys: flips ? { 'rx-flip': '1' } : {}
});

/** Every second domain sends to the one before it; one alone to domain 0. A packet counts where it arrives. */
function stream(mtu: number, flips: boolean): Workload {
	const how = flips ? ' receive=flip' : '';
	const send = (to: string): string =>
		`run=sh await ${BEGIN_MS} throughput send ${to} ${DATAGRAMS} ${mtu} ; serve${how}`;
	const receive = `run=sh throughput receive ; serve${how}`;
	return {
		name: `UDP between domains, MTU ${mtu}, ${flips ? 'pages flipped' : 'copied'}`,
		unit: 'packets',
		done: /throughput: 256 arrived/,
		operations: (domains) => DATAGRAMS * Math.max(1, domains >> 1),
		finishers: (domains) => (domains === 1 ? [1] : upTo(domains).filter((dom) => dom % 2 === 0)),
		scenario: (domains) =>
			domains === 0
				? null
				: {
						dom0: host(domains === 1 ? 'run=sh throughput receive ; serve bridge=1 ip=10.0.0.100' : 'run=serve'),
						domains: guests(domains, (dom) => ({
							cmdline: domains === 1 ? send('10.0.0.100') : dom % 2 === 1 ? receive : send(`10.0.0.${dom - 1}`),
							vifs: [cardOf(dom, flips)]
						}))
					}
	};
}

const ONES_SUM = (words: readonly number[]): number => {
	let sum = words.reduce((all, word) => all + word, 0);
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
};
const be16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const HOST_MAC = '52:54:00:00:00:01';

/** Datagram `number` to a station, as `throughput receive` takes it; UDP without a checksum (RFC 768). */
function datagram(mac: string, address: number, number: number, last: boolean, mtu: number): Uint8Array {
	const bytes = Array.from({ length: mtu - 28 }, (_, i) => (i * 7 + number) & 255);
	bytes.splice(0, 8, number & 255, number >> 8, 0, 0, last ? 2 : 0, 0, 0, 0);
	const ip = [0x4500, mtu, 0, 0, 0x4011, 0, 0x0a00, 50, 0x0a00, address];
	ip[5] = ONES_SUM(ip);
	const ethernet = [...mac.split(':').map((byte) => parseInt(byte, 16)), 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc, 8, 0];
	return Uint8Array.from([...ethernet, ...ip.flatMap(be16), ...[4000, 5001, mtu - 20, 0].flatMap(be16), ...bytes]);
}

/** From the wire, by turns to each domain; alone, to domain 0. */
function fromWire(mtu: number, apartUs: number, flips: boolean): Workload {
	const how = flips ? ' receive=flip' : '';
	const all = DATAGRAMS;
	return {
		name: `UDP from the wire, MTU ${mtu}, ${flips ? 'pages flipped' : 'copied'}`,
		unit: 'packets',
		done: /throughput: received \d+ datagrams/,
		operations: () => all,
		finishers: (domains) => (domains === 0 ? [0] : upTo(domains)),
		outside(domains) {
			const count = Math.max(1, domains);
			const packets = Array.from({ length: all }, (_, n) => {
				const place = n % count;
				const mac = domains === 0 ? HOST_MAC : macOf(place + 1);
				const number = Math.floor(n / count);
				const ns = n * apartUs * 1000;
				const bytes = datagram(mac, domains === 0 ? 100 : place + 1, number, number === all / count - 1, mtu);
				return { seconds: Math.floor(ns / 1e9), nanoseconds: ns % 1e9, bytes, length: bytes.length };
			});
			return writePcap(packets, 'nanoseconds');
		},
		scenario: (domains) => ({
			machine: { network: { cards: 1, inject: { file: 'outside', atMs: BEGIN_MS } } },
			dom0: host(domains === 0 ? 'run=sh throughput receive ; serve bridge=1 ip=10.0.0.100' : 'run=serve'),
			domains: guests(domains, (dom) => ({
				cmdline: `run=sh throughput receive ; serve${how}`,
				vifs: [cardOf(dom, flips)]
			}))
		})
	};
}

const WORKLOADS: readonly Workload[] = [
	disk('read', 4, 1, false),
	disk('read', 4, 8, false),
	disk('read', 4, 8, true),
	disk('write', 4, 8, false),
	disk('read', 44, 8, false),
	disk('write', 44, 8, true),
	disk('read', 4, 1, false, true),
	stream(1500, false),
	stream(1500, true),
	stream(552, false),
	stream(552, true),
	stream(64, false),
	stream(64, true),
	fromWire(1500, 2500, false),
	fromWire(1500, 2500, true),
	fromWire(552, 1500, false)
];

// --- measuring -------------------------------------------------------------------------------------------------------

function makeRun(workload: Workload, domains: number): Run | null {
	const scenario = domains > (workload.most ?? Infinity) ? null : workload.scenario(domains);
	if (!scenario) return null;
	const images = (name: string): Uint8Array =>
		name === 'outside' ? workload.outside!(domains) : readFileSync(`src/guests/images/${name}.elf`);
	return new Run(scenario, images, { snapshots: 0 });
}

interface Figures {
	/** Virtual seconds from the beginning to the last line of who had finished. */
	seconds: number;
	/** Cycles by who had the processor. */
	cycles: { xen: number; host: number; guests: number; idle: number };
	hypercalls: Map<string, number>;
	counts: { hypercalls: number; events: number; switches: number; ports: number };
	real: { seconds: number; instructions: number; events: number };
}

const missing = (workload: Workload, domains: number, run: Run): number[] =>
	workload.finishers(domains).filter((dom) => !workload.done.test(run.consoles.text(dom)));

/** Runs one case; what is told is of the stretch in which the work is done. */
async function measure(workload: Workload, domains: number): Promise<Figures | null> {
	const run = makeRun(workload, domains);
	if (!run) return null;
	const { hz } = run.system.machine.clock.profile;
	run.advance({ cycle: Math.floor((BEGIN_MS / 1000 - 0.001) * hz) }, MOST_INSTRUCTIONS);
	const from = { seq: run.trace.length, cycle: run.now, icount: run.icount };
	const took = await seconds(() => {
		const limit = run.icount + MOST_INSTRUCTIONS;
		while (run.icount < limit && missing(workload, domains, run).length > 0)
			if (run.advance({}, 20_000).cause !== 'budget') break;
	});
	const late = missing(workload, domains, run);
	if (late.length > 0)
		throw new Error(
			`${workload.name}, ${domains} domains: ${late.join()} did not finish:\n${run.consoles.text(late[0])}`
		);
	const sums = sumsOf(run.trace, from.seq, from.cycle, run.now);
	return {
		seconds: (run.now - from.cycle) / hz,
		...sums,
		real: { seconds: took, instructions: run.icount - from.icount, events: run.trace.length - from.seq }
	};
}

function sumsOf(
	view: TraceView,
	from: number,
	since: number,
	until: number
): Pick<Figures, 'cycles' | 'hypercalls' | 'counts'> {
	const tally = Tally.of(view);
	tally.extend();
	const reader = tally.reader();
	const before = Float64Array.from(reader.at(since).times);
	const after = reader.at(until).times;
	const inLane = (lane: number): number => (after[lane] ?? 0) - (before[lane] ?? 0);
	const places = tally.domains.map((dom, place) => ({
		dom,
		cycles: inLane(kernelLane(place)) + inLane(userLane(place))
	}));
	const sum = (of: typeof places): number => of.reduce((all, { cycles }) => all + cycles, 0);
	const counts = { hypercalls: 0, events: 0, switches: 0, ports: 0 };
	const hypercalls = new Map<string, number>();
	for (let seq = from; seq < view.length; seq++) {
		const kind = view.kind(seq);
		if (kind === KIND.hypercall) {
			counts.hypercalls++;
			const nr = view.arg(seq, 'nr');
			const name = [hypercallName(nr), opName(nr, view.arg(seq, 'op'))].filter(Boolean).join(' ');
			hypercalls.set(name, (hypercalls.get(name) ?? 0) + 1);
		} else if (kind === KIND.event_send) counts.events++;
		else if (kind === KIND.sched_switch) counts.switches++;
		else if (kind === KIND.port_io) counts.ports++;
	}
	const own = places.filter(({ dom }) => dom === 0);
	const others = places.filter(({ dom }) => dom !== 0);
	return {
		cycles: { xen: inLane(XEN), host: sum(own), guests: sum(others), idle: inLane(HARDWARE) },
		hypercalls,
		counts
	};
}

const HEAD = [
	'domains',
	'a second',
	'cycles each',
	'Xen',
	'domain 0',
	'guests',
	'hypercalls',
	'events',
	'switches',
	'port I/O',
	'idle',
	'M instr/s',
	'k trace/s'
];

const rowOf = (workload: Workload, domains: number, { cycles, counts, real, ...rest }: Figures): string[] => {
	const each = workload.operations(domains);
	const per = (value: number): string => figure(value / each);
	const busy = cycles.xen + cycles.host + cycles.guests;
	return [
		domains === 0 ? 'domain 0 alone' : `${domains}`,
		figure(each / rest.seconds),
		per(busy),
		per(cycles.xen),
		per(cycles.host),
		per(cycles.guests),
		...[counts.hypercalls, counts.events, counts.switches, counts.ports].map(per),
		`${((100 * cycles.idle) / (busy + cycles.idle)).toFixed(0)} %`,
		figure(real.instructions / real.seconds / 1e6),
		figure(real.events / real.seconds / 1e3)
	];
};

async function measureIo(only = '', sizes = '0,1,2,8,32', details = ''): Promise<void> {
	for (const workload of WORKLOADS.filter(({ name }) => name.startsWith(only))) {
		console.log(`\n${workload.name}: ${workload.unit}`);
		const rows: string[][] = [];
		const calls: string[] = [];
		for (const domains of sizes.split(',').map(Number)) {
			const figures = await measure(workload, domains);
			if (!figures) continue;
			rows.push(rowOf(workload, domains, figures));
			const most = [...figures.hypercalls].sort((a, b) => b[1] - a[1]).slice(0, 8);
			calls.push(
				`${domains}: ${most.map(([name, n]) => `${name} ${figure(n / workload.operations(domains))}`).join(', ')}`
			);
		}
		table(HEAD, rows);
		if (details) console.log(calls.join('\n'));
	}
}

await measureIo(...process.argv.slice(2));
