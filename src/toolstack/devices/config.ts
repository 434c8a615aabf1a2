/** What a domain's devices are to be, and by which numbers and folders they are known. */
import { LoadError } from '../elf';
import { domainPath } from '../xenstore/path';
import { backingOf } from './backing';
import { vdevNumber } from './vdev';

/** A virtual disk. */
export interface DiskConfig {
	/** What stands behind it, as `backing.ts` reads it. */
	readonly target: string;
	/** Its name in the guest: `xvda`. */
	readonly vdev: string;
	readonly readonly?: boolean;
	/** The domain of its back end, by name or number; domain 0 unless said. */
	readonly backend?: string;
	/** Script that the toolstack runs for it; the usual one unless said. Only its name matters here. */
	readonly script?: string;
	/** Whether the guest may discard sectors; as long as it may write, unless said. */
	readonly discard?: boolean;
}

/** A virtual network interface. */
export interface VifConfig {
	/** Six bytes, `00:16:3e:00:00:01`; made of the domain's number and the interface's place unless said. */
	readonly mac?: string;
	/** The bridge in the back end's domain; `xenbr0` unless said. */
	readonly bridge?: string;
	readonly backend?: string;
	readonly script?: string;
	/** More keys of the back end's folder, which no usual tool writes: see src/guests/pocket-io/net/README.md. */
	readonly keys?: Readonly<Record<string, string>>;
}

interface ConfigOf {
	vbd: DiskConfig;
	vif: VifConfig;
}

export type DeviceType = keyof ConfigOf;

/** A device of a running domain: all that is needed to find its folders. */
export interface Device {
	readonly type: DeviceType;
	/** The domain of the front end. */
	readonly dom: number;
	readonly devid: number;
	/** The domain of the back end. */
	readonly backend: number;
}

/** A device that cannot be made; no trace of it is left. */
export class DeviceError extends LoadError {}

export const frontPath = ({ type, dom, devid }: Device): string => `${domainPath(dom)}/device/${type}/${devid}`;
export const backPath = ({ type, dom, devid, backend }: Device): string =>
	`${domainPath(backend)}/backend/${type}/${dom}/${devid}`;
export const libxlPath = ({ type, dom, devid }: Device): string => `/libxl/${dom}/device/${type}/${devid}`;

/** The number of a disk. @throws DeviceError where its name is none */
export function diskNumber({ vdev }: DiskConfig): number {
	const number = vdevNumber(vdev);
	if (number === null) throw new DeviceError(`'${vdev}' is no name of a virtual disk, such as xvda, hda or sda1`);
	return number;
}

/** A device with what it is to be. */
export type Attached =
	| { readonly device: Device & { readonly type: 'vbd' }; readonly config: DiskConfig }
	| { readonly device: Device & { readonly type: 'vif' }; readonly config: VifConfig };

/** The number of a back end's domain by what the configuration calls it, domain 0 where it says nothing. @throws DeviceError */
export type BackEnds = (name: string | undefined) => number;

/** Gives the devices of a new domain their numbers and back ends. @throws DeviceError for one that cannot be */
export function attachedDevices(
	dom: number,
	{ disks = [], vifs = [] }: { readonly disks?: readonly DiskConfig[]; readonly vifs?: readonly VifConfig[] },
	backEnds: BackEnds
): Attached[] {
	const attached = [
		...disks.map((disk) => attachedDisk(dom, disk, backEnds)),
		...vifs.map((vif, devid) => attachedVif(dom, devid, vif, backEnds))
	];
	const twice = attached.find(
		({ device }, index) => attached.findIndex((other) => sameDevice(other.device, device)) < index
	);
	if (twice?.device.type === 'vbd')
		throw new DeviceError(`two disks are both called '${(twice.config as DiskConfig).vdev}'`);
	return attached;
}

/** @throws DeviceError where its name is none, nothing stands behind it, or its back end has no domain */
export function attachedDisk(dom: number, config: DiskConfig, backEnds: BackEnds): Attached {
	const devid = diskNumber(config);
	if (!backingOf(config.target))
		throw new DeviceError(
			`disk ${config.vdev}: '${config.target}' names no disk of this machine; write /dev/hda, /dev/hda2 or /dev/hda:START+COUNT`
		);
	return { device: { type: 'vbd', dom, devid, backend: backEnds(config.backend) }, config };
}

/** @throws DeviceError where its back end has no domain */
export const attachedVif = (dom: number, devid: number, config: VifConfig, backEnds: BackEnds): Attached => ({
	device: { type: 'vif', dom, devid, backend: backEnds(config.backend) },
	config: { ...config, mac: config.mac ?? usualMac(dom, devid) }
});

/** What the devices of one type were to be. */
export const configsOf = <T extends keyof ConfigOf>(attached: readonly Attached[], type: T): ConfigOf[T][] =>
	attached.filter(({ device }) => device.type === type).map(({ config }) => config as ConfigOf[T]);

export const sameDevice = (a: Device, b: Device): boolean =>
	a.type === b.type && a.dom === b.dom && a.devid === b.devid;

const hexByte = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');

/**
 * The address of an interface for which none was chosen: Xen's prefix, place, domain. The domain stands last, because a guest without an
 * IP address makes one of the last byte. Real tools draw it.
 */
export const usualMac = (dom: number, devid: number): string =>
	`00:16:3e:${hexByte(devid)}:${hexByte(dom >> 8)}:${hexByte(dom)}`;
