/**
 * Ringside's files and the other forms of a trace: bytes an event, and how fast each is written and read. The traces are of
 * whole guests, one after another until there are enough events; the last row is what a page could be asked to save.
 *
 *     npx tsx bench/file.ts [events of the long trace, 2e6]
 */
import { xentrace } from '../src/trace/export/xentrace';
import { perfetto } from '../src/trace/export/perfetto';
import { TraceBuilder } from '../src/trace/builder';
import { readContainer, writeContainer } from '../src/trace/file/container';
import { traceSections } from '../src/trace/file/trace';
import { TracesReader } from '../src/trace/file/traces';
import type { TraceView } from '../src/trace/view';
import { runGuest } from '../src/workbench/testing';
import { figure, seconds, table } from './measure';
import { count } from '../src/words/numbers';

const HZ = 2.4e9;
const MB = 1e6;
/** Bytes an event in memory: its row, and on average four arguments. */
const bytesOf = (view: TraceView): number => (view as TraceView & { bytes?: number }).bytes ?? 0;

const guest = (program: string): TraceView => {
	const run = runGuest('pocket', { cmdline: `run=${program}`, memoryMiB: 8 });
	run.advance({ cycle: 1e9 });
	return run.trace;
};

/** A trace with `events` events: guests' traces one after another. */
function long(parts: readonly TraceView[], events: number): TraceView {
	const builder = new TraceBuilder();
	let cycle = 0;
	let icount = 0;
	for (let n = 0; builder.length < events; n++) {
		const view = parts[n % parts.length];
		const base = builder.length;
		for (let seq = 0; seq < view.length; seq++) {
			const cause = view.cause(seq);
			builder.add({
				cycle: cycle + view.cycle(seq),
				icount: icount + view.icount(seq),
				dom: view.dom(seq),
				vcpu: view.vcpu(seq),
				ring: view.ring(seq),
				kind: view.kind(seq),
				cause: cause < 0 ? -1 : base + cause,
				end: base + view.end(seq),
				args: Object.values(view.args(seq)),
				took: view.duration(seq)
			});
		}
		cycle += view.cycle(view.length - 1);
		icount += view.icount(view.length - 1);
	}
	return builder.finish();
}

const lengthOf = (pieces: Iterable<{ length: number }>): number => {
	let sum = 0;
	for (const { length } of pieces) sum += length;
	return sum;
};

async function row(name: string, view: TraceView): Promise<string[]> {
	let pieces: Uint8Array[] = [];
	const save = await seconds(
		async () => (pieces = await writeContainer(traceSections({ view, timeline: 0, parent: -1, from: 0 })))
	);
	const file = new Uint8Array(Buffer.concat(pieces));
	let longest = 0;
	let last = performance.now();
	const open = await seconds(async () => {
		const reader = new TracesReader();
		for await (const section of readContainer(file, new Set(TracesReader.tags))) {
			reader.take(section);
			longest = Math.max(longest, performance.now() - last);
			last = performance.now();
		}
		reader.finish(file.length);
	});
	const inMemory = bytesOf(view) / MB;
	let chrome = 0;
	const toChrome = await seconds(() => (chrome = lengthOf(perfetto(view, { hz: HZ }))));
	let xen = 0;
	const toXen = await seconds(() => (xen = lengthOf(xentrace(view, { hz: HZ }))));
	return [
		name,
		count(view.length),
		(bytesOf(view) / view.length).toFixed(1),
		(file.length / view.length).toFixed(2),
		figure(inMemory / save),
		figure(inMemory / open),
		figure(view.length / save / 1e6),
		figure(view.length / open / 1e6),
		figure(longest),
		(xen / view.length).toFixed(1),
		figure(view.length / toXen / 1e6),
		(chrome / view.length).toFixed(0),
		figure(view.length / toChrome / 1e6)
	];
}

const HEAD = [
	['', 'events', 'bytes an event in memory', 'in the file', 'MB/s saved', 'opened', 'M events/s saved', 'opened'],
	['longest stretch, ms', 'xentrace: bytes an event', 'M events/s', 'Chrome JSON: bytes an event', 'M events/s']
].flat();

const guests = ['fork', 'pagefaults', 'pipes', 'exhaust'].map((program): [string, TraceView] => [
	program,
	guest(program)
]);
const rows: string[][] = [];
// The first time compiles.
for (const [, view] of guests) await row('', view);
for (const [program, view] of guests) rows.push(await row(`pocket run=${program}`, view));
const events = Number(process.argv[2] ?? 2e6);
rows.push(
	await row(
		'all of them, over and over',
		long(
			guests.map(([, view]) => view),
			events
		)
	)
);
table(HEAD, rows);
