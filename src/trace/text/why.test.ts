import { describe, expect, it } from 'vitest';
import { CHECK, KIND } from '../events';
import { fixture, smallTrace } from '../fixture';
import type { Walk, WalkStep } from '../../moments';
import { exceptionRule } from './processor-rules';
import { subjectOf, why } from './why';

describe('why a call was refused', () => {
	it('names the question, the values that it looked at, and the rule', () => {
		const { view } = smallTrace().store;
		const told = why(view, 4)!;
		expect(told).toMatchObject({ seq: 4, by: 'hypervisor', failed: 0 });
		expect(told.asked.map(({ name, passed }) => [name, passed])).toEqual([['frame_owner', false]]);
		expect(told.state).toEqual([
			{ what: 'mfn', text: '0x11' },
			{ what: 'owner', text: 'the hypervisor' }
		]);
		expect(told.rule!.cite).toMatch(/xen\//);
		expect(told.says).toMatch(/refused one update with -EINVAL.*was answered no \(mfn 0x11, owner the hypervisor\)/);
	});

	it('is asked of the innermost call or update around an event, or of the event itself', () => {
		const { view } = smallTrace().store;
		expect([0, 1, 2, 3, 5].map((seq) => subjectOf(view, seq))).toEqual([0, 1, 2, 2, 4]);
		expect(why(view, 1)!.asked.map(({ name }) => name)).toEqual(['frame_exists', 'frame_owner']);
		expect(why(view, 2)).toMatchObject({ by: null, failed: -1, rule: null });
	});

	it('counts every question of a call, however many there are', () => {
		const { store } = fixture();
		const call = store.begin(KIND.hypercall, 1, -1, 0, 0, 0, 0, 0);
		for (let entry = 0; entry < 5000; entry++) store.record(KIND.check, CHECK.frame_exists, 1, entry, 0);
		store.record(KIND.check, CHECK.frame_owner, 0, 7, 0);
		store.end(call, -22);
		const told = why(store.view, call)!;
		expect(told.asked).toHaveLength(5001);
		expect(told.failed).toBe(5000);
	});

	it('says so where a no was overruled by hand', () => {
		const { store } = fixture();
		const call = store.begin(KIND.hypercall, 14, -1, 0, 0, 0, 0, 0);
		store.record(KIND.check, CHECK.l1_flags, 0, 1, 2);
		store.record(KIND.overruled, 0, CHECK.l1_flags, 1, 2);
		store.record(KIND.check, CHECK.type_compatible, 0, 3, 4);
		store.end(call, -22);
		const told = why(store.view, call)!;
		expect(told.asked.map(({ overruled }) => overruled)).toEqual([true, false]);
		expect(told.failed).toBe(1);
		expect(told.says).toContain('overruled by hand: l1_flags');
	});

	it('looks into a table that was refused as a whole', () => {
		const { store } = fixture();
		const call = store.begin(KIND.hypercall, 26, 0, 0, 0, 0, 0, 0);
		store.record(KIND.check, CHECK.l1_target_owner, 0, 3, 0x7ff2);
		store.record(KIND.check, CHECK.table_valid, 0, 3, 1);
		store.end(call, -22);
		expect(why(store.view, call)!.failed).toBe(0);
	});
});

const step = (level: 1 | 2 | 3, part: Partial<WalkStep>): WalkStep => ({
	level,
	tableMfn: 0x100 + level,
	index: level,
	bits: [0, 0],
	entryLow: 0x1067,
	entryHigh: 0,
	present: true,
	writable: true,
	user: true,
	noExecute: false,
	accessed: true,
	dirty: false,
	large: false,
	mfn: 1,
	ok: true,
	note: '',
	...part
});
const walkOf = (address: number, steps: WalkStep[]): Walk => ({
	address,
	cr3: 0,
	steps,
	physical: -1,
	owner: 1,
	type: 0,
	typeCount: 0,
	refCount: 0,
	pfn: -1
});

describe('why there was a trap', () => {
	it('of a page fault: the bits of its error code, and the entry of the walk that forbids it', () => {
		const { view } = smallTrace().store;
		const walk = walkOf(0xdead0000, [step(3, {}), step(2, {}), step(1, { present: false, entryLow: 0 })]);
		const told = why(view, 6, walk)!;
		expect(told).toMatchObject({ seq: 7, title: '#PF', by: 'processor', failed: -1 });
		expect(told.rule!.cite).toBe('SDM vol. 3, 4.7');
		expect(told.state.map(({ what }) => what)).toEqual([
			'ring',
			'eip',
			'address',
			'P',
			'W/R',
			'U/S',
			'entry of level 1'
		]);
		expect(told.says).toContain('The walk ends at level 1: entry 1 of the table in frame 0x101');
	});

	it('leaves out a walk of another address', () => {
		const { view } = smallTrace().store;
		expect(why(view, 6, walkOf(0x1000, []))!.says).not.toContain('walk');
	});

	it('knows the rule of each exception, narrowed down by its error code', () => {
		expect(exceptionRule(14, 0b00111, 3).says).toContain('Ring 3 may write');
		expect(exceptionRule(14, 0b00011, 1).says).toContain('CR0.WP');
		expect(exceptionRule(14, 0b10101, 3).says).toContain('XD');
		expect(exceptionRule(14, 0b01001, 1).says).toContain('Reserved');
		expect(exceptionRule(13, (0x20 << 3) | 2, 3).says).toContain('INT n');
		expect(exceptionRule(13, 0x18, 1).says).toContain('selector');
		expect(exceptionRule(13, 0, 1).says).toContain('Privileged');
		for (const vector of [0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 19])
			expect(exceptionRule(vector, 0, 1).cite).toMatch(/^SDM vol/);
	});

	it('of a hypercall is its call', () => {
		const { store } = fixture();
		store.record(KIND.trap, 0x82, 0, 1, 0, 0, 0, 0, 0);
		const call = store.begin(KIND.hypercall, 29, 1, 0, 0, 0, 0, 0);
		store.end(call, 0);
		expect(subjectOf(store.view, 0)).toBe(call);
	});

	it('tells what the hypervisor then asked', () => {
		const { store } = fixture();
		store.cause = store.record(KIND.trap, 13, 0x202, 3, 0, 0x1000, 0, 0, 0);
		store.record(KIND.check, CHECK.softint_permitted, 0, 1, 3);
		const bounce = store.record(KIND.bounce, 13, 0x202, 0xe019, 0xc000, 0x7f00, 0x1000, 3);
		store.record(KIND.far_return, 0, 1, 0xc000, 0, 0);
		store.record(KIND.check, CHECK.frame_exists, 1, 1, 1);
		const told = why(store.view, bounce)!;
		expect(told.asked.map(({ name }) => name)).toEqual(['softint_permitted']);
		expect(told.state.at(-1)).toEqual({ what: 'names', text: 'gate 0x40 of the IDT' });
	});

	it('is no question of other events', () => {
		const { store } = fixture();
		expect(why(store.view, store.record(KIND.timer, 0xf0))).toBeNull();
		expect(why(store.view, -1)).toBeNull();
	});
});
