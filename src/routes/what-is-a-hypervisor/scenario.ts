import type { ScenarioInput } from '../../workbench/scenario';

/** Two kernels on one machine: dom1 tries what a kernel does in ring 0, dom2 tries to change a page table. */
export const scenario: ScenarioInput = {
	name: 'what is a hypervisor',
	domains: [
		{ name: 'rings', image: 'pocket', memoryMiB: 12, cmdline: 'run=rings' },
		{ name: 'tables', image: 'pocket', memoryMiB: 12, cmdline: 'run=ptwrite' }
	]
};
