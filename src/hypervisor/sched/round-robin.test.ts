import { describe, expect, it } from 'vitest';
import { Clock } from '../../hardware/clock';
import { NullRecorder } from '../../trace/events';
import { Domain, UNPRIVILEGED, Vcpu } from '../core/domain';
import { RoundRobin } from './round-robin';

const d = new Domain(1, 'test', UNPRIVILEGED, 1, { clock: new Clock(), recorder: new NullRecorder() });
const [a, b, c] = [0, 1, 2].map((id) => new Vcpu(d, id));

describe('round robin', () => {
	it('lets a lone vcpu run without end', () => {
		const policy = new RoundRobin(100);
		policy.wake(a);
		expect(policy.choose(0)).toEqual({ next: a, until: Infinity });
		policy.yield(a);
		expect(policy.choose(500)).toEqual({ next: a, until: Infinity });
	});

	it('gives each its slice, in the order of waking', () => {
		const policy = new RoundRobin(100);
		[a, b, c].forEach((v) => policy.wake(v));
		expect(policy.choose(0)).toEqual({ next: a, until: 100 });
		expect(policy.choose(50).next).toBe(a);
		expect(policy.choose(100)).toEqual({ next: b, until: 200 });
		expect(policy.choose(200).next).toBe(c);
		expect(policy.choose(300).next).toBe(a);
	});

	it('goes on to the next when the running one blocks or yields', () => {
		const policy = new RoundRobin(100);
		[a, b].forEach((v) => policy.wake(v));
		policy.choose(0);
		policy.sleep(a);
		expect(policy.choose(10)).toEqual({ next: b, until: Infinity });
		policy.wake(a);
		policy.yield(b);
		expect(policy.choose(20)).toEqual({ next: a, until: 120 });
	});

	it('is idle with nobody to run, and comes back from plain data', () => {
		const policy = new RoundRobin(100);
		expect(policy.choose(0).next).toBeNull();
		[a, b].forEach((v) => policy.wake(v));
		policy.choose(7);
		const copy = new RoundRobin(100);
		copy.restore(structuredClone(policy.save()), (_dom, id) => d.vcpus[id] ?? [a, b, c][id]);
		expect(copy.choose(107)).toEqual({ next: b, until: 207 });
	});
});
