/** A saved run made again, and what came of it in words. */
import { differenceText } from '../trace/file/compare';
import { FileError } from '../trace/file/error';
import { byRun, firstLog, rerun } from '../workbench/files/rerun';
import { Run } from '../workbench/run';
import type { RunFile, SavedRun } from '../workbench/files/run-file';
import { guestNames, readImage } from './images';
import { EXIT } from './report';
import { count } from '../words/numbers';

const builtIn = (name: string): Uint8Array | null => (guestNames().includes(name) ? readImage(name).bytes : null);

function open(saved: SavedRun): Run {
	const run = new Run(saved.scenario, (name) => saved.images[name].bytes, { timelines: true, snapshots: 64 << 20 });
	run.load(firstLog(saved));
	return run;
}

/**
 * Makes the run of a file again and compares it with the trace that the file has.
 * @throws FileError where an image is missing, or for a change that cannot be made
 */
export async function verify(file: RunFile): Promise<{ code: number; line: string }> {
	const saved = await file.run(builtIn);
	const events = count(saved.timelines.reduce((sum, { trace }) => sum + trace.length, 0));
	const futures = saved.timelines.length === 1 ? 'one timeline' : `${saved.timelines.length} timelines`;
	try {
		const difference = await rerun(saved, byRun(open(saved)));
		if (!difference) return { code: EXIT.done, line: `made again: ${events} events on ${futures}, all the same` };
		const line = `made again, it differs on timeline ${difference.timeline}: ${differenceText(difference)}`;
		return { code: EXIT.differs, line };
	} catch (error) {
		if (error instanceof RangeError || error instanceof TypeError)
			throw new FileError(`the run cannot be made again: ${error.message}`);
		throw error;
	}
}
