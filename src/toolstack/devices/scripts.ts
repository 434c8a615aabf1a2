/**
 * What a device's hotplug script does: it makes the device known to the back end. The scripts are shell scripts of domain 0's user space
 * (tools/hotplug/Linux of the Xen sources: block, vif-bridge), which read and write xenstore by requests of their own.
 */
import type { Client } from '../xenstore/client';
import { domainPath } from '../xenstore/path';
import { backingOf, physicalDevice } from './backing';
import { backPath, frontPath, type Device } from './config';

type Action = 'add' | 'remove';
type Script = (client: Client, device: Device, action: Action) => string | null;

const SCRIPTS: Readonly<Record<Device['type'], Script>> = { vbd: block, vif: vifBridge };

/** Runs the script of a device; what went wrong, or null. */
export const runScript = (client: Client, device: Device, action: Action): string | null =>
	SCRIPTS[device.type](client, device, action);

function block(client: Client, device: Device, action: Action): string | null {
	const at = backPath(device);
	const read = (key: string): string | undefined => client.read(`${at}/${key}`);
	read('type');
	const target = read('params') ?? '';
	read('mode');
	if (action === 'remove') {
		read('node');
		return null;
	}
	if (read('physical-device') !== undefined) return null;
	read('frontend-id');
	client.read(`${domainPath(device.dom)}/vm`);
	const backing = backingOf(target);
	if (!backing) return `${read('script')} add: ${target} is no disk of this machine`;
	client.write(`${at}/physical-device`, physicalDevice(backing));
	client.write(`${at}/physical-device-path`, target);
	client.write(`${at}/hotplug-status`, 'connected');
	return null;
}

function vifBridge(client: Client, device: Device, action: Action): string | null {
	const at = backPath(device);
	const keys =
		action === 'add' ? ['script', 'type', 'gatewaydev', 'vifname', 'ip', 'bridge', 'mtu'] : ['vifname', 'ip', 'bridge'];
	for (const key of keys) client.read(`${at}/${key}`);
	if (action === 'remove') return null;
	client.write(`${frontPath(device)}/mtu`, '1500');
	client.write(`${at}/hotplug-status`, 'connected');
	return null;
}
