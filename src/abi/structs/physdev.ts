/** Arguments of physdev_op (xen/include/public/physdev.h). */
import { struct } from '../layout';

const HEADER = 'xen/include/public/physdev.h';

export const PHYSDEV_SET_IOPL = struct('physdev_set_iopl', HEADER, { iopl: 'u32' });
/** `bitmap` is a guest pointer, `nr_ports` at most 65536. */
export const PHYSDEV_SET_IOBITMAP = struct('physdev_set_iobitmap', HEADER, { bitmap: 'ptr', nr_ports: 'u32' });
