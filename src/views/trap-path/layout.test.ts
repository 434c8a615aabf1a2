import { describe, expect, it } from 'vitest';
import { STORY, traceOf } from '../shared/fixture';
import { entryOf } from '../../trace/visit';
import { decodeGate, layout, twin } from './layout';
import { untrapped } from './untrapped';

const trace = traceOf(STORY);
const FAULT = 3;
const HYPERCALL = 8;
const TIMER = 11;

/** An interrupt gate e008:ff000208 with a DPL. */
const gate = (dpl: number) => Uint8Array.of(0x08, 0x02, 0x08, 0xe0, 0, 0x8e | (dpl << 5), 0x00, 0xff);
const stack = Uint8Array.from(
	[0xc0104a40, 0xe019, 0x202, 0xc01fff00, 0xe021].flatMap((word) => [
		word & 255,
		(word >>> 8) & 255,
		(word >>> 16) & 255,
		word >>> 24
	])
);

describe('the trap path', () => {
	it('is that of the visit that an event belongs to', () => {
		for (const seq of [FAULT, FAULT + 1, FAULT + 2, FAULT + 3]) expect(entryOf(trace, seq)).toBe(FAULT + 1);
		expect(entryOf(trace, HYPERCALL)).toBe(HYPERCALL - 1);
		expect(entryOf(trace, TIMER)).toBe(TIMER + 1);
	});

	it('says why where no trap led to an event', () => {
		expect(entryOf(trace, 0)).toBe(-1);
		expect(untrapped(trace, 0)).toBe('No trap led here: Xen has had the processor since reset.');
		expect(entryOf(trace, 2)).toBe(-1);
		expect(untrapped(trace, 2)).toBe('No trap led here: the guest runs by itself.');
	});

	it('decodes a gate', () => {
		expect(decodeGate(gate(1))).toEqual({
			selector: 0xe008,
			offset: 0xff000208,
			dpl: 1,
			present: true,
			clearsIf: true
		});
	});

	it('asks the DPL of an INT n, and shows the words pushed with the ring changed', () => {
		const { stages } = layout(
			{ trace, seq: entryOf(trace, HYPERCALL), gate: gate(1), stack, ss0: 0xe010 },
			{ width: 800 }
		);
		const by = Object.fromEntries(stages.map((stage) => [stage.id, stage]));
		expect(by.privilege.lines[0]).toBe('CPL 1 ≤ gate DPL 1');
		expect(by.privilege.passed).toBe(true);
		expect(by.words.words.map((word) => word.name)).toEqual(['EIP', 'CS', 'EFLAGS', 'ESP', 'SS']);
		expect(by.words.words[1].value).toBe(0xe019);
		expect(by.arrival.tone).toBe('xen');
	});

	it('does not ask the DPL of a fault, and pushes its error code', () => {
		const { stages } = layout(
			{ trace, seq: entryOf(trace, FAULT), gate: gate(0), stack: null, ss0: 0 },
			{ width: 800 }
		);
		expect(stages[2].lines[0]).toContain('not asked');
		expect(stages[4].words.map((word) => word.name)).toEqual(['error code', 'EIP', 'CS', 'EFLAGS', 'ESP', 'SS']);
		expect(stages[4].words.every((word) => word.value === null)).toBe(true);
	});

	it('says the same as text', () => {
		const lines = twin(layout({ trace, seq: entryOf(trace, HYPERCALL), gate: gate(1), stack, ss0: 0 }, { width: 300 }));
		expect(lines.map((line) => line.id)).toEqual(['cause', 'gate', 'privilege', 'stack', 'words', 'arrival']);
		expect(lines[4].text).toContain('CS 0000_e019');
	});
});
