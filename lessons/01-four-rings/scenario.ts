import type { ScenarioInput } from '$src/workbench/scenario';

/** A tour of ring 1: our teaching kernel tries what a kernel does in ring 0, one instruction after the other. */
export const scenario: ScenarioInput = {
	name: 'four rings',
	domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 16, cmdline: 'run=rings' }]
};
