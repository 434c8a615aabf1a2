/**
 * console_io: the hypervisor's own console (xen/drivers/char/console.c). A guest may write to it, as with a Xen built
 * for debugging; all else is the control domain's.
 */
import { E2BIG, EFAULT, ENOSYS, EPERM } from '../../abi/errno';
import type { Vcpu } from '../core/domain';
import { copyFromGuest } from '../core/guest-memory';
import { continueHypercall } from './dispatch';
import type { HypercallArgs, Hypervisor } from '../core/hypervisor';

const CONSOLEIO_WRITE = 0;
const CONSOLEIO_READ = 1;
/** Bytes taken at a time. */
const CHUNK = 128;
/** Most bytes of a read: its result is an int. */
const LONGEST_READ = 0x7fff_ffff;
/** Bytes after which the call goes on later. */
const MOST = 64 * CHUNK;

function write(hv: Hypervisor, v: Vcpu, count: number, buffer: number): number {
	for (let done = 0; done < count; done += CHUNK) {
		if (done === MOST) return continueHypercall(hv, [CONSOLEIO_WRITE, count - done, buffer + done]);
		const view = copyFromGuest(hv, buffer + done, Math.min(CHUNK, count - done));
		if (!view) return -EFAULT;
		hv.options.consoleIo(v.domain.id, new Uint8Array(view.buffer));
	}
	return 0;
}

/** console_io(cmd, count, buffer) */
export function doConsoleIo(hv: Hypervisor, v: Vcpu, [cmd, count, buffer]: HypercallArgs): number {
	if (cmd === CONSOLEIO_WRITE) return write(hv, v, count, buffer);
	if (!hv.ask('console_read', v.domain.privileges.control, v.domain.id)) return -EPERM;
	if (!hv.ask('console_op_known', cmd === CONSOLEIO_READ, cmd)) return -ENOSYS;
	// Nothing is ever typed at the machine's own console, so the control domain reads no bytes.
	return count <= LONGEST_READ ? 0 : -E2BIG;
}
