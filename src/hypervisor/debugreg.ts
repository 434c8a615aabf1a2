/** set_debugreg, get_debugreg: breakpoints, but never in the hypervisor (xen/arch/x86/traps.c: set_debugreg). */
import { ENODEV, EPERM } from '../abi/errno';
import { HYPERVISOR_VIRT_START } from '../abi/structs/cpu';
import { CR4 } from '../hardware/cpu/cpu';
import { movToDr } from '../hardware/cpu/system';
import type { Vcpu } from './domain';
import type { HypercallArgs, Hypervisor } from './hypervisor';

/** Reserved bits of DR6 and DR7 (SDM vol. 3, 17.2). */
const DR6_ONES = 0xffff_0ff0;
const DR6_ZEROS = 0x0000_1000;
const DR7_ONES = 0x0000_0400;
const DR7_ZEROS = 0x0000_d800;
/** DR7.GD: trap on any use of a debug register. */
const GENERAL_DETECT = 1 << 13;
/** The R/W field that means "I/O access". */
const BREAK_IO = 2;

/** Whether DR7 asks for a breakpoint on port accesses, which needs CR4.DE. */
const wantsIo = (dr7: number): boolean => [16, 20, 24, 28].some((shift) => ((dr7 >>> shift) & 3) === BREAK_IO);

/** The value that goes into register `reg`, or -errno. */
function legalise(hv: Hypervisor, v: Vcpu, reg: number, value: number): number {
	if (!hv.ask('debugreg_known', reg <= 3 || reg === 6 || reg === 7, reg)) return -ENODEV;
	if (reg <= 3) {
		return hv.ask('breakpoint_address', value < HYPERVISOR_VIRT_START, value) ? value : -EPERM;
	}
	if (reg === 6) return ((value & ~DR6_ZEROS) | DR6_ONES) >>> 0;
	if (!hv.ask('debug_control', (value & GENERAL_DETECT) === 0 && (!wantsIo(value) || (v.cr4 & CR4.DE) !== 0), value))
		return -EPERM;
	return ((value & ~DR7_ZEROS) | DR7_ONES) >>> 0;
}

/** Sets a debug register of a vcpu: 0; -ENODEV for one that does not exist, -EPERM for a value that is not allowed. */
export function setDebugRegister(hv: Hypervisor, v: Vcpu, reg: number, value: number): number {
	const legal = legalise(hv, v, reg, value);
	if (legal < 0) return legal;
	v.debug[reg] = legal;
	if (v === hv.current) movToDr(hv.machine.cpu, reg, legal);
	return 0;
}

/** A debug register's value as an int32, or -ENODEV: an address may look like an errno, as in the real call. */
export function getDebugRegister(hv: Hypervisor, v: Vcpu, reg: number): number {
	if (!hv.ask('debugreg_readable', reg <= 3 || reg === 6 || reg === 7, reg)) return -ENODEV;
	return v.debug[reg] | 0;
}

/** set_debugreg(register, value): 0 or -errno. */
export const doSetDebugreg = (hv: Hypervisor, v: Vcpu, [reg, value]: HypercallArgs): number =>
	setDebugRegister(hv, v, reg, value);
/** get_debugreg(register): its value, or -ENODEV. */
export const doGetDebugreg = (hv: Hypervisor, v: Vcpu, [reg]: HypercallArgs): number => getDebugRegister(hv, v, reg);
