import { describe, expect, it } from 'vitest';
import { CHECK, KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import type { TraceView } from '../../trace/view';
import { layout, twin, type CheckMarks, type Shown } from './layout';
import { checkValueText } from '../../trace/text/check-values';
import { domainName } from '../shared/rings';

/** One mmu_update with one entry, refused by its second question. */
function refusedUpdate() {
	const store = new TraceStore();
	store.dom = 1;
	const call = store.begin(KIND.hypercall, 1, -1, 0, 1, 0, 0x7ff0, 0, 0);
	const entry = store.begin(KIND.mmu_entry, 0, 0x1330b8, 0, 0x133063, 0, 0);
	store.record(KIND.check, CHECK.frame_exists, 1, 0x133, 0x3000);
	store.record(KIND.check, CHECK.frame_owner, 0, 0x133, 2);
	store.end(entry, -1);
	store.end(call, -1);
	return store.view;
}

const asked = (marks: CheckMarks) =>
	marks.groups.flatMap(({ rows }) => rows.flatMap((row) => (row.fold ? [] : [row.check])));
const folds = (marks: CheckMarks) =>
	marks.groups.flatMap(({ rows }) => rows.flatMap((row) => (row.fold ? [row.fold] : [])));

/** A trap into the hypervisor, then what `inside` records, then the way back. */
function visit(vector: number, inside: (store: TraceStore) => void, ring = 0): TraceView {
	const store = new TraceStore({ now: () => 0, icount: () => 0, ring: () => ring });
	store.dom = 1;
	store.record(KIND.trap, vector, 0, 1, 0, 0xc0003d73, 0xc0006fa0, 0xff000034, 0xff007fe8);
	inside(store);
	store.record(KIND.far_return, 0, 1, 0xc0001378, 0xc0006fa4, 0x202);
	return store.view;
}

/** A call with so many questions, no two in a row alike. */
const longCall = (questions: number) =>
	visit(0x82, (store) => {
		const call = store.begin(KIND.hypercall, 26, 0, 0, 0, 0, 0, 0);
		for (let at = 0; at < questions; at++)
			store.record(KIND.check, [CHECK.frame_exists, CHECK.frame_owner][at & 1], at % 3 === 0 ? 0 : 1, at, at);
		store.end(call, 0);
	});

describe('what was asked about an instruction', () => {
	const cli = visit(13, (store) => {
		store.record(KIND.check, CHECK.instruction_emulated, 1, 0xfa, 0xc0003d73);
		store.record(KIND.check, CHECK.iopl_covers, 1, 1, 1);
		store.record(KIND.emulate, 0xc0003d73, 0xfa, 0);
	});

	it('is told at every event of the visit, though the event that tells what was done comes last', () => {
		for (let seq = 0; seq < cli.length; seq++) {
			const marks = layout(cli, seq);
			expect(asked(marks).map(({ name }) => name)).toEqual(['instruction_emulated', 'iopl_covers']);
			expect(marks.groups[0]).toMatchObject({
				title: '#GP',
				outcome: 'cli stepped over',
				outcomeSeq: 3,
				refused: false
			});
		}
	});

	it('ends with the fault handed to the guest where the answer is no', () => {
		const refused = visit(13, (store) => {
			store.record(KIND.check, CHECK.instruction_emulated, 0, 0xfa, 0xc0003d73);
			store.record(KIND.bounce, 13, 0, 0xe019, 0xc0001378, 0xc0006fa4, 0xc0003d73, 1);
		});
		expect(layout(refused, 0).groups[0]).toMatchObject({
			outcome: '#GP handed to the guest’s own handler',
			outcomeSeq: 2,
			refused: true
		});
	});

	it('and about the call before it on the same visit stand apart', () => {
		const both = visit(0x82, (store) => {
			const call = store.begin(KIND.hypercall, 17, 0, 0, 0, 0, 0, 0);
			store.record(KIND.check, CHECK.frame_exists, 1, 1, 2);
			store.end(call, 0);
			store.record(KIND.check, CHECK.frame_owner, 1, 1, 1);
			store.record(KIND.upcall, 0xe019, 0xc00013ab, 0xc0006f00, 0xc0000407, 1);
		});
		const { title, groups } = layout(both, 0);
		expect(title).toBe('');
		expect(groups.map((group) => [group.title, group.outcome])).toEqual([
			['xen_version', 'eax = 0'],
			['the way back', 'the guest’s event callback entered']
		]);
		expect(twin(layout(both, 0)).filter(({ text }) => text.startsWith('About'))).toHaveLength(2);
	});
});

describe('what a toolstack asks meanwhile', () => {
	it('is not taken for a question about the trap', () => {
		const { groups } = layout(
			visit(
				0x82,
				(store) => {
					store.dom = 0;
					store.record(KIND.check, CHECK.frame_exists, 1, 1, 2);
					store.dom = 1;
					const call = store.begin(KIND.hypercall, 17, 0, 0, 0, 0, 0, 0);
					store.record(KIND.check, CHECK.frame_owner, 1, 1, 1);
					store.end(call, 0);
					store.dom = 0;
					store.record(KIND.check, CHECK.frame_exists, 1, 1, 2);
					store.dom = 1;
					store.record(KIND.check, CHECK.frame_owner, 1, 1, 1);
				},
				1
			),
			0
		);
		expect(groups.map(({ title }) => title)).toEqual([
			'dom0, without a trap',
			'xen_version',
			'dom0, without a trap',
			'the way back'
		]);
	});
});

describe('where nothing was asked', () => {
	it('a sentence says why', () => {
		const call = visit(0x82, (store) => store.end(store.begin(KIND.hypercall, 17, 0, 0, 0, 0, 0, 0), 0));
		expect(layout(call, 1).nothing).toBe('This call asked nothing.');
		expect(twin(layout(call, 1))).toEqual([{ id: 'nothing', text: 'This call asked nothing.', choosable: false }]);
		expect(
			layout(
				visit(14, () => {}),
				0
			).nothing
		).toBe('Xen asked nothing about this #PF.');
		const store = new TraceStore();
		store.record(KIND.far_return, 0, 1, 0, 0, 0);
		store.record(KIND.trap, 0x80, 0, 3, 1, 0x40002a, 0xbfff0000, 0xc0001000, 0xc0018fec);
		expect(layout(store.view, 1).nothing).toMatch(/^The program calls its own kernel/);
	});
});

describe('a long list', () => {
	it('says how many questions are left, and shows them on demand', () => {
		const trace = longCall(194);
		const marks = layout(trace, 1);
		expect(marks.total).toBe(194);
		const folded = folds(marks).reduce((sum, fold) => sum + fold.questions, 0);
		expect(asked(marks).length + folded + marks.left).toBe(194);
		const all = layout(trace, 1, { open: new Set(folds(marks).map(({ seq }) => seq)), lines: 1000 });
		expect(asked(all)).toHaveLength(194);
		expect(all.left).toBe(0);
	});

	it('is cut with a word where nothing repeats', () => {
		const odd = visit(0x82, (store) => {
			const call = store.begin(KIND.hypercall, 26, 0, 0, 0, 0, 0, 0);
			for (let at = 0; at < 100; at++) store.record(KIND.check, at, (at * at) % 7 === 1 ? 0 : 1, at, at);
			store.end(call, 0);
		});
		const marks = layout(odd, 1);
		expect(asked(marks)).toHaveLength(40);
		expect(twin(marks).at(-1)).toEqual({ id: 'more', text: 'Show the other 60 questions' });
		const chosen = layout(odd, 90);
		expect(asked(chosen).at(-1)!.seq).toBe(90);
		expect(asked(chosen).length + chosen.left).toBe(100);
	});

	it('folds what repeats, and opens the fold in which the chosen question lies', () => {
		const batch = visit(0x82, (store) => {
			const call = store.begin(KIND.hypercall, 1, -1, 0, 32, 0, 0, 0);
			for (let at = 0; at < 32; at++) {
				const entry = store.begin(KIND.mmu_entry, 0, 0x1000 + at * 8, 0, 7, 0, 0);
				store.record(KIND.check, CHECK.frame_exists, 1, at, 1);
				store.record(KIND.check, CHECK.frame_owner, 1, at, 1);
				store.record(KIND.check, CHECK.type_compatible, 1, at, 1);
				store.end(entry, 0);
			}
			store.end(call, 0);
		});
		const marks = layout(batch, 1);
		expect(asked(marks)).toHaveLength(3);
		expect(folds(marks).map(({ questions, text, open }) => [questions, text, open])).toEqual([
			[93, 'The same 3 questions 31 times more, with the same answers.', false]
		]);
		const [fold] = folds(marks);
		expect(layout(batch, fold.seq).groups[0].rows).toHaveLength(40);
		const shown: Shown = { open: new Set([fold.seq]), lines: 1000 };
		expect(asked(layout(batch, 1, shown))).toHaveLength(96);
	});
});

describe('the questions', () => {
	const trace = refusedUpdate();

	it('are those of the visit, in order, with the answer that came of them', () => {
		for (const seq of [0, 1, 2, 3]) {
			const marks = layout(trace, seq);
			expect(marks.title).toBe('mmu_update');
			expect(asked(marks).map((check) => check.passed)).toEqual([true, false]);
			expect(marks.groups).toHaveLength(1);
			expect(marks.groups[0]).toMatchObject({ outcome: 'eax = −1 (−EPERM)', refused: true });
		}
	});

	it('stand as deep as their spans', () => {
		expect(asked(layout(trace, 0))[0].depth).toBe(1);
	});

	it('read as sentences', () => {
		const lines = twin(layout(trace, 0));
		expect(lines[1].text).toMatch(/^Does the domain own the frame\? No \(mfn 0x133, owner dom2\)\.$/);
		expect(lines.at(-1)!.text).toContain('EPERM');
	});

	it('show values as what they are', () => {
		expect(checkValueText('dom', 0x7ff2, domainName)).toBe('Xen');
		expect(checkValueText('type', 1)).toBe('l1 page table');
		expect(checkValueText('type_count', 0x0100_0003)).toBe('l1 page table, 3');
		expect(checkValueText('hex', 0x133)).toBe('0x133');
	});
});
