/** The processor as memory management sees it: translations to drop, and time that validation takes. */
import { EFER_NXE } from '../hardware/cpu/cpu';
import { invlpg, movToCr } from '../hardware/cpu/system';
import type { Hypervisor } from './hypervisor';
import type { MmProcessor } from './mm/context';

export const processorOf = (hv: Hypervisor): MmProcessor => ({
	get nx() {
		return (hv.machine.cpu.efer & EFER_NXE) !== 0;
	},
	loadCr3: (address) => movToCr(hv.machine.cpu, 3, address),
	flushAll: () => movToCr(hv.machine.cpu, 3, hv.machine.cpu.cr3),
	flushPage: (address) => invlpg(hv.machine.cpu, address),
	validated: (entries) => hv.machine.clock.charge('validation', entries)
});
