/** `ringside trace`: what a file holds, and the same in other forms. */
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { perfetto } from '../trace/export/perfetto';
import { xentrace } from '../trace/export/xentrace';
import { FileError } from '../trace/file/error';
import { traceLine } from '../trace/export/jsonl';
import { queryAll, QueryError } from '../trace/query';
import { findSites } from '../trace/sites';
import { hypervisorSources } from '../trace/sites-files';
import { openTrace, type OpenedTrace } from '../workbench/files/trace-file';
import { UsageError } from './arguments';
import { fileReason } from './images';
import { fileOutput, say, writeAll, type Output, type Streams } from './output';
import { EXIT } from './report';
import { parseTraceArguments, type TraceArguments } from './trace-arguments';
import { eventLine, summaryLines } from './trace-summary';
import { verify } from './verify';

/** No trace that could be opened is larger. */
const LARGEST = 2 ** 31 - 1;

function read(path: string): Uint8Array {
	try {
		const { size } = statSync(path);
		if (size > LARGEST) throw new UsageError(`${path}: ${size} bytes are too many for a trace`);
		return readFileSync(path);
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${path}: ${fileReason(error)}`);
	}
}

function open(option: string, path: string): number {
	try {
		return openSync(path, 'w');
	} catch (error) {
		throw new UsageError(`${option}: ${path} cannot be written: ${fileReason(error)}`);
	}
}

/** Writes pieces of text or bytes to the file that an option names, to standard output for '-'. */
function write(option: string, path: string, pieces: Iterable<string | Uint8Array>, stdout: Output): void {
	if (path === '-') return writeAll(stdout, pieces);
	const fd = open(option, path);
	try {
		writeAll(fileOutput(fd), pieces);
	} finally {
		closeSync(fd);
	}
}

/** The trace that was asked for. */
function choose(opened: OpenedTrace, { timeline, hz }: TraceArguments): OpenedTrace {
	const traces = opened.file?.traces.traces;
	const view = timeline < 0 ? opened.view : traces?.get(timeline);
	if (!view)
		throw new UsageError(
			traces
				? `--timeline: there is no ${timeline}; there are ${[...traces.keys()].join(', ')}`
				: '--timeline: the file has no timelines'
		);
	return { ...opened, view, hz: hz || opened.hz };
}

function* all(length: number, limit: number): Generator<number> {
	for (let seq = 0; seq < Math.min(length, limit); seq++) yield seq;
}

function seqsOf({ view }: OpenedTrace, { filter, limit }: TraceArguments): Iterable<number> {
	if (filter === '') return all(view.length, limit);
	try {
		return queryAll(view, filter).slice(0, limit);
	} catch (error) {
		if (error instanceof QueryError) throw new UsageError(`--filter: ${error.message}`);
		throw error;
	}
}

function* linesOf(opened: OpenedTrace, args: TraceArguments): Generator<string> {
	const { view } = opened;
	const sites = args.jsonl ? findSites(hypervisorSources(join(import.meta.dirname, '..', '..'))) : {};
	for (const seq of seqsOf(opened, args))
		yield (args.jsonl ? JSON.stringify(traceLine(view, seq, sites)) : eventLine(view, seq)) + '\n';
}

function show(args: TraceArguments, opened: OpenedTrace, stdout: Output): void {
	const { view, hz, names, file } = opened;
	if (args.perfetto) write('--perfetto', args.perfetto, perfetto(view, { hz, names }), stdout);
	if (args.xentrace) {
		const sliceMs = file?.scenario?.hypervisor.sliceMs;
		write('--xentrace', args.xentrace, xentrace(view, { hz, sliceMs }), stdout);
	}
	if (args.perfetto || args.xentrace) return;
	const lists = args.filter !== '' || args.jsonl || Number.isFinite(args.limit);
	if (lists) writeAll(stdout, joined(linesOf(opened, args)));
	else writeAll(stdout, [summaryLines(args.file, opened).join('\n') + '\n']);
}

/** Short pieces put together, so that each is worth writing. */
function* joined(pieces: Iterable<string>): Generator<string> {
	let text = '';
	for (const piece of pieces) {
		text += piece;
		if (text.length > 65_536) {
			yield text;
			text = '';
		}
	}
	if (text) yield text;
}

/** Makes the run again, and says what came of it. */
async function verified(args: TraceArguments, { file }: OpenedTrace, stdout: Output): Promise<number> {
	if (!file?.isRun) throw new UsageError(`--verify: ${args.file} is no saved run`);
	const { code, line } = await verify(file);
	writeAll(stdout, [`${args.file}: ${line}\n`]);
	return code;
}

async function carryOut(args: TraceArguments, streams: Streams): Promise<number> {
	const opened = choose(await openTrace(read(args.file)), args);
	if (args.verify) return verified(args, opened, streams.stdout);
	if (args.xentrace && opened.view.partial)
		throw new UsageError(`--xentrace: ${args.file} is such a file already; of its records only some are known here`);
	show(args, opened, streams.stdout);
	const damage = opened.xentrace?.damage;
	if (damage) say(streams, `ringside: ${args.file}: ${damage.message}; shown is what comes before`);
	return damage ? EXIT.damaged : EXIT.done;
}

/** Carries out `trace` with the words after it; returns the exit code. */
export async function traceCommand(words: readonly string[], streams: Streams): Promise<number> {
	const args = parseTraceArguments(words);
	try {
		return await carryOut(args, streams);
	} catch (error) {
		if (!(error instanceof FileError)) throw error;
		say(streams, `ringside: ${args.file}: ${error.message}`);
		return EXIT.damaged;
	}
}
