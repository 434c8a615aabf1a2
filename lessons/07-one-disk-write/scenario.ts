import type { ScenarioInput } from '$src/workbench/scenario';

/** A process of dom1 puts one byte on its disk, which is a piece of the disk that domain 0 drives. */
export const scenario: ScenarioInput = {
	name: 'one disk write',
	machine: { disks: [{ image: '', sectors: 4096 }] },
	dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
	domains: [
		{
			name: 'writer',
			image: 'pocket-io',
			memoryMiB: 8,
			cmdline: 'run=stamp /dev/xvda 5000 R',
			disks: [{ target: '/dev/hda:1024+512' }]
		}
	]
};
