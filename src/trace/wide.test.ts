import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../abi/hypercalls';
import { Bug } from '../base';
import { align } from './align';
import { TraceBuilder } from './builder';
import { EVENT_KINDS, EVENTS, isWide, KIND } from './events';
import { perfetto } from './export/perfetto';
import { xentrace } from './export/xentrace';
import { importXentrace } from './export/xentrace-import';
import { fact } from './facts';
import { compareTraces } from './file/compare';
import { importJsonLines } from './file/jsonl-import';
import { fixture } from './fixture';
import { jsonl, traceLine } from './export/jsonl';
import { sliceOf, TraceFeed, TraceMirror } from './mirror';
import { queryAll } from './query';
import { complete } from './query/complete';
import { argumentText } from './text/names';
import { sentence } from './text/sentence';
import type { TraceView } from './view';
import { exact, exactly, highOf, joined, lowOf, plainValue } from './wide';

const NX = 0x8000_0000;
/** Two entries that are the same number to a double. */
const [ENTRY, NEXT] = [0x8000_0000_0014_3063n, 0x8000_0000_0014_3064n];

/** 0: an entry with NX set is written, which was empty; 1: the next; 2: one that is small; 3: a timer; 4: the entry by a store. */
function wideTrace() {
	const made = fixture();
	const { store, tick } = made;
	tick(5);
	store.record(KIND.pte_write, 0x10, 3, 0, 0, 0x14_3063, NX, 1);
	store.record(KIND.pte_write, 0x10, 3, 0x14_3063, NX, 0x14_3064, NX, 1);
	store.record(KIND.pte_write, 0x10, 3, 0x14_3064, NX, 0x63, 1, 1);
	store.record(KIND.timer_set, 0xffff_ffff, 0x1f_ffff);
	store.record(KIND.ptwr, 0x14_3063, NX, 0xc000_0018, 0x1234);
	return made;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (view: TraceView): string => [...jsonl(view)].join('');

describe('an argument of 64 bits', () => {
	const { view } = wideTrace().store;

	it('reads as a number where that is exact, else as a bigint', () => {
		expect(view.value(0, 'old')).toBe(0);
		expect(view.value(0, 'new')).toBe(ENTRY);
		expect(view.value(2, 'new')).toBe(0x1_0000_0063);
		expect(view.value(3, 'deadline')).toBe(Number.MAX_SAFE_INTEGER);
		expect(view.args(1)).toEqual({ mfn: 0x10, index: 3, old: ENTRY, new: NEXT, level: 1 });
		expect([view.word(0, 4), view.word(0, 5)]).toEqual([0x14_3063, NX]);
	});

	it('leaves those after it where they belong', () => {
		expect([view.arg(0, 'level'), view.value(0, 'level'), view.arg(4, 'addr'), view.arg(4, 'eip')]).toEqual([
			1, 1, 0xc000_0018, 0x1234
		]);
	});

	it('is not cut to a number by whoever asks for one', () => {
		expect(() => view.arg(0, 'new')).toThrow(/new of pte_write holds 64 bits/);
		expect(() => view.value(0, 'pte')).toThrow(/pte_write has no argument pte/);
	});

	it('is never the result of a span, which is set when it ends', () => {
		for (const kind of EVENT_KINDS) {
			const { span, args } = EVENTS[kind];
			if (span && args.length > 0) expect(isWide(args[args.length - 1][1]), kind).toBe(false);
		}
	});

	it('is verified by a replay in either half', () => {
		for (const [low, high] of [
			[0x14_3063, 0],
			[0x14_3064, NX]
		]) {
			const { store, at } = wideTrace();
			store.rewind();
			store.dom = 1;
			at.cycle = 5;
			expect(() => store.record(KIND.pte_write, 0x10, 3, 0, 0, low, high, 1)).toThrow(Bug);
		}
	});

	it('comes to the page, in slices of any size, and past the end of a span', () => {
		const made = wideTrace();
		const { store } = made;
		const feed = new TraceFeed(store);
		const mirror = new TraceMirror();
		const span = store.begin(KIND.mmu_entry, 0, 0x10_3018, 0, 0x14_3063, NX, 7);
		for (let slice = feed.take(2); slice; slice = feed.take(2)) mirror.append(slice);
		made.tick(9);
		store.end(span, -22);
		mirror.append(feed.take()!);
		expect(text(mirror)).toBe(text(store.view));
		expect(mirror.args(span)).toEqual({ op: 0, ptr: 0x10_3018, val: ENTRY, flags: 7, result: -22 });
		const whole = new TraceMirror();
		whole.append(sliceOf(store.view, 0, store.view.length));
		expect(text(whole)).toBe(text(store.view));
	});

	it('can be put together from rows', () => {
		const builder = new TraceBuilder();
		for (let seq = 0; seq < view.length; seq++) {
			const columns = { cycle: view.cycle(seq), icount: view.icount(seq), dom: 1, vcpu: 0, ring: 1 };
			const args = Object.values(view.args(seq));
			builder.add({ ...columns, kind: view.kind(seq), cause: -1, end: seq, args, took: 0 });
		}
		expect(text(builder.finish())).toBe(text(view));
	});
});

describe('a query for 64 bits', () => {
	const { view } = wideTrace().store;

	it.each<[string, number[]]>([
		['pte_write new=0x8000000000143063', [0]],
		['pte_write new=0x8000_0000_0014_3064', [1]],
		['pte_write new=9223372036856098915', [0]],
		['pte_write new=0x8000000000143063|0x1_0000_0063', [0, 2]],
		['pte_write new!=0x8000000000143063', [1, 2]],
		['pte_write new>0x8000000000143063', [1]],
		['pte_write new>=0x8000000000143063', [0, 1]],
		['pte_write new<0x8000000000143064', [0, 2]],
		['pte_write new<=0x1_0000_0062', []],
		['pte_write new<1e30', [0, 1, 2]],
		['pte_write new>1e19', []],
		['pte_write old=0', [0]],
		['pte_write new=-1', []],
		['pte_write new>-1_000_000_000_000_000_000_000', [0, 1, 2]],
		['timer_set deadline=9007199254740991', [3]],
		['timer_set deadline=9007199254740992', []]
	])('%s', (query, found) => expect(queryAll(view, query)).toEqual(found));

	it('is completed with the values that there are', () => {
		const labels = complete('pte_write new=', 14, view)!.options.map(({ label }) => label);
		expect(labels.sort()).toEqual(['0x100000063', '0x8000000000143063', '0x8000000000143064']);
	});

	it.each<[string, number | bigint]>([
		['value(new, pte_write #1)', ENTRY],
		['max(new, pte_write)', NEXT],
		['min(new, pte_write)', 0x1_0000_0063],
		['last(old, pte_write)', NEXT],
		['sum(new, pte_write)', ENTRY + NEXT + 0x1_0000_0063n],
		['value(new, pte_write #2) - value(new, pte_write #1)', 1],
		['-value(new, pte_write #1) + 0x8000000000143064', 1],
		['value(deadline, timer_set) + 2', 2n ** 53n + 1n],
		['value(new, pte_write #1) * 2', ENTRY * 2n],
		['value(new, pte_write #1) / 2', Number(ENTRY) / 2],
		['mean(old, pte_write #1)', Number(ENTRY + NEXT) / 3]
	])('gives facts: %s', (query, value) => expect(fact(view, query)).toBe(value));
});

describe('what is told of 64 bits', () => {
	const { view } = wideTrace().store;

	it('has all of them', () => {
		expect(sentence(view, 1)).toMatch(/from 0x8000000000143063 to 0x8000000000143064$/);
		expect(sentence(view, 4)).toMatch(/0x8000000000143063$/);
		expect([argumentText(view, 0, 'new'), argumentText(view, 0, 'old'), argumentText(view, 3, 'deadline')]).toEqual([
			'0x8000000000143063',
			'0x0',
			'9007199254740991'
		]);
	});

	it('says apart where a mapping is and how it is flushed', () => {
		const { store } = fixture();
		const call = store.begin(KIND.hypercall, HYPERCALLS.update_va_mapping.nr, -1, 0xc000_1000, 0x63, 0, 2, 0);
		const entry = store.begin(KIND.mmu_entry, 0, 0xc000_1000, 0, 0x63, 0, 2);
		store.end(entry, 0);
		store.end(call, 0);
		expect(sentence(store.view, entry)).toBe('Update of the entry that maps 0xc0001000 with 0x00000063: done');
		expect(queryAll(store.view, 'mmu_entry ptr=0xc0001000 flags=2')).toEqual([entry]);
	});

	it('is in JSON lines, and comes back from them', async () => {
		expect(traceLine(view, 1)).toMatchObject({ old: '0x8000000000143063', new: '0x8000000000143064' });
		expect(traceLine(view, 2).new).toBe(0x1_0000_0063);
		const back = await importJsonLines(bytesOf(text(view)));
		expect(text(back)).toBe(text(view));
		expect(back.value(1, 'new')).toBe(NEXT);
	});

	it.each(['"0x1ffffffffffffffff"', '"12"', '-1', '0.5', '1e30', 'null', '"0x"'])(
		'is not taken from a line that says %s',
		async (value) => {
			const line = JSON.stringify(traceLine(view, 0)).replace('"0x8000000000143063"', value);
			await expect(importJsonLines(bytesOf(line))).rejects.toThrow(/'new' should be a/);
		}
	);

	it('is in Perfetto’s file', () => {
		const { traceEvents } = JSON.parse([...perfetto(view, { hz: 1e9 })].join('')) as {
			traceEvents: { args?: Record<string, unknown> }[];
		};
		const written = traceEvents.filter(({ args }) => args?.index === 3).map(({ args }) => args!.new);
		expect(written).toEqual(['0x8000000000143063', '0x8000000000143064', 0x1_0000_0063]);
	});

	it('is in Xen’s records', async () => {
		const pieces = [...xentrace(view, { hz: 1e9 })];
		const back = (await importXentrace(new Uint8Array(Buffer.concat(pieces)))).view;
		expect(back.args(0)).toEqual({ pte: ENTRY, addr: 0xc000_0018, eip: 0x1234 });
	});

	it('is compared in full, event with event and future with future', async () => {
		const other = (low: number, high: number): TraceView => {
			const { store, tick } = fixture();
			tick(5);
			store.record(KIND.pte_write, 0x10, 3, 0, 0, low, high, 1);
			return store.view;
		};
		const [entry, next, present] = [other(0x14_3063, NX), other(0x14_3064, NX), other(0x14_3063, 0)];
		expect(await compareTraces(entry, other(0x14_3063, NX))).toBeNull();
		expect(await compareTraces(entry, next)).toMatchObject({
			what: 'new',
			stored: '0x8000000000143063',
			made: '0x8000000000143064'
		});
		expect(await compareTraces(entry, present)).toMatchObject({ what: 'new', made: 0x14_3063 });
		for (const changed of [next, present]) expect(align(entry, changed, 0).changed).toBe(1);
		expect(align(entry, other(0x14_3063, NX), 0).same).toBe(1);
	});
});

describe('a value of 64 bits', () => {
	it.each([0n, 1n, 0xffff_ffffn, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n])(
		'%s is its two words',
		(big) => {
			const value = exact(big);
			expect(typeof value).toBe(big < 2n ** 53n ? 'number' : 'bigint');
			expect(joined(lowOf(value), highOf(value))).toBe(value);
			expect(BigInt(plainValue(value))).toBe(big);
		}
	);

	it('of a number below zero is what the processor has', () => {
		expect([lowOf(-22), highOf(-22), lowOf(-22n)]).toEqual([0xffff_ffea, 0xffff_ffff, 0xffff_ffea]);
	});

	it('reckons with whole numbers exactly, and with others as numbers do', () => {
		const plus = exactly(
			(a, b) => a + b,
			(a, b) => a + b
		);
		expect(plus(2 ** 53 - 1, 2)).toBe(2n ** 53n + 1n);
		expect(plus(2n ** 53n, -1)).toBe(2 ** 53 - 1);
		expect(plus(0.5, 1)).toBe(1.5);
		expect(plus(0.5, 2n ** 60n)).toBe(2 ** 60);
		expect(plus(NaN, 1)).toBeNaN();
	});
});
