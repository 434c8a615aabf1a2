/**
 * Debug registers of a guest: set_debugreg, get_debugreg and the emulated MOV DR (xen/arch/x86/pv/misc-hypercalls.c:
 * set_debugreg). Breakpoints never lie in the hypervisor, and those on ports never reach the processor: every port
 * access of a guest traps and is emulated, so they are looked at here.
 */
import { ENODEV, EPERM } from '../../abi/errno';
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import { movToDr } from '../../hardware/cpu/system';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { CR4 } from '../../x86/control';
import {
	BREAK_IO,
	breakEnabled,
	breakEnables,
	breakKind,
	breakLength,
	BREAKPOINTS,
	DR6_ONES,
	DR6_ZEROS,
	DR7_ENABLES,
	DR7_GD,
	DR7_ONES,
	DR7_ZEROS
} from '../../x86/debug';

const SLOTS = Array.from({ length: BREAKPOINTS }, (_, slot) => slot);

/** The register that a number means: 4 and 5 are 6 and 7 while the guest's CR4.DE is clear. -1 for none. */
function real(v: Vcpu, reg: number): number {
	if (reg === 4 || reg === 5) return (v.pv.cr4 & CR4.DE) === 0 ? reg + 2 : -1;
	return reg <= 7 ? reg : -1;
}

/** The value that goes into register `reg`, or -errno. */
function legalise(hv: Hypervisor, v: Vcpu, reg: number, value: number): number {
	if (reg <= 3) {
		return hv.ask(CHECK.breakpoint_address, value < HYPERVISOR_VIRT_START, value) ? value : -EPERM;
	}
	if (reg === 6) return ((value & ~DR6_ZEROS) | DR6_ONES) >>> 0;
	const active = (value & DR7_ENABLES) !== 0;
	const ports = active && SLOTS.some((slot) => breakKind(value, slot) === BREAK_IO);
	const allowed = (value & DR7_GD) === 0 && (!ports || (v.pv.cr4 & CR4.DE) !== 0);
	return hv.ask(CHECK.debug_control, allowed, value) ? ((value & ~DR7_ZEROS) | DR7_ONES) >>> 0 : -EPERM;
}

/** The enable bits of those slots that break on ports. */
function portEnables(dr7: number): number {
	let mask = 0;
	for (const slot of SLOTS) if (breakKind(dr7, slot) === BREAK_IO) mask |= dr7 & breakEnables(slot);
	return mask;
}

/** Sets a debug register of a vcpu: 0; -ENODEV for one that does not exist, -EPERM for a value that is not allowed. */
export function setDebugRegister(hv: Hypervisor, v: Vcpu, number: number, value: number): number {
	const reg = real(v, number);
	if (!hv.ask(CHECK.debugreg_known, reg >= 0, number)) return -ENODEV;
	const legal = legalise(hv, v, reg, value);
	if (legal < 0) return legal;
	v.pv.debug[reg] = legal;
	if (v === hv.pcpu.current) loadDebugRegister(hv, v, reg);
	return 0;
}

/** Puts a debug register of the running vcpu on the processor, DR7 without the slots that break on ports. */
export function loadDebugRegister(hv: Hypervisor, v: Vcpu, reg: number): void {
	const value = reg === 7 ? v.pv.debug[7] & ~portEnables(v.pv.debug[7]) : v.pv.debug[reg];
	movToDr(hv.pcpu.cpu, reg, value);
}

/** A debug register's value as an int32, or -ENODEV: an address may look like an errno, as in the real call. */
export function getDebugRegister(hv: Hypervisor, v: Vcpu, number: number): number {
	const reg = real(v, number);
	if (!hv.ask(CHECK.debugreg_readable, reg >= 0, number)) return -ENODEV;
	return v.pv.debug[reg] | 0;
}

/** Bits B0 to B3 for the breakpoints that a port access of `size` bytes meets (check_guest_io_breakpoint). */
export function portBreakpoints(v: Vcpu, port: number, size: number): number {
	if ((v.pv.cr4 & CR4.DE) === 0) return 0;
	const dr7 = v.pv.debug[7];
	return SLOTS.filter((slot) => {
		if (breakKind(dr7, slot) !== BREAK_IO || !breakEnabled(dr7, slot)) return false;
		const start = (v.pv.debug[slot] & -breakLength(dr7, slot)) >>> 0;
		return start < port + size && port < start + breakLength(dr7, slot);
	}).reduce((mask, slot) => mask | (1 << slot), 0);
}

/** set_debugreg(register, value): 0 or -errno. */
export const doSetDebugreg = (hv: Hypervisor, v: Vcpu, reg: number, value: number): number =>
	setDebugRegister(hv, v, reg, value);
/** get_debugreg(register): its value, or -ENODEV. */
export const doGetDebugreg = (hv: Hypervisor, v: Vcpu, reg: number): number => getDebugRegister(hv, v, reg);
