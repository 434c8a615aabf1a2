/** `ringside run`: one guest, its console on standard output. */
import { Bug } from '../base';
import { jsonl } from '../trace/export/jsonl';
import { findSites } from '../trace/sites';
import { hypervisorSources } from '../trace/sites-files';
import { join } from 'node:path';
import type { ScenarioInput } from '../workbench/scenario';
import type { StopReport } from '../workbench/stops';
import { plainCosting } from '../workbench/costs';
import { LoadError } from '../workbench/load-error';
import { partsOfRun } from '../workbench/files/rerun';
import { Run } from '../workbench/run';
import { saveRun } from '../workbench/files/run-file';
import { Symbols } from '../workbench/symbols';
import { parseRunArguments, UsageError, type RunArguments } from './arguments';
import { readFrames, readImage, type NamedImage } from './images';
import { ConsoleOutput, MarkedLines, OutputFile, say, type Streams } from './output';
import { amounts, ending, EXIT, type Ending } from './report';

/** Instructions between two looks at whether to stop. */
const STRETCH = 2_000_000;

/** The files of a command line that the run reads. */
interface Files {
	readonly guest: NamedImage;
	/** Named otherwise than the guest's, unless it is the same. */
	readonly dom0: NamedImage | null;
	/** Frames that come in over the wire. */
	readonly frames: NamedImage | null;
}

const filesOf = (args: RunArguments): Files => {
	const guest = readImage(args.image);
	return { guest, dom0: hostOf(args, guest), frames: args.inject ? readFrames(args.inject) : null };
};

function hostOf({ dom0 }: RunArguments, guest: NamedImage): NamedImage | null {
	if (dom0 === '') return null;
	const host = readImage(dom0);
	const taken = host.name === guest.name && host.path !== guest.path;
	return taken ? { ...host, name: `${host.name} of dom0`, builtIn: false } : host;
}

/** Those that there are. */
const listed = ({ guest, dom0, frames }: Files): readonly NamedImage[] =>
	[guest, dom0, frames].filter((file) => file !== null);

/** The scenario; the machine has a network card only where it is asked for. */
const scenarioOf = (args: RunArguments, { guest: image, dom0, frames }: Files): ScenarioInput => ({
	name: image.name,
	machine: {
		...plainCosting(args.machine),
		...((args.pcap !== '' || frames) && { network: { inject: frames?.name } })
	},
	...(dom0 && { dom0: { image: dom0.name, memoryMiB: args.dom0MemoryMiB, cmdline: args.dom0Cmdline } }),
	domains: [
		{ name: image.name, image: image.name, memoryMiB: args.memoryMiB, vcpus: args.vcpus, cmdline: args.cmdline }
	],
	input: args.type ? [{ text: args.type }] : []
});

function build(args: RunArguments, files: Files): Run {
	const bytes = new Map(listed(files).map((file) => [file.name, file.bytes]));
	try {
		const keepTrace = args.trace !== '' || args.save !== '';
		const bytesOf = (name: string): Uint8Array => bytes.get(name) ?? files.guest.bytes;
		return new Run(scenarioOf(args, files), bytesOf, { keepTrace, keepConsoles: false, snapshots: 0 });
	} catch (error) {
		if (error instanceof LoadError || error instanceof TypeError)
			throw new UsageError(`${[args.dom0, args.image].filter(Boolean).join(', ')}: ${error.message}`);
		throw error;
	}
}

/** Runs to the end, looking up now and then whether it shall stop. */
async function drive(
	run: Run,
	args: RunArguments,
	console: ConsoleOutput,
	onInterrupt: Streams['onInterrupt']
): Promise<StopReport> {
	let interrupted = false;
	const off = onInterrupt(() => (interrupted = true));
	try {
		const advance = run.advancing({
			text: args.until || undefined,
			cycle: Number.isFinite(args.cycles) ? args.cycles : undefined
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
}

function bugLines(error: unknown): string[] {
	const { stack, message } = error as Error;
	const state =
		error instanceof Bug
			? Object.entries(error.state).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
			: [];
	return [`a bug of ours: ${message}`, ...state, stack ?? ''];
}

/** Carries out `run` with the words after it; returns the exit code. */
export async function runCommand(words: readonly string[], streams: Streams): Promise<number> {
	const args = parseRunArguments(words);
	const files = filesOf(args);
	const { guest: image } = files;
	const console = new ConsoleOutput(streams.stdout);
	const hostConsole = new MarkedLines(streams, '(d0) ');
	const run = build(args, files);
	const trace = args.trace ? new OutputFile('--trace', args.trace) : null;
	const save = args.save ? new OutputFile('--save', args.save) : null;
	const pcap = args.pcap ? new OutputFile('--pcap', args.pcap) : null;
	run.consoles.onOutput = (dom, bytes) => {
		if (dom === 1) console.write(bytes);
		if (dom === 0) hostConsole.write(bytes);
	};
	let end: Ending;
	try {
		const report = await drive(run, args, console, streams.onInterrupt);
		end = console.closed
			? { code: EXIT.closed, lines: ['standard output was closed'] }
			: ending(run, report, args, Symbols.of(image.bytes));
	} catch (error) {
		end = { code: EXIT.bug, lines: bugLines(error) };
	}
	hostConsole.finish();
	trace?.finish(jsonl(run.trace, findSites(hypervisorSources(join(import.meta.dirname, '..', '..')))));
	if (run.system.network) pcap?.finish([run.system.network.capture()]);
	const images = Object.fromEntries(listed(files).map(({ name, bytes, builtIn }) => [name, { bytes, builtIn }]));
	save?.finish(await saveRun(partsOfRun(run, { images })));
	say(streams, `${console.midLine ? '\n' : ''}ringside: ${image.name}: ${end.lines.join('\n')}`);
	say(streams, `ringside: ${amounts(run)}`);
	return end.code;
}
