/** Commands of domctl about one vcpu of a domain (xen/common/domctl.c). */
import { EFAULT, EINVAL, ENODATA, ESRCH } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { DOMCTL_CMD } from '../../abi/structs/control';
import { VCPU_GUEST_CONTEXT } from '../../abi/structs/cpu';
import { RUNSTATE } from '../../abi/structs/sched';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { copyFromGuest, copyToGuest, writeU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { vcpuContext } from '../pv/context-report';
import { resetVcpu, setVcpuContext } from '../pv/vcpu-context';
import { cyclesIn } from '../sched/runstate';
import { toNanoseconds } from '../time/time-scale';
import type { Command } from './control-call';
import { about, notSelf, U, type About } from './domctl-command';

const { DOMCTL_VCPUCONTEXT: CONTEXT, DOMCTL_GETVCPUINFO: INFO } = abi;

function vcpuOf(hv: Hypervisor, d: Domain, view: DataView): Vcpu | undefined {
	const id = view.getUint32(U, true);
	const v = d.vcpus[id] as Vcpu | undefined;
	return hv.ask(CHECK.control_vcpu, v !== undefined, id, d.vcpus.length) ? v : undefined;
}

/** No pointer takes back all that the vcpu was given. */
function setContext(hv: Hypervisor, caller: Domain, d: Domain, view: DataView): number {
	const v = notSelf(hv, caller, d) ? vcpuOf(hv, d, view) : undefined;
	if (!v) return -EINVAL;
	const at = view.getUint32(U + CONTEXT.at.ctxt, true);
	if (at === 0) return resetVcpu(hv, v);
	const context = copyFromGuest(hv, at, VCPU_GUEST_CONTEXT.size);
	return context ? setVcpuContext(hv, v, context) : -EFAULT;
}

function getContext(hv: Hypervisor, caller: Domain, d: Domain, view: DataView): number {
	const v = vcpuOf(hv, d, view);
	if (!v || v === hv.pcpu.current) return -EINVAL;
	if (!hv.ask(CHECK.context_given, v.initialised, d.id, v.id)) return -ENODATA;
	const context = new Uint8Array(vcpuContext(v).buffer);
	return copyToGuest(hv, view.getUint32(U + CONTEXT.at.ctxt, true), context) ? 0 : -EFAULT;
}

function getInfo(hv: Hypervisor, _caller: Domain, d: Domain, view: DataView): number {
	const v = vcpuOf(hv, d, view);
	if (!v) return view.getUint32(U, true) < d.maxVcpus ? -ESRCH : -EINVAL;
	const flag = (name: 'online' | 'blocked' | 'running', is: boolean): void =>
		view.setUint8(U + INFO.at[name], is ? 1 : 0);
	flag('online', !v.sched.down);
	flag('blocked', v.sched.blocked);
	flag('running', v.pcpu !== null);
	writeU64(view, U + INFO.at.cpu_time, toNanoseconds(hv.timeScale, cyclesIn(hv, v, RUNSTATE.running)));
	view.setUint32(U + INFO.at.cpu, 0, true);
	return 0;
}

export const VCPU_COMMANDS: Readonly<Record<number, Command<About>>> = {
	[DOMCTL_CMD.setvcpucontext]: about(setContext),
	[DOMCTL_CMD.getvcpucontext]: about(getContext, true),
	[DOMCTL_CMD.getvcpuinfo]: about(getInfo, true)
};
