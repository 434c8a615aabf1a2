/** Pictures in a language that has no words: what is left is said by the code, and so in every language. */
import { expect, it, vi } from 'vitest';
import { align } from '../trace/align';
import { EVENT_KINDS, EVENTS, KIND } from '../trace/events';
import { fixture } from '../trace/fixture';
import { Tally } from '../trace/tally';
import type { TraceView } from '../trace/view';
import type { FrameMap, MapperPicture, TlbPicture } from '../moments';
import { TWO_WORDS } from '../words/testing';
import * as causes from './causes/layout';
import * as checks from './checks/layout';
import * as compare from './compare/layout';
import * as frames from './frame-map/layout';
import * as mappers from './mappers/layout';
import * as tlb from './tlb/layout';
import { staves } from './score/staves';
import { twin as scoreTwin } from './score/twin';
import { shortName, slotWords } from './score/words';

vi.mock('../words', async (load) => {
	const { silent } = await import('../words/testing');
	const spoken = await load<typeof import('../words')>();
	return { ...spoken, words: silent(spoken.words) };
});

/** Events of every kind, some of them refused, in two domains. */
function busy(rounds: number, answer: number): TraceView {
	const { store, tick } = fixture();
	for (let round = 0; round < rounds; round++)
		for (const name of EVENT_KINDS) {
			tick(10);
			store.dom = round & 1;
			const args = EVENTS[name].args.map(([arg]) => (arg === 'passed' ? answer : arg === 'check' ? 2 : 3)) as [number?];
			if (EVENTS[name].span) store.end(store.begin(KIND[name], ...args), round & 1 ? -22 : answer);
			else store.record(KIND[name], ...args);
		}
	return store.view;
}

/** A name of the catalogue that stands where a word might: `frame_owner` at a mark. */
const named = (text: string): string => text.replace(/frame owner|type compatible|table valid/g, '');

const silently = (lines: readonly { readonly text: string }[]): void => {
	expect(lines.length).toBeGreaterThan(0);
	for (const { text } of lines) expect(named(text)).not.toMatch(TWO_WORDS);
};

it('the score has no words of its own', () => {
	const trace = busy(20, 0);
	Tally.of(trace).extend();
	const end = trace.cycle(trace.length - 1);
	const stretch = { from: 0, to: end };
	silently(
		scoreTwin({ trace, chosen: 5, stretch, end, known: trace.length, hz: 1e9 } as Parameters<typeof scoreTwin>[0])
	);
	for (const width of [300, 1200])
		silently(staves([0, 1], { width, height: 300 }).map(({ label: text }) => ({ text })));
	silently(EVENT_KINDS.map((_name, seq) => ({ text: shortName(trace, seq) })));
	silently(slotWords(Tally.of(trace)).words.flatMap((word) => (word ? [word, { text: word.name }] : [])));
});

it('what was asked and what led to what has none', () => {
	const trace = busy(2, 0);
	for (let seq = 0; seq < trace.length; seq++) {
		silently(causes.twin(causes.layout(trace, seq)));
		for (const { text } of checks.twin(checks.layout(trace, seq))) expect(text).not.toMatch(TWO_WORDS);
	}
});

it('two futures have none', () => {
	const [a, b] = [busy(3, 0), busy(4, 1)];
	const names = { a: 'A', b: 'B' };
	for (const [one, other] of [
		[a, b],
		[b, a],
		[a, a]
	]) {
		const drawn = compare.layout({ a: one, b: other, names, alignment: align(one, other, 0), around: 0 });
		silently([{ text: drawn.summary }, { text: drawn.difference }, ...compare.twin(drawn, names)]);
	}
});

const ENTRY = {
	kind: 'data',
	linear: 0xc000_0000,
	size: 4096,
	physical: 0x5000,
	writable: true,
	user: true,
	global: true,
	set: 0,
	way: 0,
	dirty: false,
	noExecute: true,
	tables: { physical: 0x6000, writable: true, user: true }
} as const;
const AGREEMENTS = ['agrees', 'narrower', 'wider', 'moved', 'gone'] as const;

it('the TLB has none', () => {
	const slots = AGREEMENTS.map((agreement, set) => ({ ...ENTRY, set, agreement }));
	const picture = (stale: number): TlbPicture => ({
		arrays: [{ name: 'A', sets: 8, ways: 2, pageSize: 4096, slots: slots.slice(0, stale) }],
		hits: stale,
		dataMisses: 2,
		codeMisses: 3,
		flushes: [1, 1, 1, 1, 1, 1]
	});
	silently(tlb.twin(tlb.layout(picture(5), picture(1), { width: 300 })));
	silently(tlb.twin(tlb.layout(picture(0), picture(5), { width: 300 })));
});

it('frames, and who maps them, have none but the names of their types', () => {
	const type = (text: string): string => text.replace(/l\d page table/g, '');
	const mapped = (typeCount: number, pinned: boolean): MapperPicture => ({
		mfn: 7,
		exists: true,
		owner: 1,
		type: 1,
		typeCount,
		refCount: 2,
		pinned,
		validated: true,
		pfn: 3,
		entries: [0, 1, 3].map((seen, index) => ({
			tableMfn: 5,
			level: 1 as const,
			index,
			entryLow: 7,
			entryHigh: 0,
			writable: true,
			user: true,
			owner: 1,
			seen: Array.from({ length: seen }, (_none, at) => ({ linear: at * 4096, root: at }))
		})),
		others: []
	});
	for (const picture of [
		mapped(0, true),
		mapped(2, false),
		{ ...mapped(0, false), exists: false },
		{ ...mapped(0, false), entries: [] }
	])
		silently(
			mappers.twin(picture, mappers.layout(picture, mapped(1, false))).map(({ text }) => ({ text: type(text) }))
		);
	const all = (value: number): number[] => Array.from({ length: 40 }, (_none, at) => (at < 20 ? value : at & 7));
	const map = (value: number): FrameMap => ({
		frames: 40,
		owner: Uint16Array.from(all(1)),
		type: Uint8Array.from(all(0)),
		typeCount: Uint32Array.from(all(value)),
		refCount: Uint32Array.from(all(value)),
		flags: Uint8Array.from(all(0)),
		pfn: Uint32Array.from(all(9))
	});
	silently(frames.twin(map(1), map(2)).map(({ text }) => ({ text: type(text).replace('seg desc', '') })));
});
