import { describe, expect, it } from 'vitest';
import { query } from '../../../trace/query';
import { visitOf } from '../../../trace/visit';
import { runGuest } from '../../../workbench/testing';
import { addressOf, changeAround, changeSeq, frameOfMoment, stretchAround } from './moments';

const traceOf = (cmdline: string) => {
	const run = runGuest('pocket', { cmdline });
	run.advance(run.goal);
	return run.trace;
};

describe('what the pictures of a moment speak of', () => {
	const written = traceOf('run=ptwrite');
	const forked = traceOf('run=fork');

	it('is one address and one entry on a whole visit, from the fault to the return', () => {
		const { from, to } = visitOf(written, query(written, 'ptwr #1'));
		const address = written.arg(from, 'addr');
		for (let seq = from; seq <= to; seq++) {
			expect(addressOf(written, seq)).toBe(address);
			expect(changeSeq(written, seq)).toBe(
				query(written, 'pte_write causedby(trap vector=#PF last before(ptwr #1)) #1')
			);
		}
	});

	it('is, inside a batch, the entry that the event lies in', () => {
		const batch = traceOf('run=batch');
		const second = query(batch, 'pte_write inside(hypercall name=mmu_update last) #2');
		expect(changeSeq(batch, second)).toBe(second);
		expect(changeSeq(batch, batch.parent(second))).toBe(second);
	});

	it('is, of an update by address, the frame of the table, not a piece of the address', () => {
		const entry = query(forked, 'mmu_entry inside(hypercall name=update_va_mapping #1) #1');
		const made = query(forked, 'pte_write inside(hypercall name=update_va_mapping #1) #1');
		expect(frameOfMoment(forked, entry, null)).toBe(forked.arg(made, 'mfn'));
		expect(changeAround(forked, entry)?.mfn).toBe(forked.arg(made, 'mfn'));
	});

	it('is, where a table is pinned, that table', () => {
		const entry = query(forked, 'mmu_entry op=MMUEXT_PIN_L3_TABLE last');
		const { ptr } = forked.args(entry);
		for (const seq of [entry, forked.parent(entry), visitOf(forked, entry).from])
			expect(frameOfMoment(forked, seq, null)).toBe(Number(ptr));
	});

	it('lies in a stretch that shows the whole visit', () => {
		const seq = query(written, 'ptwr #1');
		const { from, to } = visitOf(written, seq);
		const stretch = stretchAround(written, seq);
		expect(stretch.from).toBeLessThanOrEqual(written.cycle(from));
		expect(stretch.to).toBeGreaterThanOrEqual(written.cycle(to));
	});
});
