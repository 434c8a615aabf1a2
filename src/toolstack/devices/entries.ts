/**
 * What stands in xenstore for a device, as libxl writes it: the front end's folder, the back end's, and libxl's own copy, each with its
 * keys in their order (xen/include/public/io/blkif.h, netif.h).
 */
import type { Requests } from '../xenstore/client';
import { XenbusStateInitialising } from '../../abi/structs/xenbus';
import {
	backPath,
	frontPath,
	libxlPath,
	usualMac,
	type Attached,
	type Device,
	type DiskConfig,
	type VifConfig
} from './config';
import { deviceFile } from './backing';

/** Key and value, in the order of writing. A front end's key may have permissions of its own. */
type Row = readonly [key: string, value: string, owner?: 'toolstack'];

interface Folders {
	readonly front: readonly Row[];
	readonly back: readonly Row[];
}

const DISK_SCRIPT = '/etc/xen/scripts/block';
const VIF_SCRIPT = '/etc/xen/scripts/vif-bridge';
const USUAL_BRIDGE = 'xenbr0';
const MTU = '1500';
const INITIALISING = String(XenbusStateInitialising);

/** Every image that runs here is a 32-bit one; the front end may say otherwise later. */
const PROTOCOL = 'x86_32-abi';

/** The rows of a disk. */
function diskEntries(device: Device, config: DiskConfig): Folders {
	const mayWrite = !config.readonly;
	return {
		front: [
			['backend', backPath(device)],
			['backend-id', String(device.backend)],
			['state', INITIALISING],
			['virtual-device', String(device.devid)],
			['device-type', 'disk'],
			['trusted', '1'],
			['protocol', PROTOCOL]
		],
		back: [
			['frontend', frontPath(device)],
			['params', deviceFile(config.target)],
			['script', config.script ?? DISK_SCRIPT],
			['frontend-id', String(device.dom)],
			['online', '1'],
			['removable', '0'],
			['bootable', '1'],
			['state', INITIALISING],
			['dev', config.vdev],
			['type', 'phy'],
			['mode', mayWrite ? 'w' : 'r'],
			['device-type', 'disk'],
			['discard-enable', (config.discard ?? mayWrite) && mayWrite ? '1' : '0'],
			['specification', 'xen']
		]
	};
}

/** The rows of a network interface. */
function vifEntries(device: Device, config: VifConfig): Folders {
	const mac = config.mac ?? usualMac(device.dom, device.devid);
	const handle = String(device.devid);
	return {
		front: [
			['backend', backPath(device)],
			['backend-id', String(device.backend)],
			['state', INITIALISING],
			['handle', handle],
			['mac', mac],
			['trusted', '1'],
			['mtu', MTU, 'toolstack']
		],
		back: [
			['frontend', frontPath(device)],
			['frontend-id', String(device.dom)],
			['online', '1'],
			['state', INITIALISING],
			['script', config.script ?? VIF_SCRIPT],
			['mac', mac],
			['bridge', config.bridge ?? USUAL_BRIDGE],
			['handle', handle],
			['type', 'vif'],
			['hotplug-status', ''],
			...Object.entries(config.keys ?? {})
		]
	};
}

const entriesOf = ({ device, config }: Attached): Folders =>
	device.type === 'vbd' ? diskEntries(device, config as DiskConfig) : vifEntries(device, config);

/** Writes a device's folders; to be called within a transaction, so that neither end sees half of them. */
export function writeDevice(requests: Requests, attached: Attached): void {
	const { device } = attached;
	const { front, back } = entriesOf(attached);
	const { dom, backend } = device;
	const [frontAt, backAt, copyAt] = [frontPath(device), backPath(device), libxlPath(device)];
	const ours = `n${dom} r${backend}`;
	const theirs = `n${backend} r${dom}`;
	for (const path of [copyAt, frontAt, backAt]) requests.remove(path);
	requests.write(`${copyAt}/frontend`, frontAt);
	requests.write(`${copyAt}/backend`, backAt);
	requests.mkdir(frontAt, ours);
	for (const [key, value, owner] of front)
		requests.write(`${frontAt}/${key}`, value, owner ? theirs : device.type === 'vif' ? ours : undefined);
	requests.mkdir(backAt, theirs);
	for (const [key, value] of back) requests.write(`${backAt}/${key}`, value);
	for (const [key, value] of back) if (key !== 'frontend') requests.write(`${copyAt}/${key}`, value);
}

/** Removes a folder and each parent that it leaves empty, as libxl tidies up. */
export function removeTidily(requests: Requests, path: string): void {
	requests.remove(path);
	for (let at = path.slice(0, path.lastIndexOf('/')); at.length > 0; at = at.slice(0, at.lastIndexOf('/'))) {
		if (requests.read(at) === undefined || requests.list(at).length > 0) return;
		requests.remove(at);
	}
}
