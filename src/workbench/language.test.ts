/** What the workbench says in a language that has no words: what is left is said by the code, and so in every language. */
import { expect, it, vi } from 'vitest';
import { TWO_WORDS } from '../words/testing';
import { inspectWith } from './inspect';
import { readFrame } from './inspect/moment';
import { walk } from './inspect/page-walk';
import { truths } from './inspect/truths';
import { vcpuInWords } from './inspect/vcpus';
import type { Change } from './log';
import type { Run } from './run';
import { finish } from './task';
import { runGuest } from './testing';
import { describeChange } from './time/change-words';
import { whoWrote } from './who/who';
import { describeFound, describeWriter, type WhoTarget, type Writer } from './who/words';

vi.mock('../words', async (load) => {
	const { silent } = await import('../words/testing');
	const spoken = await load<typeof import('../words')>();
	return { ...spoken, words: silent(spoken.words) };
});
vi.mock('../words/late', async (load) => {
	const { silent } = await import('../words/testing');
	const spoken = await load<typeof import('../words/late')>();
	return { ...spoken, words: silent(spoken.words) };
});

/** Names that stand where words might: of types of frames, and of structures. */
const named = (text: string): string => text.replace(/l\d page table|(?:shared|start) info/g, '');

/** Where bytes are spelled out side by side, no words are looked for. */
const BYTES = /\b[0-9a-f]{2}( [0-9a-f]{2})+/g;

const silently = (...texts: string[]): void => {
	expect(texts.length).toBeGreaterThan(0);
	for (const text of texts) expect(named(text).replace(BYTES, '')).not.toMatch(TWO_WORDS);
};

const answerOf = (ask: () => string): string => {
	try {
		return ask();
	} catch (error) {
		expect(error).toBeInstanceOf(RangeError);
		return (error as RangeError).message;
	}
};

const MOMENTS = [20_000, 60_000, 300_000];

function pocket(check: (run: Run) => void): void {
	const run = runGuest('pocket', { cmdline: 'run=fork' });
	for (const icount of MOMENTS) {
		run.advance({}, icount);
		check(run);
	}
	run.advance({}, 1e8);
	check(run);
}

it('inspectors have no words of their own', () => {
	pocket((run) => {
		silently('', ...truths(run).rows.flatMap(({ what, guest, machine, note }) => [what, guest, machine, note]));
		silently(...[0, 0xc000_0000, 0xf580_0000].flatMap((at) => walk(run, at).steps.map(({ note }) => note)));
		silently('', ...inspectWith(run, 'scheduler').timers.map(({ what }) => what));
		silently(...inspectWith(run, 'places').map(({ label }) => label));
		for (let mfn = 0; mfn < 1000; mfn++) silently('', ...inspectWith(run, 'mappers', mfn).others);
		silently(...[0, 1, 9].map((dom) => vcpuInWords(run, { dom, vcpu: 0 })));
		silently(
			answerOf(() => String(inspectWith(run, 'memory', 'linear', 0, -1))),
			answerOf(() => String(inspectWith(run, 'mappers', 0.5))),
			answerOf(() => String(readFrame(run, -1))),
			answerOf(() => String(inspectWith(run, 'none' as 'tlb')))
		);
	});
});

const TARGETS: readonly WhoTarget[] = [
	...([1, 4, 9999] as const).flatMap((length) =>
		([0xc000_1000, 0x30_0000, 0xffff_fff0, -1, 0xf000_0000] as const).flatMap((address) =>
			(['linear', 'physical'] as const).map((space) => ({ kind: 'memory' as const, space, address, length }))
		)
	),
	{ kind: 'register', name: 'eip' },
	{ kind: 'register', name: 'none' as 'eip' },
	...[3, 300, 350, 1e6].flatMap((mfn): WhoTarget[] => [
		{ kind: 'frame', mfn },
		{ kind: 'pte', mfn, index: 3 },
		{ kind: 'pte', mfn, index: 600 }
	]),
	...[1, 9].flatMap((dom) =>
		[1, 99_999].flatMap((port) =>
			(['pending', 'masked'] as const).map((bit) => ({ kind: 'port' as const, dom, port, bit }))
		)
	),
	...[1, 9].flatMap((dom) =>
		['in_cons', 'none'].map((index) => ({ kind: 'ring' as const, dom, ring: 'console' as const, index }))
	)
];

const at = { icount: 1, seq: 1 };
const WRITERS: readonly Writer[] = [
	...[0, 1, 2, 3].map((ring) => ({ by: 'instruction' as const, dom: 1, vcpu: 0, ring, linear: 0 })),
	...[null, 'frame_owner'].map((asked) => ({ by: 'hypervisor' as const, event: 1, asked })),
	...(['walk', 'delivery'] as const).map((doing) => ({ by: 'processor' as const, event: 1, doing })),
	{ by: 'device', event: 1 },
	{ by: 'hand', event: 1 },
	{ by: 'nobody' }
];

it('who wrote has none', () => {
	const run = runGuest('pocket', { cmdline: 'run=fork' });
	run.advance({}, MOMENTS[1]);
	for (const target of TARGETS) {
		silently(
			answerOf(() => {
				const { text, mapping, old, new: value } = finish(whoWrote(run, target));
				return [text, mapping?.text, old, value].join(';');
			})
		);
		for (const writer of WRITERS)
			for (const idle of [0, 1, 2])
				for (const same of [false, true])
					silently(describeFound(target, { before: at, after: at, writer, old: '1', new: '2', idle, same }));
	}
	silently(...WRITERS.map(describeWriter));
});

it('changes by hand have none', () => {
	const changes = [1, 2].flatMap((times): Change[] => [
		{ kind: 'register', name: 'eax', value: times },
		{ kind: 'memory', space: 'linear', address: 4, bytes: Array.from({ length: times * 5 }, () => 1) },
		{ kind: 'pte', mfn: 3, index: 4, low: 1, high: 2 },
		{ kind: 'port', dom: 1, port: 1, bit: 'pending', set: times > 1 },
		{ kind: 'port', dom: 1, port: 1, bit: 'masked', set: times > 1 },
		{ kind: 'skip_check', check: 'frame_owner', times },
		{ kind: 'skip_flush', times },
		{ kind: 'drop_event', dom: 1, port: 3, times }
	]);
	silently(...changes.map(describeChange));
});
