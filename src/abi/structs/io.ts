/** The console ring that a guest shares with the console daemon (xen/include/public/io/console.h). */
import { struct } from '../layout';

export const CONSOLE_IN_SIZE = 1024;
export const CONSOLE_OUT_SIZE = 2048;

/**
 * Two byte rings in one page. The indices run freely through 32 bits; each side masks them when it
 * looks into a ring. `in` is written by the daemon, `out` by the guest.
 */
export const XENCONS_INTERFACE = struct('xencons_interface', 'xen/include/public/io/console.h', {
	in: ['u8', CONSOLE_IN_SIZE],
	out: ['u8', CONSOLE_OUT_SIZE],
	in_cons: 'u32',
	in_prod: 'u32',
	out_cons: 'u32',
	out_prod: 'u32'
});
