import type { ScenarioInput } from '$src/workbench/scenario';

/** dom1 tries to write one entry in every way there is; dom2 forks. */
export const scenario: ScenarioInput = {
	name: 'one page-table write',
	domains: [
		{ name: 'writer', image: 'pocket', memoryMiB: 12, cmdline: 'run=ptwrite' },
		{ name: 'forker', image: 'pocket', memoryMiB: 12, cmdline: 'run=fork' }
	]
};
