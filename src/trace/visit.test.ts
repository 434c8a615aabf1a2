import { describe, expect, it } from 'vitest';
import { runGuest } from '../workbench/testing';
import { KIND } from './events';
import { fixture } from './fixture';
import { query } from './query';
import type { TraceView } from './view';
import { entryOf, lastOf, sameVisit, visitOf, type Visit } from './visit';

function traceOf(cmdline: string, vcpus = 1): TraceView {
	const run = runGuest('pocket', { cmdline, vcpus });
	run.advance(run.goal);
	return run.trace;
}

/** The stretches of a run, one after the other. */
function stretches(view: TraceView): Visit[] {
	const found: Visit[] = [];
	for (let seq = 0; seq < view.length; seq = lastOf(view, found.at(-1)!) + 1) found.push(visitOf(view, seq));
	return found;
}

const RUNS = ['run=rings', 'run=batch', 'run=ptwrite', 'run=fork', 'run=pagefaults'];

describe.each([...RUNS.map((cmdline) => [cmdline, 1] as const), ['run=smp', 2] as const])('%s', (cmdline, vcpus) => {
	const view = traceOf(cmdline, vcpus);
	const all = stretches(view);

	it('is cut without gap or overlap, the same from every event of a stretch', () => {
		let next = 0;
		for (const stretch of all) {
			expect(stretch.from).toBe(next);
			next = lastOf(view, stretch) + 1;
			for (let seq = stretch.from; seq < next; seq++) expect(visitOf(view, seq)).toEqual(stretch);
		}
		expect(next).toBe(view.length);
	});

	it('has one way in and one way out in each visit, and neither elsewhere', () => {
		for (const stretch of all) {
			const seqs = Array.from({ length: lastOf(view, stretch) + 1 - stretch.from }, (_, at) => stretch.from + at);
			const into = seqs.filter(
				(seq) => view.kind(seq) === KIND.interrupt || (view.kind(seq) === KIND.trap && view.arg(seq, 'to_ring') === 0)
			);
			const out = seqs.filter((seq) => view.kind(seq) === KIND.far_return && view.arg(seq, 'from_ring') === 0);
			expect(into).toEqual(stretch.whose === 'xen' ? [stretch.entry] : []);
			if (stretch.whose !== 'xen') expect(out).toEqual([]);
			else if (stretch.to >= 0) expect(out).toEqual([stretch.to]);
		}
	});

	it('holds every span whole', () => {
		for (let seq = 0; seq < view.length; seq++)
			if (view.parent(seq) >= 0) expect(sameVisit(view, view.parent(seq), seq)).toBe(true);
	});
});

describe('what a moment is about', () => {
	it('is the whole visit, though what was asked lies before the event that tells what was done', () => {
		const view = traceOf('run=rings');
		const emulated = query(view, 'emulate #1');
		const { from, to, entry } = visitOf(view, emulated);
		expect(view.kind(entry)).toBe(KIND.trap);
		expect(from).toBe(entry);
		expect(view.kind(to)).toBe(KIND.far_return);
		expect(query(view, `check before(@${emulated}) last`)).toBeGreaterThan(entry);
	});

	it('begins with the page fault behind the trap', () => {
		const view = traceOf('run=ptwrite');
		const written = query(view, 'ptwr #1');
		const { from, entry } = visitOf(view, written);
		expect(view.kind(from)).toBe(KIND.page_fault);
		expect(entry).toBe(from + 1);
		expect(visitOf(view, from)).toEqual(visitOf(view, written));
	});

	it('is nobody’s visit where a program calls its kernel through a gate of its own', () => {
		const view = traceOf('run=fork');
		const direct = query(view, 'trap vector=0x80 #1');
		expect(visitOf(view, direct)).toMatchObject({ whose: 'guest', entry: -1 });
		expect(entryOf(view, direct)).toBe(direct);
		expect(view.arg(direct, 'to_ring')).toBe(1);
	});

	it('is the start of the machine before anybody was let in', () => {
		const view = traceOf('run=hello');
		expect(visitOf(view, 0)).toMatchObject({ whose: 'boot', from: 0, entry: -1 });
		expect(entryOf(view, 0)).toBe(-1);
		const first = visitOf(view, query(view, 'far_return #1'));
		expect(first.whose).toBe('xen');
		expect(view.kind(first.entry)).toBe(KIND.interrupt);
	});

	it('has no end as long as more may follow', () => {
		const { store } = fixture();
		store.record(KIND.trap, 0x82, 0, 1, 0, 0xc0000007, 0xc0006f00, 0xff000208, 0xff007fec);
		const call = store.begin(KIND.hypercall, 17, -1, 0, 0, 0, 0, 0);
		expect(visitOf(store.view, call)).toEqual({ whose: 'xen', from: 0, to: -1, entry: 0 });
		expect(lastOf(store.view, visitOf(store.view, call))).toBe(1);
	});
});
