/**
 * What domctl, sysctl and platform_op have in common: one large argument with a command and a version at its head, and privilege that is asked
 * for after all that (xen/common/domctl.c, sysctl.c; xen/arch/x86/platform_hypercall.c).
 */
import { EACCES, EFAULT, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { copyFromGuest, copyToGuest } from '../core/guest-memory';
import type { Handler, Hypervisor } from '../core/hypervisor';

/** One command. `at` is where its own struct begins in `view`. */
export interface Command<About> {
	/** The argument goes back to the caller if all went well. */
	readonly answers?: true;
	run(hv: Hypervisor, v: Vcpu, view: DataView, about: About): number;
}

/** The call: its argument, and whom it is about. */
interface ControlCall<About> {
	/** Bytes of the whole argument, which is read before anything else. */
	readonly bytes: number;
	/** The one interface version that is understood. */
	readonly version: number;
	readonly commands: Readonly<Record<number, Command<About> | undefined>>;
	/** Whom it is about; null where there is nobody of that number, though there has to be. */
	about(hv: Hypervisor, command: number, view: DataView): About | null;
}

/** For the control domain's kernel and tools: -EPERM for anybody else (xen/include/xsm/dummy.h). */
export const privileged = (hv: Hypervisor, d: Domain): boolean => hv.ask(CHECK.privileged, d.privileges.control, d.id);

/** Bad pointer, wrong version, no such domain, no privilege, no such command: in that order. */
export const controlCall =
	<About>({ bytes, version, commands, about }: ControlCall<About>): Handler =>
	(hv, v, address) => {
		const view = copyFromGuest(hv, address, bytes);
		if (!view) return -EFAULT;
		const [cmd, given] = [view.getUint32(0, true), view.getUint32(4, true)];
		if (!hv.ask(CHECK.control_version, given === version, given, version)) return -EACCES;
		const whom = about(hv, cmd, view);
		if (whom === null) return -ESRCH;
		if (!privileged(hv, v.domain)) return -EPERM;
		const command = commands[cmd];
		if (!hv.ask(CHECK.control_command, command !== undefined, cmd) || !command) return -ENOSYS;
		const result = command.run(hv, v, view, whom);
		if (result !== 0 || !command.answers) return result;
		return copyToGuest(hv, address, new Uint8Array(view.buffer)) ? 0 : -EFAULT;
	};
