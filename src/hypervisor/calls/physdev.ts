/**
 * physdev_op: a guest's I/O privilege, and the machine's interrupts and buses, for whoever was given them
 * (xen/arch/x86/physdev.c, xen/drivers/pci/physdev.c). Operations on hardware say first what is wrong with their arguments.
 */
import { EBUSY, EFAULT, EINVAL, ENODEV, ENOSPC, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { struct } from '../../abi/layout';
import { PHYSDEV_SET_IOBITMAP, PHYSDEV_SET_IOPL } from '../../abi/structs/physdev';
import { IO_APIC_BASE } from '../../hardware/devices/pc';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { accessOk, copyFromGuest, writeGuest32 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { pirqCount, unmaskPort } from '../events/channels';
import { portMasked } from '../events/ports';
import { allocatePirq, mapGsi, readRoute, registerGsi, unmapPirq as unmap, writeRoute } from '../irqs/pirqs';
import { domainByAnyId } from '../mm/foreign';
import { TYPE } from '../mm/frame-table';
import { getPageAndType, putPageAndType } from '../mm/page-types';

/** The old form's argument: the command, and the largest of the structs that it may bring. */
const PHYSDEV_OP = struct('physdev_op', 'xen/include/public/physdev.h', { cmd: 'u32', u: ['u32', 3] });
/** Lines of the machine's controller (nr_irqs_gsi). */
const NR_GSIS = 24;
/** XENIRQSTAT_needs_eoi, XENIRQSTAT_shared. */
const [NEEDS_EOI, SHARED] = [1, 2];
/** Bytes that are looked at for an I/O bitmap, however many ports it has. */
const IOBMP_BYTES = 8192;
const MAP_PIRQ_TYPE_GSI = 1;
const MAP_PIRQ_TYPE_MULTI_MSI = 4;
/** PHYSDEVOP_pirq_eoi_gmfn_v1. */
const EOI_PAGE_V1 = 17;

/** What an operation does with its argument, once that could be read. */
type Action = (hv: Hypervisor, v: Vcpu, argument: DataView, address: number, cmd: number) => number;
interface Operation {
	/** Bytes of its argument. */
	readonly bytes: number;
	readonly act: Action;
}

const reads = (bytes: number, act: Action): Operation => ({ bytes, act });

/** An operation of whoever has the hardware: -EPERM for all others. */
const ofOwner =
	(act: Action): Action =>
	(hv, v, argument, address, cmd) =>
		hv.ask(CHECK.hardware_owner, v.domain.privileges.control, cmd, v.domain.id)
			? act(hv, v, argument, address, cmd)
			: -EPERM;

/** The virtual IOPL: which rings the emulation of port instructions, CLI and STI is for. */
const setIopl: Action = (hv, v, argument) => {
	const iopl = argument.getUint32(0, true);
	if (!hv.ask(CHECK.iopl_exists, iopl <= 3, iopl, 3)) return -EINVAL;
	v.pv.iopl = iopl;
	return 0;
};

const setIobitmap: Action = (hv, v, argument) => {
	const [bitmap, ports] = [argument.getUint32(0, true), argument.getUint32(4, true)];
	const fits = accessOk(hv, bitmap, IOBMP_BYTES) && ports <= 0x1_0000;
	if (!hv.ask(CHECK.iobitmap_fits, fits, bitmap, ports)) return -EINVAL;
	v.pv.ioBitmap = bitmap;
	v.pv.ioPorts = ports;
	return 0;
};

const pirqExists = (hv: Hypervisor, d: Domain, pirq: number): boolean =>
	hv.ask(CHECK.pirq_exists, pirq < pirqCount(d), pirq, pirqCount(d));

/** Every interrupt is said to want its end told; the page for it tells more exactly. */
const irqStatus: Action = (hv, v, argument, address) => {
	const pirq = argument.getUint32(0, true);
	if (!pirqExists(hv, v.domain, pirq)) return -EINVAL;
	const { guests } = hv.irqs.of(v.domain.events.pirqs.get(pirq)?.irq ?? 0);
	return writeGuest32(hv, address + 4, NEEDS_EOI | (guests.length > 1 ? SHARED : 0)) ? 0 : -EFAULT;
};

/** The guest has seen to a device that raised a level. */
const eoi: Action = (hv, { domain }, argument) => {
	const pirq = argument.getUint32(0, true);
	const info = domain.events.pirqs.get(pirq);
	if (!hv.ask(CHECK.pirq_ended, info !== undefined, pirq, domain.id) || !info) return -EINVAL;
	if (domain.events.autoUnmask && info.port !== 0) unmaskPort(hv, domain, info.port);
	hv.irqs.end(hv, domain, pirq);
	return 0;
};

/** Ends what the guest has unmasked since (pirq_guest_unmask). */
const unmaskNotify: Action = (hv, { domain }) => {
	for (const [pirq, { masked, port }] of domain.events.pirqs)
		if (masked && !portMasked(hv, domain, port)) hv.irqs.end(hv, domain, pirq);
	return 0;
};

/** The domain that is meant, for whoever controls it. */
function meantDomain(hv: Hypervisor, v: Vcpu, id: number, cmd: number): Domain | number {
	const d = domainByAnyId(hv, v.domain, id);
	if (d === null) return -ESRCH;
	return hv.ask(CHECK.irq_privilege, v.domain.privileges.control, cmd, v.domain.id) ? d : -EPERM;
}

const mapPirq: Action = (hv, v, argument, address, cmd) => {
	const [type, index, pirq] = [4, 8, 12].map((at) => argument.getInt32(at, true));
	const tableBase = argument.getUint32(28, true) | argument.getUint32(32, true);
	if (type === MAP_PIRQ_TYPE_MULTI_MSI && tableBase !== 0) return -EINVAL;
	const d = meantDomain(hv, v, argument.getUint16(0, true), cmd);
	if (typeof d === 'number') return d;
	// Nothing on the bus here sends its interrupts as messages.
	if (!hv.ask(CHECK.pirq_of_line, type === MAP_PIRQ_TYPE_GSI, type, MAP_PIRQ_TYPE_GSI)) return -EINVAL;
	const mapped = mapGsi(hv, v.domain, d, index >>> 0, pirq);
	if (mapped < 0) return mapped;
	return writeGuest32(hv, address + 12, mapped) ? 0 : -EFAULT;
};
const unmapPirq: Action = (hv, v, argument, _address, cmd) => {
	const d = meantDomain(hv, v, argument.getUint16(0, true), cmd);
	return typeof d === 'number' ? d : unmap(hv, d, argument.getUint32(4, true));
};

/** Xen gives vectors out when a line is set up: the line's own number is the answer. */
const allocateVector = ofOwner((hv, _v, argument, address) =>
	writeGuest32(hv, address + 4, argument.getUint32(0, true)) ? 0 : -EFAULT
);

const apicKnown = (hv: Hypervisor, base: number): boolean =>
	hv.ask(CHECK.io_apic_there, base === IO_APIC_BASE, base, IO_APIC_BASE);

const apicRead = ofOwner((hv, _v, argument, address) => {
	if (!apicKnown(hv, argument.getUint32(0, true))) return -EINVAL;
	return writeGuest32(hv, address + 8, readRoute(hv, argument.getUint32(4, true) & 0xff)) ? 0 : -EFAULT;
});
const apicWrite = ofOwner((hv, v, argument) => {
	if (!apicKnown(hv, argument.getUint32(0, true))) return -EINVAL;
	return writeRoute(hv, v.domain, argument.getUint32(4, true) & 0xff, argument.getUint32(8, true));
});

/** Xen keeps a list of functions for message-signalled interrupts and for passing devices on, of which there is neither here. */
const noteFunction = ofOwner(() => 0);
/** What the machine has not: memory-mapped configuration space, a debug port, messages as interrupts. */
const notThere = ofOwner(() => -ENODEV);

const addFunction: Action = (hv, v, argument, address, cmd) => {
	const flags = argument.getUint32(4, true) > 1 || argument.getUint32(8, true) > 1;
	return flags ? -EINVAL : noteFunction(hv, v, argument, address, cmd);
};

/** Whether a line is a level, and which is its active side. */
const setGsi = ofOwner((hv, _v, argument) =>
	registerGsi(hv, argument.getUint32(0, true), argument.getUint8(4) !== 0, argument.getUint8(5) !== 0)
);
const setupGsi: Action = (hv, v, argument, address, cmd) =>
	hv.ask(CHECK.gsi_exists, argument.getUint32(0, true) < NR_GSIS, argument.getUint32(0, true), NR_GSIS)
		? setGsi(hv, v, argument, address, cmd)
		: -EINVAL;

/** The guest's own page, kept writable until its end: a bit for each interrupt that wants its end told. By the older number an end also opens the port. */
const setEoiPage: Action = (hv, v, argument, _address, cmd) => {
	const frame = argument.getUint32(0, true);
	const d = v.domain;
	if (getPageAndType(hv, frame, d.id, TYPE.writable) !== 0) return -EINVAL;
	if (hv.ask(CHECK.eoi_page_once, d.events.eoiPage === null, frame, d.events.eoiPage ?? 0)) {
		d.events.eoiPage = frame;
		d.events.autoUnmask = cmd === EOI_PAGE_V1;
		return 0;
	}
	putPageAndType(hv, frame);
	return -EBUSY;
};

/** There is no such device on the bus. */
const noDevice: Action = () => -ENODEV;
/** A number that stands for no line yet. Whoever has no hardware has no use for one. */
const getFreePirq: Action = (hv, { domain }, argument, address) => {
	if (!domain.privileges.hardware) return -ENOSPC;
	const pirq = allocatePirq(hv, domain, argument.getInt32(0, true) === MAP_PIRQ_TYPE_GSI);
	if (pirq < 0) return pirq;
	return writeGuest32(hv, address + 4, pirq) ? 0 : -EFAULT;
};

/** By number (xen/include/public/physdev.h). */
const OPERATIONS: Readonly<Record<number, Operation>> = {
	4: reads(0, unmaskNotify), // IRQ_UNMASK_NOTIFY
	5: reads(8, irqStatus), // irq_status_query
	6: reads(PHYSDEV_SET_IOPL.size, setIopl),
	7: reads(PHYSDEV_SET_IOBITMAP.size, setIobitmap),
	8: reads(12, apicRead), // apic_read
	9: reads(12, apicWrite), // apic_write
	10: reads(8, allocateVector), // alloc_irq_vector
	12: reads(4, eoi),
	13: reads(36, mapPirq), // map_pirq
	14: reads(8, unmapPirq), // unmap_pirq
	15: reads(2, noteFunction), // manage_pci_add
	16: reads(2, noteFunction), // manage_pci_remove
	[EOI_PAGE_V1]: reads(4, setEoiPage), // pirq_eoi_gmfn_v1
	19: reads(2, noDevice), // restore_msi
	20: reads(16, addFunction), // manage_pci_add_ext
	21: reads(8, setupGsi), // setup_gsi
	23: reads(8, getFreePirq), // get_free_pirq
	24: reads(0, notThere), // pci_mmcfg_reserved
	25: reads(12, noteFunction), // pci_device_add
	26: reads(4, noteFunction), // pci_device_remove
	27: reads(4, noDevice), // restore_msi_ext
	28: reads(4, setEoiPage), // pirq_eoi_gmfn_v2
	29: reads(0, notThere), // dbgp_op
	30: reads(4, notThere), // prepare_msix
	31: reads(4, notThere) // release_msix
};

const NOTHING = new DataView(new ArrayBuffer(0));

/** physdev_op(cmd, arg) */
export function doPhysdevOp(hv: Hypervisor, v: Vcpu, cmd: number, arg: number): number {
	const operation = OPERATIONS[cmd];
	if (!hv.ask(CHECK.physdev_op_known, operation !== undefined, cmd) || operation === undefined) return -ENOSYS;
	const argument = operation.bytes === 0 ? NOTHING : copyFromGuest(hv, arg, operation.bytes);
	return argument ? operation.act(hv, v, argument, arg, cmd) : -EFAULT;
}

/** physdev_op_compat(op): the command in the first word, its struct after it. */
export function doPhysdevOpCompat(hv: Hypervisor, v: Vcpu, op: number): number {
	const old = copyFromGuest(hv, op, PHYSDEV_OP.size);
	return old ? doPhysdevOp(hv, v, old.getUint32(0, true), (op + 4) >>> 0) : -EFAULT;
}
