import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../../abi/hypercalls';
import { CHECK, CHECK_NAMES, KIND } from '../events';
import { fixture } from '../fixture';
import { jsonl, traceLine } from '../export/jsonl';
import type { TraceView } from '../view';
import { ByteWriter } from './bytes';
import { readContainer, writeContainer } from './container';
import { crc32 } from '../../base/crc32';
import { importJsonLines } from './jsonl-import';
import { TracesReader } from './traces';

/** Kinds as a file of 1.0 has them, an argument a word. */
const KINDS = {
	hypercall: { lasts: true, args: ['nr', 'op', 'arg1', 'arg2', 'arg3', 'arg4', 'arg5', 'result'] },
	mmu_entry: { lasts: true, args: ['op', 'ptr_low', 'ptr_high', 'val_low', 'val_high', 'result'] },
	check: { lasts: false, args: ['check', 'passed', 'a', 'b'] },
	pte_write: {
		lasts: false,
		args: ['mfn', 'index', 'old_low', 'old_high', 'new_low', 'new_high', 'level']
	},
	ptwr: { lasts: false, args: ['pte_low', 'pte_high', 'addr', 'eip'] },
	grant_entry: { lasts: true, args: ['op', 'of_dom', 'what', 'where', 'result'] },
	timer_set: { lasts: false, args: ['deadline_low', 'deadline_high'] }
} as const;
type Kind = keyof typeof KINDS;

/** An event as 1.0 had it. `end` is the last event inside. */
interface Old {
	readonly kind: Kind;
	readonly words: readonly number[];
	readonly cause?: number;
	readonly end?: number;
}

const MAPS = HYPERCALLS.update_va_mapping.nr;
const NX = 0x8000_0000;
const EVENTS: readonly Old[] = [
	{ kind: 'hypercall', words: [MAPS, 0xffff_ffff, 0xc000_1000, 0x63, NX, 2, 0, 0], end: 3 },
	{ kind: 'mmu_entry', words: [0, 0xc000_1000, 2, 0x63, NX, 0], cause: 0, end: 3 },
	{ kind: 'pte_write', words: [0x10, 1, 0x61, 0, 0x63, NX, 1], cause: 1 },
	{ kind: 'check', words: [0, 1, 5, 6], cause: 1 },
	{ kind: 'hypercall', words: [HYPERCALLS.mmu_update.nr, 0xffff_ffff, 0x1000, 1, 0, 0, 0, -22], end: 5 },
	{ kind: 'mmu_entry', words: [0, 0x10_3018, 7, 0x63, NX, -22], cause: 4, end: 5 },
	{ kind: 'ptwr', words: [0x63, NX, 0xc000_0018, 0x1234] },
	{ kind: 'timer_set', words: [0xffff_ffff, 1] },
	{ kind: 'grant_entry', words: [0, 2, 8, 0x4_0000, 0], end: 8 }
];

/** The same events as they are recorded now. */
function recordedNow(): TraceView {
	const { store } = fixture();
	const map = store.begin(KIND.hypercall, MAPS, -1, 0xc000_1000, 0x63, NX, 2, 0);
	const mapped = store.begin(KIND.mmu_entry, 0, 0xc000_1000, 0, 0x63, NX, 2);
	store.record(KIND.pte_write, 0x10, 1, 0x61, 0, 0x63, NX, 1);
	store.record(KIND.check, CHECK.frame_exists, 1, 5, 6);
	store.end(mapped, 0);
	store.end(map, 0);
	const update = store.begin(KIND.hypercall, HYPERCALLS.mmu_update.nr, -1, 0x1000, 1, 0, 0, 0);
	store.end(store.begin(KIND.mmu_entry, 0, 0x10_3018, 7, 0x63, NX, 0), -22);
	store.end(update, -22);
	store.record(KIND.ptwr, 0x63, NX, 0xc000_0018, 0x1234);
	store.record(KIND.timer_set, 0xffff_ffff, 1);
	store.end(store.begin(KIND.grant_entry, 0, 2, 8, 0x4_0000, 0), 0);
	return store.view;
}

/** Section EVTS of 1.0, of events that all happen at once in ring 1 of domain 1. */
function section(names: readonly Kind[]): Uint8Array {
	const block = (write: (into: ByteWriter) => void): void => {
		const into = new ByteWriter();
		write(into);
		all.block(into);
	};
	const all = new ByteWriter();
	all.number(0);
	all.number(EVENTS.length);
	block((into) => EVENTS.forEach(({ kind }) => into.byte(names.indexOf(kind))));
	for (let column = 0; column < 2; column++) block((into) => EVENTS.forEach(() => into.signed(0)));
	for (const value of [1, 0, 1])
		block((into) => {
			into.number(EVENTS.length);
			into.number(value);
		});
	block((into) => EVENTS.forEach(({ cause }, seq) => into.number(cause === undefined ? 0 : seq - cause)));
	block((into) => EVENTS.forEach(({ end }, seq) => end !== undefined && into.number(end - seq + 1)));
	block((into) => {
		for (const name of names) {
			const { args, lasts } = KINDS[name];
			for (let index = 0; index < args.length + (lasts ? 1 : 0); index++) {
				let before = 0;
				for (const { words } of EVENTS.filter(({ kind }) => kind === name)) {
					into.signed(((words[index] ?? 0) - before) | 0);
					before = words[index] ?? 0;
				}
			}
		}
	});
	return all.written.slice();
}

/** A file of 1.0 with these kinds, whose events are EVENTS. */
async function fileOf10(
	kinds: Record<string, { lasts: boolean; args: readonly string[] }> = KINDS
): Promise<Uint8Array> {
	const head = {
		timeline: 0,
		parent: -1,
		from: 0,
		events: EVENTS.length,
		closed: [],
		kinds: Object.entries(kinds).map(([name, { lasts, args }]) => ({ name, lasts, args })),
		checks: ['frame_exists']
	};
	const sections = [
		{ tag: 'TRAC', bytes: new TextEncoder().encode(JSON.stringify(head)), done: 0 },
		{ tag: 'EVTS', bytes: section(Object.keys(kinds) as Kind[]), done: 1 }
	];
	const file = new Uint8Array(Buffer.concat(await writeContainer(sections)));
	const view = new DataView(file.buffer);
	view.setUint16(10, 0, true);
	view.setUint32(12, crc32(file.subarray(0, 12)), true);
	return file;
}

async function opened(bytes: Uint8Array): Promise<TraceView> {
	const reader = new TracesReader();
	for await (const one of readContainer(bytes, new Set(TracesReader.tags), {})) reader.take(one);
	reader.finish(bytes.length);
	return reader.traces.get(0)!;
}
const text = (view: TraceView): string => [...jsonl(view)].join('');

describe('a file of version 1.0', () => {
	it('opens, and reads as if its events had been recorded now', async () => {
		expect(CHECK_NAMES[0]).toBe('frame_exists');
		const view = await opened(await fileOf10());
		expect(text(view)).toBe(text(recordedNow()));
		expect(view.args(1)).toMatchObject({ ptr: 0xc000_1000, val: 0x8000_0000_0000_0063n, flags: 2 });
		expect(view.args(5)).toMatchObject({ ptr: 0x7_0010_3018, flags: 0, result: -22 });
	});

	it.each<[string, readonly string[]]>([
		['without an argument', ['mfn', 'index', 'old_low', 'old_high', 'new_low', 'new_high']],
		['with half of one', ['mfn', 'index', 'old_low', 'new_low', 'new_high', 'level']],
		['with another', ['mfn', 'index', 'old_low', 'old_high', 'new_low', 'new_high', 'depth']],
		['with one twice', ['mfn', 'index', 'old_low', 'old_low', 'new_low', 'new_high', 'level']]
	])('is refused %s', async (_name, args) => {
		const file = await fileOf10({ ...KINDS, pte_write: { lasts: false, args } });
		await expect(opened(file)).rejects.toThrow(/events of the kind 'pte_write' have other arguments/);
	});
});

describe('JSON lines of the same time', () => {
	it('read as if their events had been recorded now', async () => {
		const now = recordedNow();
		const lines = EVENTS.map(({ kind, words }, seq) => {
			const line: Record<string, unknown> = { ...traceLine(now, seq) };
			if (!['mmu_entry', 'pte_write', 'ptwr', 'timer_set'].includes(kind)) return line;
			for (const name of ['ptr', 'val', 'flags', 'old', 'new', 'pte', 'deadline']) delete line[name];
			for (const [index, name] of KINDS[kind].args.entries()) line[name] = words[index];
			return line;
		});
		const file = new TextEncoder().encode(lines.map((line) => JSON.stringify(line) + '\n').join(''));
		expect(text(await importJsonLines(file))).toBe(text(now));
	});
});
