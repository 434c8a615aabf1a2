/** `ringside run`: one guest with its console on standard output, or several domains by their configuration files. */
import { Bug } from '../base';
import { jsonl } from '../trace/export/jsonl';
import { findSites } from '../trace/sites';
import { hypervisorSources } from '../trace/sites-files';
import { join } from 'node:path';
import type { StopReport } from '../workbench/stops';
import { LoadError } from '../workbench/load-error';
import { partsOfRun } from '../workbench/files/rerun';
import { Run } from '../workbench/run';
import { saveRun } from '../workbench/files/run-file';
import { Symbols } from '../workbench/symbols';
import { DOMID_XEN } from '../abi/structs/xen';
import { SHELL_CONSOLE } from '../workbench/domain-files';
import { DiskFiles } from './disk-files';
import { parseRunArguments, UsageError, type RunArguments } from './arguments';
import { ConsoleOutput, MarkedLines, OutputFile, say, type Streams } from './output';
import { amounts, ending, EXIT, type Ending } from './report';
import { filesOf, imagesIn, scenarioOf, titleOf, type Files } from './run-files';

/** Instructions between two looks at whether to stop. */
const STRETCH = 2_000_000;

function build(args: RunArguments, files: Files): Run {
	const bytes = new Map(imagesIn(files).map((file) => [file.name, file.bytes]));
	try {
		const keepTrace = args.trace !== '' || args.save !== '';
		const bytesOf = (name: string): Uint8Array => {
			const found = bytes.get(name);
			if (!found) throw new Error('there is no such file, and no guest of ours has that name');
			return found;
		};
		return new Run(scenarioOf(args, files), bytesOf, {
			keepTrace,
			keepConsoles: false,
			snapshots: 0,
			engine: args.engine
		});
	} catch (error) {
		if (error instanceof LoadError || error instanceof TypeError)
			throw new UsageError(
				`${[args.scenario, args.dom0, args.image, ...args.domains].filter(Boolean).join(', ')}: ${error.message}`
			);
		throw error;
	}
}

/** What brings a run forward, and says how it came to stand. */
export type Driver = (
	run: Run,
	args: RunArguments,
	console: ConsoleOutput,
	streams: Streams
) => Promise<StopReport | Ending>;

/** Runs to the end, looking up now and then whether it shall stop. */
const drive: Driver = async (run, args, console, { onInterrupt }) => {
	let interrupted = false;
	const off = onInterrupt(() => (interrupted = true));
	try {
		const advance = run.advancing({
			text: args.until || run.goal.text,
			cycle: Number.isFinite(args.cycles) ? args.cycles : run.goal.cycle
		});
		for (;;) {
			const report = advance.go(STRETCH);
			if (report) return report;
			await new Promise((resolve) => setImmediate(resolve));
			if (interrupted || console.closed) return run.report('paused');
		}
	} finally {
		off();
	}
};

function bugLines(error: unknown): string[] {
	const { stack, message } = error as Error;
	const state =
		error instanceof Bug
			? Object.entries(error.state).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
			: [];
	return [`a bug of ours: ${message}`, ...state, stack ?? ''];
}

/**
 * Shows the consoles: of an image that of its domain as it is, and domain 0's marked on standard error; with configuration files or a scenario xl's as it
 * is and all domains' marked. @returns what shows what their last lines have so far
 */
function show(run: Run, { guest }: Files, console: ConsoleOutput, streams: Streams): () => void {
	const marked = new Map<number, MarkedLines>();
	const plain = guest ? 1 : SHELL_CONSOLE;
	const tell = guest ? (line: string) => say(streams, line) : (line: string) => console.writeLine(line);
	run.consoles.onOutput = (dom, bytes) => {
		if (dom === plain) return console.write(bytes);
		if (dom === DOMID_XEN || (guest && dom !== 0 && dom !== SHELL_CONSOLE)) return;
		let lines = marked.get(dom);
		if (!lines) marked.set(dom, (lines = new MarkedLines(tell, dom === SHELL_CONSOLE ? '' : `(d${dom}) `)));
		lines.write(bytes);
	};
	return () => marked.forEach((lines) => lines.finish());
}

/** Carries out `run` with the words after it; returns the exit code. */
export const runCommand = (words: readonly string[], streams: Streams): Promise<number> =>
	carryOut(parseRunArguments(words), streams, drive);

/** Makes the run, has it brought forward, and writes what was asked for; returns the exit code. */
export async function carryOut(args: RunArguments, streams: Streams, driver: Driver): Promise<number> {
	const files = filesOf(args);
	const console = new ConsoleOutput(streams.stdout);
	const run = build(args, files);
	const disks = new DiskFiles(args, run);
	if (args.pcap && !run.system.network) throw new UsageError('--pcap: the scenario\u2019s machine has no network card');
	const trace = args.trace ? new OutputFile('--trace', args.trace) : null;
	const save = args.save ? new OutputFile('--save', args.save) : null;
	const pcap = args.pcap ? new OutputFile('--pcap', args.pcap) : null;
	const finish = show(run, files, console, streams);
	let end: Ending;
	try {
		const came = await driver(run, args, console, streams);
		end = console.closed
			? { code: EXIT.closed, lines: ['standard output was closed'] }
			: 'code' in came
				? came
				: ending(run, came, args, files.guest && Symbols.of(files.guest.bytes));
	} catch (error) {
		end = { code: EXIT.bug, lines: bugLines(error) };
	}
	finish();
	trace?.finish(jsonl(run.trace, findSites(hypervisorSources(join(import.meta.dirname, '..', '..')))));
	const unwritten = end.code === EXIT.bug ? [] : disks.finish(run);
	if (unwritten.length > 0) end = { code: EXIT.unwritten, lines: [...end.lines, ...unwritten] };
	if (run.system.network) pcap?.finish([run.system.network.capture()]);
	const images = Object.fromEntries(imagesIn(files).map(({ name, bytes, builtIn }) => [name, { bytes, builtIn }]));
	save?.finish(await saveRun(partsOfRun(run, { images })));
	say(streams, `${console.midLine ? '\n' : ''}ringside: ${titleOf(files)}: ${end.lines.join('\n')}`);
	say(streams, `ringside: ${amounts(run)}`);
	return end.code;
}
