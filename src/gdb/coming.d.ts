/** Parts of a run that are on their way. */
import type { Change } from '../workbench/log';
import type { StopReport, StopSpec } from '../workbench/stops';
import type { Task } from '../workbench/task';

declare module '../workbench/run' {
	interface RunOptions {
		timelines?: boolean;
	}
	interface Run {
		retreating(stop: StopSpec): Task<StopReport>;
		fork(change: Change): void;
	}
}
