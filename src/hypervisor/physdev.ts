/** physdev_op: a guest's I/O privilege; physical interrupts are not given to any (xen/arch/x86/physdev.c). */
import { EFAULT, EINVAL, ENOSYS, EPERM } from '../abi/errno';
import { struct } from '../abi/layout';
import { HYPERVISOR_VIRT_START } from '../abi/structs/cpu';
import type { Vcpu } from './domain';
import { readGuest32, readStruct } from './guest-memory';
import type { HypercallArgs, Hypervisor } from './hypervisor';

const PHYSDEV_H = 'xen/include/public/physdev.h';
const SET_IOPL = struct('physdev_set_iopl', PHYSDEV_H, { iopl: 'u32' });
const SET_IOBITMAP = struct('physdev_set_iobitmap', PHYSDEV_H, { bitmap: 'ptr', nr_ports: 'u32' });

const PHYSDEVOP = { irq_status_query: 5, set_iopl: 6, set_iobitmap: 7, apic_read: 8, apic_write: 9, eoi: 12 } as const;
/** Operations on the machine's own interrupts and buses. */
const HARDWARE_OPS: readonly number[] = [
	PHYSDEVOP.irq_status_query,
	PHYSDEVOP.apic_read,
	PHYSDEVOP.apic_write,
	10,
	11,
	PHYSDEVOP.eoi,
	13,
	14,
	15,
	16,
	17,
	19,
	20,
	21,
	23,
	24,
	25,
	26,
	28
];

/** The virtual IOPL: which rings the emulation of port instructions, CLI and STI is for. */
function setIopl(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SET_IOPL);
	if (!args) return -EFAULT;
	const iopl = args.getUint32(0, true);
	if (!hv.ask('iopl_exists', iopl <= 3, iopl, 3)) return -EINVAL;
	v.iopl = iopl;
	return 0;
}

function setIobitmap(hv: Hypervisor, v: Vcpu, arg: number): number {
	const args = readStruct(hv, arg, SET_IOBITMAP);
	if (!args) return -EFAULT;
	const [bitmap, ports] = [args.getUint32(0, true), args.getUint32(4, true)];
	const fits = ports <= 0x1_0000 && bitmap + Math.ceil(ports / 8) <= HYPERVISOR_VIRT_START;
	if (!hv.ask('iobitmap_fits', fits, bitmap, ports)) return -EINVAL;
	v.ioBitmap = bitmap;
	v.ioPorts = ports;
	return 0;
}

/** physdev_op(cmd, arg) */
export function doPhysdevOp(hv: Hypervisor, v: Vcpu, [cmd, arg]: HypercallArgs): number {
	if (cmd === PHYSDEVOP.set_iopl) return setIopl(hv, v, arg);
	if (cmd === PHYSDEVOP.set_iobitmap) return setIobitmap(hv, v, arg);
	if (!hv.ask('physdev_op_known', HARDWARE_OPS.includes(cmd), cmd)) return -ENOSYS;
	hv.ask('hardware_owner', false, cmd, v.domain.id);
	return -EPERM;
}

/** physdev_op_compat(op): the command in the first word, its struct after it. */
export function doPhysdevOpCompat(hv: Hypervisor, v: Vcpu, [op]: HypercallArgs): number {
	const cmd = readGuest32(hv, op);
	return cmd === null ? -EFAULT : doPhysdevOp(hv, v, [cmd, (op + 4) >>> 0, 0, 0, 0]);
}
