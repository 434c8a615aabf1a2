import { describe, expect, it } from 'vitest';
import { smallTrace } from '../fixture';
import { jsonl, traceLine } from '../export/jsonl';
import { importJsonLines, isJsonLines } from './jsonl-import';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const small = smallTrace().store.view;
const text = [...jsonl(small)].join('');
const line = (seq: number, change: object = {}): string =>
	JSON.stringify({ ...traceLine(small, seq), ...change }) + '\n';

describe('JSON lines', () => {
	it('come back as the trace that they were', async () => {
		expect(isJsonLines(bytesOf(text))).toBe(true);
		expect([...jsonl(await importJsonLines(bytesOf(text)))].join('')).toBe(text);
	});

	it('may have lost some to a filter: causes and ends are those that are left', async () => {
		// The refused update (1 to 5) without its first entry, and the trap without the fault that caused it.
		const left = [1, 4, 5, 7].map((seq) => line(seq)).join('');
		const view = await importJsonLines(bytesOf(left));
		expect([0, 1, 2, 3].map((seq) => [view.kindName(seq), view.cause(seq), view.end(seq)])).toEqual([
			['hypercall', -1, 2],
			['mmu_entry', 0, 2],
			['check', 1, 2],
			['trap', -1, 3]
		]);
		expect([view.arg(0, 'result'), view.duration(0)]).toEqual([-22, small.duration(1)]);
	});

	it('keep a call that had not returned', async () => {
		const view = await importJsonLines(bytesOf(line(0, { end: null, cycles: null, result: null })));
		expect([view.end(0), view.duration(0)]).toEqual([-1, NaN]);
	});

	const two = text.split('\n', 2)[0].length + 1;
	it.each<[string, string, RegExp]>([
		['no JSON', text.slice(0, -10), /^line 10 is no event of a trace: .*at byte/],
		[
			'no object',
			text.slice(0, two) + '5\n',
			new RegExp(`^line 2 is no event of a trace: it is no object .at byte ${two}`)
		],
		['another kind', line(0, { kind: 'zap' }), /no kind of event 'zap' \(at byte 0\)/],
		['no kind', line(0, { kind: 'toString' }), /no kind of event 'toString'/],
		['another call', line(0, { name: 'fly' }), /no hypercall 'fly'/],
		['no arguments', line(0, { args: [1] }), /'args' should be five numbers/],
		['a word for a number', line(6, { eip: 'here' }), /'eip' should be a number/],
		['another decision', line(3, { check: 'may_it' }), /no decision 'may_it'/],
		['an order of its own', line(6) + line(0), /'seq' should go up/],
		['time that goes back', line(6) + line(7, { cycle: 1 }), /time goes back/],
		['an end before the event', line(1, { end: 0 }), /'end' is before the event/],
		['a line without end', `{"seq":${'1'.repeat(70_000)}`, /it is too long/]
	])('are refused with line and byte: %s', async (_name, broken, reason) => {
		await expect(importJsonLines(bytesOf(broken))).rejects.toThrow(reason);
	});
});
