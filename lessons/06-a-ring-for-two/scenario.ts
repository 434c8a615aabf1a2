import type { ScenarioInput } from '$src/workbench/scenario';

/** Domain 0 serves its disk; dom1 asks it for sectors, one step at a time. */
export const scenario: ScenarioInput = {
	name: 'a ring for two',
	machine: { disks: [{ image: 'files' }] },
	dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
	domains: [
		{
			name: 'reader',
			image: 'pocket-io',
			memoryMiB: 8,
			cmdline: 'run=serve tour=ring',
			disks: [{ target: '/dev/hda' }]
		}
	]
};
