/**
 * console_io: the hypervisor's own console (xen/drivers/char/console.c). A guest may write to it, as with a Xen built
 * for debugging; what is typed there is the control domain's.
 */
import { E2BIG, EFAULT, ENOSYS, EPERM } from '../../abi/errno';
import { VIRQ } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { copyFromGuest, copyToGuest } from '../core/guest-memory';
import { sendGlobalVirq } from '../events/channels';
import { continueHypercall } from './dispatch';
import type { Hypervisor } from '../core/hypervisor';

const CONSOLEIO_WRITE = 0;
const CONSOLEIO_READ = 1;
/** Bytes taken at a time. */
const CHUNK = 128;
/** Most bytes of a read: its result is an int. */
const LONGEST_READ = 0x7fff_ffff;
/** Most typed bytes that Xen holds (SERIAL_RX_SIZE), and with that most that one read gives. */
const RECEIVED = 128;
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

/** Gives what was typed. What did not fit is as if it had been typed just then: it raises the interrupt again. */
function read(hv: Hypervisor, count: number, buffer: number): number {
	if (count > LONGEST_READ) return -E2BIG;
	const bytes = hv.consoleInput.slice(0, Math.min(count, RECEIVED));
	if (bytes.length === 0) return 0;
	if (!copyToGuest(hv, buffer, Uint8Array.from(bytes))) return -EFAULT;
	hv.consoleInput.splice(0, bytes.length);
	if (hv.consoleInput.length > 0) sendGlobalVirq(hv, VIRQ.CONSOLE);
	return bytes.length;
}

/** Somebody types at the machine's own console. */
export function typeOnConsole(hv: Hypervisor, bytes: Iterable<number>): void {
	hv.consoleInput.push(...bytes);
	sendGlobalVirq(hv, VIRQ.CONSOLE);
}

/** console_io(cmd, count, buffer) */
export function doConsoleIo(hv: Hypervisor, v: Vcpu, cmd: number, count: number, buffer: number): number {
	if (cmd === CONSOLEIO_WRITE) return write(hv, v, count, buffer);
	if (!hv.ask(CHECK.console_read, v.domain.privileges.control, v.domain.id)) return -EPERM;
	if (!hv.ask(CHECK.console_op_known, cmd === CONSOLEIO_READ, cmd)) return -ENOSYS;
	return read(hv, count, buffer);
}
