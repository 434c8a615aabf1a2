import { describe, expect, it } from 'vitest';
import { fuzz } from './oracle/compare';
import { buildHarness } from './oracle/oracle';

const harness = buildHarness();
const reason = 'reason' in harness ? harness.reason : '';

describe.runIf(reason === '')("the host's processor agrees", () => {
	const run = 'run' in harness ? harness.run : () => [];

	it('on single instructions: registers, flags, memory, faults', () => {
		expect(fuzz(run, 'single', 6000, 1)).toEqual([]);
	});

	it('on sequences at full speed, where blocks leave out flags that nobody reads', () => {
		expect(fuzz(run, 'sequence', 6000, 2)).toEqual([]);
	});
});

describe.runIf(reason !== '')('the host\u2019s processor cannot be asked', () => {
	it(`because ${reason}`, ({ skip }) => skip());
});
