import { describe, expect, it } from 'vitest';
import { fixture, smallTrace } from '../../trace/fixture';
import { jsonl } from '../../trace/export/jsonl';
import { writeContainer } from '../../trace/file/container';
import { traceSections } from '../../trace/file/trace';
import { sha256 } from '../../trace/file/sha256';
import { openRun, RunFile, saveRun, type RunParts } from './run-file';

const kernel = Uint8Array.from({ length: 5_000_000 }, (_, at) => (at * at) >> 5);
const guest = Uint8Array.from({ length: 1000 }, (_, at) => at);

function parts(): RunParts {
	const { store } = smallTrace();
	const fork = store.fork();
	store.record(0, 1);
	fork.record(0, 2);
	return {
		scenario: {
			name: 'two',
			domains: [
				{ name: 'a', image: 'pocket' },
				{ name: 'b', image: 'own' }
			]
		},
		images: { pocket: { bytes: guest, builtIn: true }, own: { bytes: kernel, builtIn: false } },
		timelines: [
			{
				id: 0,
				parent: -1,
				at: { icount: 0, seq: 0 },
				entry: null,
				name: 'as recorded',
				log: [{ icount: 12, dom: 1, text: 'ls\n' }],
				trace: store.view
			},
			{
				id: 3,
				parent: 0,
				at: { icount: 20, seq: 10 },
				entry: { icount: 20, seq: 10, change: { kind: 'memory', space: 'linear', address: 0xc0de, bytes: [1, 2] } },
				name: 'changed',
				log: [
					{ icount: 12, dom: 1, text: 'ls\n' },
					{ icount: 20, seq: 10, change: { kind: 'memory', space: 'linear', address: 0xc0de, bytes: [1, 2] } }
				],
				trace: fork.view
			}
		],
		timeline: 3,
		moment: { icount: 21, seq: 11 },
		desk: { bookmarks: [{ at: [20, 10], note: 'here \u2028 é' }], panels: null }
	};
}
const joined = (pieces: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));
const builtIn = (name: string): Uint8Array | null => (name === 'pocket' ? guest : null);

/** A file of these sections, without traces. */
const fileOf = async (...sections: [string, unknown][]): Promise<Uint8Array> =>
	joined(
		await writeContainer(
			sections.map(([tag, value]) => ({
				tag,
				bytes: value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value)),
				done: 0
			}))
		)
	);

describe('a run in a file', () => {
	it('comes back whole', async () => {
		const before = parts();
		const after = await openRun(joined(await saveRun(before)), { builtIn });
		const texts = ({ timelines }: RunParts): string[] => timelines.map(({ trace }) => [...jsonl(trace)].join(''));
		expect(texts(after)).toEqual(texts(before));
		const lines = ({ timelines }: RunParts): unknown[] => timelines.map((line) => ({ ...line, trace: null }));
		expect(lines(after)).toEqual(lines(before));
		expect(after).toMatchObject({ timeline: 3, moment: { icount: 21, seq: 11 }, desk: before.desk });
		expect(after.scenario.domains.map(({ name, image }) => [name, image])).toEqual([
			['a', 'pocket'],
			['b', 'own']
		]);
		// Files from before there were several say nothing of vcpus.
		expect(after.scenario.domains.map(({ vcpus }) => vcpus)).toEqual([1, 1]);
		expect(Buffer.compare(after.images.own.bytes, kernel)).toBe(0);
		expect(after.images.own.builtIn).toBe(false);
		expect(after.images.pocket).toEqual({ bytes: guest, builtIn: true });
	});

	it('may have no notes', async () => {
		const { desk: _desk, ...rest } = parts();
		expect((await openRun(joined(await saveRun(rest)), { builtIn })).desk).toBeUndefined();
	});

	it('has disks beside kernels; one that is too large is only named, and wanted again', async () => {
		const disk = new Uint8Array(64 * 1024 * 1024 + 512);
		disk[1000] = 7;
		const [large, small] = [`sha256:${sha256(disk)}`, `sha256:${sha256(guest)}`];
		const given = parts();
		const file = joined(
			await saveRun({
				...given,
				scenario: { ...given.scenario, machine: { disks: [{ image: large }, null, { image: small }] } },
				images: {
					...given.images,
					[large]: { bytes: disk, builtIn: false },
					[small]: { bytes: guest, builtIn: false }
				}
			})
		);
		expect(file.length).toBeLessThan(disk.length / 2);
		await expect(openRun(file, { builtIn })).rejects.toThrow(
			`one of its images, of ${disk.length} bytes: it is too large to be saved with a run; give the file with SHA-256 ${large.slice(7)} first`
		);
		const { images } = await openRun(file, { builtIn: (name) => (name === large ? disk : builtIn(name)) });
		expect(images[large].bytes).toBe(disk);
		expect(images[small]).toEqual({ bytes: guest, builtIn: false });
	});

	it('says when a guest of Ringside is missing or another one', async () => {
		const file = joined(await saveRun(parts()));
		await expect(openRun(file)).rejects.toThrow(/wants Ringside's image 'pocket', which is not here/);
		await expect(openRun(file, { builtIn: () => new Uint8Array(1000) })).rejects.toThrow(
			/'pocket' is no longer the one/
		);
		// The trace is there all the same.
		expect((await RunFile.read(file)).traces.traces.get(3)?.length).toBe(11);
	});

	it('can be called off', async () => {
		await expect(saveRun(parts(), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
		const file = joined(await saveRun(parts()));
		await expect(openRun(file, { builtIn, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
	});

	it('is too large when the notes are', async () => {
		await expect(async () => saveRun({ ...parts(), desk: 'x'.repeat(5 << 20) })).rejects.toThrow(
			/the notes: \d+ bytes are too many/
		);
	});

	const line = { id: 0, parent: -1, at: { icount: 0 }, entry: null, name: '', log: [] };
	const lines = (...more: object[]): [string, unknown] => [
		'LINE',
		{ timelines: [line, ...more], timeline: 0, moment: { icount: 0 } }
	];
	const traceOf = (timeline: number): [string, unknown] => [
		'TRAC',
		{ timeline, parent: -1, from: 0, events: 0, closed: [], kinds: [], checks: [] }
	];
	const scenario: [string, unknown] = ['SCEN', { domains: [{ name: 'a', image: 'own' }] }];
	it.each<[string, [string, unknown][], RegExp]>([
		['only a trace', [traceOf(0)], /holds a trace, but no run/],
		['a scenario twice', [scenario, scenario], /section SCEN twice \(at byte \d+\)/],
		[
			'a scenario that cannot be',
			[['SCEN', { domains: [] }]],
			/the scenario cannot be: scenario.domains.* \(at byte 16\)/
		],
		['no image for a domain', [scenario, lines(), traceOf(0)], /the image 'own' is missing, a kernel/],
		[
			'no bytes of an image',
			[['IMGS', [{ name: 'own', size: 9, digest: null }]]],
			/bytes of the image 'own' are missing/
		],
		['bytes of no image', [['IMGB', new Uint8Array(4)]], /bytes of an image that it does not name/],
		[
			'too many bytes of an image',
			[
				['IMGS', [{ name: 'own', size: 3, digest: null }]],
				['IMGB', new Uint8Array(4)]
			],
			/'own' has too many bytes/
		],
		[
			'too many images',
			[['IMGS', [1, 2].map((n) => ({ name: `i${n}`, size: 400 << 20, digest: null }))]],
			/the images take \d+ bytes/
		],
		['a timeline without its trace', [scenario, lines(), traceOf(1)], /the trace of timeline 0 is missing/],
		[
			'a timeline of no parent',
			[scenario, lines({ ...line, id: 1, parent: 7 }), traceOf(0)],
			/timeline 1 forks from none/
		],
		[
			'a change that there is not',
			[lines({ ...line, id: 1, parent: 0, entry: { icount: 1, change: { kind: 'wish' } } })],
			/list of timelines: not as it should be: timelines\.1\.entry/
		],
		['notes that are no JSON', [['DESK', Uint8Array.of(0x7b)]], /the notes: damaged/]
	])('is refused: %s', async (_name, sections, reason) => {
		await expect(openRun(await fileOf(...sections), { builtIn })).rejects.toThrow(reason);
	});

	it('ends soon, with a message, wherever it is cut', async () => {
		const file = joined(await saveRun({ ...parts(), images: { pocket: { bytes: guest, builtIn: true } } }));
		for (let at = 0; at < file.length; at += 13)
			await expect(openRun(file.subarray(0, at), { builtIn })).rejects.toThrow(/cut off|the file is empty/);
	});

	it('holds a trace alone as well', async () => {
		const made = fixture();
		made.store.record(0);
		const draft = { view: made.store.view, timeline: 0, parent: -1, from: 0 };
		const file = await RunFile.read(joined(await writeContainer(traceSections(draft))));
		expect([file.isRun, file.traces.traces.get(0)?.length]).toEqual([false, 1]);
	});
});
