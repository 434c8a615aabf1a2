import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { fixture } from '../../trace/fixture';
import { layout, twin } from './layout';

function sent() {
	const { store, tick } = fixture();
	store.cause = store.record(KIND.trap, 0x82, 0, 1, 0, 0x1000, 0, 0, 0);
	tick(10);
	const call = store.begin(KIND.hypercall, 32, 4, 0, 0, 0, 0, 0);
	const send = store.record(KIND.event_send, 3, 2, 5);
	tick(10);
	const pending = store.record(KIND.event_pending, 2, 5, 0, 0);
	store.end(call, 0);
	tick(100);
	store.dom = 2;
	store.cause = pending;
	const upcall = store.record(KIND.upcall, 0xe019, 0xc000, 0x7f00, 0x4444, 1);
	return { view: store.view, send, pending, upcall };
}

describe('cause and effect', () => {
	it('stand in order: the root first, the event, then what followed, further to the right the further it is', () => {
		const { view, send, pending, upcall } = sent();
		const { stations, root } = layout(view, send);
		expect(stations.map(({ seq, part }) => [seq, part])).toEqual([
			[0, 'cause'],
			[1, 'cause'],
			[send, 'self'],
			[pending, 'effect'],
			[upcall, 'effect']
		]);
		expect(stations.map(({ depth }) => depth)).toEqual([0, 0, 0, 1, 2]);
		expect(stations.map(({ joint }) => joint)).toEqual(['', 'because', 'inside', 'so', 'so']);
		expect(stations.map(({ since }) => since)).toEqual([-10, 0, 0, 10, 110]);
		expect(root).toContain('kernel of dom1');
	});

	it('are lines of text with the same events', () => {
		const { view, send, upcall } = sent();
		const lines = twin(layout(view, send));
		expect(lines[0]).toMatchObject({ id: 'root', choosable: false });
		expect(lines.find(({ id }) => id === String(send))!.text).toMatch(/^The event: A notification/);
		expect(lines.find(({ id }) => id === String(upcall))!.text).toMatch(/^It led to \(so\): The guest/);
	});

	it('of no event are nothing', () => {
		expect(layout(sent().view, -1).stations).toEqual([]);
	});

	it('are cut where there are too many, and how many are left is told', () => {
		const { store } = fixture();
		const call = store.begin(KIND.hypercall, 1, -1, 0, 0, 0, 0, 0);
		for (let n = 0; n < 100; n++) store.record(KIND.check, 0, 1, n, 0);
		store.end(call, 0);
		expect(layout(store.view, call)).toMatchObject({ more: '76 more events followed.' });
		for (let n = 0; n < 1000; n++) store.record(KIND.check, 0, 1, n, 0);
		const open = store.begin(KIND.hypercall, 1, -1, 0, 0, 0, 0, 0);
		for (let n = 0; n < 2000; n++) store.record(KIND.check, 0, 1, n, 0);
		store.end(open, 0);
		expect(layout(store.view, open)).toMatchObject({ more: 'At least 976 more events followed.' });
	});
});
