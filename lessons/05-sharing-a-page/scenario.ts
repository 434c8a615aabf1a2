import type { ScenarioInput } from '$src/workbench/scenario';

/** dom2 lends one page to dom1, in every way there is, and ends before dom1 has given it back. Made by xl, it is destroyed as soon as it ends. */
export const scenario: ScenarioInput = {
	name: 'sharing a page',
	domains: [{ name: 'mapper', image: 'pocket-io', memoryMiB: 4, cmdline: 'run=serve tour=borrow with=2' }],
	files: {
		'granter.cfg': 'name = "granter"\nkernel = "pocket-io"\nmemory = 4\nextra = "run=serve tour=lend with=1"\n'
	},
	input: [{ xl: 'create granter.cfg' }]
};
