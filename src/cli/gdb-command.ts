/** `ringside gdb`: domains that stand before their first instruction, and a server for GDB. */
import { Debuggee } from '../gdb/debuggee';
import { GdbServer } from '../gdb/server';
import { plainCosting } from '../workbench/costs';
import { LoadError } from '../workbench/load-error';
import { Run } from '../workbench/run';
import type { ScenarioInput } from '../workbench/scenario';
import { UsageError } from './arguments';
import { parseGdbArguments, type GdbArguments } from './gdb-arguments';
import { readImage, type NamedImage } from './images';
import { say, writeAll, type Streams } from './output';
import { EXIT } from './report';

const scenarioOf = (args: GdbArguments, images: readonly NamedImage[]): ScenarioInput => ({
	name: images.map((image) => image.name).join(' and '),
	machine: plainCosting(args.machine),
	domains: args.images.map(({ memoryMiB, vcpus, cmdline }, index) => ({
		name: images[index].name,
		image: String(index),
		memoryMiB,
		vcpus,
		cmdline
	})),
	input: args.images.flatMap(({ type }, index) => (type ? [{ dom: index + 1, text: type }] : []))
});

function build(args: GdbArguments, images: readonly NamedImage[]): Run {
	try {
		return new Run(scenarioOf(args, images), (index) => images[Number(index)].bytes, {
			timelines: true,
			engine: args.engine
		});
	} catch (error) {
		if (error instanceof LoadError || error instanceof TypeError)
			throw new UsageError(`${images.map((image) => image.name).join(', ')}: ${error.message}`);
		throw error;
	}
}

async function listen(server: GdbServer, port: number): Promise<number> {
	try {
		return await server.listen(port);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		const known: Record<string, string> = { EADDRINUSE: 'it is taken', EACCES: 'it may not be used' };
		throw new UsageError(`--port: ${port}: ${known[code ?? ''] ?? message}`);
	}
}

/** Carries out `gdb` with the words after it; returns the exit code. */
export async function gdbCommand(words: readonly string[], streams: Streams): Promise<number> {
	const args = parseGdbArguments(words);
	const images = args.images.map(({ image }) => readImage(image));
	const debuggee = new Debuggee(build(args, images), images[0].path);
	const server = new GdbServer(debuggee, (text) => say(streams, `ringside: gdb: ${text}`));
	const port = await listen(server, args.port);
	try {
		// Listened to before anybody can know that there is something to stop.
		const interrupted = new Promise<void>((resolve) => streams.onInterrupt(resolve));
		writeAll(streams.stdout, [`ringside: gdb: target remote 127.0.0.1:${port}\n`]);
		await interrupted;
	} finally {
		server.close();
	}
	return EXIT.done;
}
