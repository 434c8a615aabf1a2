/** vm_assist: help that a guest asks for (xen/common/kernel.c; xen/include/public/xen.h). */
import { EINVAL, ENOSYS } from '../../abi/errno';
import * as abi from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

/** The types that a 32-bit PV guest may switch. The two about 4 GiB segments are accepted and change nothing. */
const ALLOWED = [
	abi.VMASST_TYPE_4GB_SEGMENTS,
	abi.VMASST_TYPE_4GB_SEGMENTS_NOTIFY,
	abi.VMASST_TYPE_WRITABLE_PAGETABLES,
	abi.VMASST_TYPE_PAE_EXTENDED_CR3,
	abi.VMASST_TYPE_ARCHITECTURAL_IOPL,
	abi.VMASST_TYPE_RUNSTATE_UPDATE_FLAG
].reduce((mask, type) => mask | (1 << type), 0);

/** The bits of `assists` that a guest may have. */
export const assistsAllowed = (assists: number): number => assists & ALLOWED;

/** vm_assist(cmd, type) */
export function doVmAssist(hv: Hypervisor, v: Vcpu, cmd: number, type: number): number {
	const allowed = type < 32 && (ALLOWED & (1 << type)) !== 0;
	if (!hv.ask(CHECK.assist_known, allowed, type)) return -EINVAL;
	const known = cmd === abi.VMASST_CMD_ENABLE || cmd === abi.VMASST_CMD_DISABLE;
	if (!hv.ask(CHECK.assist_command, known, cmd)) return -ENOSYS;
	if (cmd === abi.VMASST_CMD_ENABLE) v.domain.assists |= 1 << type;
	else v.domain.assists &= ~(1 << type);
	return 0;
}
