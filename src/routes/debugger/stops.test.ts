import { describe, expect, it } from 'vitest';
import type { MomentState } from '../../moments';
import { TraceStore } from '../../trace/store';
import { KIND } from '../../trace/events';
import { foundEvent, stopSentence, type Stop } from './stops';

const regs = { eax: 0, ecx: 0, edx: 0, ebx: 0, esp: 0x1000, ebp: 0, esi: 0, edi: 0, eip: 0x100, eflags: 2 };
const moment = (icount: number, seq: number, change: Partial<typeof regs> = {}): MomentState =>
	({ icount, seq, regs: { ...regs, ...change }, code: { address: 0x100, bytes: new Uint8Array() } }) as MomentState;

const store = new TraceStore({ now: () => 0, icount: () => 5, ring: () => 0 });
store.record(KIND.halt, 0x10);
store.end(store.begin(KIND.hypercall, 29, -1, 0, 0, 0, 0, 0, 0));
store.record(KIND.halt, 0x20);

const code = [{ address: 0x100, bytes: new Uint8Array(), text: 'push esi', label: '', where: 'start+0x4', target: -1 }];
const stop = (more: Partial<Stop>): Stop => ({
	order: { kind: 'instruction', back: false },
	cause: 'icount',
	before: moment(4, 0),
	now: moment(5, 0),
	trace: store.view,
	code,
	...more
});
const say = (more: Partial<Stop>): string => {
	const all = stop(more);
	return stopSentence(all, foundEvent(all));
};

describe('a stop in words', () => {
	it('says what an instruction changed', () => {
		expect(say({ now: moment(5, 0, { esp: 0xffc }) })).toBe('Done: push esi at start+0x4; esp is now 00000ffc.');
		expect(say({ now: moment(5, 0, { eflags: 3 }) })).toContain('flags CF 1');
	});
	it('says the event that an instruction recorded', () => {
		expect(say({ now: moment(5, 1) })).toContain('The processor halts');
	});
	it('names the hypercall that was looked for, not what came after it', () => {
		const found = stop({ order: { kind: 'hypercall', back: false }, cause: 'event', now: moment(5, 3) });
		expect(foundEvent(found)).toBe(1);
		expect(stopSentence(found, 1)).toContain('Stopped at event 1. Hypercall');
	});
	it('says when there is nothing further', () => {
		expect(say({ before: moment(5, 0), cause: 'stuck' })).toContain('nothing further this way');
	});
	it('says what comes next after a step back', () => {
		expect(say({ order: { kind: 'instruction', back: true } })).toBe('Back: next is push esi at start+0x4.');
	});
	it('names the event that was gone to', () => {
		expect(say({ order: { kind: 'go', back: false, event: 2 }, now: moment(5, 3) })).toContain('At event 2.');
	});
});
