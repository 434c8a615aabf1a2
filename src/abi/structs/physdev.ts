/** Arguments of physdev_op (xen/include/public/physdev.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/physdev.h';

export const PHYSDEV_SET_IOPL = struct('physdev_set_iopl', HEADER, { iopl: 'u32' });
/** `bitmap` is a guest pointer, `nr_ports` at most 65536. */
export const PHYSDEV_SET_IOBITMAP = struct('physdev_set_iobitmap', HEADER, { bitmap: 'ptr', nr_ports: 'u32' });

/** A line that its device holds until it is served: what was done about it is done. */
export const PHYSDEV_EOI = struct('physdev_eoi', HEADER, { irq: 'u32' });
export const PHYSDEV_IRQ_STATUS_QUERY = struct('physdev_irq_status_query', HEADER, { irq: 'u32', flags: 'u32' });
export const XENIRQSTAT_needs_eoi = 1 << 0;
export const XENIRQSTAT_shared = 1 << 1;

export const MAP_PIRQ_TYPE_GSI = 1;
/** Puts line `index` behind the domain's number `pirq`, or behind one that is chosen where that is negative. */
export const PHYSDEV_MAP_PIRQ = struct('physdev_map_pirq', HEADER, {
	domid: 'u16',
	type: 's32',
	index: 's32',
	pirq: 's32',
	bus: 's32',
	devfn: 's32',
	entry_nr: 's32',
	table_base: 'u64'
});
/** How a line is wired: `triggering` 0 edge, 1 level; `polarity` 0 active high, 1 active low. */
export const PHYSDEV_SETUP_GSI = struct('physdev_setup_gsi', HEADER, {
	gsi: 's32',
	triggering: 'u8',
	polarity: 'u8'
});
