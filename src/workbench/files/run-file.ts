/**
 * A run in a file: all that decides it (scenario, images, what was typed and changed, on every timeline), all that it
 * recorded, and what the learner noted. Whoever opens it can make the run again (rerun.ts) and compare.
 *
 * The container, its sections of events, and what is said of damage are src/trace/file's. Sections here, in this order:
 * 'SCEN' the scenario, 'IMGS' and 'IMGB' the images, 'LINE' the timelines, 'DESK' what the page keeps, then the traces.
 */
import * as v from 'valibot';
import {
	LARGEST_SECTION,
	readContainer,
	writeContainer,
	type Section,
	type SectionDraft
} from '../../trace/file/container';
import { FileError } from '../../trace/file/error';
import { jsonBytes, parseJson } from '../../trace/file/json';
import type { PaceOptions } from '../../trace/file/pace';
import { sha256 } from '../../trace/file/sha256';
import { traceSections } from '../../trace/file/trace';
import { TracesReader } from '../../trace/file/traces';
import type { TraceMirror } from '../../trace/mirror';
import type { TraceView } from '../../trace/view';
import type { LogEntry } from '../log';
import type { Moment } from '../moment';
import { ImagesSchema, LARGEST_IMAGES, LARGEST_STORED, LinesSchema, type ImageHead } from './run-schema';
import { imagesOf, type ImageUse } from '../images';
import { parseScenario, type Scenario, type ScenarioInput } from '../scenario';

export { FileError } from '../../trace/file/error';
export type { PaceOptions } from '../../trace/file/pace';

/** One future of the run. */
export interface SavedTimeline<View extends TraceView = TraceView> {
	id: number;
	/** The timeline that it forked from, which stands before it; -1 for the first. */
	parent: number;
	/** Where it forked. */
	at: Moment;
	/** What was done there. */
	entry: LogEntry | null;
	name: string;
	/** All that came from outside since reset. */
	log: readonly LogEntry[];
	trace: View;
}

/** An image, of a kernel or a disk; one that comes with Ringside is not stored, only recognised again. */
export interface SavedImage {
	bytes: Uint8Array;
	builtIn: boolean;
}

/** What is saved. */
export interface RunParts {
	scenario: ScenarioInput;
	images: Readonly<Record<string, SavedImage>>;
	timelines: readonly SavedTimeline[];
	/** The timeline and the moment at which the run stands. */
	timeline: number;
	moment: Moment;
	/** Bookmarks, notes, breakpoints, panels: any JSON, which only its owner understands. */
	desk?: unknown;
}

/** What was saved, as it comes back. */
export interface SavedRun extends RunParts {
	scenario: Scenario;
	timelines: readonly SavedTimeline<TraceMirror>[];
}

const TAGS = { scenario: 'SCEN', images: 'IMGS', imageBytes: 'IMGB', lines: 'LINE', desk: 'DESK' } as const;
/** What a missing image would have been. */
const USE: Readonly<Record<ImageUse, string>> = {
	kernel: 'a kernel',
	disk: 'a disk of the machine',
	frames: 'frames that come in'
};
/** Every section that a Ringside file may have. */
const KNOWN: ReadonlySet<string> = new Set([...Object.values(TAGS), ...TracesReader.tags]);

// --- writing ---------------------------------------------------------------------------------------

/** What a timeline's trace has in common with its parent's: the events before the fork. */
function sharedEvents({ parent, at, trace }: SavedTimeline, timelines: readonly SavedTimeline[]): number {
	const from = timelines.find(({ id }) => id === parent);
	return from && at.seq !== undefined ? Math.min(at.seq, trace.length, from.trace.length) : 0;
}

/** What a name that is a digest begins with. */
const BY_DIGEST = 'sha256:';

/** What the file says of an image. */
function headOf(name: string, { bytes, builtIn }: SavedImage): ImageHead {
	const size = bytes.length;
	if (name.startsWith(BY_DIGEST) && size > LARGEST_STORED) return { name, size, digest: name.slice(BY_DIGEST.length) };
	return { name, size, digest: builtIn ? sha256(bytes) : null };
}

function* imageSections(images: RunParts['images'], done: number): Generator<SectionDraft> {
	const heads = Object.entries(images).map(([name, image]) => headOf(name, image));
	yield { tag: TAGS.images, bytes: jsonBytes(heads, 'the list of images'), done: 0 };
	for (const { name, digest } of heads) {
		if (digest !== null) continue;
		const { bytes } = images[name];
		for (let at = 0; at < bytes.length; at += LARGEST_SECTION)
			yield { tag: TAGS.imageBytes, bytes: bytes.subarray(at, at + LARGEST_SECTION), done };
	}
}

function* sections(parts: RunParts): Generator<SectionDraft> {
	const { timelines } = parts;
	yield { tag: TAGS.scenario, bytes: jsonBytes(parseScenario(parts.scenario), 'the scenario'), done: 0 };
	yield* imageSections(parts.images, 0.02);
	const lines = {
		timelines: timelines.map(({ id, parent, at, entry, name, log }) => ({ id, parent, at, entry, name, log })),
		timeline: parts.timeline,
		moment: parts.moment
	};
	yield { tag: TAGS.lines, bytes: jsonBytes(lines, 'what was typed and changed'), done: 0.02 };
	if (parts.desk !== undefined) yield { tag: TAGS.desk, bytes: jsonBytes(parts.desk, 'the notes'), done: 0.02 };
	const drafts = timelines.map((line) => ({
		view: line.trace,
		timeline: line.id,
		parent: line.parent,
		from: sharedEvents(line, timelines)
	}));
	const total = drafts.reduce((sum, { view, from }) => sum + view.length - from, 0);
	let before = 0;
	for (const draft of drafts) {
		const after = before + draft.view.length - draft.from;
		const share = (events: number): number => 0.02 + (0.98 * events) / Math.max(1, total);
		yield* traceSections(draft, [share(before), share(after)]);
		before = after;
	}
}

/**
 * A run as a file, in pieces that make one together (`new Blob(pieces)`). While it is written the traces must not be cut.
 * @throws RangeError for what is too large; an AbortError when it is called off
 */
export function saveRun(parts: RunParts, options: PaceOptions = {}): Promise<Uint8Array<ArrayBuffer>[]> {
	return writeContainer(sections(parts), options);
}

// --- reading ---------------------------------------------------------------------------------------

/** A run as a file has it: images that come with Ringside are still to be found. */
export class RunFile {
	scenario: Scenario | null = null;
	images: ImageHead[] = [];
	lines: v.InferOutput<typeof LinesSchema> | null = null;
	desk: unknown;
	readonly traces = new TracesReader();
	private readonly seen = new Set<string>();
	/** Bytes of each image that the file has. */
	private readonly bytes = new Map<string, Uint8Array>();
	/** Those of the image that is coming in. */
	private pieces: Uint8Array[] = [];

	/** Reads a file. @throws FileError, or an AbortError when it is called off */
	static async read(file: Uint8Array, options: PaceOptions = {}): Promise<RunFile> {
		const into = new RunFile();
		for await (const section of readContainer(file, KNOWN, options)) into.take(section);
		into.finish(file.length);
		return into;
	}

	/** Where the sections go, by tag. */
	private static readonly takers: Readonly<Record<string, (into: RunFile, section: Section) => void>> = {
		[TAGS.scenario]: (into, section) => into.takeScenario(section),
		[TAGS.images]: (into, section) => into.takeImages(section),
		[TAGS.imageBytes]: (into, section) => into.takeImageBytes(section),
		[TAGS.lines]: (into, { bytes, at }) => (into.lines = parseJson(bytes, LinesSchema, 'the list of timelines', at)),
		[TAGS.desk]: (into, { bytes, at }) => (into.desk = parseJson(bytes, v.unknown(), 'the notes', at)),
		TRAC: (into, section) => into.traces.take(section),
		EVTS: (into, section) => into.traces.take(section)
	};
	/** Tags that a file may have more than once. */
	private static readonly many: readonly string[] = [TAGS.imageBytes, ...TracesReader.tags];

	private take(section: Section): void {
		const { tag, at } = section;
		if (this.seen.has(tag) && !RunFile.many.includes(tag)) throw new FileError(`the file has section ${tag} twice`, at);
		this.seen.add(tag);
		RunFile.takers[tag](this, section);
	}

	private takeScenario({ bytes, at }: Section): void {
		const input = parseJson(bytes, v.unknown(), 'the scenario', at);
		try {
			this.scenario = parseScenario(input);
		} catch (error) {
			throw new FileError(`the scenario cannot be: ${(error as Error).message}`, at);
		}
	}

	private takeImages({ bytes, at }: Section): void {
		this.images = parseJson(bytes, ImagesSchema, 'the list of images', at);
		if (new Set(this.images.map(({ name }) => name)).size < this.images.length)
			throw new FileError('the file names an image twice', at);
		const size = this.images.reduce((sum, head) => sum + (head.digest === null ? head.size : 0), 0);
		if (size > LARGEST_IMAGES) throw new FileError(`the images take ${size} bytes, more than this Ringside takes`, at);
	}

	/** Images whose bytes the file has, but that are not complete yet; the first of them comes in. */
	private get incoming(): ImageHead[] {
		return this.images.filter(({ name, size, digest }) => digest === null && size > 0 && !this.bytes.has(name));
	}

	private takeImageBytes({ bytes, at }: Section): void {
		const [head] = this.incoming;
		if (!head) throw new FileError('the file has bytes of an image that it does not name', at);
		this.pieces.push(bytes);
		const length = this.pieces.reduce((sum, piece) => sum + piece.length, 0);
		if (length > head.size) throw new FileError(`the image '${head.name}' has too many bytes`, at);
		if (length < head.size) return;
		const whole = new Uint8Array(length);
		this.pieces.reduce((to, piece) => (whole.set(piece, to), to + piece.length), 0);
		this.bytes.set(head.name, whole);
		this.pieces = [];
	}

	private finish(end: number): void {
		this.traces.finish(end);
		const [missing] = this.incoming;
		if (missing) throw new FileError(`bytes of the image '${missing.name}' are missing`, end);
		if (this.lines) this.checkLines(this.lines, end);
	}

	/** Each timeline has its trace and stands after the one that it forked from. */
	private checkLines({ timelines, timeline }: v.InferOutput<typeof LinesSchema>, end: number): void {
		const before = new Set([-1]);
		for (const { id, parent } of timelines) {
			if (before.has(id) || !before.has(parent) || (parent === -1) !== (before.size === 1))
				throw new FileError(`timeline ${id} forks from none before it`, end);
			if (!this.traces.traces.has(id)) throw new FileError(`the trace of timeline ${id} is missing`, end);
			before.add(id);
		}
		if (!before.has(timeline)) throw new FileError(`the run stands on timeline ${timeline}, which there is not`, end);
	}

	/** Whether it holds a run, not only a trace. */
	get isRun(): boolean {
		return this.scenario !== null && this.lines !== null;
	}

	/** The bytes of image `head`: the file's own, or those that come with Ringside if they are still the same. */
	private async image(head: ImageHead, builtIn: BuiltIn): Promise<SavedImage> {
		if (head.digest === null) return { bytes: this.bytes.get(head.name) ?? new Uint8Array(0), builtIn: false };
		const bytes = await builtIn(head.name);
		if (!bytes && head.name.startsWith(BY_DIGEST))
			throw new FileError(
				`the file does not have one of its images, of ${head.size} bytes: it is too large to be saved with a run; give the file with SHA-256 ${head.digest} first`
			);
		if (!bytes) throw new FileError(`the file wants Ringside's image '${head.name}', which is not here`);
		if (sha256(bytes) !== head.digest)
			throw new FileError(
				`the image '${head.name}' is no longer the one that the run was made with; the trace can be read, the run not made again`
			);
		return { bytes, builtIn: !head.name.startsWith(BY_DIGEST) };
	}

	/** The run, with all its images. Throws FileError where one is missing, or the file holds only a trace. */
	async run(builtIn: BuiltIn): Promise<SavedRun> {
		const { scenario, lines, images, traces, desk } = this;
		if (!scenario || !lines) throw new FileError('the file holds a trace, but no run');
		const found: Record<string, SavedImage> = {};
		for (const head of images) found[head.name] = await this.image(head, builtIn);
		for (const [name, use] of imagesOf(scenario))
			if (!found[name]) throw new FileError(`the image '${name}' is missing, ${USE[use]}`);
		const timelines = lines.timelines.map((line) => ({ ...line, trace: traces.traces.get(line.id) as TraceMirror }));
		return { scenario, images: found, timelines, timeline: lines.timeline, moment: lines.moment, desk };
	}
}

/** Bytes of an image that comes with Ringside, or of one that was not stored, by name; null where there is none. */
export type BuiltIn = (name: string) => Promise<Uint8Array | null> | Uint8Array | null;

/**
 * Opens the file of a run.
 * @throws FileError with what is wrong and where; an AbortError when it is called off
 */
export async function openRun(file: Uint8Array, options: PaceOptions & { builtIn?: BuiltIn } = {}): Promise<SavedRun> {
	const read = await RunFile.read(file, options);
	return read.run(options.builtIn ?? (() => null));
}
