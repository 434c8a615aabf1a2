import { describe, expect, it } from 'vitest';
import { CHECK, EVENT_KINDS, EVENTS, KIND, type CheckName } from '../events';
import { questionAt } from './check-values';
import { fixture, smallTrace } from '../fixture';
import { jsonl } from '../export/jsonl';
import { query } from '../query';
import { findAsks, findSites } from '../sites';
import { sentence } from './sentence';
import { namesOf } from '../values';
import { subjectOf, why } from './why';

const { view } = smallTrace().store;

describe('the text twin', () => {
	it('names calls, operations and errors', () => {
		expect(sentence(view, 9)).toBe('Hypercall sched_op(block, arg 0x2): done');
		expect(sentence(view, 1)).toContain('refused with -EINVAL (-22)');
	});
	it('puts a decision as a question and an answer', () => {
		expect(sentence(view, 5)).toBe('Does the domain own the frame? No: mfn 0x11, owner the hypervisor');
	});
	it('tells a count of uses and a callback’s number as numbers, whatever their labels are', () => {
		const { store } = fixture();
		const said = (name: CheckName, a: number, b: number) =>
			questionAt(store.view, store.record(KIND.check, CHECK[name], 0, a, b)).values.map(({ text }) => text);
		expect(said('unpin_pinned', 0x11, 1)).toEqual(['0x11', '1']);
		expect(said('callback_type', 2, 0)).toEqual(['2']);
		expect(said('grant_flip_accepted', 0x1_0002, 0)).toEqual(['0x10002', '0x0']);
		expect(said('pin_once', 0x11, 1)).toEqual(['0x11', 'l1 page table']);
	});
	it('explains a page fault and the way through the gate', () => {
		expect(sentence(view, 6)).toContain('a user write, and no page is there');
		expect(sentence(view, 7)).toMatch(/^#PF at 0x00001234 .*from ring 3 to ring 0 .*stack at 0xff008000/);
	});
	it('tells requests by grant with their statuses, which are no errno', () => {
		const { store } = fixture();
		const first = store.begin(KIND.grant_entry, 0, 2, 8, 0x40000);
		store.record(KIND.grant_map, 2, 8, 0x143, 0, 6);
		store.end(first, 0);
		const second = store.begin(KIND.grant_entry, 5, 2, 9, 0x144);
		store.end(second, -9);
		store.record(KIND.grant_copy, 0x143, 0, 0x144, 0x10, 64);
		expect([0, 1, 2, 3].map((seq) => sentence(store.view, seq))).toEqual([
			'Map reference 0x8 of dom2 at 0x40000: done',
			'Frame 0x143, granted by dom2 as reference 8, is mapped read-only: handle 0',
			'Copy from 0x9 of dom2 to 0x144: refused with GNTST_bad_page',
			'64 bytes are copied from offset 0x0 of frame 0x143 to offset 0x10 of frame 0x144'
		]);
		expect(query(store.view, 'grant_entry result=GNTST_bad_page')).toBe(second);
		expect(query(store.view, 'grant_entry op=map_grant_ref')).toBe(first);
		expect(query(store.view, 'grant_entry refused')).toBe(second);
		expect(namesOf('grant_entry', 'result')).toContain('GNTST_eagain');
		expect(why(store.view, second)!.says).toContain('refused one grant request with GNTST_bad_page');
		expect(subjectOf(store.view, 1)).toBe(first);
	});
	it('tells what a disk was asked, what it moved, and how it ended', () => {
		const { store } = fixture();
		store.record(KIND.disk_command, 0, 0xc8, 0x1000, 0, 8);
		store.record(KIND.disk_dma, 0, 1, 0x20_0000, 4096, 0x1000);
		store.record(KIND.disk_data, 1, 0, 512, 0, 4096);
		store.record(KIND.disk_done, 0, 0xc8, 0x51, 0x40, 0x1003);
		store.record(KIND.disk_done, 0, 0xe7, 0x50);
		store.record(KIND.irq_line, 14, 1);
		expect([0, 1, 2, 3, 4, 5].map((seq) => sentence(store.view, seq))).toEqual([
			'Disk 0 is given READ_DMA, from sector 4096, count 8',
			'Disk 0 moves 4096 bytes into memory at 0x00200000 by itself, sector 4096 and on',
			'4096 bytes go through the data port to disk 1, sector 512 and on',
			'Disk 0 ends READ_DMA: status 0x51, error 0x40 at sector 4099',
			'Disk 0 ends FLUSH_CACHE: done',
			'Interrupt line 14 goes high'
		]);
		expect(query(store.view, 'disk_done name=FLUSH_CACHE')).toBe(4);
		expect(namesOf('disk_command', 'command')).toContain('READ_DMA_EXT');
	});
	it('has a sentence for every kind', () => {
		const { store } = fixture();
		EVENT_KINDS.forEach((name, kind) => {
			if (EVENTS[name].span) store.end(store.begin(kind), 0);
			else store.record(kind);
			expect(sentence(store.view, kind)).not.toMatch(/undefined|NaN|\.$|^$/);
		});
	});
});

describe('lines of JSON', () => {
	const lines = [...jsonl(view)]
		.join('')
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as Record<string, unknown>);

	it('are one an event, with context', () => {
		expect(lines.length).toBe(view.length);
		expect(lines[6]).toMatchObject({
			seq: 6,
			dom: 1,
			vcpu: 0,
			ring: 3,
			kind: 'page_fault',
			eip: 0x1234,
			addr: 0xdead0000,
			error: 6
		});
	});
	it('tell a hypercall by name, operation, five arguments, result and end', () => {
		expect(lines[1]).toMatchObject({
			name: 'mmu_update',
			op: null,
			args: [0x40e000, 2, 3, 4, 5],
			result: -22,
			end: 5,
			cycles: 50
		});
		expect(lines[9]).toMatchObject({ name: 'sched_op', op: 1, op_name: 'block' });
	});
	it('tell a decision by question, answer and place', () => {
		const sites = findSites({ 'src/hypervisor/x.ts': 'a\nif (!hv.ask(CHECK.frame_owner, true)) return;\n' });
		const [line] = [...jsonl(view, sites, 5, 6)].map((text) => JSON.parse(text) as unknown);
		expect(line).toMatchObject({
			check: 'frame_owner',
			passed: false,
			question: 'Does the domain own the frame?',
			a: 0x11,
			site: 'src/hypervisor/x.ts:2'
		});
	});
});

it('finds where questions are asked', () => {
	const asks = findAsks({
		'b.ts': '\nhv.ask(\n\tCHECK.frame_exists, 1)',
		'a.ts': 'x; ask(CHECK.frame_owner, 1); task(CHECK.frame_owner)'
	});
	expect(asks.map(({ name, site }) => [name, site.file, site.line])).toEqual([
		['frame_owner', 'a.ts', 1],
		['frame_exists', 'b.ts', 2]
	]);
});
