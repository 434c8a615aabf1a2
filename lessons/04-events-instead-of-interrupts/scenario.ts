import type { ScenarioInput } from '$src/workbench/scenario';

/** Domain 0 drives the disk; dom1 reads a sector three times, and tries what one can do with the port of its disk. */
export const scenario: ScenarioInput = {
	name: 'events instead of interrupts',
	machine: { disks: [{ image: 'files' }] },
	dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
	domains: [
		{
			name: 'reader',
			image: 'pocket-io',
			memoryMiB: 8,
			cmdline: 'run=serve tour=ports',
			disks: [{ target: '/dev/hda', vdev: 'xvda', readonly: true }]
		}
	]
};
