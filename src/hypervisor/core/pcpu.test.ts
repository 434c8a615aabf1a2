import { describe, expect, it } from 'vitest';
import { TinyGuest, TinyHost } from '../test/tiny-guest';

/** jmp to itself */
const SPIN = [0xeb, 0xfe];

describe('a processor and the vcpu on it', () => {
	it('name each other, through switches and while it idles', () => {
		const host = new TinyHost(1);
		const { hv, machine } = host;
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		expect(hv.pcpu.current).toBeNull();
		a.start(SPIN);
		b.start(SPIN);
		const seen = new Set<unknown>();
		for (let turn = 0; turn < 16; turn++) {
			machine.run(200_000);
			const { current } = hv.pcpu;
			seen.add(current);
			for (const { v } of [a, b]) expect(v.pcpu).toBe(v === current ? hv.pcpu : null);
		}
		expect([...seen]).toEqual(expect.arrayContaining([a.v, b.v]));
	});

	it('are found again by a restore, whoever has run since', () => {
		const host = new TinyHost(1);
		const { hv, machine } = host;
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)];
		a.start(SPIN);
		b.start(SPIN);
		machine.run(2000);
		const before = hv.pcpu.current!;
		const due = [hv.pcpu.sliceEnd, hv.pcpu.calibrationDue];
		const saved = structuredClone([hv.save(), machine.save()] as const);
		while (hv.pcpu.current === before) machine.run(200_000);
		expect(hv.pcpu.sliceEnd).not.toBe(due[0]);
		machine.restore(saved[1]);
		hv.restore(saved[0]);
		expect(hv.pcpu.current).toBe(before);
		for (const { v } of [a, b]) expect(v.pcpu).toBe(v === before ? hv.pcpu : null);
		expect([hv.pcpu.sliceEnd, hv.pcpu.calibrationDue]).toEqual(due);
	});
});
