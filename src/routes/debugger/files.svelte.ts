/**
 * Runs and traces in files: saved, opened again, exported. A file that cannot be read changes nothing of what is shown;
 * what takes long says how far it is and can be called off. The code for it is loaded at first use.
 */
import { decodePosition, encodePosition } from '../../debugger/position';
import { domainName } from '../../views/shared/rings';
import type { PaceOptions } from '../../trace/file/pace';
import { spread } from '../../trace/seqs';
import type { OpenedTrace } from '../../workbench/files/trace-file';
import type { SavedRun } from '../../workbench/files/run-file';
import { applySettings, positionOf } from './address';
import { checkSites } from '../check-sites';
import { build } from './build';
import { messageOf, type Desk } from './desk.svelte';
import { findImage, giveImage, isBuiltIn, nameOfImage } from './images';
import { targetOf } from './target';
import { SECTOR, type DriveState } from '../../moments';
import { changedWords } from './disk-words';
import { count } from '../../words/numbers';
import { kernelsOf } from '../../workbench/kernels';

export type ExportKind = 'xentrace' | 'perfetto' | 'jsonl';

/** What a trace can be written as, for other programs. */
export const EXPORTS: readonly { kind: ExportKind; title: string; about: string; suffix: string }[] = [
	{ kind: 'xentrace', title: 'xentrace records', about: 'for xenalyze and Xen’s own tools', suffix: '.xentrace' },
	{ kind: 'perfetto', title: 'Perfetto / Chrome trace', about: 'for ui.perfetto.dev', suffix: '.perfetto.json' },
	{ kind: 'jsonl', title: 'JSON lines', about: 'one object an event, for scripts', suffix: '.jsonl' }
];
const SUFFIX = '.ringside';
/** What a complaint is kept under that goes with the work going on. */
const BLAME = 'work';

/** What goes on, and how far it is, 0..1. */
export interface Work {
	readonly title: string;
	readonly fraction: number;
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

/** Gives a file to the browser, which keeps it where it keeps downloads. */
function download(pieces: BlobPart[], name: string): void {
	const url = URL.createObjectURL(new Blob(pieces, { type: 'application/octet-stream' }));
	const link = Object.assign(document.createElement('a'), { href: url, download: name });
	link.click();
	// The browser reads it after this turn.
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export class Files {
	work: Work | null = $state.raw(null);
	#abort: AbortController | null = null;

	constructor(private readonly desk: Desk) {}

	cancel = (): void => this.#abort?.abort();

	/** Does one long thing at a time. @returns null when it failed, which is told, or was called off */
	async long<T>(title: string, work: (options: PaceOptions) => Promise<T>): Promise<T | null> {
		const { desk } = this;
		if (this.work) {
			desk.complain(`${this.work.title} has not ended yet: wait for it or cancel it.`, BLAME);
			return null;
		}
		const abort = (this.#abort = new AbortController());
		this.work = { title, fraction: 0 };
		desk.error = '';
		try {
			return await work({ signal: abort.signal, onProgress: (fraction) => (this.work = { title, fraction }) });
		} catch (error) {
			if (isAbort(error)) desk.said = desk.announced = `${title}: called off. Nothing has changed.`;
			else desk.error = `${title}: ${messageOf(error)}.`;
			return null;
		} finally {
			this.work = this.#abort = null;
			desk.forgive(BLAME);
		}
	}

	/** A name for a file of what is shown. */
	get #name(): string {
		return (this.desk.name || 'trace').replace(/\.[a-z]+$/i, '').replace(/[^\w.-]+/g, '-');
	}

	/** The run with all its futures, bookmarks, breakpoints and panels. */
	save = () =>
		this.long('Saving the run', async (options) => {
			const { client, source } = this.desk;
			if (!client || !source) throw new Error('there is no run to save');
			const position = await positionOf(this.desk);
			if (!position) throw new Error('the machine moves; stop it first');
			const [{ saveRun }, { partsOfClient }] = await Promise.all([
				import('../../workbench/files/run-file'),
				import('../../workbench/files/rerun')
			]);
			const images = Object.fromEntries(
				Object.entries(source.images).map(([name, bytes]) => [name, { bytes, builtIn: isBuiltIn(name) }])
			);
			const desk = { address: encodePosition({ ...position, log: [], futures: [] }) };
			const parts = await partsOfClient(client, { scenario: source.scenario, images, desk });
			download(await saveRun(parts, options), `${this.#name}${SUFFIX}`);
			this.desk.announced = 'The run is saved.';
		});

	/** A disk as it is at this moment: the image with all that was written over it. */
	saveDisk = ({ number, name, sectors, changed }: DriveState) =>
		this.long(`Saving the disk ${name}`, async (options) => {
			const { client } = this.desk;
			if (!client || this.desk.busy) throw new Error('the machine moves; stop it first');
			const { Pace } = await import('../../trace/file/pace');
			const pace = new Pace(options);
			const pieces: Uint8Array<ArrayBuffer>[] = [];
			for (let lba = 0; lba < sectors;) {
				const piece = await client.inspectWith('sectors', number, lba, sectors - lba);
				pieces.push(new Uint8Array(piece));
				lba += piece.length / SECTOR;
				await pace.step(lba / sectors);
			}
			download(pieces, `${this.#name}-${name}.img`);
			this.desk.announced = `The disk ${name} is saved: ${changedWords(changed)}.`;
		});

	/** What passed on the wire until now, for Wireshark and tcpdump. */
	saveWire = () =>
		this.long('Saving what passed on the wire', async () => {
			const bytes = await this.desk.client?.inspectWith('wire');
			if (!bytes) throw new Error('the machine has no network');
			download([new Uint8Array(bytes)], `${this.#name}.pcap`);
			this.desk.announced = 'What passed on the wire is saved.';
		});

	/** The trace of the future that is shown, for another program. */
	export = (kind: ExportKind) => {
		const { title, suffix } = EXPORTS.find((each) => each.kind === kind)!;
		return this.long(`Writing ${title}`, async (options) => {
			const { trace, source } = this.desk;
			if (!trace) throw new Error('there is no trace to write');
			const [{ hzOf, namesOf }, { Pace }] = await Promise.all([
				import('../../workbench/files/trace-file'),
				import('../../trace/file/pace')
			]);
			const scenario = source?.scenario ?? { domains: [] };
			const about = { hz: hzOf(scenario), names: namesOf(scenario), sliceMs: scenario.hypervisor?.sliceMs };
			const pieces: BlobPart[] = [];
			const pace = new Pace(options);
			// How much there will be is not known before; what is told is that it goes on.
			for (const piece of await WRITERS[kind](trace, about)) {
				pieces.push(piece);
				await pace.step(1 - 1 / (1 + pieces.length / 8));
			}
			download(pieces, `${this.#name}${suffix}`);
			this.desk.announced = `${title}: written.`;
		});
	};

	/**
	 * Opens a file with a run or a trace in it.
	 * @returns false when its bytes are none of these; a problem is told
	 */
	async open(file: File): Promise<boolean> {
		let bytes: Uint8Array<ArrayBuffer>;
		try {
			bytes = new Uint8Array(await file.arrayBuffer());
		} catch {
			this.desk.error = `${file.name} cannot be read. Is it a folder, or has it changed since?`;
			return true;
		}
		const found = await import('../../workbench/files/trace-file').catch((error: unknown) => messageOf(error));
		if (typeof found === 'string') {
			this.desk.error = `${file.name} was not opened. ${found}`;
			return true;
		}
		const { recognise } = found;
		const looksLike = new RegExp(`(\\${SUFFIX}|\\.jsonl|\\.xentrace)$`, 'i').test(file.name);
		if (recognise(bytes) === 'unknown' && !looksLike) return false;
		await this.long(`Opening ${file.name}`, (options) => this.#take(file.name, bytes, options));
		return true;
	}

	async #take(name: string, bytes: Uint8Array, options: PaceOptions): Promise<void> {
		const { openTrace } = await import('../../workbench/files/trace-file');
		const opened = await openTrace(bytes, options);
		if (!opened.file?.isRun) return this.#record(name, opened, '');
		let saved: SavedRun;
		try {
			saved = await opened.file.run((image) =>
				findImage(image).then(
					(found) => found.bytes,
					// One of ours that cannot be fetched says why; another one is not here.
					(error: unknown) => (isBuiltIn(image) ? Promise.reject(error as Error) : null)
				)
			);
		} catch (error) {
			// The trace is whole even where the run cannot be made again.
			return this.#record(name, opened, messageOf(error));
		}
		await this.#remake(name, saved, options);
	}

	/** Makes a saved run again and puts it in the place of the one shown. */
	async #remake(name: string, saved: SavedRun, options: PaceOptions): Promise<void> {
		const { desk } = this;
		const { rerun, firstLog } = await import('../../workbench/files/rerun');
		const images: Record<string, Uint8Array> = {};
		for (const [id, { bytes, builtIn }] of Object.entries(saved.images)) {
			images[id] = bytes;
			if (!builtIn) giveImage(id, nameOfImage(id) ?? namedIn(saved, id) ?? name, bytes);
		}
		let differs = '';
		const shown = await desk.install(() =>
			build({ target: targetOf(saved.scenario), scenario: saved.scenario, images }, firstLog(saved), async (client) => {
				const difference = await rerun(saved, client, options);
				if (difference)
					differs =
						`${name} was saved by another Ringside: made again, the run differs from event ${count(difference.seq)} on ` +
						`(${difference.what}: saved ${difference.stored}, now ${difference.made}).`;
			})
		);
		if (!shown) return;
		const address = (saved.desk as { address?: unknown } | undefined)?.address;
		const position = typeof address === 'string' ? decodePosition(address) : null;
		const problem = position && !('problem' in position) ? applySettings(desk, position) : '';
		if (differs || problem) desk.error = [differs, problem].filter(Boolean).join(' ');
	}

	/** Shows a trace without a machine. @param why there is none, where there might have been one */
	#record(name: string, { kind, view, xentrace }: OpenedTrace, why: string): void {
		if (view.length === 0) throw new Error('the file holds no event that can be shown');
		const doms = new Set([...spread(view.length, 20_000)].map((seq) => view.dom(seq)));
		const origin = {
			xentrace: 'as xentrace recorded them',
			jsonl: 'from JSON lines',
			ringside: 'as Ringside recorded them'
		};
		const skipped = xentrace
			? xentrace.byRecord.filter(({ shown }) => !shown).reduce((sum, { count }) => sum + count, 0)
			: 0;
		const about = [
			`${name}: ${count(view.length)} events ${kind === 'unknown' ? '' : origin[kind]}, of ${[...doms].map(domainName).join(', ')}.`,
			'No machine stands behind this trace: there are the score, the events and what they say, but no registers, memory or code.',
			skipped > 0 ? `${count(skipped)} records have no picture here.` : ''
		];
		this.desk.showRecording({ name, view, about: about.filter(Boolean).join(' ') });
		const damage = xentrace?.damage
			? `${name} is damaged: ${xentrace.damage.message}. What comes before is shown.`
			: '';
		this.desk.error = [why && `The run of ${name} cannot be made again: ${why}.`, damage].filter(Boolean).join(' ');
	}
}

/** What an image is called in a saved run: by the first domain that it is the kernel of. */
const namedIn = ({ scenario }: SavedRun, id: string): string | undefined =>
	kernelsOf(scenario).find(({ image }) => image === id)?.name;

interface About {
	hz: number;
	names: Readonly<Record<number, string>>;
	sliceMs: number | undefined;
}
type Trace = NonNullable<Desk['trace']>;

const WRITERS: Readonly<Record<ExportKind, (trace: Trace, about: About) => Promise<Iterable<BlobPart>>>> = {
	xentrace: async (trace, about) => (await import('../../trace/export/xentrace')).xentrace(trace, about),
	perfetto: async (trace, about) => (await import('../../trace/export/perfetto')).perfetto(trace, about),
	jsonl: async (trace) => {
		const [{ jsonl }, sites] = await Promise.all([import('../../trace/export/jsonl'), checkSites()]);
		return jsonl(trace, sites);
	}
};
