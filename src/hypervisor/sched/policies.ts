/** The scheduling policies by name: one row a policy, each in a file of its own. */
import { Bug } from '../../base';
import type { Hypervisor } from '../core/hypervisor';
import { RoundRobin } from './round-robin';
import type { Scheduler } from './scheduler';

const POLICIES: Readonly<Record<string, (sliceCycles: number) => Scheduler>> = {
	'round-robin': (slice) => new RoundRobin(slice)
};

/** The policy that the hypervisor's options name. */
export function createScheduler(hv: Hypervisor): Scheduler {
	const { scheduler, sliceMs } = hv.options;
	const policy = POLICIES[scheduler];
	if (!policy) throw new Bug('no such scheduling policy', { scheduler });
	return policy(Math.round((sliceMs * hv.timeScale.hz) / 1000));
}
