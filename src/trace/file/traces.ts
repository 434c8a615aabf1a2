/** The traces of a container: each section 'TRAC' begins one, the sections 'EVTS' after it are its events. */
import type { TraceMirror } from '../mirror';
import type { Section } from './container';
import { FileError } from './error';
import { TraceReader } from './trace';

/** Timelines that a file may have. */
export const MOST_TIMELINES = 100;

/** Takes the sections of traces in the order of the file. */
export class TracesReader {
	static readonly tags: readonly string[] = ['TRAC', 'EVTS'];
	/** By timeline. */
	readonly traces = new Map<number, TraceMirror>();
	private reader: TraceReader | null = null;

	take(section: Section): void {
		if (section.tag === 'EVTS') {
			if (!this.reader) throw new FileError('the file has events before it has a trace', section.at);
			this.reader.take(section);
			return;
		}
		this.finish(section.at);
		if (this.traces.size >= MOST_TIMELINES) throw new FileError('the file has too many timelines', section.at);
		this.reader = new TraceReader(section, (timeline) => this.traces.get(timeline) ?? null);
		if (this.traces.has(this.reader.timeline))
			throw new FileError(`the file has the trace of timeline ${this.reader.timeline} twice`, section.at);
	}

	/** The trace that was being read must be complete by now. @param at where the next thing begins */
	finish(at: number): void {
		if (this.reader) this.traces.set(this.reader.timeline, this.reader.finish(at));
		this.reader = null;
	}
}
