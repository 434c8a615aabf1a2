/**
 * The processor as memory management sees it: translations to drop, and time that validation takes. The toolstack may
 * destroy a domain while a guest runs, so nothing here asks for ring 0 as the instructions do.
 */
import type { Hypervisor } from './hypervisor';
import type { MmProcessor } from '../mm/context';
import { overrulesFlush } from './overrides';
import { EFER_NXE } from '../../x86/control';

function loadCr3(hv: Hypervisor, address: number): void {
	hv.machine.clock.charge('movCr');
	hv.pcpu.cpu.mmu.loadCr3(address);
}

/** Xen on this processor moves and clears memory by REP MOVS and REP STOS. */
function moved(hv: Hypervisor, bytes: number): void {
	if (bytes === 0) return;
	hv.machine.clock.charge('stringStart');
	hv.machine.clock.charge('string16', Math.ceil(bytes / 16));
}

/** The processor of `hv` for memory management; loading CR3, validation and moving memory are charged for. */
export const processorOf = (hv: Hypervisor): MmProcessor => ({
	get nx() {
		return (hv.pcpu.cpu.efer & EFER_NXE) !== 0;
	},
	loadCr3: (address) => loadCr3(hv, address),
	flushAll: () => {
		if (!overrulesFlush(hv, null)) loadCr3(hv, hv.pcpu.cpu.cr3);
	},
	flushPage: (address) => {
		if (!overrulesFlush(hv, address >>> 0)) hv.pcpu.cpu.mmu.flushPage(address);
	},
	get time() {
		return hv.machine.clock.now / hv.machine.clock.hz;
	},
	validated: (entries) => {
		const { clock } = hv.machine;
		clock.now += clock.costs.validation * entries;
	},
	moved: (bytes) => moved(hv, bytes)
});
