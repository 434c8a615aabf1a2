/**
 * What a run with many domains holds in memory: each has a disk and a network card, reads its disk and sends to its neighbour; a trace is
 * kept and snapshots are taken, as in the page's worker. The process measures itself, so it does nothing else.
 *
 *     npx tsx bench/io-memory.ts [domains, 32] [MiB each, 8]
 */
import { readFileSync } from 'node:fs';
import { scenarioOf } from '../src/routes/debugger/target';
import { Run } from '../src/workbench/run';
import { readWriteAndSend } from './io-memory-scenario';
import { figure, table } from './measure';

const MIB = 1024 * 1024;
const MOST_INSTRUCTIONS = 2_000_000_000;

/** How much each page of RAM counts that was ever written to: an untouched one takes no memory. */
function touched(ram: Uint8Array): number {
	let bytes = 0;
	const words = new Uint32Array(ram.buffer, ram.byteOffset, ram.length >>> 2);
	for (let at = 0; at < words.length; at += 1024)
		if (words.subarray(at, at + 1024).some((word) => word !== 0)) bytes += 4096;
	return bytes;
}

function measureMemory(domains = 32, memoryMiB = 8): void {
	const scenario = scenarioOf(readWriteAndSend(domains, memoryMiB), {});
	const run = new Run(scenario, (name) => readFileSync(`src/guests/images/${name}.elf`));
	const { cause } = run.advance({}, MOST_INSTRUCTIONS);
	const done = Array.from({ length: domains }, (_, at) => run.consoles.text(at + 1)).filter(
		(text) => /diskload: .* 0 failed/.test(text) && /throughput: (128 arrived|received 128)/.test(text)
	).length;
	if (done !== domains) throw new Error(`${done} of ${domains} domains did all; ${cause}: ${run.consoles.text(2)}`);
	globalThis.gc?.();
	const { heapUsed, rss } = process.memoryUsage();
	const { ram } = run.system.machine.memory;
	const mib = (bytes: number): string => figure(bytes / MIB);
	console.log(
		`${domains} domains of ${memoryMiB} MiB: ${figure(run.icount / 1e6)} million instructions, ${run.trace.length} events\n`
	);
	table(
		['MiB', ''],
		[
			['RAM of the machine', mib(ram.length)],
			['  of it ever written to', mib(touched(ram))],
			['snapshots', mib(run.snapshots?.bytes ?? 0)],
			['trace', mib(run.store.view.bytes)],
			['trace once more, in the page', mib(run.store.view.bytes)],
			['heap of the engine, with parts of snapshots in it', mib(heapUsed)],
			['the whole process (resident)', mib(rss)]
		]
	);
}

const [domains, memoryMiB] = process.argv.slice(2);
measureMemory(Number(domains ?? 32), Number(memoryMiB ?? 8));
