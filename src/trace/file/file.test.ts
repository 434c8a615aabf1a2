import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { CHECK, KIND } from '../events';
import { fixture, smallTrace, type Fixture } from '../fixture';
import { jsonl } from '../export/jsonl';
import type { TraceView } from '../view';
import { readContainer, writeContainer, type Section } from './container';
import { crc32 } from '../../base/crc32';
import { FileError } from './error';
import { SECTION_EVENTS } from './events';
import type { PaceOptions } from './pace';
import { sha256 } from './sha256';
import { traceSections, type TraceDraft } from './trace';
import { TracesReader } from './traces';
import { count } from '../../words/numbers';

const draft = (view: TraceView): TraceDraft => ({ view, timeline: 0, parent: -1, from: 0 });
const joined = (pieces: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));
const saved = async (...drafts: TraceDraft[]): Promise<Uint8Array> =>
	joined(await writeContainer(drafts.flatMap((one) => [...traceSections(one)])));

async function opened(bytes: Uint8Array, options: PaceOptions = {}): Promise<TracesReader> {
	const reader = new TracesReader();
	for await (const section of readContainer(bytes, new Set(TracesReader.tags), options)) reader.take(section);
	reader.finish(bytes.length);
	return reader;
}
const text = (view: TraceView | undefined): string => (view ? [...jsonl(view)].join('') : 'none');

/** Many events of all sorts, past the borders of sections and chunks. */
function longTrace(events: number): Fixture {
	const made = fixture();
	const { store, tick } = made;
	let seed = 7;
	const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fff_ffff);
	while (store.next < events) {
		tick(random() % 1000);
		made.at.ring = random() % 4;
		store.dom = random() % 100 === 0 ? 0x7fff : 1 + (random() % 2);
		const seq = store.begin(KIND.hypercall, random() % 40, -1, random() * 2, random(), 3, 4, 5);
		store.record(KIND.check, CHECK.frame_owner, random() & 1, random(), random());
		if (random() % 3 === 0) store.end(store.begin(KIND.mmu_entry, 0, random(), random(), random(), random()), -22);
		store.end(seq, -(random() % 40));
		store.cause = store.record(KIND.page_fault, random() * 2, random() * 2, 6, 3);
		store.record(KIND.trap, 14, 6, 3, 0, random(), random(), random(), random());
	}
	return made;
}

describe('a trace in a file', () => {
	it('comes back the same, event by event', async () => {
		const { store } = smallTrace();
		const { traces } = await opened(await saved(draft(store.view)));
		expect(text(traces.get(0))).toBe(text(store.view));
	});

	it('comes back the same when it is long, and takes few bytes', async () => {
		const { view } = longTrace(80_000).store;
		const file = await saved(draft(view));
		expect(view.length).toBeGreaterThan(2 * 32_768);
		expect(text((await opened(file)).traces.get(0))).toBe(text(view));
		// Its arguments are random: no more than 24 of the bytes that they have in memory.
		expect(file.length / view.length).toBeLessThan(24);
	});

	it('may be empty', async () => {
		expect((await opened(await saved(draft(fixture().store.view)))).traces.get(0)?.length).toBe(0);
	});

	it('keeps spans that have not ended, and cycles beyond 32 bits', async () => {
		const made = fixture();
		made.at.cycle = 2 ** 40 + 5;
		made.store.begin(KIND.hypercall, 1, 2);
		made.store.record(KIND.math_state);
		const view = (await opened(await saved(draft(made.store.view)))).traces.get(0);
		expect([view?.end(0), view?.duration(0), view?.cycle(1), view?.parent(1)]).toEqual([-1, NaN, 2 ** 40 + 5, 0]);
	});

	it('shares with the timeline that it forked from what they have in common', async () => {
		const first = longTrace(40_000);
		const from = first.store.next;
		const open = first.store.begin(KIND.hypercall, 29, 1);
		const second = first.store.fork();
		for (const store of [first.store, second]) {
			for (let n = 0; n < 10; n++) store.record(KIND.emulate, store === second ? n : 100 + n, 0, 0);
			store.end(open, store === second ? 0 : -22);
		}
		const [a, b] = [first.store.view, second.view];
		const alone = await saved(draft(a));
		const both = await saved(draft(a), { view: b, timeline: 4, parent: 0, from: from + 1 });
		expect(both.length - alone.length).toBeLessThan(4000);
		const { traces } = await opened(both);
		expect([text(traces.get(0)) === text(a), text(traces.get(4)) === text(b)]).toEqual([true, true]);
		expect(traces.get(4)?.arg(open, 'result')).toBe(0);
		expect(traces.get(0)?.arg(open, 'result')).toBe(-22);
	});

	it('may begin anywhere after a fork', async () => {
		const made = longTrace(SECTION_EVENTS + 100);
		for (const from of [1, SECTION_EVENTS - 1, SECTION_EVENTS, SECTION_EVENTS + 1, made.store.view.length]) {
			const file = await saved(draft(made.store.view), { view: made.store.view, timeline: 1, parent: 0, from });
			expect(text((await opened(file)).traces.get(1)) === text(made.store.view)).toBe(true);
		}
	});

	it('can be called off, and tells how far it is', async () => {
		const { view } = longTrace(60_000).store;
		await expect(writeContainer(traceSections(draft(view)), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
		const file = await saved(draft(view));
		await expect(opened(file, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
		const told: number[] = [];
		await opened(file, { onProgress: (fraction) => told.push(fraction) });
		expect(told).toEqual([...told].sort((a, b) => a - b));
		expect(told.at(-1)).toBe(1);
	});
});

/** A file of hand-made sections. */
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
const reasonOf = (bytes: Uint8Array): Promise<string> =>
	opened(bytes).then(
		() => 'opened',
		(error: unknown) => {
			if (!(error instanceof FileError)) throw error;
			return error.message;
		}
	);

describe('a file that is not in order', () => {
	const sound = saved(draft(longTrace(20_000).store.view));
	const bordersOf = async (): Promise<number[]> => {
		const borders: number[] = [];
		for await (const { at } of readContainer(await sound, new Set(TracesReader.tags))) borders.push(at);
		return borders;
	};

	it('says so wherever it is cut off', async () => {
		const file = await sound;
		const cuts = (await bordersOf()).flatMap((at) => [at - 1, at, at + 1, at + 15, at + 16, at + 17]);
		for (const at of [0, 1, 7, 8, 15, 16, ...cuts, file.length - 1]) {
			expect(await reasonOf(file.subarray(0, at))).toMatch(
				at === 0 ? /^the file is empty/ : new RegExp(`^the file is cut off.*at byte ${count(at)}\\)$`)
			);
		}
	});

	it('says where a byte was changed', async () => {
		const file = await sound;
		const [first, second] = await bordersOf();
		const flipped = (at: number): Uint8Array => file.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
		expect(await reasonOf(flipped(9))).toMatch(/its first bytes do not have their checksum \(at byte 8\)/);
		expect(await reasonOf(flipped(first + 12))).toBe(
			'section TRAC is damaged: it does not have its checksum (at byte 16)'
		);
		expect(await reasonOf(flipped(second + 100))).toBe(
			`section EVTS is damaged: it does not have its checksum (at byte ${count(second)})`
		);
		expect(await reasonOf(joined([file, Uint8Array.of(1)]))).toMatch(/goes on after its end/);
	});

	it('is refused when it is something else', async () => {
		expect(await reasonOf(new TextEncoder().encode('{"seq":0,"cycle":1,"kind":"trap"}'))).toMatch(/no Ringside file/);
		expect(await reasonOf(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7))).toMatch(
			/no Ringside file/
		);
		const asText = (await sound).filter((byte, at) => !(byte === 0x0d && at === 4));
		expect(await reasonOf(asText)).toMatch(/transferred as text/);
	});

	it('is refused when it is newer', async () => {
		const file = (await sound).slice();
		const view = new DataView(file.buffer);
		view.setUint16(8, 3, true);
		view.setUint16(10, 2, true);
		view.setUint32(12, crc32(file.subarray(0, 12)), true);
		expect(await reasonOf(file)).toMatch(/of format 3\.2, written by a newer Ringside; this one reads up to 1\.x/);
	});

	it('is refused for a section that it does not know, unless that may be passed over', async () => {
		expect(await reasonOf(await fileOf(['NEWS', 1]))).toMatch(
			/section NEWS, which this Ringside does not know \(at byte 16\)/
		);
		expect(await reasonOf(await fileOf(['nEWS', 1]))).toBe('opened');
	});

	it('does not inflate more than it may', async () => {
		const [head] = await writeContainer([]);
		const bomb = joined((await writeContainer([{ tag: 'EVTS', bytes: new Uint8Array(4 << 20), done: 1 }])).slice(1, 3));
		const lies = (plain: number): Uint8Array => {
			const section = bomb.slice();
			const view = new DataView(section.buffer);
			view.setUint32(8, plain, true);
			view.setUint32(12, crc32(section.subarray(16), crc32(section.subarray(0, 12))), true);
			return joined([head, section]);
		};
		expect(await reasonOf(lies(1000))).toMatch(/section EVTS is damaged: it does not hold what it says/);
		expect(await reasonOf(lies(0xffff_ffff))).toMatch(/says it holds 4,294,967,295 bytes; the most is 4,194,304/);
	});

	const head = { timeline: 0, parent: -1, from: 0, events: 1, closed: [], kinds: [], checks: [] };
	it.each<[string, [string, unknown][], RegExp]>([
		['no JSON', [['TRAC', Uint8Array.of(1, 2)]], /section TRAC: damaged: .*at byte 16/],
		['another shape', [['TRAC', { ...head, events: -1 }]], /section TRAC: not as it should be: events: /],
		['events without a trace', [['EVTS', Uint8Array.of(0)]], /events before it has a trace/],
		['too few events', [['TRAC', head]], /has 0 events, and says it has 1/],
		[
			'the same timeline twice',
			[
				['TRAC', { ...head, events: 0 }],
				['TRAC', { ...head, events: 0 }]
			],
			/timeline 0 twice/
		],
		['a fork from nothing', [['TRAC', { ...head, from: 1 }]], /shares events that the file does not have/],
		['a kind that is not known', [['TRAC', { ...head, kinds: [{ name: 'zap', lasts: false, args: [] }] }]], /'zap'/],
		[
			'a kind with other arguments',
			[['TRAC', { ...head, kinds: [{ name: 'timer', lasts: false, args: ['a', 'b'] }] }]],
			/'timer' have other arguments: a, b/
		],
		['a check that is not known', [['TRAC', { ...head, checks: ['may_it'] }]], /'may_it'/],
		[
			'an event of no kind',
			[
				['TRAC', head],
				['EVTS', Uint8Array.of(0, 1, 1, 0)]
			],
			/an event of no kind/
		],
		[
			'no events',
			[
				['TRAC', head],
				['EVTS', Uint8Array.of(0, 0)]
			],
			/it holds 0 events/
		],
		[
			'another event',
			[
				['TRAC', head],
				['EVTS', Uint8Array.of(5, 1)]
			],
			/begins with event 5, not 0/
		],
		[
			'an early end',
			[
				['TRAC', head],
				['EVTS', Uint8Array.of(0, 1, 9)]
			],
			/its data end too early/
		],
		[
			'a number too large',
			[
				['TRAC', head],
				['EVTS', new Uint8Array(20).fill(0xff)]
			],
			/a number that is too large/
		]
	])('is refused: %s', async (_name, sections, reason) => {
		expect(await reasonOf(await fileOf(...sections))).toMatch(reason);
	});

	it('ends soon, with a message, whatever is done to its bytes', async () => {
		const file = await saved(draft(longTrace(300).store.view));
		let seed = 99;
		const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fff_ffff) % below;
		for (let round = 0; round < 300; round++) {
			const broken = file.slice();
			for (let flips = 1 + random(4); flips > 0; flips--) broken[random(broken.length)] ^= 1 << random(8);
			if (Buffer.compare(broken, file) !== 0)
				expect(await reasonOf(broken)).toMatch(/damaged|cut off|no Ringside file|format|text|says it holds/);
		}
	});

	it('ends soon, with a message, when its checksums are right and its contents are not', async () => {
		const sections: Section[] = [];
		for await (const section of readContainer(
			await saved(draft(longTrace(300).store.view)),
			new Set(TracesReader.tags)
		))
			sections.push(section);
		let seed = 5;
		const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fff_ffff) % below;
		let refused = 0;
		for (let round = 0; round < 400; round++) {
			const broken = sections.map(({ tag, bytes }): [string, Uint8Array] => [tag, bytes.slice()]);
			const [, bytes] = broken[round % 4 === 0 ? 0 : 1];
			for (let flips = 1 + random(3); flips > 0; flips--) bytes[random(bytes.length)] ^= 1 << random(8);
			const file = await fileOf(...broken);
			if ((await reasonOf(file)) !== 'opened') refused++;
			// What passes as events can be shown as such.
			else expect(text((await opened(file)).traces.get(0)).length).toBeGreaterThan(0);
		}
		expect(refused).toBeGreaterThan(100);
	});
});

describe('checksums', () => {
	it('are those of the standards', () => {
		expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
		for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
			const bytes = Uint8Array.from({ length }, (_, at) => at * 7 + length);
			expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
		}
	});
});
