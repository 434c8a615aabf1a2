/** The toolstack's table of domains, with their devices. */
import type { ToolstackDevice, ToolstackPicture } from '../../moments';
import { frontPath, type Attached } from '../../toolstack/devices/config';
import type { Toolstack } from '../../toolstack/toolstack';
import type { Run } from '../run';

const KIB_A_MIB = 1024;

function device({ xenstore }: Toolstack, attached: Attached): ToolstackDevice {
	const path = frontPath(attached.device);
	const { type, devid, backend } = attached.device;
	const state = Number(xenstore.read(`${path}/state`) ?? 0);
	if (attached.device.type === 'vbd') {
		const {
			vdev,
			target,
			readonly = false
		} = attached.config as Extract<Attached, { config: { vdev: string } }>['config'];
		return { type, name: vdev, what: target, backend, readonly, state };
	}
	return { type, name: String(devid), what: xenstore.read(`${path}/mac`) ?? '', backend, readonly: false, state };
}

export function toolstack({ system }: Run): ToolstackPicture {
	const { toolstack: stack, shell } = system;
	const domains = stack.table().map(({ dom, name, memoryKiB, vcpus, state, cpuSeconds, upSeconds }) => ({
		dom,
		name,
		memoryMiB: memoryKiB / KIB_A_MIB,
		vcpus: vcpus.filter(({ online }) => online).length,
		state,
		cpuSeconds,
		upSeconds,
		devices: (stack.domain(dom)?.attached ?? []).map((attached) => device(stack, attached))
	}));
	return { domains, busy: shell.busy || stack.busy() };
}
