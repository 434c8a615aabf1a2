import { describe, expect, it } from 'vitest';
import type { IoRing } from '../../moments';
import { fieldsOf, layout, statesOf, twin } from './layout';

const slots = (size: number) =>
	Array.from({ length: size }, (_, slot) => ({
		request: [['id', String(slot)] as const],
		response: [['status', '0'] as const]
	}));

const ring = (more: Partial<IoRing> = {}): IoRing => ({
	id: '1/vbd/51712',
	device: '1/vbd/51712',
	protocol: 'blk',
	front: 1,
	back: 0,
	ref: 8,
	frame: 0x140,
	port: 4,
	backPort: 7,
	size: 32,
	shared: { req_prod: 5, req_event: 6, rsp_prod: 2, rsp_event: 3 },
	frontOwn: null,
	backOwn: null,
	slots: slots(32),
	...more
});

describe('an I/O ring', () => {
	it('shows what waits between the indices that both sides see', () => {
		const states = statesOf(ring());
		expect(states.slice(0, 7)).toEqual(['free', 'free', 'waiting', 'waiting', 'waiting', 'free', 'free']);
	});

	it('tells what the back end has taken, and what the front end has not yet read, where their own indices are known', () => {
		const states = statesOf(
			ring({ frontOwn: { rsp_cons: 1, req_prod_pvt: 7 }, backOwn: { req_cons: 4, rsp_prod_pvt: 2 } })
		);
		expect(states.slice(0, 8)).toEqual([
			'free',
			'answered',
			'taken',
			'taken',
			'waiting',
			'prepared',
			'prepared',
			'free'
		]);
	});

	it('has words within its circle only where they fit', () => {
		// In half a stage they lay over the slots.
		const inner = ({ slots: [slot] }: ReturnType<typeof layout>) =>
			Number(/A([\d.]+),[\d.]+,0,0,0/.exec(slot.path)![1]);
		for (const width of [300, 390, 440, 520, 900]) {
			const marks = layout(ring(), null, { width });
			// Two lines of 78 pixels, the lower one 16 below the middle.
			if (marks.roomy) expect(inner(marks)).toBeGreaterThan(Math.hypot(39, 16));
		}
		expect([390, 900].map((width) => layout(ring(), null, { width }).roomy)).toEqual([false, true]);
	});

	it('reads a slot as a request until it is answered', () => {
		expect(fieldsOf(ring(), 3, 'waiting')).toEqual([['id', '3']]);
		expect(fieldsOf(ring(), 3, 'answered')).toEqual([['status', '0']]);
	});

	it('goes on where the indices run over, and over the end of 32 bits', () => {
		const over = ring({ shared: { req_prod: 2, req_event: 0, rsp_prod: 0xffff_ffff, rsp_event: 0 } });
		const states = statesOf(over);
		expect([states[31], states[0], states[1], states[2]]).toEqual(['waiting', 'waiting', 'waiting', 'free']);
		expect(layout(over, null, { width: 500 }).bad).toBe('');
	});

	it('says so when a front end claims more requests than there are slots, and still draws', () => {
		const marks = layout(ring({ shared: { req_prod: 1000, req_event: 0, rsp_prod: 2, rsp_event: 0 } }), null, {
			width: 500
		});
		expect(marks.bad).toMatch(/998 requests are said to wait in 32 slots/);
		expect(marks.counts.get('waiting')).toBe(32);
	});

	it('keeps all words inside, apart from each other, wherever the indices point', () => {
		const corners: IoRing['shared'][] = [
			{ req_prod: 0, req_event: 0, rsp_prod: 0, rsp_event: 0 },
			{ req_prod: 1, req_event: 2, rsp_prod: 0, rsp_event: 3 },
			{ req_prod: 15, req_event: 16, rsp_prod: 14, rsp_event: 17 },
			{ req_prod: 31, req_event: 32, rsp_prod: 30, rsp_event: 29 }
		];
		for (const shared of corners)
			for (const width of [0, 340, 900]) {
				const own = {
					frontOwn: { req_prod_pvt: shared.req_prod + 1, rsp_cons: shared.rsp_prod },
					backOwn: { req_cons: shared.req_prod, rsp_prod_pvt: shared.rsp_prod }
				};
				const { pointers, height } = layout(ring({ shared, ...own }), null, { width });
				expect(pointers.flatMap(({ indices }) => indices)).toHaveLength(8);
				for (const side of ['start', 'end'])
					pointers
						.filter(({ anchor }) => anchor === side)
						.sort((a, b) => a.y - b.y)
						.reduce((below, { y, indices }) => {
							expect(y).toBeGreaterThanOrEqual(below);
							return y + indices.length * 15;
						}, 0);
				for (const { y, indices } of pointers) expect(y + indices.length * 15).toBeLessThanOrEqual(height);
			}
	});

	it('marks what moved', () => {
		const before = ring({ shared: { req_prod: 4, req_event: 6, rsp_prod: 2, rsp_event: 3 } });
		const marks = layout(ring(), before, { width: 500 });
		expect(marks.indices.filter(({ changed }) => changed).map(({ name }) => name)).toEqual(['req_prod']);
		expect(marks.slots.filter(({ changed }) => changed).map(({ slot }) => slot)).toEqual([4]);
	});

	it('says all of it in words', () => {
		const own = ring({ frontOwn: { rsp_cons: 2, req_prod_pvt: 5 } });
		const lines = twin(own, layout(own, null, { width: 500 })).map(({ text }) => text);
		expect(lines[0]).toBe(
			'Block requests: dom1 asks, dom0 serves; 32 slots in frame 140, which dom1 granted as reference 8; 3 unanswered.'
		);
		expect(lines).toContain('rsp_cons is 2, slot 2, kept by dom1 to itself: as far as the front end has read answers.');
		expect(lines.at(-1)).toBe('Slot 4: a request that waits. id 4.');
	});
});
