import { describe, expect, it } from 'vitest';
import type { ToolstackDomain } from '../../moments';
import { layout, stateWords, twin } from './layout';

const domain = (change: Partial<ToolstackDomain> = {}): ToolstackDomain => ({
	dom: 1,
	name: 'guest',
	memoryMiB: 16,
	vcpus: 2,
	state: '-b----',
	cpuSeconds: 0.14,
	upSeconds: 3,
	devices: [{ type: 'vbd', name: 'xvda', what: '/dev/hda', backend: 0, readonly: true, state: 4 }],
	...change
});
const picture = (...domains: ToolstackDomain[]) => ({ domains, busy: false });

describe('the table of domains', () => {
	it('has the columns of xl list, and says states and devices in words', () => {
		const now = picture(domain());
		const rows = layout(now);
		expect(rows[0].cells).toEqual(['guest', '1', '16', '2', '-b----', '0.1']);
		expect(twin(now, rows)[0].text).toBe(
			'Name guest, ID 1, Mem 16, VCPUs 2, State -b----, Time(s) 0.1; blocked, waits for an event; ' +
				'disk xvda: /dev/hda, read-only, served by dom0, 4 Connected.'
		);
	});

	it.each([
		['------', 'ready, waits for the processor'],
		['--p---', 'paused'],
		['---sc-', 'shut down, crashed'],
		['--p--d', 'paused, dying: it holds what others have mapped']
	])('%s: %s', (state, said) => expect(stateWords(state)).toBe(said));

	it('marks who changed and who is gone; time alone is no change', () => {
		const before = picture(domain(), domain({ dom: 2, name: 'other' }), domain({ dom: 3 }));
		const rows = layout(picture(domain({ cpuSeconds: 9 }), domain({ dom: 2, name: 'other', state: '--p---' })), before);
		expect(rows.map(({ id, changed, faint = false }) => [id, changed, faint])).toEqual([
			['1', false, false],
			['2', true, false],
			['3', true, true]
		]);
		expect(rows[2].cells[4]).toBe('gone');
	});
});
