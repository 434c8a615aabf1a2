import { describe, expect, it } from 'vitest';
import { CHECK, KIND } from '../../trace/events';
import { TraceStore } from '../../trace/store';
import { layout, spanOf, twin } from './layout';
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

describe('the questions', () => {
	const trace = refusedUpdate();

	it('are those of the outermost span, in order, with the answer that came of them', () => {
		for (const seq of [0, 1, 2, 3]) {
			expect(spanOf(trace, seq)).toBe(0);
			const marks = layout(trace, seq);
			expect(marks.title).toBe('mmu_update');
			expect(marks.checks.map((check) => check.passed)).toEqual([true, false]);
			expect(marks.outcome).toBe('eax = −1 (−EPERM)');
			expect(marks.refused).toBe(true);
		}
	});

	it('stand as deep as their spans', () => {
		expect(layout(trace, 0).checks[0].depth).toBe(1);
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
