/** Shared rings: requests one way, responses back through the same slots (xen/include/public/io/ring.h). */
import { struct } from '../layout';

/**
 * What stands before the slots of a ring, 64 bytes. The indices run freely; masked by the number of slots, the greatest
 * power of two that fits, they are places. `_event` is the index at which the other side wants to be told.
 */
export const SRING = struct('sring', 'xen/include/public/io/ring.h', {
	req_prod: 'u32',
	req_event: 'u32',
	rsp_prod: 'u32',
	rsp_event: 'u32',
	pvt: ['u8', 4],
	__pad: ['u8', 44]
});
