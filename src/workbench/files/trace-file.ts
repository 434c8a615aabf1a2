/** Any file with a trace in it: a run or a trace of Ringside, JSON lines, or what Xen's own tracer wrote. Its bytes tell which. */
import { DEFAULT_PROFILE } from '../../hardware/cost';
import { isXentrace } from '../../trace/export/record-reader';
import { importXentrace, type XentraceSummary } from '../../trace/export/xentrace-import';
import { isContainer } from '../../trace/file/container';
import { FileError } from '../../trace/file/error';
import { importJsonLines, isJsonLines } from '../../trace/file/jsonl-import';
import type { PaceOptions } from '../../trace/file/pace';
import type { TraceMirror } from '../../trace/mirror';
import { hzOf } from '../costs';
import { RunFile } from './run-file';
import type { ScenarioInput } from '../scenario';
import { kernelsOf } from '../kernels';

export { hzOf } from '../costs';

export type TraceFileKind = 'ringside' | 'jsonl' | 'xentrace' | 'unknown';

/** A trace from a file. */
export interface OpenedTrace {
	kind: TraceFileKind;
	/** The trace; of a run, that of the timeline on which it stood. */
	view: TraceMirror;
	/** Cycles a second, where the file says so; else those of the default machine. */
	hz: number;
	/** Names of domains by number, where the file has them. */
	names: Readonly<Record<number, string>>;
	/** The file of a run, for its other timelines and to make it again. */
	file: RunFile | null;
	/** What a file of xentrace holds besides. */
	xentrace: XentraceSummary | null;
}

/** What a file is, by its first bytes. */
export function recognise(bytes: Uint8Array): TraceFileKind {
	if (isContainer(bytes)) return 'ringside';
	if (isXentrace(bytes)) return 'xentrace';
	return isJsonLines(bytes) ? 'jsonl' : 'unknown';
}

/** Names of its domains by number. */
export const namesOf = (scenario: ScenarioInput | null): Record<number, string> =>
	Object.fromEntries(scenario ? kernelsOf(scenario).map(({ name, dom }) => [dom, name]) : []);

type Opener = (bytes: Uint8Array, options: PaceOptions) => Promise<Omit<OpenedTrace, 'kind'>>;

/** What a file that says nothing of it is taken to be. */
const UNSAID = { hz: DEFAULT_PROFILE.hz, names: {}, file: null, xentrace: null } as const;

const OPENERS: Readonly<Record<Exclude<TraceFileKind, 'unknown'>, Opener>> = {
	ringside: async (bytes, options) => {
		const file = await RunFile.read(bytes, options);
		const { traces } = file.traces;
		const view = traces.get(file.lines?.timeline ?? 0);
		if (!view) throw new FileError('the file holds no trace', bytes.length);
		const { scenario } = file;
		return { view, hz: scenario ? hzOf(scenario) : UNSAID.hz, names: namesOf(scenario), file, xentrace: null };
	},
	jsonl: async (bytes, options) => ({ ...UNSAID, view: await importJsonLines(bytes, options) }),
	xentrace: async (bytes, options) => {
		const { view, summary } = await importXentrace(bytes, options);
		return { ...UNSAID, view, xentrace: summary };
	}
};

/**
 * Opens a file, whatever it is.
 * @throws FileError with what is wrong and where; an AbortError when called off
 */
export async function openTrace(bytes: Uint8Array, options: PaceOptions = {}): Promise<OpenedTrace> {
	const kind = recognise(bytes);
	if (bytes.length === 0) throw new FileError('the file is empty', 0);
	if (kind === 'unknown')
		throw new FileError(
			'this is no trace: neither a file of Ringside, nor JSON lines of a trace, nor what xentrace writes',
			0
		);
	return { kind, ...(await OPENERS[kind](bytes, options)) };
}
