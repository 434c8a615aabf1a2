import type { ScenarioInput } from '$src/workbench/scenario';

/** One hypercall that does nothing, then the same 32 updates three ways. */
export const scenario: ScenarioInput = {
	name: 'asking the hypervisor',
	domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 16, cmdline: 'run=batch' }]
};
