/**
 * physdev_op: a guest's I/O privilege, and the machine's interrupts and buses, which are given to nobody
 * (xen/arch/x86/physdev.c, xen/drivers/pci/physdev.c). Operations on hardware still say first what is wrong with their arguments.
 */
import { EBUSY, EFAULT, EINVAL, ENODEV, ENOSPC, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { PHYSDEV_SET_IOBITMAP, PHYSDEV_SET_IOPL } from '../../abi/structs/physdev';
import type { Vcpu } from '../core/domain';
import { accessOk, copyFromGuest, writeGuest32 } from '../core/guest-memory';
import type { HypercallArgs, Hypervisor } from '../core/hypervisor';
import { domainByAnyId } from '../mm/foreign';
import { TYPE } from '../mm/frame-table';
import { getPageAndType, putPageAndType } from '../mm/page-types';

/** The old form's argument: the command, and the largest of the structs that it may bring. */
const PHYSDEV_OP = struct('physdev_op', 'xen/include/public/physdev.h', { cmd: 'u32', u: ['u32', 3] });
/** Interrupt lines of the machine's controller, and with that the interrupts that a domain could have. */
const NR_PIRQS = 16;
/** XENIRQSTAT_needs_eoi. */
const NEEDS_EOI = 1;
/** Bytes that are looked at for an I/O bitmap, however many ports it has. */
const IOBMP_BYTES = 8192;
const MAP_PIRQ_TYPE_MULTI_MSI = 4;

/** What an operation does with its argument, once that could be read. */
type Action = (hv: Hypervisor, v: Vcpu, argument: DataView, address: number, cmd: number) => number;
interface Operation {
	/** Bytes of its argument. */
	readonly bytes: number;
	readonly act: Action;
}

const reads = (bytes: number, act: Action): Operation => ({ bytes, act });

/** -EPERM: whose the hardware is, nobody's kernel here is told to program it. */
const forOwner: Action = (hv, v, _argument, _address, cmd) => {
	hv.ask('hardware_owner', false, cmd, v.domain.id);
	return -EPERM;
};

/** The virtual IOPL: which rings the emulation of port instructions, CLI and STI is for. */
const setIopl: Action = (hv, v, argument) => {
	const iopl = argument.getUint32(0, true);
	if (!hv.ask('iopl_exists', iopl <= 3, iopl, 3)) return -EINVAL;
	v.pv.iopl = iopl;
	return 0;
};

const setIobitmap: Action = (hv, v, argument) => {
	const [bitmap, ports] = [argument.getUint32(0, true), argument.getUint32(4, true)];
	const fits = accessOk(hv, bitmap, IOBMP_BYTES) && ports <= 0x1_0000;
	if (!hv.ask('iobitmap_fits', fits, bitmap, ports)) return -EINVAL;
	v.pv.ioBitmap = bitmap;
	v.pv.ioPorts = ports;
	return 0;
};

const pirqExists = (hv: Hypervisor, irq: number): boolean => hv.ask('pirq_exists', irq < NR_PIRQS, irq, NR_PIRQS);

/** Every interrupt that there is wants its end told; none is shared. */
const irqStatus: Action = (hv, _v, argument, address) => {
	if (!pirqExists(hv, argument.getUint32(0, true))) return -EINVAL;
	return writeGuest32(hv, address + 4, NEEDS_EOI) ? 0 : -EFAULT;
};

/** No physical interrupt is bound to anybody, so none can be ended. */
const eoi: Action = () => -EINVAL;

const mapPirq: Action = (hv, v, argument, address, cmd) => {
	const tableBase = argument.getUint32(28, true) | argument.getUint32(32, true);
	if (argument.getUint32(4, true) === MAP_PIRQ_TYPE_MULTI_MSI && tableBase !== 0) return -EINVAL;
	return unmapPirq(hv, v, argument, address, cmd);
};
const unmapPirq: Action = (hv, v, argument, address, cmd) => {
	if (domainByAnyId(hv, v.domain, argument.getUint16(0, true)) === null) return -ESRCH;
	return forOwner(hv, v, argument, address, cmd);
};

const addFunction: Action = (hv, v, argument, address, cmd) => {
	const flags = argument.getUint32(4, true) > 1 || argument.getUint32(8, true) > 1;
	return flags ? -EINVAL : forOwner(hv, v, argument, address, cmd);
};

const setupGsi: Action = (hv, v, argument, address, cmd) =>
	argument.getUint32(0, true) < NR_PIRQS ? forOwner(hv, v, argument, address, cmd) : -EINVAL;

/** The guest's own page, kept writable until its end; with no interrupt to tell of it stays as it is. */
const setEoiPage: Action = (hv, v, argument) => {
	const frame = argument.getUint32(0, true);
	const d = v.domain;
	if (getPageAndType(hv, frame, d.id, TYPE.writable) !== 0) return -EINVAL;
	if (hv.ask('eoi_page_once', d.events.eoiPage === null, frame, d.events.eoiPage ?? 0)) {
		d.events.eoiPage = frame;
		return 0;
	}
	putPageAndType(hv, frame);
	return -EBUSY;
};

/** There is no such device on the bus. */
const noDevice: Action = () => -ENODEV;
/** All lines are the machine's. */
const noFreePirq: Action = () => -ENOSPC;

/** By number (xen/include/public/physdev.h). */
const OPERATIONS: Readonly<Record<number, Operation>> = {
	4: reads(0, () => 0), // IRQ_UNMASK_NOTIFY: nothing is masked
	5: reads(8, irqStatus), // irq_status_query
	6: reads(PHYSDEV_SET_IOPL.size, setIopl),
	7: reads(PHYSDEV_SET_IOBITMAP.size, setIobitmap),
	8: reads(12, forOwner), // apic_read
	9: reads(12, forOwner), // apic_write
	10: reads(8, forOwner), // alloc_irq_vector
	12: reads(4, eoi),
	13: reads(36, mapPirq), // map_pirq
	14: reads(8, unmapPirq), // unmap_pirq
	15: reads(2, forOwner), // manage_pci_add
	16: reads(2, forOwner), // manage_pci_remove
	17: reads(4, setEoiPage), // pirq_eoi_gmfn_v1
	19: reads(2, noDevice), // restore_msi
	20: reads(16, addFunction), // manage_pci_add_ext
	21: reads(8, setupGsi), // setup_gsi
	23: reads(8, noFreePirq), // get_free_pirq
	24: reads(0, forOwner), // pci_mmcfg_reserved
	25: reads(12, forOwner), // pci_device_add
	26: reads(4, forOwner), // pci_device_remove
	27: reads(4, noDevice), // restore_msi_ext
	28: reads(4, setEoiPage), // pirq_eoi_gmfn_v2
	29: reads(0, forOwner), // dbgp_op
	30: reads(4, forOwner), // prepare_msix
	31: reads(4, forOwner) // release_msix
};

const NOTHING = new DataView(new ArrayBuffer(0));

/** physdev_op(cmd, arg) */
export function doPhysdevOp(hv: Hypervisor, v: Vcpu, [cmd, arg]: HypercallArgs): number {
	const operation = OPERATIONS[cmd];
	if (!hv.ask('physdev_op_known', operation !== undefined, cmd) || operation === undefined) return -ENOSYS;
	const argument = operation.bytes === 0 ? NOTHING : copyFromGuest(hv, arg, operation.bytes);
	return argument ? operation.act(hv, v, argument, arg, cmd) : -EFAULT;
}

/** physdev_op_compat(op): the command in the first word, its struct after it. */
export function doPhysdevOpCompat(hv: Hypervisor, v: Vcpu, [op]: HypercallArgs): number {
	const old = copyFromGuest(hv, op, PHYSDEV_OP.size);
	return old ? doPhysdevOp(hv, v, [old.getUint32(0, true), (op + 4) >>> 0, 0, 0, 0]) : -EFAULT;
}
