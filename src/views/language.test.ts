/** Pictures in a language that has no words: what is left is said by the code, and so in every language. */
import { expect, it, vi } from 'vitest';
import type { Component } from 'svelte';
import { render } from 'svelte/server';
import { align } from '../trace/align';
import { EVENT_KINDS, EVENTS, FRAME_TYPES, KIND } from '../trace/events';
import { fixture } from '../trace/fixture';
import { Tally } from '../trace/tally';
import type { TraceView } from '../trace/view';
import type {
	ChannelPicture,
	DescriptorPicture,
	FrameMap,
	GrantEntry,
	GrantPicture,
	MapperPicture,
	PortState,
	SchedulerPicture,
	SpaceRegion,
	StorePicture,
	TlbPicture,
	Walk,
	WalkStep
} from '../moments';
import { TWO_WORDS } from '../words/testing';
import * as space from './address-space-bar/layout';
import AddressSpaceBar from './address-space-bar/AddressSpaceBar.svelte';
import * as causes from './causes/layout';
import * as checks from './checks/layout';
import * as compare from './compare/layout';
import * as descriptors from './descriptors/layout';
import Descriptors from './descriptors/Descriptors.svelte';
import * as channels from './event-channels/layout';
import EventChannels from './event-channels/EventChannels.svelte';
import * as frames from './frame-map/layout';
import * as mappers from './mappers/layout';
import * as grants from './grant-table/layout';
import GrantTable from './grant-table/GrantTable.svelte';
import * as walk from './page-table-walk/layout';
import PageTableWalk from './page-table-walk/PageTableWalk.svelte';
import * as scheduler from './scheduler/layout';
import Scheduler from './scheduler/Scheduler.svelte';
import { STRUCTURES } from './structures/catalogue';
import * as structures from './structures/layout';
import Structure from './structures/Structure.svelte';
import * as tlb from './tlb/layout';
import * as trap from './trap-path/layout';
import TrapPath from './trap-path/TrapPath.svelte';
import * as truths from './two-truths/layout';
import TwoTruths from './two-truths/TwoTruths.svelte';
import * as store from './xenstore/layout';
import XenstoreTree from './xenstore/XenstoreTree.svelte';
import { staves } from './score/staves';
import { twin as scoreTwin } from './score/twin';
import { shortName, slotWords } from './score/words';

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

/** All that a picture shows and what is heard of it, drawn as a picture and as text. */
function silentlyDrawn<Props extends Record<string, unknown>>(
	picture: Component<Props>,
	props: Props,
	known = (text: string): string => text
): void {
	for (const asText of [false, true]) {
		const { body } = render(picture as Component<Record<string, unknown>>, { props: { ...props, asText } });
		const heard = [...body.matchAll(/ (?:aria-label|aria-valuetext|title|placeholder)="([^"]*)"/g)].map(
			([, text]) => text
		);
		const seen = body.replace(/<!--.*?-->/gs, '').split(/<[^>]*>/);
		silently([...heard, ...seen].map((text) => ({ text: known(text) })));
	}
}

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

/** Numbers for the low byte of a descriptor's type, `S` bit and all. */
const TYPES = Array.from({ length: 32 }, (_none, type) => type);

it('descriptor tables have none', () => {
	const entries = TYPES.flatMap((type) =>
		[0, 0x80].map((present) => ({
			index: type * 2 + present / 0x80,
			low: 8,
			high: ((type | 0x60 | present) << 8) >>> 0
		}))
	);
	const table = { base: 0x1000, limit: 0xff, entries };
	const trap = { vector: 3, cs: 0x61, eip: 0x1000, dpl: 3 };
	const picture = (part: Partial<DescriptorPicture>): DescriptorPicture => ({
		owner: null,
		gdt: table,
		ldt: null,
		idt: { ...table, entries: [...entries, ...entries.map((entry) => ({ ...entry, index: entry.index + 64 }))] },
		tss: { selector: 0x40, base: 0, limit: 0x67, ss0: 0, esp0: 0, ss1: 0, esp1: 0, ioBitmap: 0x8000 },
		traps: null,
		uses: [{ register: 'cs', selector: 8 }],
		firstReserved: 3,
		...part
	});
	const pictures = [
		picture({}),
		picture({ owner: { dom: 1, vcpu: 1 }, traps: [], ldt: { ...table, selector: 8 } }),
		picture({ traps: [false, true].map((masks) => ({ ...trap, masks })), tss: { ...picture({}).tss, ioBitmap: 8 } })
	];
	for (const now of pictures) {
		for (const before of pictures) silently(descriptors.twin(descriptors.layout(now, before)));
		silentlyDrawn(Descriptors, { picture: now });
	}
});

it('event channels have none', () => {
	const states = ['free', 'reserved', 'unbound', 'interdomain', 'virq', 'ipi', 'pirq'] as const;
	const queues = [null, { linked: false, link: 0 }, { linked: true, link: 0 }, { linked: true, link: 4 }];
	const port = (state: PortState['state'], port: number, on: boolean, queue: PortState['queue']): PortState => ({
		...{ port, state, remoteDom: 0, remotePort: 3, virq: on ? 0 : 99, vcpu: 0, pending: on, masked: on, queue }
	});
	const picture = (fifo: boolean, native: boolean, on: boolean): ChannelPicture => ({
		domains: [0, 1].map((id) => ({
			...{ id, name: 'some', native, fifo, words: [] },
			vcpus: [null, [], [1, 2].map((priority) => ({ priority, ports: priority > 1 ? [3] : [], more: on }))].map(
				(ready, place) => ({
					...{ id: place, upcallPending: on, upcallMask: place > 0, pendingSel: place, cr2: 0, blocked: place > 1 },
					...{ polling: place === 1 ? [7, 8] : null, callback: on ? 1 : null, queues: fifo ? ready : null }
				})
			),
			ports:
				id === 0
					? []
					: states.flatMap((state, kind) =>
							queues.map((queue, place) => port(state, kind * 8 + place, on, queue && { priority: 7, ...queue }))
						)
		}))
	});
	const trace = busy(1, 0);
	const all = [false, true].flatMap((fifo) =>
		[false, true].flatMap((native) => [false, true].map((on) => picture(fifo, native, on)))
	);
	const ways = Array.from({ length: trace.length }, (_none, seq) => channels.lastPath(trace, seq));
	for (const [place, now] of all.entries()) {
		const marks = channels.layout({ picture: now, before: all.at(place - 1) }, { width: 300 });
		silently(channels.twin(now, marks, ways.flat()));
		silentlyDrawn(EventChannels, { picture: now, trace, seq: trace.length });
	}
	expect(new Set(ways.map(({ length }) => length)).size).toBeGreaterThan(1);
});

it('address spaces have none, but what is given to them', () => {
	const step = (level: WalkStep['level'], ok: boolean): WalkStep => ({
		...{ level, tableMfn: 5, index: 1, bits: [29, 21], entryLow: ok ? 0x67 : 0, entryHigh: 0, present: ok, ok },
		...{ writable: true, user: true, noExecute: false, accessed: true, dirty: true, large: false, mfn: 6, note: '' }
	});
	const found = { cr3: 0x5000, physical: 0x6000, owner: 1, type: 0, typeCount: 1, refCount: 2, pfn: 3 };
	const walks: Walk[] = [
		{ address: 0, steps: [step(3, true), step(2, true), step(1, true)], ...found },
		{ address: 0, steps: [step(3, true), step(2, false)], ...found, physical: -1 },
		{ address: 0, steps: [], ...found, physical: -1 }
	];
	for (const now of walks)
		for (const outcome of ['written', 'asked', 'refused'] as const) {
			const change = { mfn: 5, index: 1, outcome, oldLow: 0, newLow: 0x67, newHigh: 0 };
			silently(walk.twin(now, change));
			for (const width of [300, 900])
				silently(walk.layout({ walk: now }, { width }).fields.map((field) => ({ text: walk.fieldText(field) })));
			for (const dom of ['', 'dom1'])
				silentlyDrawn(PageTableWalk, { walk: now, change, dom, onframe: () => undefined });
		}
	const region = (start: number, part: Partial<SpaceRegion>): SpaceRegion => ({
		...{ start, end: start + 0x1000, writable: true, user: true, part: 'guest', type: 0, pages: 1, ...part }
	});
	const table = FRAME_TYPES.findIndex((name) => name.includes('page_table'));
	const regions = [
		region(0x1000, {}),
		region(0x2000, { writable: false }),
		region(0x4000_0000, {}),
		region(0x4000_1000, { writable: false, type: table }),
		region(0x8000_0000, { writable: false }),
		region(0xf580_0000, { writable: false, part: 'hypervisor' }),
		region(0xfc00_0000, { part: 'hypervisor' })
	];
	silently(space.twin(space.layout({ regions }, { width: 500 })));
	silentlyDrawn(AddressSpaceBar, { regions, pointers: [{ name: '', address: 0x1000 }] });
});

it('the scheduler has none, but what its timers are called', () => {
	const vcpu = { dom: 1, name: 'some', since: 0, times: [1, 2, 3, 4], pauseCount: 0 };
	const states = [0, 1, 2, 3, 9].flatMap((runstate) =>
		[{ down: true }, { domainPaused: true }, { pauseCount: 1 }, { polling: [7, 8] }, { blocked: true }, {}].map(
			(part) => ({ ...vcpu, runstate, down: false, domainPaused: false, polling: null, blocked: false, ...part })
		)
	);
	const vcpus = states.map((state, place) => ({ ...state, vcpu: place }));
	const picture: SchedulerPicture = {
		...{ policy: 'some', now: 1000, hz: 1e9, slice: 1e7, sliceEnd: 1500, running: [1, 0], vcpus, apic: null },
		queue: [
			[1, 1],
			[1, 2]
		],
		timers: [
			{ what: 'some', dom: null, vcpu: null, at: 1200, period: 0 },
			{ what: 'some', dom: 1, vcpu: null, at: 900, period: 100 },
			{ what: 'some', dom: 1, vcpu: 1, at: 1300, period: 100 }
		]
	};
	const quiet = { ...picture, sliceEnd: null, running: null, queue: [], timers: [] };
	const trace = busy(3, 0);
	for (const now of [picture, quiet, { ...quiet, vcpus: [] }])
		for (const before of [null, picture]) {
			const seq = trace.length;
			const drawn = scheduler.layout({ picture: now, before, trace, seq, span: 1000 }, { width: 900 });
			silently([
				...scheduler.twin(drawn),
				...drawn.lanes.flatMap(({ bars }) => bars.map(({ label }) => ({ text: label })))
			]);
			silentlyDrawn(Scheduler, { picture: now, before, trace, seq });
		}
});

it('the way of a trap has none', () => {
	const { store: recorded } = fixture();
	for (const kind of ['trap', 'interrupt'] as const)
		for (const vector of [3, 14, 0x82])
			for (const ring of [0, 1, 3])
				recorded.record(
					KIND[kind],
					...(EVENTS[kind].args.map(([arg]) => ({ vector, from_ring: ring })[arg] ?? 0) as [number?])
				);
	const trace = recorded.view;
	for (let seq = 0; seq < trace.length; seq++)
		for (const access of [0x8e, 0xef, 0]) {
			const gate = Uint8Array.of(0, 0, 8, 0, 0, access, 0, 0);
			for (const read of [
				{ gate: null, stack: null },
				{ gate, stack: new Uint8Array(64) }
			]) {
				silently(trap.twin(trap.layout({ trace, seq, ss0: 0x10, ...read }, { width: 700 })));
				silentlyDrawn(TrapPath, { trace, seq, ...read });
			}
		}
});

it('two truths have none but those that are compared', () => {
	const row = { id: 'some', what: 'what', guest: 'one', machine: 'other', note: 'why' };
	const view = { icount: 1, dom: 1, rows: [true, false].map((same) => ({ ...row, id: String(same), same })) };
	silently(truths.twin(truths.layout(view, { width: 500 })));
	silentlyDrawn(TwoTruths, { view, eip: 0xc000_0000 });
});

it('grant tables have none', () => {
	const use = { domid: 2, frame: 7, writable: 1, readOnly: 2, devices: 3 };
	const some = { ref: 0, domid: 2, frame: 7, pfn: -1, owner: 1, mapped: 0, use: null };
	const parts: Partial<GrantEntry>[] = [{}, { pfn: 3 }, { owner: 2 }, { mapped: 1 }, { mapped: 2 }, { use }];
	const entries: GrantEntry[] = Array.from({ length: 32 }, (_none, flags) => flags).flatMap((flags) =>
		[...parts, { use: { ...use, frame: 8 } }].map((part, place) => ({
			...some,
			ref: flags * 8 + place,
			flags,
			...part
		}))
	);
	const mappings = Array.from({ length: 8 }, (_none, flags) => ({ handle: flags, dom: 2, ref: 1, frame: 7, flags }));
	const domain = { id: 1, name: 'some', capacity: 512, maxFrames: 4, frames: [5, 6], entries, mappings };
	const pictures: GrantPicture[] = [
		{ domains: [] },
		{ domains: [domain] },
		{ domains: [{ ...domain, frames: [], entries: [], mappings: [] }] }
	];
	for (const now of pictures.slice(1)) for (const before of pictures) silently(grants.twin(grants.layout(now, before)));
	for (const picture of pictures) silentlyDrawn(GrantTable, { picture });
	silently(entries.flatMap(({ flags }) => grants.flagFields(flags).map(({ about }) => ({ text: about }))));
});

it('xenstore has none', () => {
	const node = (path: string, value: string, ...permissions: string[]) => ({
		...{ path, value, permissions, generation: 1, children: 0 }
	});
	const changes = (['write', 'mkdir', 'remove', 'permissions'] as const).map((kind) => ({ kind, path: '/a' }));
	const transactions = [[], changes].map((each, id) => ({ id, looked: id, changes: each }));
	const picture: StorePicture = {
		generation: 1,
		nodes: [
			node('/', '', 'n0'),
			...[...'nrwb'].map((right) => node(`/${right}`, 'a'.repeat(99), `${right}1`, `${right}2`))
		],
		watches: [1, 2].map((dom) => ({ dom, path: '/n', token: 'some' })),
		connections: [false, true].map((dead, dom) => ({ dom, dead, incoming: dom, outgoing: 2 * dom, transactions }))
	};
	const other = { ...picture, nodes: [node('/gone', '1', 'n0')], watches: [] };
	for (const [now, before] of [
		[picture, other],
		[other, picture]
	]) {
		const drawn = store.layout(now, before);
		silently([...store.twin(drawn), { text: drawn.detail }]);
		silently([...now.nodes, { path: '/nowhere' }].map(({ path }) => ({ text: store.describe(now, path) })));
		silentlyDrawn(XenstoreTree, { picture: now, before });
	}
});

it('structures have none but names', () => {
	for (const structure of STRUCTURES.values()) {
		/** What fields and flags are called in the headers, where two such stand side by side, the header itself, and text in memory. */
		const names = (text: string): string => text.replace(structure.header, '').replace(/[a-z]+_\w+|'[^']*'/g, '');
		for (const [many, length] of [
			[1, 1],
			[3, 3],
			[1, 0.5],
			[1, 0]
		])
			for (const value of [0, 1, 2, 3, 5, 0x0e, 0x19, 0x1f, 0x41, 0x99]) {
				const bytes = new Uint8Array(structure.size * length).map((_none, at) => (at % 5 === 4 ? value >> 1 : value));
				const drawn = structures.layout(structure, bytes, new Uint8Array(bytes.length), many);
				silently(structures.twin(drawn).map(({ text }) => ({ text: names(text) })));
				if (value === 3 && length === 1)
					silentlyDrawn(Structure, { structure, bytes, before: null, many, title: '' }, names);
			}
	}
});
